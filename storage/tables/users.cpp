#include "storage/tables/users.hpp"

#include "core/base/text.hpp"
#include "core/model/scope.hpp"
#include "storage/crypto/seal.hpp"
#include "storage/tables/whole_rows.hpp"

namespace concordat::storage {
namespace {

struct Profile {
    std::string position;
    std::string auth_data;
    std::optional<StringMap> props, notify_props;
    StringMap timezone;
    std::optional<std::string> bot_description;
};
BOOST_DESCRIBE_STRUCT(Profile, (), (position, auth_data, props, notify_props, timezone, bot_description))

struct CredentialSecret {
    std::string password_hash;
};
BOOST_DESCRIBE_STRUCT(CredentialSecret, (), (password_hash))

const std::string user_columns =
    "u.id, u.create_at, u.update_at, u.delete_at, u.username, u.email, u.nickname, u.first_name, "
    "u.last_name, u.roles, u.locale, u.auth_service, "
    "u.remote_id, u.is_bot, u.email_verified, u.last_password_update, u.last_picture_update, u.profile, "
    "u.mfa_active";

std::string like_start(const std::string& term) {
    std::string out;
    for (const char c : term) {
        if (c == '%' || c == '_' || c == '\\') out += '\\';
        out += c;
    }
    return out + '%';
}

const char* order_of(const std::string& sort) {
    if (sort == "create_at") return " order by u.create_at desc, u.id";
    if (sort == "last_activity_at")
        return " order by (select s.last_activity_at from statuses s where s.user_id = u.id) desc nulls "
               "last, u.username";
    if (sort == "status")
        return " order by case (select s.status from statuses s where s.user_id = u.id) when 'online' then 1 "
               "when 'away' then 2 when 'dnd' then 3 else 4 end, u.username";
    if (sort == "admin")
        return " order by (select m.scheme_admin from channel_members m where m.user_id = u.id and "
               "m.channel_id = $3) desc nulls last, u.username";
    return " order by u.username";
}

}  // namespace

std::string UserTable::sealed_profile(const User& u) {
    return tx_.seal(
        Kind::user_profile, scopes::accounts, u.id.bytes(), 0,
        json_text(Profile{u.position, u.auth_data, u.props, u.notify_props, u.timezone, u.bot_description}));
}

std::string UserTable::sealed_credential(const UserId& id, const Credential& c) {
    return tx_.seal(Kind::user_secret, scopes::accounts, id.bytes(), 0,
                    json_text(CredentialSecret{c.password_hash}));
}

User UserTable::row(const pqxx::row& r) {
    User u;
    u.id = id_in<UserId>(r[0]);
    u.create_at = int_in(r[1]);
    u.update_at = int_in(r[2]);
    u.delete_at = int_in(r[3]);
    u.username = text_in(r[4]);
    u.email = text_in(r[5]);
    u.nickname = text_in(r[6]);
    u.first_name = text_in(r[7]);
    u.last_name = text_in(r[8]);
    u.roles = text_in(r[9]);
    u.locale = text_in(r[10]);
    u.auth_service = text_in(r[11]);
    if (!r[12].is_null()) u.remote_id = text_in(r[12]);
    if (bool_in(r[13])) u.is_bot = true;
    if (bool_in(r[14])) u.email_verified = true;
    if (const auto at = int_in(r[15])) u.last_password_update = at;
    if (const auto at = int_in(r[16])) u.last_picture_update = at;
    auto profile = parse_json<Profile>(
        tx_.open(Kind::user_profile, scopes::accounts, u.id.bytes(), 0, bytes_in(r[17])), "profile");
    if (bool_in(r[18])) u.mfa_active = true;
    u.position = std::move(profile.position);
    u.auth_data = std::move(profile.auth_data);
    u.props = std::move(profile.props);
    u.notify_props = std::move(profile.notify_props);
    u.timezone = std::move(profile.timezone);
    u.bot_description = std::move(profile.bot_description);
    return u;
}

std::vector<User> UserTable::rows(const pqxx::result& result) {
    return whole_rows(result, [&](const pqxx::row& r) { return row(r); });
}

void UserTable::insert(const User& u, const Credential& c) {
    tx_.exec(R"(
        insert into users (id, create_at, update_at, delete_at, username, email, nickname, first_name, last_name, roles, locale, auth_service, is_bot,
                           email_verified, last_password_update, last_picture_update, profile, remote_id)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18))",
             u.id, u.create_at, u.update_at, u.delete_at, u.username, u.email, u.nickname, u.first_name,
             u.last_name, u.roles, u.locale, u.auth_service, u.is_bot.value_or(false),
             u.email_verified.value_or(false), u.last_password_update.value_or(0),
             u.last_picture_update.value_or(0), bytea(sealed_profile(u)),
             u.remote_id ? u.remote_id->c_str() : nullptr);
    tx_.exec("insert into credentials (user_id, secret) values ($1, $2)", u.id,
             bytea(sealed_credential(u.id, c)));
    tx_.exec("insert into identity_history (user_id, from_at, username, email) values ($1, $2, $3, $4)", u.id,
             u.create_at, u.username, u.email);
}

