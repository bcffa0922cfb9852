// The table identity_decisions: what was decided of people, each record chained to the one before.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>
#include "core/model/identity.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {

// What is empty does not narrow.
struct DecisionFilter {
    std::string attempt, act, rule, service;
    UserId user_id;
    std::optional<bool> is_admitted;
    Millis before = 0;
    std::int64_t limit = 60;
    std::int64_t offset = 0;  // so many of the newest are left out
};

class IdentityDecisionTable {
public:
    explicit IdentityDecisionTable(Tx& tx) : tx_(tx) {}

    // Waits for other writers until this transaction ends, so that there is one chain: insert last.
    void insert(const IdentityDecision& decision);
    // Newest first; what cannot be read is left out and named in the log.
    std::vector<IdentityDecision> select(const DecisionFilter& filter);

    bool exists(const DecisionId& id);

    // What was decided of sign-ins, in the order of writing, after `seq`. What cannot be read is left out and
    // named in the log. `seq` becomes that of the last one looked at.
    std::vector<IdentityDecision> sign_ins_after(std::int64_t& seq, std::int64_t limit);

    struct Link {
        std::int64_t seq = 0;
        std::string digest;    // of the sealed body
        std::string previous;  // as the body says; "" in the first record
        bool is_opened = true;
        std::string fault;          // a sentence when it does not open or its columns differ from it
        IdentityDecision decision;  // as sealed; of one that does not open, what the columns say
    };
    // In the order of writing, after `seq`.
    std::vector<Link> chain(std::int64_t after, std::int64_t limit);

    // What a tree of records is made from.
    struct Stored {
        std::int64_t seq = 0;
        DecisionId id;
        Millis create_at = 0;
        std::string digest;                // SHA-256 of the sealed body, 32 bytes
        std::optional<std::string> plain;  // what was sealed, with a salt in it; nothing: it does not open
    };
    // In the order of writing, after `seq`. Writers wait for each other, so none comes later with a lower
    // number.
    std::vector<Stored> stored(std::int64_t after, std::int64_t limit);

    struct Backlog {
        std::int64_t records = 0;  // counted up to `most`
        Millis oldest_at = 0;      // 0: there is none
    };
    // What comes after `seq`.
    Backlog after(std::int64_t seq, std::int64_t most);
    // The digest of the last record up to `seq`, and its number; nothing when there is none.
    std::optional<Link> last_until(std::int64_t seq);

private:
    Tx& tx_;
};

}  // namespace concordat::storage
