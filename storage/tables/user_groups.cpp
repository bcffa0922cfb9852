#include "storage/tables/user_groups.hpp"

#include "storage/tables/like_anywhere.hpp"

namespace concordat::storage {
namespace {

const std::string group_columns =
    "g.id, g.provider, g.remote_id, g.name, g.display_name, g.description, g.allow_reference, g.create_at, "
    "g.update_at, g.delete_at, g.missing_at, "
    "exists (select 1 from user_group_places l where l.group_id = g.id and l.delete_at = 0), "
    "(select count(*) from user_group_members m join users u on u.id = m.user_id "
    "where m.group_id = g.id and u.delete_at = 0), g.roles, g.source";

UserGroup group_in(const pqxx::row& r) {
    UserGroup g;
    g.id = id_in<GroupId>(r[0]);
    g.provider = text_in(r[1]);
    if (!r[2].is_null()) g.remote_id = text_in(r[2]);
    if (!text_in(r[3]).empty()) g.name = text_in(r[3]);
    g.display_name = text_in(r[4]);
    g.description = text_in(r[5]);
    g.allow_reference = bool_in(r[6]);
    g.create_at = int_in(r[7]);
    g.update_at = int_in(r[8]);
    g.delete_at = int_in(r[9]);
    g.roles = text_in(r[13]);
    g.source = text_in(r[14]);
    if (int_in(r[10]) > 0) g.missing_at = int_in(r[10]);
    g.has_syncables = bool_in(r[11]);
    g.member_count = int_in(r[12]);
    return g;
}

std::string remote_of(const UserGroup& g) {
    return g.remote_id.value.value_or("");
}

std::optional<UserGroup> first_group(const pqxx::result& result) {
    if (result.empty()) return std::nullopt;
    return group_in(result[0]);
}

// $1 with unlinked, $2 pattern or "", $3 only referable, $4 linked to, $5 not linked to, $6 member, $7
// source, $8 changed since, $9 only unlinked, $10 without those that people made, $11 one that has the name.
const std::string group_conditions = R"(
    where ($1 or g.delete_at = 0)
      and ($2 = '' or g.display_name ilike $2 or g.name ilike $2)
      and (not $3 or (g.allow_reference and (g.delete_at = 0 or g.source = 'custom')))
      and ($7 = '' or g.source = $7)
      and ($8 = 0 or g.update_at >= $8)
      and (not $9 or g.delete_at > 0)
      and (not $10 or g.source <> 'custom')
      and (cardinality($11::text[]) = 0 or g.name = any($11::text[]))
      and ($4 = '00000000-0000-0000-0000-000000000000'::uuid or p.group_id is not null)
      and ($5 = '00000000-0000-0000-0000-000000000000'::uuid or not exists (
            select 1 from user_group_places n where n.group_id = g.id and n.place_id = $5 and n.delete_at = 0))
      and ($6 = '00000000-0000-0000-0000-000000000000'::uuid or exists (
            select 1 from user_group_members m where m.group_id = g.id and m.user_id = $6)))";
const std::string group_sources =
    " from user_groups g left join user_group_places p on p.group_id = g.id and p.place_id = $4 and "
    "p.delete_at = 0 ";

std::string pattern_of(const GroupQuery& query) {
    return query.term.empty() ? std::string() : like_anywhere(query.term);
}

const std::string place_columns = R"(
    p.group_id, p.place_id, p.is_channel, p.auto_add, p.scheme_admin, p.create_at, p.update_at, p.delete_at,
    coalesce(c.display_name, t.display_name), coalesce(c.type, t.type), t.id, t.display_name, t.type,
    coalesce(case when p.is_channel then c.group_constrained else t.group_constrained end, false),
    (coalesce(c.delete_at, 0) > 0 or t.delete_at > 0)
    from user_group_places p
    left join channels c on p.is_channel and c.id = p.place_id
    join teams t on t.id = coalesce(c.team_id, p.place_id) )";

