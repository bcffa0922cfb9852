// Decisions of the identity gateway: recorded rule by rule, so that every sign-in and every refusal can be
// explained, and chained, so that none can be changed or taken out unseen.
//
// A Trail collects what each rule saw while an attempt runs; Decisions writes it, sealed, in the transaction
// of what was decided. What is sealed names the digest of the record before it: a changed record does not
// open, and one that is missing breaks the chain. Records are written one at a time over all nodes.
//
// Decisions is thread-safe and its calls block; a Trail belongs to one attempt. A decision that cannot be
// written is an Error and nobody is let in.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>
#include "core/model/identity.hpp"

namespace concordat::storage {
class Database;
class Tx;
}  // namespace concordat::storage

namespace concordat::identity {

class Trail {
public:
    // `act` and `attempt` as in IdentityDecision.
    Trail(std::string act, std::string attempt, std::string address = {});
    void passed(std::string rule, std::string detail = {});
    void noted(std::string rule, std::string detail = {});
    // This rule decides. After a refusal nothing turns the trail into an admission.
    void refused(std::string rule, std::string detail = {});
    void admitted(std::string rule, std::string detail = {});
    bool is_refused() const { return is_refused_; }

    IdentityDecision decision;  // whom it is about is filled in as it becomes known

private:
    void add(std::string rule, const char* outcome, std::string detail);
    bool is_refused_ = false;
};

// What is empty does not narrow.
struct DecisionQuery {
    std::string attempt = {}, act = {}, rule = {}, service = {};
    UserId user_id = {};
    std::optional<bool> is_admitted = {};
    Millis before = 0;        // earlier than this; 0: no such bound
    std::int64_t limit = 60;  // at most 1000
    std::int64_t offset = 0;  // so many of the newest are left out
};

struct ChainReport {
    std::int64_t records = 0;
    std::vector<std::string> faults;  // sentences for an operator; empty: all is as it was written
};

class Decisions {
public:
    // Most steps of one record, and bytes of one detail; what is longer is cut and says so.
    static constexpr std::size_t most_steps = 100, longest_detail = 500;

    // `db` must outlive this object.
    explicit Decisions(storage::Database& db) : db_(db) {}

    // In the caller's transaction, and as a fact in the journal.
    void record(storage::Tx& tx, const Trail& trail);
    // In one of its own.
    void record(const Trail& trail);
    // Newest first.
    std::vector<IdentityDecision> list(const DecisionQuery& query);
    // Reads all records. `progress` is told the number read so far, now and then.
    ChainReport verify(const std::function<void(std::int64_t)>& progress = {});

private:
    storage::Database& db_;
};

}  // namespace concordat::identity
