// The tables terms and terms_accepted.
#pragma once
#include <optional>
#include <string>
#include "storage/database/database.hpp"

namespace concordat::storage {

struct TermsRow {
    TermsId id;
    Millis create_at = 0;
    UserId user_id;
    std::string text;
};

struct TermsAcceptedRow {
    TermsId terms_id;
    Millis create_at = 0;
};

class TermsTable {
public:
    explicit TermsTable(Tx& tx) : tx_(tx) {}
    void insert(const TermsRow& row);
    std::optional<TermsRow> newest();
    bool has(const TermsId& id);
    // Instead of what the person accepted before.
    void accept(const UserId& user, const TermsId& terms, Millis at);
    void withdraw(const UserId& user);
    std::optional<TermsAcceptedRow> accepted_by(const UserId& user);

private:
    Tx& tx_;
};

}  // namespace concordat::storage