GroupPlace place_in(const pqxx::row& r) {
    GroupPlace p;
    p.group_id = id_in<GroupId>(r[0]);
    p.place_id = id_in<AnyId>(r[1]);
    p.is_channel = bool_in(r[2]);
    p.auto_add = bool_in(r[3]);
    p.scheme_admin = bool_in(r[4]);
    p.create_at = int_in(r[5]);
    p.update_at = int_in(r[6]);
    p.delete_at = int_in(r[7]);
    p.display_name = text_in(r[8]);
    p.type = text_in(r[9]);
    p.team_id = id_in<TeamId>(r[10]);
    p.team_display_name = text_in(r[11]);
    p.team_type = text_in(r[12]);
    p.is_constrained = bool_in(r[13]);
    p.is_place_archived = bool_in(r[14]);
    return p;
}

std::vector<GroupPlace> places_in(const pqxx::result& result) {
    std::vector<GroupPlace> out;
    for (const auto& row : result) out.push_back(place_in(row));
    return out;
}

}  // namespace

void UserGroupTable::insert(const UserGroup& g) {
    tx_.exec(R"(
        insert into user_groups (id, provider, remote_id, name, display_name, description, allow_reference,
                                 create_at, update_at, delete_at, missing_at, roles, source)
        values ($1, $2, nullif($3, ''), $4, $5, $6, $7, $8, $9, $10, $11, $12, $13))",
             g.id, g.provider, remote_of(g), g.name.value_or(""), g.display_name, g.description,
             g.allow_reference, g.create_at, g.update_at, g.delete_at, g.missing_at.value_or(0), g.roles,
             g.source);
}

void UserGroupTable::update(const UserGroup& g) {
    tx_.exec(R"(
        update user_groups set name = $2, display_name = $3, description = $4, allow_reference = $5,
                               update_at = $6, delete_at = $7, missing_at = $8, roles = $9,
                               remote_id = nullif($10, '')
        where id = $1)",
             g.id, g.name.value_or(""), g.display_name, g.description, g.allow_reference, g.update_at,
             g.delete_at, g.missing_at.value_or(0), g.roles, remote_of(g));
}

std::vector<UserGroup> UserGroupTable::with_roles(const std::string& provider) {
    std::vector<UserGroup> out;
    for (const auto& row : tx_.exec("select " + group_columns +
                                        " from user_groups g where g.source = 'ldap' and g.provider = $1 and "
                                        "g.roles <> '' order by g.id",
                                    provider))
        out.push_back(group_in(row));
    return out;
}

std::optional<UserGroup> UserGroupTable::find(const GroupId& id) {
    return first_group(tx_.exec("select " + group_columns + " from user_groups g where g.id = $1", id));
}

std::optional<UserGroup> UserGroupTable::lock(const GroupId& id) {
    return first_group(
        tx_.exec("select " + group_columns + " from user_groups g where g.id = $1 for update of g", id));
}

std::optional<UserGroup> UserGroupTable::of_remote(const std::string& provider, const std::string& remote_id,
                                                   const std::string& source) {
    return first_group(tx_.exec("select " + group_columns +
                                    " from user_groups g where g.source = $3 and g.provider = $1 and "
                                    "g.remote_id = $2",
                                provider, remote_id, source));
}

std::vector<UserGroup> UserGroupTable::of_provider(const std::string& provider, const std::string& source) {
    std::vector<UserGroup> out;
    for (const auto& row : tx_.exec("select " + group_columns +
                                        " from user_groups g where g.source = $2 and g.provider = $1 and "
                                        "g.delete_at = 0 order by g.id",
                                    provider, source))
        out.push_back(group_in(row));
    return out;
}

std::vector<UserGroup> UserGroupTable::referable() {
    std::vector<UserGroup> out;
    for (const auto& row : tx_.exec("select " + group_columns +
                                    " from user_groups g where g.allow_reference and g.delete_at = 0 and "
                                    "g.name <> ''"))
        out.push_back(group_in(row));
    return out;
}

bool UserGroupTable::name_is_taken(const std::string& name) {
    return !tx_.exec("select 1 from user_groups where name = $1 and delete_at = 0", name).empty();
}

