// The sessions table.
#pragma once
#include <optional>
#include <string>
#include <vector>
#include "core/model/session.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {

class SessionTable {
public:
    explicit SessionTable(Tx& tx) : tx_(tx) {}
    // `token_hash` is the SHA-256 of the token, which is not stored.
    void insert(const Session& session, std::string_view token_hash);
    std::optional<Session> by_token(std::string_view token_hash);
    std::optional<Session> find(const SessionId& id);
    // Newest activity first.
    std::vector<Session> of_user(const UserId& user);
    // Returns whether it was there.
    bool remove(const SessionId& id);
    // So many of all that there are; nothing when none is left.
    std::vector<std::pair<SessionId, UserId>> remove_some(std::int64_t limit);
    void set_activity(const SessionId& id, Millis last_activity_at, Millis expires_at);
    void set_token(const SessionId& id, std::string_view token_hash);
    void set_props(const Session& session);
    std::vector<Session> expired(Millis now, std::int64_t limit);
    std::int64_t count(Millis now);

private:
    Session row(const pqxx::row& row);
    std::string sealed(const Session& session);
    Tx& tx_;
};

}  // namespace concordat::storage
