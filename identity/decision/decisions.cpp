#include "identity/decision/decisions.hpp"

#include <algorithm>

#include "core/base/log.hpp"
#include "core/model/facts.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/identity_decisions.hpp"

namespace concordat::identity {
namespace {

constexpr std::int64_t most_listed = 1000, chain_page = 500;

std::string cut(std::string text) {
    if (text.size() <= Decisions::longest_detail) return text;
    auto end = Decisions::longest_detail - 10;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // whole runes
    text.resize(end);
    return text + " (cut)";
}

}  // namespace

Trail::Trail(std::string act, std::string attempt, std::string address) {
    decision.act = std::move(act);
    decision.attempt = std::move(attempt);
    decision.address = std::move(address);
}

void Trail::add(std::string rule, const char* outcome, std::string detail) {
    auto& steps = decision.steps;
    if (steps.size() + 1 == Decisions::most_steps)
        steps.push_back({"trail", "noted", "Further steps were left out."});
    if (steps.size() < Decisions::most_steps)
        steps.push_back({std::move(rule), outcome, cut(std::move(detail))});
}

void Trail::passed(std::string rule, std::string detail) {
    add(std::move(rule), "passed", std::move(detail));
}

void Trail::noted(std::string rule, std::string detail) {
    add(std::move(rule), "noted", std::move(detail));
}

void Trail::refused(std::string rule, std::string detail) {
    if (!is_refused_) decision.rule = rule;
    is_refused_ = true;
    decision.is_admitted = false;
    add(std::move(rule), "refused", std::move(detail));
}

void Trail::admitted(std::string rule, std::string detail) {
    if (is_refused_) throw Error(Fault::internal, "identity.decision.refused_already");
    decision.rule = rule;
    decision.is_admitted = true;
    add(std::move(rule), "passed", std::move(detail));
}

void Decisions::record(storage::Tx& tx, const Trail& trail) {
    auto decision = trail.decision;
    require(!decision.rule.empty(), Fault::internal, "identity.decision.undecided");
    decision.id = DecisionId::fresh(tx.now());
    decision.create_at = tx.now();
    tx.emit(IdentityDecided{decision});
    storage::IdentityDecisionTable(tx).insert(decision);
    log_info(decision.is_admitted ? "identity: admitted" : "identity: refused",
             {{"act", decision.act},
              {"rule", decision.rule},
              {"attempt", decision.attempt},
              {"user", decision.user_id.text()},
              {"service", decision.service},
              {"address", decision.address}});
}

void Decisions::record(const Trail& trail) {
    db_.transact([&](storage::Tx& tx) { record(tx, trail); });
}

std::vector<IdentityDecision> Decisions::list(const DecisionQuery& q) {
    storage::DecisionFilter filter{q.attempt,     q.act,    q.rule, q.service, q.user_id,
                                   q.is_admitted, q.before, 0,      q.offset};
    filter.limit = std::clamp<std::int64_t>(q.limit, 1, most_listed);
    return db_.read([&](storage::Tx& tx) { return storage::IdentityDecisionTable(tx).select(filter); });
}

ChainReport Decisions::verify(const std::function<void(std::int64_t)>& progress) {
    ChainReport report;
    std::int64_t at = 0;
    std::string previous;
    for (;;) {
        const auto page = db_.read(
            [&](storage::Tx& tx) { return storage::IdentityDecisionTable(tx).chain(at, chain_page); });
        for (const auto& link : page) {
            const auto name = "Record " + std::to_string(link.seq) + ": ";
            if (!link.fault.empty())
                report.faults.push_back(name + link.fault + ".");
            else if (link.previous != previous)
                report.faults.push_back(name + "the record before it is not the one that was there.");
            previous = link.digest;
            at = link.seq;
        }
        report.records += static_cast<std::int64_t>(page.size());
        if (progress) progress(report.records);
        if (page.empty()) return report;
    }
}

}  // namespace concordat::identity