void UserTable::update(const User& u) {
    // Read before the row has the new names.
    tx_.exec(R"(
        insert into identity_history (user_id, from_at, username, email)
        select id, $2, $3, $4 from users where id = $1 and (username <> $3 or email <> $4)
        on conflict (user_id, from_at) do update set username = excluded.username, email = excluded.email)",
             u.id, u.update_at, u.username, u.email);
    tx_.exec(R"(
        update users set update_at = $2, delete_at = $3, username = $4, email = $5, nickname = $6, first_name = $7, last_name = $8, roles = $9,
            locale = $10, auth_service = $11, email_verified = $12, last_password_update = $13, profile = $14 where id = $1)",
             u.id, u.update_at, u.delete_at, u.username, u.email, u.nickname, u.first_name, u.last_name,
             u.roles, u.locale, u.auth_service, u.email_verified.value_or(false),
             u.last_password_update.value_or(0), bytea(sealed_profile(u)));
}

std::optional<User> UserTable::find(const UserId& id) {
    const auto result = tx_.exec("select " + user_columns + " from users u where u.id = $1", id);
    if (result.empty()) return std::nullopt;
    return row(result[0]);
}

std::vector<User> UserTable::find(const std::vector<UserId>& ids, Millis changed_since) {
    return rows(
        tx_.exec("select " + user_columns + " from users u where u.id = any($1::uuid[]) and u.update_at > $2",
                 array_of(ids), changed_since > 0 ? changed_since : -1));
}

std::optional<User> UserTable::by_username(const std::string& username) {
    const auto result =
        tx_.exec("select " + user_columns + " from users u where u.username = $1", lower_ascii(username));
    if (result.empty()) return std::nullopt;
    return row(result[0]);
}

std::optional<User> UserTable::by_email(const std::string& email) {
    const auto result = tx_.exec(
        "select " + user_columns + " from users u where u.email = $1 and u.email <> ''", lower_ascii(email));
    if (result.empty()) return std::nullopt;
    return row(result[0]);
}

std::vector<User> UserTable::by_usernames(const std::vector<std::string>& usernames) {
    return rows(tx_.exec("select " + user_columns + " from users u where u.username = any($1::text[])",
                         array_of(usernames)));
}

pqxx::result UserTable::ask(const UserQuery& q, const std::string& what, const std::string& order) {
    std::string sql = "select " + what + " from users u where true";
    if (q.in_team)
        sql +=
            " and exists (select 1 from team_members m where m.user_id = u.id and m.team_id = $1 and "
            "m.delete_at = 0)";
    if (q.not_in_team)
        sql +=
            " and not exists (select 1 from team_members m where m.user_id = u.id and m.team_id = $2 and "
            "m.delete_at = 0)";
    if (q.in_channel)
        sql += " and exists (select 1 from channel_members m where m.user_id = u.id and m.channel_id = $3)";
    if (q.not_in_channel)
        sql +=
            " and not exists (select 1 from channel_members m where m.user_id = u.id and m.channel_id = $4)";
    if (q.active) sql += *q.active ? " and u.delete_at = 0" : " and u.delete_at > 0";
    if (q.bots) sql += *q.bots ? " and u.is_bot" : " and not u.is_bot";
    if (q.without_team)
        sql += " and not exists (select 1 from team_members m where m.user_id = u.id and m.delete_at = 0)";
    if (!q.roles.empty()) sql += " and string_to_array(u.roles, ' ') && $5::text[]";
    if (!q.term.empty()) {
        sql += " and (u.username like $6";
        if (q.match_full_name)
            sql +=
                " or lower(u.first_name) like $6 or lower(u.last_name) like $6 or lower(u.first_name || ' ' "
                "|| u.last_name) like $6";
        sql += " or lower(u.nickname) like $6";
        if (q.match_email) sql += " or u.email like $6";
        sql += ")";
    }
    if (q.seen_by)
        sql +=
            " and (u.id = $9 or exists (select 1 from channel_members o join channel_members m on "
            "m.channel_id = o.channel_id where o.user_id = $9 and m.user_id = u.id))";
    sql += order;
    // Each parameter is named once more, so that every variant has the same nine.
    sql += " offset $7 limit $8";
    sql.insert(sql.find(" where true") + 11,
               " and $1::uuid is not null and $2::uuid is not null and $3::uuid is not null and $4::uuid is "
               "not null and $5::text[] is not null and $6::text is not null and $9::uuid is not null");
    return tx_.exec(sql, q.in_team.value_or(TeamId()), q.not_in_team.value_or(TeamId()),
                    q.in_channel.value_or(ChannelId()), q.not_in_channel.value_or(ChannelId()),
                    array_of(q.roles), like_start(lower_ascii(q.term)), q.offset, q.limit,
                    q.seen_by.value_or(UserId()));
}

