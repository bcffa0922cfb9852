// The tables users and credentials.
#pragma once
#include <optional>
#include <string>
#include <vector>
#include "core/model/user.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {

// What proves who a person is. Never described, so never sent by accident.
struct Credential {
    std::string password_hash;  // Argon2id in PHC form; "" when the person signs in elsewhere
    std::int64_t failed_attempts = 0;
    Millis last_failure_at = 0;
};

// Which people to list. Unset members do not narrow.
struct UserQuery {
    std::optional<TeamId> in_team, not_in_team;
    std::optional<ChannelId> in_channel, not_in_channel;
    std::optional<bool> active, bots;
    bool without_team = false;
    std::vector<std::string> roles;  // holds one of these
    std::string term;                // start of user name, first, last or nickname (in any case)
    bool match_full_name = true;     // the names, too, not only the user name
    bool match_email = false;
    // Only this person and those who share a channel with them: what guests see.
    std::optional<UserId> seen_by;
    std::string sort =
        "username";  // username, create_at, last_activity_at, status; admin: those of in_channel first
    std::int64_t offset = 0, limit = 60;
};

class UserTable {
public:
    explicit UserTable(Tx& tx) : tx_(tx) {}

    // Throws Error (conflict, "storage.unique"; detail names the key) when user name or email are taken.
    void insert(const User& user, const Credential& credential);
    void update(const User& user);
    std::optional<User> find(const UserId& id);
    std::vector<User> find(const std::vector<UserId>& ids, Millis changed_since = 0);
    std::optional<User> by_username(const std::string& username);
    std::optional<User> by_email(const std::string& email);
    std::vector<User> by_usernames(const std::vector<std::string>& usernames);
    std::vector<User> select(const UserQuery& query);
    std::int64_t count(bool with_deleted, bool with_bots);
    // How many there are, whatever the query's bounds.
    std::int64_t count(const UserQuery& query);
    bool is_empty();
    // Until the end of the transaction nobody else passes here.
    void lock_first_account();
    // Ids of people who share a channel with this one.
    std::vector<UserId> known_to(const UserId& user);
    // Members of each of these channels, the asking person excepted.
    std::vector<std::pair<ChannelId, User>> in_channels(const std::vector<ChannelId>& channels,
                                                        const UserId& asking);

    std::optional<Credential> credential(const UserId& id);
    void set_credential(const UserId& id, const Credential& credential);
    // Counts a failure before it is known whether it is one, so that parallel tries share one bound; false,
    // and nothing counted, while the account is held back: after `most` failures for `first_delay`, doubled
    // with each further one up to `longest_delay`.
    struct Holding {
        std::int64_t most;
        Millis first_delay, longest_delay;
    };
    bool begin_attempt(const UserId& id, Millis now, const Holding& holding);
    // Takes back what begin_attempt() counted: the attempt was none.
    void forget_attempt(const UserId& id);
    void clear_failures(const UserId& id);

    // The blob of the profile picture; empty when there is none.
    AnyId picture(const UserId& id);
    void set_picture(const UserId& id, const AnyId& blob, Millis now);

private:
    pqxx::result ask(const UserQuery& query, const std::string& what, const std::string& order);
    std::vector<User> rows(const pqxx::result& result);
    User row(const pqxx::row& row);
    std::string sealed_profile(const User& user);
    std::string sealed_credential(const UserId& id, const Credential& credential);
    Tx& tx_;
};

}  // namespace concordat::storage
