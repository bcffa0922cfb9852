// The table access_tokens.
#pragma once
#include <optional>
#include <string>
#include <vector>
#include "core/model/access_token.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {

class AccessTokenTable {
public:
    explicit AccessTokenTable(Tx& tx) : tx_(tx) {}
    // `token_hash` is the SHA-256 of the token, which is not stored.
    void insert(const AccessToken& token, std::string_view token_hash);
    std::optional<AccessToken> by_hash(std::string_view token_hash);
    // Until the end of the transaction nobody changes it; several may hold it so.
    std::optional<AccessToken> hold_by_hash(std::string_view token_hash);
    std::optional<AccessToken> find(const AccessTokenId& id);
    // Until the end of the transaction nobody else changes or holds it.
    std::optional<AccessToken> lock(const AccessTokenId& id);
    // Newest first.
    std::vector<AccessToken> of_user(const UserId& user, std::int64_t offset, std::int64_t limit);
    std::vector<AccessToken> all(std::int64_t offset, std::int64_t limit);
    // Of users whose name begins with `term`; or the one with this id, or those of the user with it.
    std::vector<AccessToken> search(const std::string& term, std::int64_t limit);
    std::int64_t count(const UserId& user);
    // Both return whether anything changed.
    bool set_active(const AccessTokenId& id, bool is_active);
    bool remove(const AccessTokenId& id);
    // The session that was begun with it, if there is one.
    SessionId session_of(const AccessTokenId& id);

private:
    AccessToken row(const pqxx::row& row);
    std::optional<AccessToken> first(const pqxx::result& result);
    std::vector<AccessToken> rows(const pqxx::result& result);
    Tx& tx_;
};

}  // namespace concordat::storage