std::vector<User> UserTable::select(const UserQuery& q) {
    return rows(ask(q, user_columns, order_of(q.sort)));
}

std::int64_t UserTable::count(const UserQuery& query) {
    auto whole = query;
    whole.offset = 0;
    whole.limit = 1;
    return int_in(ask(whole, "count(*)", "")[0][0]);
}

std::int64_t UserTable::count(bool with_deleted, bool with_bots) {
    return int_in(tx_.exec("select count(*) from users where ($1 or delete_at = 0) and ($2 or not is_bot)",
                           with_deleted, with_bots)[0][0]);
}

bool UserTable::is_empty() {
    return tx_.exec("select 1 from users where not is_bot limit 1").empty();
}

void UserTable::lock_first_account() {
    tx_.exec("select pg_advisory_xact_lock(6022214)");
}

std::vector<UserId> UserTable::known_to(const UserId& user) {
    std::vector<UserId> out;
    for (const auto& r : tx_.exec("select distinct o.user_id from channel_members m join channel_members o "
                                  "on o.channel_id = m.channel_id where m.user_id = $1 and o.user_id <> $1",
                                  user))
        out.push_back(id_in<UserId>(r[0]));
    return out;
}

std::vector<std::pair<ChannelId, User>> UserTable::in_channels(const std::vector<ChannelId>& channels,
                                                               const UserId& asking) {
    std::vector<std::pair<ChannelId, User>> out;
    const auto result =
        tx_.exec("select " + user_columns +
                     ", m.channel_id from channel_members m join users u on u.id = m.user_id"
                     " where m.channel_id = any($1::uuid[]) and m.user_id <> $2 order by u.username",
                 array_of(channels), asking);
    for (const auto& r : result) out.emplace_back(id_in<ChannelId>(r[19]), row(r));
    return out;
}

std::optional<Credential> UserTable::credential(const UserId& id) {
    const auto result =
        tx_.exec("select secret, failed_attempts, last_failure_at from credentials where user_id = $1", id);
    if (result.empty()) return std::nullopt;
    auto secret = parse_json<CredentialSecret>(
        tx_.open(Kind::user_secret, scopes::accounts, id.bytes(), 0, bytes_in(result[0][0])), "credential");
    return Credential{std::move(secret.password_hash), int_in(result[0][1]), int_in(result[0][2])};
}

void UserTable::set_credential(const UserId& id, const Credential& c) {
    tx_.exec(
        "update credentials set secret = $2, failed_attempts = $3, last_failure_at = $4 where user_id = $1",
        id, bytea(sealed_credential(id, c)), c.failed_attempts, c.last_failure_at);
}

bool UserTable::begin_attempt(const UserId& id, Millis now, const Holding& h) {
    return tx_.exec(R"(
        update credentials set failed_attempts = failed_attempts + 1, last_failure_at = $2
        where user_id = $1 and (failed_attempts < $3 or
            last_failure_at + least($5::bigint, $4::bigint * power(2, least(failed_attempts - $3, 30))::bigint) <= $2))",
                    id, now, h.most, h.first_delay, h.longest_delay)
               .affected_rows() == 1;
}

void UserTable::forget_attempt(const UserId& id) {
    tx_.exec(
        "update credentials set failed_attempts = failed_attempts - 1 where user_id = $1 and failed_attempts "
        "> 0",
        id);
}

void UserTable::clear_failures(const UserId& id) {
    tx_.exec("update credentials set failed_attempts = 0 where user_id = $1 and failed_attempts > 0", id);
}

AnyId UserTable::picture(const UserId& id) {
    const auto result = tx_.exec("select picture from users where id = $1", id);
    return result.empty() ? AnyId() : id_in<AnyId>(result[0][0]);
}

void UserTable::set_picture(const UserId& id, const AnyId& blob, Millis now) {
    tx_.exec("update users set picture = $2::uuid, last_picture_update = $3, update_at = $3 where id = $1",
             id, NullableId(blob), now);
}

}  // namespace concordat::storage
