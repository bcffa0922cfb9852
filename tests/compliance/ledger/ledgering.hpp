// What tests of the ledger share: records to be proved, and somebody who changes rows behind its back.
#pragma once
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "compliance/export/evidence_key.hpp"
#include "compliance/ledger/ledger.hpp"
#include "compliance/ledger/ledger_reader.hpp"
#include "compliance/proof/audit_leaf.hpp"
#include "core/base/json.hpp"
#include "identity/decision/decisions.hpp"
#include "storage/crypto/signing.hpp"
#include "storage/tables/identity_decisions.hpp"
#include "tests/support/refusal.hpp"
#include "tests/support/store.hpp"

namespace concordat::test {

class LedgerTest : public testing::Test {
protected:
    // So many decisions, in one transaction.
    void decide(int count) {
        store.db.transact([&](storage::Tx& tx) {
            for (int i = 0; i < count; ++i) {
                IdentityDecision decision;
                decision.id = DecisionId::fresh(tx.now());
                decision.create_at = tx.now();
                decision.act = "sign_in";
                decision.rule = "password.matches";
                decision.attempt = "attempt-" + std::to_string(++decided);
                decision.steps = {{"password.matches", "refused", "The password is wrong."}};
                storage::IdentityDecisionTable(tx).insert(decision);
                last = decision.id;
            }
        });
    }
    void run_sql(const std::string& sql) {
        store.db.transact([&](storage::Tx& tx) { tx.run_script(sql); });
    }
    std::int64_t number(const std::string& sql) {
        return store.db.read([&](storage::Tx& tx) { return storage::int_in(tx.exec(sql)[0][0]); });
    }
    std::vector<std::string> keys() { return *storage::public_keys_in(key.public_pem()); }
    compliance::CheckedBundle checked(const compliance::AuditBundle& bundle) {
        return compliance::check_bundle(json_text(bundle), keys());
    }
    compliance::Request request() { return {nobody, "attempt", "192.0.2.9"}; }
    compliance::AuditBundle all(std::int64_t since = 0) {
        compliance::BundleQuery query;
        query.count = static_cast<std::int64_t>(compliance::most_bundled);
        query.since = since;
        return reader.bundle(request(), query);
    }
    compliance::AuditBundle from(std::int64_t first, std::int64_t count) {
        compliance::BundleQuery query;
        query.first = first;
        query.count = count;
        return reader.bundle(request(), query);
    }
    // Everything that check() finds.
    std::vector<std::string> faults() {
        std::vector<std::string> out;
        for (std::int64_t tile = 0; tile < ledger.tiles(); ++tile)
            for (const auto& fault : ledger.check(tile)) out.push_back(fault.text);
        return out;
    }
    std::vector<IdentityDecision> recorded(const std::string& rule) {
        identity::DecisionQuery query;
        query.rule = rule;
        return decisions.list(query);
    }
    // As if the process had ended and another one begun.
    std::unique_ptr<compliance::Ledger> another(Metrics& its_metrics) {
        return std::make_unique<compliance::Ledger>(compliance::Ledger::Means{
            store.db, decisions, key, store.settings, its_metrics, store.directory.path("audit-checkpoint")});
    }

    int decided = 0;
    DecisionId last;
    Actor nobody;
    Store store{{}, 8};
    Metrics metrics;
    identity::Decisions decisions{store.db};
    compliance::EvidenceKey key{store.db, decisions};
    std::string file = store.directory.path("audit-checkpoint");
    compliance::Ledger ledger{{store.db, decisions, key, store.settings, metrics, file}};
    compliance::LedgerReader reader{store.db, decisions};
};

}  // namespace concordat::test
