#include "compliance/ledger/ledger_reader.hpp"

#include <algorithm>

#include "compliance/ledger/tree_tiles.hpp"
#include "compliance/proof/audit_leaf.hpp"
#include "core/base/error.hpp"
#include "identity/decision/decisions.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/identity_decisions.hpp"

namespace concordat::compliance {
namespace {

storage::AuditLog log_in(storage::AuditLedgerTable& table) {
    return found(table.newest(false), "compliance.ledger.no_checkpoint", "Nothing was signed yet.");
}

storage::AuditCheckpoint checkpoint_of(storage::AuditLedgerTable& table, const storage::AuditLog& log,
                                       std::int64_t size) {
    return found(table.checkpoint(log.log, size), "compliance.ledger.no_checkpoint",
                 "There is no checkpoint of that size.");
}

// The records of leaves that follow each other, each with its proof.
void add_records(storage::Tx& tx, const storage::AuditLog& log,
                 const std::vector<storage::AuditLeafRow>& leaves, std::int64_t size, AuditBundle& out) {
    if (leaves.empty()) return;
    TreeTiles tiles(tx, log.log);
    const auto records =
        storage::IdentityDecisionTable(tx).stored(leaves.front().seq - 1, std::ssize(leaves));
    auto record = records.begin();
    for (const auto& leaf : leaves) {
        BundledRecord bundled;
        bundled.leaf = leaf.leaf;
        bundled.entry = leaf_entry({leaf.seq, leaf.id, leaf.create_at, leaf.sealed, leaf.content});
        while (record != records.end() && record->seq < leaf.seq) ++record;
        // One that was changed proves nothing.
        if (record != records.end() && record->seq == leaf.seq && record->digest == leaf.sealed)
            bundled.record = record->plain;
        bundled.proof = spelled(tiles.inclusion(leaf.leaf, size));
        out.records.push_back(std::move(bundled));
    }
}

AuditBundle bundle_in(storage::Tx& tx, const BundleQuery& query) {
    storage::AuditLedgerTable table(tx);
    const auto log = log_in(table);
    const auto checkpoint = checkpoint_of(table, log, query.size);
    AuditBundle out;
    out.format = bundle_format;
    out.checkpoint = checkpoint.note;
    if (query.since > 0) {
        const auto earlier = checkpoint_of(table, log, query.since);
        require(earlier.size <= checkpoint.size, Fault::invalid, "compliance.ledger.range",
                "The earlier checkpoint is the larger one.");
        out.earlier = earlier.note;
        out.consistency = spelled(TreeTiles(tx, log.log).consistency(earlier.size, checkpoint.size));
    }
    const auto count = std::min(query.count, checkpoint.size - query.first);
    if (count > 0) add_records(tx, log, table.leaves(log.log, query.first, count), checkpoint.size, out);
    return out;
}

}  // namespace

void note_audit_reading(identity::Decisions& decisions, const Request& request, const std::string& what) {
    identity::Trail trail("audit", request.attempt, request.address);
    trail.decision.actor_id = request.actor.user_id;
    trail.decision.session_id = request.actor.session_id;
    if (request.is_operator) trail.noted("audit.operator", "asked for at the machine");
    trail.admitted("audit.read", "Read: " + what + ".");
    decisions.record(trail);
}

void LedgerReader::note(const Request& request, const std::string& what) {
    note_audit_reading(decisions_, request, what);
}

ShownCheckpoint LedgerReader::checkpoint(const Request& request, std::int64_t size) {
    ShownCheckpoint out;
    db_.read([&](storage::Tx& tx) {
        storage::AuditLedgerTable table(tx);
        const auto log = log_in(table);
        const auto checkpoint = checkpoint_of(table, log, size);
        out = {log.origin, checkpoint.size, {}, checkpoint.create_at, checkpoint.note};
    });
    if (const auto read = checkpoint_in(out.note)) out.root = storage::base64(storage::text_of(read->root));
    note(request, "the checkpoint of " + std::to_string(out.size) + " leaves");
    return out;
}

AuditBundle LedgerReader::bundle(const Request& request, const BundleQuery& query) {
    require(query.first >= 0 && query.count >= 0 && query.count <= static_cast<std::int64_t>(most_bundled) &&
                query.size >= 0 && query.since >= 0,
            Fault::invalid, "compliance.ledger.range",
            "Leaves are numbered from 0, and at most 10,000 are given at a time.");
    auto out = db_.read([&](storage::Tx& tx) { return bundle_in(tx, query); });
    if (out.records.empty())
        note(request, "a proof that the tree of audit records has grown");
    else
        note(request, "the records of leaves " + std::to_string(out.records.front().leaf) + " to " +
                          std::to_string(out.records.back().leaf));
    return out;
}

AuditBundle LedgerReader::proof(const Request& request, const DecisionId& record, std::int64_t size) {
    auto out = db_.read([&](storage::Tx& tx) {
        storage::AuditLedgerTable table(tx);
        const auto log = log_in(table);
        constexpr const char* too_new =
            "The record is so new that no checkpoint has it. Ask again in a few seconds.";
        const auto leaf = table.leaf_of(log.log, record);
        if (!leaf) {
            require(storage::IdentityDecisionTable(tx).exists(record), Fault::not_found,
                    "compliance.ledger.no_record", "There is no such record.");
            throw Error(Fault::conflict, "compliance.ledger.not_yet", too_new);
        }
        const auto checkpoint = checkpoint_of(table, log, size);
        require(leaf->leaf < checkpoint.size, Fault::conflict, "compliance.ledger.not_yet", too_new);
        BundleQuery query;
        query.first = leaf->leaf;
        query.count = 1;
        query.size = checkpoint.size;
        return bundle_in(tx, query);
    });
    note(request, "the record " + record.text());
    return out;
}

}  // namespace concordat::compliance
