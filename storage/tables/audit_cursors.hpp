// The table audit_cursors: up to which record each sink outside has the decisions.
#pragma once
#include <cstdint>
#include <string>
#include "storage/database/database.hpp"

namespace concordat::storage {

struct AuditCursor {
    std::int64_t seq = 0;  // of identity_decisions; 0 is before the first
    std::string digest;    // of that record; "" before the first
    Millis sent_at = 0;    // when something last arrived; 0: never
};

class AuditCursorTable {
public:
    explicit AuditCursorTable(Tx& tx) : tx_(tx) {}

    // Before the first record when the sink has no row.
    AuditCursor find(const std::string& sink);
    // Moves it from `before` to `next`; false, and nothing is changed, when somebody moved it meanwhile.
    bool move(const std::string& sink, std::int64_t before, const AuditCursor& next);

private:
    Tx& tx_;
};

}  // namespace concordat::storage
