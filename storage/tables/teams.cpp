#include "storage/tables/teams.hpp"

#include "core/model/scope.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/crypto/seal.hpp"
#include "storage/tables/like_anywhere.hpp"
#include "storage/tables/memberships.hpp"
#include "storage/tables/whole_rows.hpp"

namespace concordat::storage {
namespace {

struct TeamDetails {
    std::string description, email, company_name, allowed_domains, invite_id;
};
BOOST_DESCRIBE_STRUCT(TeamDetails, (), (description, email, company_name, allowed_domains, invite_id))

const std::string team_columns =
    "t.id, t.create_at, t.update_at, t.delete_at, t.name, t.display_name, t.type, t.allow_open_invite, "
    "t.last_team_icon_update, "
    "t.group_constrained, t.details, t.scheme_id";
const std::string member_columns =
    "m.team_id, m.user_id, m.delete_at, m.roles, m.scheme_guest, m.scheme_user, m.scheme_admin, " +
    std::string(team_scheme_roles);

// For "like": a term is text, not a pattern.

const std::string selected =
    " from teams t where ($1 = '%%' or t.name ilike $1 or t.display_name ilike $1) and (not $2 or "
    "t.allow_open_invite = $3) and ($4 or t.delete_at = 0)";

TeamMember member_in(const pqxx::row& r) {
    TeamMember m;
    m.team_id = id_in<TeamId>(r[0]);
    m.user_id = id_in<UserId>(r[1]);
    m.delete_at = int_in(r[2]);
    m.explicit_roles = text_in(r[3]);
    m.scheme_guest = bool_in(r[4]);
    m.scheme_user = bool_in(r[5]);
    m.scheme_admin = bool_in(r[6]);
    m.roles = effective_roles("team", r[7], m.scheme_guest, m.scheme_user, m.scheme_admin, m.explicit_roles);
    return m;
}

std::vector<TeamMember> team_members_in(const pqxx::result& result) {
    std::vector<TeamMember> out;
    out.reserve(result.size());
    for (const auto& r : result) out.push_back(member_in(r));
    return out;
}

}  // namespace

std::string TeamTable::sealed_details(const Team& t) {
    return tx_.seal(
        Kind::team_text, scopes::places, t.id.bytes(), 0,
        json_text(TeamDetails{t.description, t.email, t.company_name, t.allowed_domains, t.invite_id}));
}

Team TeamTable::row(const pqxx::row& r) {
    Team t;
    t.id = id_in<TeamId>(r[0]);
    t.create_at = int_in(r[1]);
    t.update_at = int_in(r[2]);
    t.delete_at = int_in(r[3]);
    t.name = text_in(r[4]);
    t.display_name = text_in(r[5]);
    t.type = text_in(r[6]);
    t.allow_open_invite = bool_in(r[7]);
    if (const auto at = int_in(r[8])) t.last_team_icon_update = at;
    if (!r[9].is_null()) t.group_constrained = bool_in(r[9]);
    if (!r[11].is_null()) t.scheme_id = id_in<SchemeId>(r[11]).text();
    auto details = parse_json<TeamDetails>(
        tx_.open(Kind::team_text, scopes::places, t.id.bytes(), 0, bytes_in(r[10])), "team");
    t.description = std::move(details.description);
    t.email = std::move(details.email);
    t.company_name = std::move(details.company_name);
    t.allowed_domains = std::move(details.allowed_domains);
    t.invite_id = std::move(details.invite_id);
    return t;
}

std::vector<Team> TeamTable::rows(const pqxx::result& result) {
    return whole_rows(result, [&](const pqxx::row& r) { return row(r); });
}

bool TeamTable::insert(const Team& t) {
    return tx_.exec(R"(
        insert into teams (id, create_at, update_at, name, display_name, type, allow_open_invite, invite_hash, details)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (name) do nothing)",
                    t.id, t.create_at, t.update_at, t.name, t.display_name, t.type, t.allow_open_invite,
                    bytea(token_hash(t.invite_id)), bytea(sealed_details(t)))
               .affected_rows() == 1;
}

std::optional<Team> TeamTable::find(const TeamId& id) {
    const auto result = tx_.exec("select " + team_columns + " from teams t where t.id = $1", id);
    if (result.empty()) return std::nullopt;
    return row(result[0]);
}

std::vector<Team> TeamTable::find(const std::vector<TeamId>& ids) {
    return rows(
        tx_.exec("select " + team_columns + " from teams t where t.id = any($1::uuid[])", array_of(ids)));
}

std::optional<Team> TeamTable::by_name(const std::string& name) {
    const auto result = tx_.exec("select " + team_columns + " from teams t where t.name = $1", name);
    if (result.empty()) return std::nullopt;
    return row(result[0]);
}

std::optional<Team> TeamTable::by_invite_id(const std::string& invite_id) {
    const auto result =
        tx_.exec("select " + team_columns + " from teams t where t.invite_hash = $1 and t.delete_at = 0",
                 bytea(token_hash(invite_id)));
    if (result.empty()) return std::nullopt;
    return row(result[0]);
}

std::optional<Team> TeamTable::lock(const TeamId& id) {
    const auto result =
        tx_.exec("select " + team_columns + " from teams t where t.id = $1 for no key update", id);
    if (result.empty()) return std::nullopt;
    return row(result[0]);
}

void TeamTable::update(const Team& t) {
    tx_.exec(R"(
        update teams set update_at = $2, delete_at = $3, display_name = $4, allow_open_invite = $5, invite_hash = $6, details = $7 where id = $1)",
             t.id, t.update_at, t.delete_at, t.display_name, t.allow_open_invite,
             bytea(token_hash(t.invite_id)), bytea(sealed_details(t)));
}