std::vector<UserGroup> UserGroupTable::select(const GroupQuery& q) {
    std::vector<UserGroup> out;
    for (const auto& row :
         tx_.exec("select " + group_columns + ", p.scheme_admin" + group_sources + group_conditions +
                      " order by lower(g.display_name), g.id offset $12 limit $13",
                  q.with_unlinked || q.only_unlinked || q.since > 0, pattern_of(q), q.only_referable,
                  q.linked_to, q.not_linked_to, q.user_id, q.source, q.since, q.only_unlinked,
                  q.without_custom, array_of(q.names), q.offset, q.limit)) {
        out.push_back(group_in(row));
        if (!row[15].is_null()) out.back().scheme_admin = bool_in(row[15]);
    }
    return out;
}

std::int64_t UserGroupTable::count(const GroupQuery& q) {
    return int_in(tx_.exec("select count(*)" + group_sources + group_conditions,
                           q.with_unlinked || q.only_unlinked || q.since > 0, pattern_of(q), q.only_referable,
                           q.linked_to, q.not_linked_to, q.user_id, q.source, q.since, q.only_unlinked,
                           q.without_custom, array_of(q.names))[0][0]);
}

bool UserGroupTable::add_member(const GroupId& group, const UserId& user) {
    return tx_.exec(R"(
        insert into user_group_members (group_id, user_id, create_at) values ($1, $2, $3)
        on conflict do nothing)",
                    group, user, tx_.now())
               .affected_rows() == 1;
}

bool UserGroupTable::remove_member(const GroupId& group, const UserId& user) {
    return tx_.exec("delete from user_group_members where group_id = $1 and user_id = $2", group, user)
               .affected_rows() == 1;
}

void UserGroupTable::remove_members(const GroupId& group) {
    tx_.exec("delete from user_group_members where group_id = $1", group);
}

std::vector<UserId> UserGroupTable::add_members(const GroupId& group, const std::vector<UserId>& users) {
    std::vector<UserId> out;
    for (const auto& r : tx_.exec(R"(
             insert into user_group_members (group_id, user_id, create_at)
             select $1, u, $3 from unnest($2::uuid[]) u order by u on conflict do nothing returning user_id)",
                                  group, array_of(users), tx_.now()))
        out.push_back(id_in<UserId>(r[0]));
    return out;
}

std::vector<UserId> UserGroupTable::remove_members(const GroupId& group, const std::vector<UserId>& users) {
    std::vector<UserId> out;
    for (const auto& r : tx_.exec("delete from user_group_members where group_id = $1 and user_id = "
                                  "any($2::uuid[]) returning user_id",
                                  group, array_of(users)))
        out.push_back(id_in<UserId>(r[0]));
    return out;
}

std::vector<GroupedUser> UserGroupTable::memberships(const std::vector<UserId>& users) {
    std::vector<GroupedUser> out;
    for (const auto& r : tx_.exec(R"(
             select m.user_id, m.group_id, g.source from user_group_members m
             join user_groups g on g.id = m.group_id
             where m.user_id = any($1::uuid[]) and g.delete_at = 0)",
                                  array_of(users)))
        out.push_back({id_in<UserId>(r[0]), id_in<GroupId>(r[1]), text_in(r[2]) == "ldap"});
    return out;
}

std::vector<std::pair<UserId, bool>> UserGroupTable::everybody(const GroupId& group) {
    std::vector<std::pair<UserId, bool>> out;
    for (const auto& r : tx_.exec(R"(
             select u.id, u.delete_at = 0 from user_group_members m join users u on u.id = m.user_id
             where m.group_id = $1 order by u.id)",
                                  group))
        out.emplace_back(id_in<UserId>(r[0]), bool_in(r[1]));
    return out;
}

std::vector<UserId> UserGroupTable::followers(const GroupId& group) {
    std::vector<UserId> out;
    for (const auto& r : tx_.exec(R"(
             select user_id from user_group_members where group_id = $1
             union select user_id from user_group_grants where group_id = $1)",
                                  group))
        out.push_back(id_in<UserId>(r[0]));
    return out;
}

