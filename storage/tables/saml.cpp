#include "storage/tables/saml.hpp"

#include "core/model/scope.hpp"
#include "storage/crypto/seal.hpp"

namespace concordat::storage {
namespace {

// The sealed text of the session itself is version 0.
constexpr std::int64_t name_version = 1;
const char* const session_query =
    "select s.session_id, s.user_id, s.provider, s.name_hash, s.name, s.create_at from saml_sessions s ";

SamlSession session_in(Tx& tx, const pqxx::row& r) {
    SamlSession s;
    s.session_id = id_in<SessionId>(r[0]);
    s.user_id = id_in<UserId>(r[1]);
    s.provider = text_in(r[2]);
    s.name_hash = bytes_in(r[3]);
    s.name = tx.open(Kind::session, scopes::accounts, s.session_id.bytes(), name_version, bytes_in(r[4]));
    s.create_at = int_in(r[5]);
    return s;
}

}  // namespace

void SamlTable::put(std::string_view handle_hash, const SamlRequest& request) {
    tx_.exec(R"(
        insert into saml_requests (handle_hash, request_id, provider, browser_hash, intent, expires_at)
        values ($1, $2, $3, $4, $5, $6))",
             bytea(handle_hash), request.request_id, request.provider, bytea(request.browser_hash),
             request.intent, request.expires_at);
}

std::optional<SamlRequest> SamlTable::find(std::string_view handle_hash, Millis now) {
    const auto rows = tx_.exec(R"(
        select request_id, provider, browser_hash, intent, expires_at from saml_requests
        where handle_hash = $1 and expires_at > $2)",
                               bytea(handle_hash), now);
    if (rows.empty()) return std::nullopt;
    const auto& r = rows[0];
    return SamlRequest{text_in(r[0]), text_in(r[1]), bytes_in(r[2]), text_in(r[3]), int_in(r[4])};
}

bool SamlTable::remove(std::string_view handle_hash) {
    return tx_.exec("delete from saml_requests where handle_hash = $1", bytea(handle_hash)).affected_rows() ==
           1;
}

bool SamlTable::use(const std::string& provider, std::string_view assertion_hash, Millis expires_at) {
    return tx_.exec(R"(
        insert into saml_assertions (provider, assertion_hash, expires_at) values ($1, $2, $3)
        on conflict do nothing)",
                    provider, bytea(assertion_hash), expires_at)
               .affected_rows() == 1;
}

void SamlTable::forget(const std::string& provider, std::string_view assertion_hash) {
    tx_.exec("delete from saml_assertions where provider = $1 and assertion_hash = $2", provider,
             bytea(assertion_hash));
}

void SamlTable::remember(const SamlSession& s) {
    tx_.exec(R"(
        insert into saml_sessions (session_id, user_id, provider, name_hash, name, create_at)
        values ($1, $2, $3, $4, $5, $6))",
             s.session_id, s.user_id, s.provider, bytea(s.name_hash),
             bytea(tx_.seal(Kind::session, scopes::accounts, s.session_id.bytes(), name_version, s.name)),
             s.create_at);
}

std::optional<SamlSession> SamlTable::session(const SessionId& id) {
    const auto rows = tx_.exec(std::string(session_query) + "where s.session_id = $1", id);
    if (rows.empty()) return std::nullopt;
    return session_in(tx_, rows[0]);
}

std::vector<SamlSession> SamlTable::sessions_of(const std::string& provider, std::string_view name_hash,
                                                std::int64_t limit) {
    std::vector<SamlSession> out;
    for (const auto& r : tx_.exec(std::string(session_query) + "where s.provider = $1 and s.name_hash = $2 "
                                                               "order by s.create_at desc limit $3",
                                  provider, bytea(name_hash), limit))
        out.push_back(session_in(tx_, r));
    return out;
}

void SamlTable::put_logout(std::string_view handle_hash, const SessionId& session, Millis expires_at) {
    tx_.exec("insert into saml_logouts (handle_hash, session_id, expires_at) values ($1, $2, $3)",
             bytea(handle_hash), session, expires_at);
}

std::optional<SamlSession> SamlTable::find_logout(std::string_view handle_hash, Millis now) {
    const auto rows = tx_.exec(std::string(session_query) +
                                   "join saml_logouts l on l.session_id = s.session_id "
                                   "where l.handle_hash = $1 and l.expires_at > $2",
                               bytea(handle_hash), now);
    if (rows.empty()) return std::nullopt;
    return session_in(tx_, rows[0]);
}

bool SamlTable::remove_logout(std::string_view handle_hash) {
    return tx_.exec("delete from saml_logouts where handle_hash = $1", bytea(handle_hash)).affected_rows() ==
           1;
}

std::string SamlTable::metadata(const std::string& provider, const std::string& address) {
    const auto rows =
        tx_.exec("select body from saml_metadata where provider = $1 and address = $2", provider, address);
    return rows.empty() ? std::string() : text_in(rows[0][0]);
}

std::optional<Millis> SamlTable::metadata_fetched_at(const std::string& provider,
                                                     const std::string& address) {
    const auto rows = tx_.exec("select fetched_at from saml_metadata where provider = $1 and address = $2",
                               provider, address);
    if (rows.empty()) return std::nullopt;
    return int_in(rows[0][0]);
}

void SamlTable::put_metadata(const std::string& provider, const std::string& address, const std::string& body,
                             Millis now) {
    tx_.exec(R"(
        insert into saml_metadata (provider, address, body, fetched_at) values ($1, $2, $3, $4)
        on conflict (provider) do update set address = $2, body = $3, fetched_at = $4)",
             provider, address, body, now);
}

std::int64_t SamlTable::sweep(Millis now, std::int64_t limit) {
    const auto requests = tx_.exec(R"(
        delete from saml_requests where handle_hash in
            (select handle_hash from saml_requests where expires_at <= $1 order by expires_at limit $2))",
                                   now, limit);
    const auto assertions = tx_.exec(R"(
        delete from saml_assertions where (provider, assertion_hash) in
            (select provider, assertion_hash from saml_assertions where expires_at <= $1 order by expires_at limit $2))",
                                     now, limit);
    const auto logouts = tx_.exec(R"(
        delete from saml_logouts where handle_hash in
            (select handle_hash from saml_logouts where expires_at <= $1 order by expires_at limit $2))",
                                  now, limit);
    const auto sessions = tx_.exec(R"(
        delete from saml_sessions where session_id in
            (select k.session_id from saml_sessions k where k.create_at <= $1
             and not exists (select from sessions s where s.id = k.session_id)
             order by k.create_at limit $2))",
                                   now - remembered_for, limit);
    return static_cast<std::int64_t>(requests.affected_rows() + assertions.affected_rows() +
                                     logouts.affected_rows() + sessions.affected_rows());
}

std::int64_t SamlTable::open_requests() {
    return int_in(tx_.exec("select count(*) from saml_requests")[0][0]);
}

}  // namespace concordat::storage
