// The tables legal_matters, legal_holds, legal_hold_people and legal_hold_channels. What holds mean for what
// is deleted stands in expiry.hpp.
#pragma once
#include <optional>
#include <vector>
#include "core/model/hold.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {

class HoldTable {
public:
    explicit HoldTable(Tx& tx) : tx_(tx) {}
    void insert(const LegalMatter& matter);
    std::optional<LegalMatter> matter(const MatterId& id);
    std::vector<LegalMatter> matters(std::int64_t offset, std::int64_t limit);
    void close(const MatterId& id, Millis now);

    // In force with the commit; waits for a batch of deletions that goes on (ExpiryTable::keep_holds).
    void insert(const LegalHold& hold);
    std::optional<LegalHold> find(const HoldId& id);
    // The row for update.
    std::optional<LegalHold> lock(const HoldId& id);
    // Of a matter, or all; newest first.
    std::vector<LegalHold> select(const MatterId& matter, std::int64_t offset, std::int64_t limit);
    // The four columns of its release.
    void set_release(const LegalHold& hold);
    std::int64_t count_in_force(Millis now);
    // What the hold keeps, or would keep: it need not exist.
    HoldPreview preview(const LegalHold& hold);

private:
    LegalHold row(const pqxx::row& row);
    std::vector<LegalHold> rows(const pqxx::result& result);
    LegalMatter matter_row(const pqxx::row& row);
    Tx& tx_;
};

}  // namespace concordat::storage