std::vector<UserId> UserGroupTable::followers_of_source(const std::string& source) {
    std::vector<UserId> out;
    for (const auto& r : tx_.exec(R"(
             select m.user_id from user_group_members m join user_groups g on g.id = m.group_id
             where g.source = $1
             union
             select a.user_id from user_group_grants a join user_groups g on g.id = a.group_id
             where g.source = $1)",
                                  source))
        out.push_back(id_in<UserId>(r[0]));
    return out;
}

std::vector<std::pair<GroupId, UserId>> UserGroupTable::members_of(const std::vector<GroupId>& groups,
                                                                   bool with_deactivated,
                                                                   std::int64_t limit) {
    std::vector<std::pair<GroupId, UserId>> out;
    for (const auto& r : tx_.exec(R"(
             select m.group_id, m.user_id from user_group_members m join users u on u.id = m.user_id
             where m.group_id = any($1::uuid[]) and ($3 or u.delete_at = 0)
             order by m.group_id, m.user_id limit $2)",
                                  array_of(groups), limit, with_deactivated))
        out.emplace_back(id_in<GroupId>(r[0]), id_in<UserId>(r[1]));
    return out;
}

std::vector<std::pair<GroupId, std::int64_t>> UserGroupTable::channel_counts(const ChannelId& channel,
                                                                             bool without_custom) {
    std::vector<std::pair<GroupId, std::int64_t>> out;
    for (const auto& r : tx_.exec(R"(
             select m.group_id, count(*) from channel_members c
             join user_group_members m on m.user_id = c.user_id
             join user_groups g on g.id = m.group_id
             where c.channel_id = $1 and g.allow_reference and g.delete_at = 0
               and (not $2 or g.source <> 'custom')
             group by m.group_id order by m.group_id)",
                                  channel, without_custom))
        out.emplace_back(id_in<GroupId>(r[0]), int_in(r[1]));
    return out;
}

bool UserGroupTable::may_be_called(const GroupId& group, const ChannelId& channel, const TeamId& team) {
    return bool_in(tx_.exec(R"(
        select case
            when (select group_constrained from channels where id = $2) then exists (
                select 1 from user_group_places p where p.group_id = $1 and p.place_id = $2 and p.delete_at = 0)
            when (select group_constrained from teams where id = $3) then exists (
                select 1 from user_group_places p where p.group_id = $1 and p.place_id = $3 and p.delete_at = 0)
            else true end)",
                            group, channel, team)[0][0]);
}

std::vector<std::pair<UserId, std::string>> UserGroupTable::strays(const std::string& provider) {
    std::vector<std::pair<UserId, std::string>> out;
    for (const auto& r : tx_.exec(R"(
             select u.id, u.username from users u
             where u.delete_at = 0
               and u.id in (select m.user_id from user_group_members m join user_groups g on g.id = m.group_id
                            where g.source = 'ldap' and g.provider = $1
                            union
                            select a.user_id from user_group_grants a join user_groups g on g.id = a.group_id
                            where g.source = 'ldap' and g.provider = $1)
               and not exists (select 1 from identity_links l
                               where l.user_id = u.id and l.service = 'ldap' and l.provider = $1)
             order by u.username)",
                                  provider))
        out.emplace_back(id_in<UserId>(r[0]), text_in(r[1]));
    return out;
}

std::vector<UserId> UserGroupTable::members(const GroupId& group, std::int64_t offset, std::int64_t limit) {
    std::vector<UserId> out;
    for (const auto& r : tx_.exec(R"(
             select u.id from user_group_members m join users u on u.id = m.user_id
             where m.group_id = $1 and u.delete_at = 0 order by u.username offset $2 limit $3)",
                                  group, offset, limit))
        out.push_back(id_in<UserId>(r[0]));
    return out;
}

std::int64_t UserGroupTable::count_members(const GroupId& group) {
    return int_in(tx_.exec(R"(
        select count(*) from user_group_members m join users u on u.id = m.user_id
        where m.group_id = $1 and u.delete_at = 0)",
                           group)[0][0]);
}

