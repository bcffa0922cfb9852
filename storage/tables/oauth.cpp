#include "storage/tables/oauth.hpp"

#include "core/model/scope.hpp"
#include "storage/crypto/seal.hpp"
#include "storage/tables/whole_rows.hpp"

namespace concordat::storage {
namespace {

struct AppSecret {
    std::string client_secret, name, description, icon_url;
    std::vector<std::string> callback_urls;
    std::string homepage, mattermost_app_id;
};
BOOST_DESCRIBE_STRUCT(AppSecret, (),
                      (client_secret, name, description, icon_url, callback_urls, homepage,
                       mattermost_app_id))

struct CodeSecret {
    std::string redirect_uri, challenge, resource;
};
BOOST_DESCRIBE_STRUCT(CodeSecret, (), (redirect_uri, challenge, resource))

const std::string app_columns =
    "select a.id, a.creator_id, a.create_at, a.update_at, a.is_trusted, a.is_public, a.is_dynamic, a.secret "
    "from oauth_apps a ";
const std::string token_columns = "id, app_id, user_id, session_id, create_at, refresh_at ";

std::string sealed_app(Tx& tx, const OAuthApp& a) {
    return tx.seal(Kind::user_secret, scopes::accounts, a.id.bytes(), 0,
                   json_text(AppSecret{a.client_secret, a.name, a.description, a.icon_url, a.callback_urls,
                                       a.homepage, a.mattermost_app_id}));
}

OAuthToken oauth_token(const pqxx::row& r) {
    OAuthToken t;
    t.id = id_in<OAuthTokenId>(r[0]);
    t.app_id = id_in<OAuthAppId>(r[1]);
    t.user_id = id_in<UserId>(r[2]);
    t.session_id = id_in<SessionId>(r[3]);
    t.create_at = int_in(r[4]);
    t.refresh_at = int_in(r[5]);
    return t;
}

std::vector<OAuthToken> oauth_tokens(const pqxx::result& result) {
    std::vector<OAuthToken> out;
    for (const auto& r : result) out.push_back(oauth_token(r));
    return out;
}

// A code is sealed to its own digest.
IdBytes record_of(std::string_view hash) {
    IdBytes record{};
    std::copy_n(hash.begin(), record.size(), record.begin());
    return record;
}

}  // namespace

OAuthApp OAuthAppTable::row(const pqxx::row& r) {
    OAuthApp a;
    a.id = id_in<OAuthAppId>(r[0]);
    a.creator_id = id_in<UserId>(r[1]);
    a.create_at = int_in(r[2]);
    a.update_at = int_in(r[3]);
    a.is_trusted = bool_in(r[4]);
    a.is_public = bool_in(r[5]);
    a.is_dynamically_registered = bool_in(r[6]);
    auto secret = parse_json<AppSecret>(
        tx_.open(Kind::user_secret, scopes::accounts, a.id.bytes(), 0, bytes_in(r[7])), "application");
    a.client_secret = std::move(secret.client_secret);
    a.name = std::move(secret.name);
    a.description = std::move(secret.description);
    a.icon_url = std::move(secret.icon_url);
    a.callback_urls = std::move(secret.callback_urls);
    a.homepage = std::move(secret.homepage);
    a.mattermost_app_id = std::move(secret.mattermost_app_id);
    return a;
}

std::vector<OAuthApp> OAuthAppTable::rows(const pqxx::result& result) {
    return whole_rows(result, [&](const pqxx::row& r) { return row(r); });
}

void OAuthAppTable::insert(const OAuthApp& a) {
    tx_.exec(
        "insert into oauth_apps (id, creator_id, create_at, update_at, is_trusted, is_public, is_dynamic, "
        "secret) values ($1, $2, $3, $4, $5, $6, $7, $8)",
        a.id, a.creator_id, a.create_at, a.update_at, a.is_trusted, a.is_public, a.is_dynamically_registered,
        bytea(sealed_app(tx_, a)));
}

void OAuthAppTable::update(const OAuthApp& a) {
    tx_.exec(
        "update oauth_apps set update_at = $2, is_trusted = $3, is_public = $4, secret = $5 where id = $1",
        a.id, a.update_at, a.is_trusted, a.is_public, bytea(sealed_app(tx_, a)));
}

std::optional<OAuthApp> OAuthAppTable::find(const OAuthAppId& id) {
    const auto result = tx_.exec(app_columns + "where a.id = $1", id);
    if (result.empty()) return std::nullopt;
    return row(result[0]);
}

std::optional<OAuthApp> OAuthAppTable::lock(const OAuthAppId& id) {
    const auto result = tx_.exec(app_columns + "where a.id = $1 for update", id);
    if (result.empty()) return std::nullopt;
    return row(result[0]);
}

std::vector<OAuthApp> OAuthAppTable::list(const UserId& creator, std::int64_t offset, std::int64_t limit) {
    if (creator.empty())
        return rows(tx_.exec(app_columns + "order by a.id desc offset $1 limit $2", offset, limit));
    return rows(tx_.exec(app_columns + "where a.creator_id = $1 order by a.id desc offset $2 limit $3",
                         creator, offset, limit));
}

std::vector<OAuthApp> OAuthAppTable::allowed_by(const UserId& user, std::int64_t offset, std::int64_t limit) {
    return rows(tx_.exec(app_columns + R"(
        join oauth_consents c on c.app_id = a.id
        where c.user_id = $1 order by a.id desc offset $2 limit $3)",
                         user, offset, limit));
}

