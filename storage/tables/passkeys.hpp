// The tables passkeys, passkey_owners and passkey_challenges.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>
#include "core/model/ids.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {

// Never described, so never sent by accident.
struct PasskeyRow {
    PasskeyId id;
    UserId user_id;
    Millis create_at = 0, last_used_at = 0;
    std::int64_t sign_count = 0;
    bool is_synced = false;
    std::string name;
    std::string credential_id, public_key, model;  // raw bytes
    std::int64_t algorithm = 0;                    // as COSE numbers it
    bool may_sync = false;
    bool is_verified = false;  // the authenticator knew who made it
    std::vector<std::string> transports;
};

// All but find() and of_user() keep the users' column mfa_active, too.
class PasskeyTable {
public:
    explicit PasskeyTable(Tx& tx) : tx_(tx) {}

    // Throws Error conflict, storage.unique, when anybody has the credential.
    void insert(const PasskeyRow& passkey);
    std::optional<PasskeyRow> by_credential(std::string_view credential_id);
    // Locks the row until the end of the transaction.
    std::optional<PasskeyRow> lock_by_credential(std::string_view credential_id);
    std::optional<PasskeyRow> find(const UserId& user, const PasskeyId& id);
    // Oldest first.
    std::vector<PasskeyRow> of_user(const UserId& user);
    void set_used(const PasskeyId& id, Millis at, std::int64_t sign_count, bool is_synced);
    void set_name(PasskeyRow passkey, const std::string& name);
    bool remove(const UserId& user, const PasskeyId& id);
    // How many there were.
    std::int64_t remove_all(const UserId& user);

    // The handle of the person's account, `fresh` when there was none; locks until the end of the
    // transaction, so that one at a time adds passkeys.
    std::string lock_handle(const UserId& user, std::string_view fresh);
    std::optional<std::string> handle_of(const UserId& user);

private:
    std::optional<PasskeyRow> first(const pqxx::result& rows);
    PasskeyRow read(const pqxx::row& row);
    std::string sealed(const PasskeyRow& passkey);
    Tx& tx_;
};

struct PasskeyChallenge {
    std::string purpose;
    UserId user_id;  // empty: anybody's
    std::string address;
    Millis expires_at = 0;
};

class PasskeyChallengeTable {
public:
    explicit PasskeyChallengeTable(Tx& tx) : tx_(tx) {}

    void insert(std::string_view challenge, const PasskeyChallenge& given);
    // Takes it out, whatever becomes of the answer; nothing when there is none, or it is for another purpose
    // or has expired by `now`.
    std::optional<PasskeyChallenge> take(std::string_view challenge, const std::string& purpose, Millis now);
    // Of a person's, only the `newest` stay.
    void keep_newest(const UserId& user, std::int64_t newest);
    // Those for anybody that have not expired: of all, of one address.
    struct Open {
        std::int64_t all = 0, of_address = 0;
    };
    Open open(const std::string& address, Millis now);
    std::size_t remove_expired(Millis now, std::int64_t limit);

private:
    Tx& tx_;
};

}  // namespace concordat::storage