std::vector<UserId> UserGroupTable::people(const GroupPeopleQuery& q) {
    std::vector<UserId> out;
    for (const auto& r :
         tx_.exec(R"(
             select u.id from users u
             where u.delete_at = 0
               and ($1 = '00000000-0000-0000-0000-000000000000'::uuid or exists (
                     select 1 from user_group_members m where m.user_id = u.id and m.group_id = $1))
               and ($2 = '00000000-0000-0000-0000-000000000000'::uuid or not exists (
                     select 1 from user_group_members m where m.user_id = u.id and m.group_id = $2))
               and ($3 = '00000000-0000-0000-0000-000000000000'::uuid or exists (
                     select 1 from team_members m
                     where m.user_id = u.id and m.team_id = $3 and m.delete_at = 0))
               and ($4 = '00000000-0000-0000-0000-000000000000'::uuid or exists (
                     select 1 from channel_members m where m.user_id = u.id and m.channel_id = $4))
               and ($5 = '00000000-0000-0000-0000-000000000000'::uuid or not exists (
                     select 1 from channel_members m where m.user_id = u.id and m.channel_id = $5))
             order by u.username offset $6 limit $7)",
                  q.in_group, q.not_in_group, q.in_team, q.in_channel, q.not_in_channel, q.offset, q.limit))
        out.push_back(id_in<UserId>(r[0]));
    return out;
}

std::pair<std::vector<UserId>, std::int64_t> UserGroupTable::leavers(const AnyId& place,
                                                                     const std::vector<GroupId>& groups,
                                                                     std::int64_t offset,
                                                                     std::int64_t limit) {
    std::pair<std::vector<UserId>, std::int64_t> out;
    for (const auto& r : tx_.exec(R"(
             select u.id, count(*) over () from user_group_grants a join users u on u.id = a.user_id
             where a.place_id = $1 and a.gave_membership and u.delete_at = 0
               and (exists (select 1 from team_members t
                            where t.team_id = $1 and t.user_id = u.id and t.delete_at = 0)
                    or exists (select 1 from channel_members c where c.channel_id = $1 and c.user_id = u.id))
               and not exists (select 1 from user_group_members m
                               where m.user_id = u.id and m.group_id = any($2::uuid[]))
             order by u.username offset $3 limit $4)",
                                  place, array_of(groups), offset, limit)) {
        out.first.push_back(id_in<UserId>(r[0]));
        out.second = int_in(r[1]);
    }
    return out;
}

std::optional<GroupPlace> UserGroupTable::place(const GroupId& group, const AnyId& place) {
    const auto result =
        tx_.exec("select " + place_columns + " where p.group_id = $1 and p.place_id = $2", group, place);
    if (result.empty()) return std::nullopt;
    return place_in(result[0]);
}

void UserGroupTable::put(const GroupPlace& p) {
    tx_.exec(R"(
        insert into user_group_places (group_id, place_id, is_channel, auto_add, scheme_admin, create_at,
                                       update_at, delete_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        on conflict (group_id, place_id) do update set auto_add = excluded.auto_add,
            scheme_admin = excluded.scheme_admin, create_at = excluded.create_at,
            update_at = excluded.update_at, delete_at = excluded.delete_at)",
             p.group_id, p.place_id, p.is_channel, p.auto_add, p.scheme_admin, p.create_at, p.update_at,
             p.delete_at);
}

std::vector<GroupPlace> UserGroupTable::places_of(const GroupId& group, bool channels) {
    return places_in(tx_.exec("select " + place_columns +
                                  " where p.group_id = $1 and p.is_channel = $2 and p.delete_at = 0 "
                                  "order by 9, p.place_id",
                              group, channels));
}

std::vector<GroupPlace> UserGroupTable::places() {
    return places_in(
        tx_.exec("select " + place_columns +
                 " join user_groups g on g.id = p.group_id where p.delete_at = 0 and g.delete_at = 0 "
                 "order by p.is_channel, p.place_id, p.group_id"));
}