std::int64_t OAuthAppTable::count() {
    return int_in(tx_.exec("select count(*) from oauth_apps where not is_dynamic")[0][0]);
}

std::int64_t OAuthAppTable::count_dynamic() {
    return int_in(tx_.exec("select count(*) from oauth_apps where is_dynamic")[0][0]);
}

bool OAuthAppTable::remove(const OAuthAppId& id) {
    return tx_.exec("delete from oauth_apps where id = $1", id).affected_rows() == 1;
}

void OAuthCodeTable::insert(const OAuthCode& c, std::string_view hash) {
    tx_.exec(
        "insert into oauth_codes (code_hash, app_id, user_id, expires_at, secret) values ($1, $2, $3, $4, "
        "$5)",
        bytea(hash), c.app_id, c.user_id, c.expires_at,
        bytea(tx_.seal(Kind::user_secret, scopes::accounts, record_of(hash), 0,
                       json_text(CodeSecret{c.redirect_uri, c.challenge, c.resource}))));
}

std::optional<OAuthCode> OAuthCodeTable::lock(std::string_view hash) {
    const auto result = tx_.exec(
        "select app_id, user_id, expires_at, is_used, secret from oauth_codes where code_hash = $1 for "
        "update",
        bytea(hash));
    if (result.empty()) return std::nullopt;
    const auto r = result[0];
    OAuthCode c;
    c.app_id = id_in<OAuthAppId>(r[0]);
    c.user_id = id_in<UserId>(r[1]);
    c.expires_at = int_in(r[2]);
    c.is_used = bool_in(r[3]);
    auto secret = parse_json<CodeSecret>(
        tx_.open(Kind::user_secret, scopes::accounts, record_of(hash), 0, bytes_in(r[4])), "code");
    c.redirect_uri = std::move(secret.redirect_uri);
    c.challenge = std::move(secret.challenge);
    c.resource = std::move(secret.resource);
    return c;
}

void OAuthCodeTable::set_used(std::string_view hash) {
    tx_.exec("update oauth_codes set is_used = true where code_hash = $1", bytea(hash));
}

std::int64_t OAuthCodeTable::remove_expired(Millis now, std::int64_t limit) {
    return tx_
        .exec(
            "delete from oauth_codes where code_hash in (select code_hash from oauth_codes where expires_at "
            "<= $1 limit $2)",
            now, limit)
        .affected_rows();
}

bool OAuthConsentTable::has(const UserId& user, const OAuthAppId& app) {
    return !tx_.exec("select 1 from oauth_consents where user_id = $1 and app_id = $2", user, app).empty();
}

void OAuthConsentTable::put(const UserId& user, const OAuthAppId& app, Millis at) {
    tx_.exec(
        "insert into oauth_consents (user_id, app_id, create_at) values ($1, $2, $3) on conflict do nothing",
        user, app, at);
}

bool OAuthConsentTable::remove(const UserId& user, const OAuthAppId& app) {
    return tx_.exec("delete from oauth_consents where user_id = $1 and app_id = $2", user, app)
               .affected_rows() == 1;
}