std::vector<Team> TeamTable::of_user(const UserId& user) {
    return rows(tx_.exec(
        "select " + team_columns +
            " from team_members m join teams t on t.id = m.team_id"
            " where m.user_id = $1 and m.delete_at = 0 and t.delete_at = 0 order by t.display_name, t.id",
        user));
}

std::vector<Team> TeamTable::common_to(const ChannelId& channel) {
    return rows(tx_.exec("select " + team_columns + R"( from teams t where t.delete_at = 0
        and t.id in (select tm.team_id from team_members tm join channel_members cm on cm.user_id = tm.user_id and cm.channel_id = $1
                     where tm.delete_at = 0 group by tm.team_id
                     having count(*) = (select count(*) from channel_members where channel_id = $1))
        order by t.display_name, t.id)",
                         channel));
}

std::vector<Team> TeamTable::select(const TeamQuery& q) {
    return rows(
        tx_.exec("select " + team_columns + selected + " order by t.display_name, t.id offset $5 limit $6",
                 like_anywhere(q.term), q.open.has_value(), q.open.value_or(false), q.with_deleted, q.offset,
                 q.limit));
}

std::int64_t TeamTable::count(const TeamQuery& q) {
    return int_in(tx_.exec("select count(*)" + selected, like_anywhere(q.term), q.open.has_value(),
                           q.open.value_or(false), q.with_deleted)[0][0]);
}

AnyId TeamTable::icon(const TeamId& id) {
    const auto result = tx_.exec("select icon from teams where id = $1", id);
    return result.empty() ? AnyId() : id_in<AnyId>(result[0][0]);
}

void TeamTable::set_icon(const TeamId& id, const AnyId& blob, Millis now) {
    tx_.exec("update teams set icon = $2::uuid, last_team_icon_update = $3, update_at = $4 where id = $1", id,
             NullableId(blob), blob.empty() ? 0 : now, now);
}

bool TeamMemberTable::insert(const TeamMember& m, Millis now) {
    return tx_.exec(R"(
        insert into team_members as m (team_id, user_id, create_at, roles, scheme_guest, scheme_user, scheme_admin)
        values ($1, $2, $3, $4, $5, $6, $7)
        on conflict (team_id, user_id) do update set create_at = $3, delete_at = 0, roles = $4, scheme_guest = $5, scheme_user = $6, scheme_admin = $7
        where m.delete_at > 0)",
                    m.team_id, m.user_id, now, m.explicit_roles, m.scheme_guest, m.scheme_user,
                    m.scheme_admin)
               .affected_rows() == 1;
}

bool TeamMemberTable::remove(const TeamId& team, const UserId& user, Millis now) {
    return tx_.exec(
                  "update team_members set delete_at = $3, roles = '', scheme_admin = false where team_id = "
                  "$1 and user_id = $2 and delete_at = 0",
                  team, user, now)
               .affected_rows() == 1;
}

std::optional<TeamMember> TeamMemberTable::find(const TeamId& team, const UserId& user) {
    const auto result =
        tx_.exec("select " + member_columns + " from team_members m where m.team_id = $1 and m.user_id = $2",
                 team, user);
    if (result.empty()) return std::nullopt;
    return member_in(result[0]);
}

std::vector<TeamMember> TeamMemberTable::find(const TeamId& team, const std::vector<UserId>& users) {
    return team_members_in(tx_.exec(
        "select " + member_columns +
            " from team_members m where m.team_id = $1 and m.user_id = any($2::uuid[]) and m.delete_at = 0",
        team, array_of(users)));
}

std::vector<TeamMember> TeamMemberTable::page(const TeamId& team, bool by_username, bool without_deactivated,
                                              std::int64_t offset, std::int64_t limit) {
    std::string sql = "select " + member_columns +
                      " from team_members m join users u on u.id = m.user_id"
                      " where m.team_id = $1 and m.delete_at = 0 and (not $2 or u.delete_at = 0) order by ";
    sql += by_username ? "u.username" : "m.user_id";
    return team_members_in(tx_.exec(sql + " offset $3 limit $4", team, without_deactivated, offset, limit));
}

std::vector<TeamMember> TeamMemberTable::of_user(const UserId& user) {
    return team_members_in(tx_.exec(
        "select " + member_columns + " from team_members m where m.user_id = $1 order by m.team_id", user));
}

TeamCounts TeamMemberTable::counts(const TeamId& team) {
    const auto r = tx_.exec(
        "select count(*), count(*) filter (where u.delete_at = 0) from team_members m join users u on u.id = "
        "m.user_id"
        " where m.team_id = $1 and m.delete_at = 0",
        team)[0];
    return {int_in(r[0]), int_in(r[1])};
}

bool TeamMemberTable::has_room(const TeamId& team, std::int64_t limit) {
    const auto members = int_in(tx_.exec(
        "select count(*) from (select 1 from team_members where team_id = $1 and delete_at = 0 limit $2) m",
        team, limit)[0][0]);
    return members < limit || counts(team).active < limit;
}

void TeamMemberTable::set_roles(const TeamMember& m) {
    tx_.exec(
        "update team_members set roles = $3, scheme_guest = $4, scheme_user = $5, scheme_admin = $6 where "
        "team_id = $1 and user_id = $2",
        m.team_id, m.user_id, m.explicit_roles, m.scheme_guest, m.scheme_user, m.scheme_admin);
}

std::size_t TeamMemberTable::hold(const TeamId& team, const std::vector<UserId>& users) {
    return tx_
        .exec(
            "select 1 from team_members where team_id = $1 and user_id = any($2::uuid[]) and delete_at = 0 "
            "for share",
            team, array_of(users))
        .size();
}

}  // namespace concordat::storage