std::vector<std::pair<AnyId, GroupId>> UserGroupTable::channels_of_team(const TeamId& team) {
    std::vector<std::pair<AnyId, GroupId>> out;
    for (const auto& r : tx_.exec(R"(
             select p.place_id, p.group_id from user_group_places p
             join channels c on p.is_channel and c.id = p.place_id
             join user_groups g on g.id = p.group_id
             where c.team_id = $1 and c.delete_at = 0 and p.delete_at = 0 and g.delete_at = 0
             order by p.place_id, lower(g.display_name))",
                                  team))
        out.emplace_back(id_in<AnyId>(r[0]), id_in<GroupId>(r[1]));
    return out;
}

std::vector<GroupedPlace> UserGroupTable::find_places(const std::vector<AnyId>& ids) {
    std::vector<GroupedPlace> out;
    for (const auto& r : tx_.exec(R"(
             select id, false, id, display_name, coalesce(group_constrained, false), delete_at > 0
             from teams where id = any($1::uuid[])
             union all
             select c.id, true, t.id, c.display_name, coalesce(c.group_constrained, false),
                    c.delete_at > 0 or t.delete_at > 0
             from channels c join teams t on t.id = c.team_id where c.id = any($1::uuid[]))",
                                  array_of(ids)))
        out.push_back({id_in<AnyId>(r[0]), bool_in(r[1]), id_in<TeamId>(r[2]), text_in(r[3]), bool_in(r[4]),
                       bool_in(r[5])});
    return out;
}

bool UserGroupTable::admits(const AnyId& place, const UserId& user) {
    return !tx_.exec(R"(
        select 1 from user_group_members m
        join user_groups g on g.id = m.group_id and g.delete_at = 0
        join user_group_places p on p.group_id = g.id and p.delete_at = 0
        where p.place_id = $1 and m.user_id = $2 limit 1)",
                     place, user)
                .empty();
}

void UserGroupTable::constrain(const AnyId& place, bool is_channel, bool is_constrained) {
    tx_.exec(is_channel ? "update channels set group_constrained = $2 where id = $1"
                        : "update teams set group_constrained = $2 where id = $1",
             place, is_constrained);
}

std::vector<GroupGrant> UserGroupTable::grants(const std::vector<UserId>& users) {
    std::vector<GroupGrant> out;
    for (const auto& r : tx_.exec(R"(
             select user_id, place_id, is_channel, group_id, gave_membership, gave_admin from user_group_grants
             where user_id = any($1::uuid[]))",
                                  array_of(users)))
        out.push_back({id_in<UserId>(r[0]), id_in<AnyId>(r[1]), bool_in(r[2]), id_in<GroupId>(r[3]),
                       bool_in(r[4]), bool_in(r[5])});
    return out;
}

void UserGroupTable::put(const GroupGrant& g) {
    tx_.exec(R"(
        insert into user_group_grants (user_id, place_id, is_channel, group_id, gave_membership, gave_admin)
        values ($1, $2, $3, $4, $5, $6)
        on conflict (user_id, place_id) do update set group_id = excluded.group_id,
                                                      gave_membership = excluded.gave_membership,
                                                      gave_admin = excluded.gave_admin)",
             g.user_id, g.place_id, g.is_channel, g.group_id, g.gave_membership, g.gave_admin);
}

void UserGroupTable::remove(const GroupGrant& g) {
    tx_.exec("delete from user_group_grants where user_id = $1 and place_id = $2", g.user_id, g.place_id);
}

std::vector<PlaceMember> UserGroupTable::place_members(const std::vector<UserId>& users) {
    std::vector<PlaceMember> out;
    for (const auto& r : tx_.exec(R"(
             select user_id, team_id, scheme_admin from team_members
             where user_id = any($1::uuid[]) and delete_at = 0
             union all
             select m.user_id, m.channel_id, m.scheme_admin from channel_members m
             where m.user_id = any($1::uuid[])
               and (exists (select 1 from user_group_places p where p.place_id = m.channel_id)
                    or exists (select 1 from user_group_grants g
                               where g.user_id = m.user_id and g.place_id = m.channel_id)))",
                                  array_of(users)))
        out.push_back({id_in<UserId>(r[0]), id_in<AnyId>(r[1]), bool_in(r[2])});
    return out;
}

}  // namespace concordat::storage
