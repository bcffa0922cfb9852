#include "storage/tables/sessions.hpp"

#include "core/model/scope.hpp"
#include "storage/crypto/seal.hpp"

namespace concordat::storage {
namespace {

struct SessionSecret {
    std::string device_id;
    std::map<std::string, std::string> props;
};
BOOST_DESCRIBE_STRUCT(SessionSecret, (), (device_id, props))

const std::string session_columns =
    "select s.id, s.user_id, s.create_at, s.expires_at, s.last_activity_at, s.is_oauth, s.secret, u.roles "
    "from sessions s join users u on u.id = s.user_id ";

}  // namespace

std::string SessionTable::sealed(const Session& s) {
    return tx_.seal(Kind::session, scopes::accounts, s.id.bytes(), 0,
                    json_text(SessionSecret{s.device_id, s.props}));
}

Session SessionTable::row(const pqxx::row& r) {
    Session s;
    s.id = id_in<SessionId>(r[0]);
    s.user_id = id_in<UserId>(r[1]);
    s.create_at = int_in(r[2]);
    s.expires_at = int_in(r[3]);
    s.last_activity_at = int_in(r[4]);
    s.is_oauth = bool_in(r[5]);
    auto secret = parse_json<SessionSecret>(
        tx_.open(Kind::session, scopes::accounts, s.id.bytes(), 0, bytes_in(r[6])), "session");
    s.device_id = std::move(secret.device_id);
    s.props = std::move(secret.props);
    s.roles = text_in(r[7]);
    return s;
}

void SessionTable::insert(const Session& s, std::string_view token_hash) {
    tx_.exec(
        "insert into sessions (id, token_hash, user_id, create_at, expires_at, last_activity_at, is_oauth, "
        "secret) values ($1, $2, $3, $4, $5, $6, $7, $8)",
        s.id, bytea(token_hash), s.user_id, s.create_at, s.expires_at, s.last_activity_at, s.is_oauth,
        bytea(sealed(s)));
}

std::optional<Session> SessionTable::by_token(std::string_view token_hash) {
    const auto rows = tx_.exec(session_columns + "where s.token_hash = $1", bytea(token_hash));
    if (rows.empty()) return std::nullopt;
    return row(rows[0]);
}

std::optional<Session> SessionTable::find(const SessionId& id) {
    const auto rows = tx_.exec(session_columns + "where s.id = $1", id);
    if (rows.empty()) return std::nullopt;
    return row(rows[0]);
}

std::vector<Session> SessionTable::of_user(const UserId& user) {
    std::vector<Session> out;
    for (const auto& r :
         tx_.exec(session_columns + "where s.user_id = $1 order by s.last_activity_at desc", user))
        out.push_back(row(r));
    return out;
}

bool SessionTable::remove(const SessionId& id) {
    return tx_.exec("delete from sessions where id = $1", id).affected_rows() == 1;
}

std::vector<std::pair<SessionId, UserId>> SessionTable::remove_some(std::int64_t limit) {
    std::vector<std::pair<SessionId, UserId>> out;
    for (const auto& r :
         tx_.exec("delete from sessions where id in (select id from sessions order by id limit "
                  "$1) returning id, user_id",
                  limit))
        out.emplace_back(id_in<SessionId>(r[0]), id_in<UserId>(r[1]));
    return out;
}

void SessionTable::set_activity(const SessionId& id, Millis last_activity_at, Millis expires_at) {
    tx_.exec("update sessions set last_activity_at = $2, expires_at = $3 where id = $1", id, last_activity_at,
             expires_at);
}

void SessionTable::set_token(const SessionId& id, std::string_view token_hash) {
    tx_.exec("update sessions set token_hash = $2 where id = $1", id, bytea(token_hash));
}

void SessionTable::set_props(const Session& s) {
    tx_.exec("update sessions set secret = $2, expires_at = $3 where id = $1", s.id, bytea(sealed(s)),
             s.expires_at);
}

std::vector<Session> SessionTable::expired(Millis now, std::int64_t limit) {
    std::vector<Session> out;
    for (const auto& r :
         tx_.exec(session_columns + "where s.expires_at > 0 and s.expires_at <= $1 limit $2", now, limit))
        out.push_back(row(r));
    return out;
}

std::int64_t SessionTable::count(Millis now) {
    return int_in(
        tx_.exec("select count(*) from sessions where expires_at = 0 or expires_at > $1", now)[0][0]);
}

}  // namespace concordat::storage
