#include "storage/tables/access_tokens.hpp"

#include "core/base/text.hpp"
#include "core/model/scope.hpp"
#include "storage/crypto/seal.hpp"
#include "storage/tables/whole_rows.hpp"

namespace concordat::storage {
namespace {

struct TokenSecret {
    std::string description;
};
BOOST_DESCRIBE_STRUCT(TokenSecret, (), (description))

const std::string access_token_columns =
    "select a.id, a.user_id, a.is_active, a.create_at, a.expires_at, a.secret from access_tokens a ";

}  // namespace

AccessToken AccessTokenTable::row(const pqxx::row& r) {
    AccessToken t;
    t.id = id_in<AccessTokenId>(r[0]);
    t.user_id = id_in<UserId>(r[1]);
    t.is_active = bool_in(r[2]);
    t.create_at = int_in(r[3]);
    if (const auto at = int_in(r[4]); at > 0) t.expires_at = at;
    t.description =
        parse_json<TokenSecret>(
            tx_.open(Kind::user_secret, scopes::accounts, t.id.bytes(), 0, bytes_in(r[5])), "access token")
            .description;
    return t;
}

std::vector<AccessToken> AccessTokenTable::rows(const pqxx::result& result) {
    return whole_rows(result, [&](const pqxx::row& r) { return row(r); });
}

void AccessTokenTable::insert(const AccessToken& t, std::string_view token_hash) {
    tx_.exec(
        "insert into access_tokens (id, user_id, token_hash, is_active, create_at, expires_at, secret) "
        "values ($1, $2, $3, $4, $5, $6, $7)",
        t.id, t.user_id, bytea(token_hash), t.is_active, t.create_at, t.expires_at.value_or(0),
        bytea(tx_.seal(Kind::user_secret, scopes::accounts, t.id.bytes(), 0,
                       json_text(TokenSecret{t.description}))));
}

std::optional<AccessToken> AccessTokenTable::first(const pqxx::result& result) {
    if (result.empty()) return std::nullopt;
    return row(result[0]);
}

std::optional<AccessToken> AccessTokenTable::by_hash(std::string_view token_hash) {
    return first(tx_.exec(access_token_columns + "where a.token_hash = $1", bytea(token_hash)));
}

std::optional<AccessToken> AccessTokenTable::hold_by_hash(std::string_view token_hash) {
    return first(tx_.exec(access_token_columns + "where a.token_hash = $1 for share", bytea(token_hash)));
}

std::optional<AccessToken> AccessTokenTable::find(const AccessTokenId& id) {
    return first(tx_.exec(access_token_columns + "where a.id = $1", id));
}

std::optional<AccessToken> AccessTokenTable::lock(const AccessTokenId& id) {
    return first(tx_.exec(access_token_columns + "where a.id = $1 for update", id));
}

std::vector<AccessToken> AccessTokenTable::of_user(const UserId& user, std::int64_t offset,
                                                   std::int64_t limit) {
    return rows(tx_.exec(access_token_columns + "where a.user_id = $1 order by a.id desc offset $2 limit $3",
                         user, offset, limit));
}

std::vector<AccessToken> AccessTokenTable::all(std::int64_t offset, std::int64_t limit) {
    return rows(tx_.exec(access_token_columns + "order by a.id desc offset $1 limit $2", offset, limit));
}

std::vector<AccessToken> AccessTokenTable::search(const std::string& term, std::int64_t limit) {
    if (looks_like_id(term)) {
        auto found = rows(
            tx_.exec(access_token_columns + "where a.id = $1 or a.user_id = $1 order by a.id desc limit $2",
                     AnyId::from_text(term), limit));
        if (!found.empty()) return found;
    }
    return rows(tx_.exec(access_token_columns + R"(
        join users u on u.id = a.user_id where starts_with(u.username, $1) order by a.id desc limit $2)",
                         lower_ascii(term), limit));
}

std::int64_t AccessTokenTable::count(const UserId& user) {
    return int_in(tx_.exec("select count(*) from access_tokens where user_id = $1", user)[0][0]);
}

bool AccessTokenTable::set_active(const AccessTokenId& id, bool is_active) {
    return tx_.exec("update access_tokens set is_active = $2 where id = $1 and is_active <> $2", id,
                    is_active)
               .affected_rows() == 1;
}

bool AccessTokenTable::remove(const AccessTokenId& id) {
    return tx_.exec("delete from access_tokens where id = $1", id).affected_rows() == 1;
}

SessionId AccessTokenTable::session_of(const AccessTokenId& id) {
    const auto found = tx_.exec(
        "select s.id from sessions s join access_tokens a on a.token_hash = s.token_hash where a.id = $1",
        id);
    return found.empty() ? SessionId() : id_in<SessionId>(found[0][0]);
}

}  // namespace concordat::storage