void OAuthTokenTable::insert(const OAuthToken& t, std::string_view code_hash, std::string_view refresh_hash) {
    if (refresh_hash.empty())
        tx_.exec(
            "insert into oauth_tokens (id, app_id, user_id, session_id, code_hash, create_at, refresh_at) "
            "values ($1, $2, $3, $4, $5, $6, $7)",
            t.id, t.app_id, t.user_id, t.session_id, bytea(code_hash), t.create_at, t.refresh_at);
    else
        tx_.exec(
            "insert into oauth_tokens (id, app_id, user_id, session_id, code_hash, create_at, refresh_at, "
            "refresh_hash) values ($1, $2, $3, $4, $5, $6, $7, $8)",
            t.id, t.app_id, t.user_id, t.session_id, bytea(code_hash), t.create_at, t.refresh_at,
            bytea(refresh_hash));
}

std::optional<OAuthToken> OAuthTokenTable::by_refresh(std::string_view refresh_hash) {
    const auto result =
        tx_.exec("select " + token_columns + "from oauth_tokens where refresh_hash = $1 for update",
                 bytea(refresh_hash));
    if (result.empty()) return std::nullopt;
    return oauth_token(result[0]);
}

std::optional<OAuthToken> OAuthTokenTable::by_replaced(std::string_view refresh_hash) {
    const auto result =
        tx_.exec("select " + token_columns + "from oauth_tokens where replaced_hash = $1 for update",
                 bytea(refresh_hash));
    if (result.empty()) return std::nullopt;
    return oauth_token(result[0]);
}

void OAuthTokenTable::refresh(const OAuthToken& t, std::string_view refresh_hash) {
    tx_.exec(
        "update oauth_tokens set session_id = $2, refresh_at = $3, replaced_hash = refresh_hash, "
        "refresh_hash "
        "= $4 where id = $1",
        t.id, t.session_id, t.refresh_at, bytea(refresh_hash));
}

std::vector<OAuthToken> OAuthTokenTable::take(const OAuthTokenId& id) {
    return oauth_tokens(tx_.exec("delete from oauth_tokens where id = $1 returning " + token_columns, id));
}

std::vector<OAuthToken> OAuthTokenTable::take_of_code(std::string_view code_hash) {
    return oauth_tokens(tx_.exec("delete from oauth_tokens where code_hash = $1 returning " + token_columns,
                                 bytea(code_hash)));
}

std::vector<OAuthToken> OAuthTokenTable::take_of_consent(const UserId& user, const OAuthAppId& app) {
    return oauth_tokens(tx_.exec(
        "delete from oauth_tokens where user_id = $1 and app_id = $2 returning " + token_columns, user, app));
}

std::vector<OAuthToken> OAuthTokenTable::take_of_app(const OAuthAppId& app) {
    return oauth_tokens(
        tx_.exec("delete from oauth_tokens where app_id = $1 returning " + token_columns, app));
}

std::vector<OAuthToken> OAuthTokenTable::take_oldest(const UserId& user, const OAuthAppId& app,
                                                     std::int64_t kept) {
    return oauth_tokens(
        tx_.exec("delete from oauth_tokens where id in (select id from oauth_tokens where user_id = $1 and "
                 "app_id = $2 order by create_at desc, id desc offset $3) returning " +
                     token_columns,
                 user, app, kept));
}

std::int64_t OAuthTokenTable::remove_stale(Millis before, std::int64_t limit) {
    return tx_
        .exec(
            "delete from oauth_tokens where id in (select t.id from oauth_tokens t where t.refresh_at < $1 "
            "and not exists (select 1 from sessions s where s.id = t.session_id) limit $2)",
            before, limit)
        .affected_rows();
}

void OAuthTokenTable::remove_of_session(const SessionId& session) {
    tx_.exec("delete from oauth_tokens where session_id = $1", session);
}

void OAuthTokenTable::remove_of_user(const UserId& user, const SessionId& except) {
    tx_.exec("delete from oauth_tokens where user_id = $1 and session_id <> $2", user, except);
}

void OAuthTokenTable::remove_all() {
    tx_.exec("delete from oauth_tokens");
}

}  // namespace concordat::storage
