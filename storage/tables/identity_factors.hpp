// The table identity_factors: second factors of people.
#pragma once
#include <optional>
#include <string>
#include <vector>
#include "core/model/user.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {

// Never described, so never sent by accident.
struct Factor {
    UserId user_id;
    Millis create_at = 0;
    bool is_active = false;
    std::int64_t last_step = 0;
    std::string secret;                       // raw bytes; "" with recovery codes only
    std::vector<std::string> recovery_codes;  // base64 digests of those that were not used
};

class IdentityFactorTable {
public:
    explicit IdentityFactorTable(Tx& tx) : tx_(tx) {}

    // Locks the row until the end of the transaction.
    std::optional<Factor> lock(const UserId& user);
    std::optional<Factor> find(const UserId& user);
    void put(const Factor& factor);
    bool remove(const UserId& user);
    // Keeps the users' column mfa_active: a factor is active, or there is a passkey. The calls above do it.
    void note_whether_any(const UserId& user);

private:
    std::optional<Factor> read(const pqxx::result& rows);
    Tx& tx_;
};

}  // namespace concordat::storage
