#include "storage/tables/schemes.hpp"

#include "storage/database/values.hpp"

namespace concordat::storage {
namespace {

const std::string scheme_columns =
    "id, name, display_name, description, create_at, update_at, delete_at, scope, team_admin, team_user, "
    "team_guest, channel_admin, channel_user, channel_guest, is_of_moderation";

Scheme scheme_in(const pqxx::row& r) {
    Scheme s;
    s.id = id_in<SchemeId>(r[0]);
    s.name = text_in(r[1]);
    s.display_name = text_in(r[2]);
    s.description = text_in(r[3]);
    s.create_at = int_in(r[4]);
    s.update_at = int_in(r[5]);
    s.delete_at = int_in(r[6]);
    s.scope = text_in(r[7]);
    s.default_team_admin_role = text_in(r[8]);
    s.default_team_user_role = text_in(r[9]);
    s.default_team_guest_role = text_in(r[10]);
    s.default_channel_admin_role = text_in(r[11]);
    s.default_channel_user_role = text_in(r[12]);
    s.default_channel_guest_role = text_in(r[13]);
    s.is_of_moderation = bool_in(r[14]);
    return s;
}

}  // namespace

bool SchemeTable::insert(const Scheme& s) {
    return tx_.exec("insert into schemes (" + scheme_columns +
                        ") values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) on "
                        "conflict "
                        "(name) do nothing",
                    s.id, s.name, s.display_name, s.description, s.create_at, s.update_at, s.delete_at,
                    s.scope, s.default_team_admin_role, s.default_team_user_role, s.default_team_guest_role,
                    s.default_channel_admin_role, s.default_channel_user_role, s.default_channel_guest_role,
                    s.is_of_moderation)
               .affected_rows() == 1;
}

bool SchemeTable::is_taken(const std::string& name) {
    return !tx_.exec("select 1 from schemes where name = $1", name).empty();
}

void SchemeTable::update(const Scheme& s) {
    tx_.exec(
        "update schemes set name = $2, display_name = $3, description = $4, update_at = $5, delete_at = $6 "
        "where id = $1",
        s.id, s.name, s.display_name, s.description, s.update_at, s.delete_at);
}

std::optional<Scheme> SchemeTable::find(const SchemeId& id) {
    const auto found =
        tx_.exec("select " + scheme_columns + " from schemes where id = $1 and delete_at = 0", id);
    if (found.empty()) return std::nullopt;
    return scheme_in(found[0]);
}

std::vector<Scheme> SchemeTable::page(const std::string& scope, std::int64_t offset, std::int64_t limit) {
    std::vector<Scheme> out;
    for (const auto& row :
         tx_.exec("select " + scheme_columns +
                      " from schemes where delete_at = 0 and ($1 = '' or scope = $1) order by create_at "
                      "desc, id offset $2 limit $3",
                  scope, offset, limit))
        out.push_back(scheme_in(row));
    return out;
}

std::vector<TeamId> SchemeTable::teams(const SchemeId& id, std::int64_t offset, std::int64_t limit) {
    return places<TeamId>("teams", id, offset, limit);
}

std::vector<ChannelId> SchemeTable::channels(const SchemeId& id, std::int64_t offset, std::int64_t limit) {
    return places<ChannelId>("channels", id, offset, limit);
}

template <class PlaceId>
std::vector<PlaceId> SchemeTable::places(const char* table, const SchemeId& id, std::int64_t offset,
                                         std::int64_t limit) {
    std::vector<PlaceId> out;
    for (const auto& row : tx_.exec(std::string("select id from ") + table +
                                        " where scheme_id = $1 order by display_name, id offset $2 limit $3",
                                    id, offset, limit))
        out.push_back(id_in<PlaceId>(row[0]));
    return out;
}

void SchemeTable::give_team(const TeamId& team, const SchemeId& scheme, Millis now) {
    tx_.exec("update teams set scheme_id = $2::uuid, update_at = $3 where id = $1", team, NullableId(scheme),
             now);
}

void SchemeTable::give_channel(const ChannelId& channel, const SchemeId& scheme, Millis now) {
    tx_.exec("update channels set scheme_id = $2::uuid, update_at = $3 where id = $1", channel,
             NullableId(scheme), now);
}

void SchemeTable::take_away(const SchemeId& scheme, Millis now) {
    tx_.exec("update teams set scheme_id = null, update_at = $2 where scheme_id = $1", scheme, now);
    tx_.exec("update channels set scheme_id = null, update_at = $2 where scheme_id = $1", scheme, now);
}

std::int64_t SchemeTable::count() {
    return int_in(
        tx_.exec("select count(*) from schemes where delete_at = 0 and not is_of_moderation")[0][0]);
}

std::vector<SchemeTable::RoleAbove> SchemeTable::roles_above(const std::string& only) {
    std::vector<RoleAbove> out;
    for (const auto& row : tx_.exec(R"(
            select distinct pair.role, pair.above from schemes s
            left join channels c on c.scheme_id = s.id
            left join teams t on t.id = c.team_id
            left join schemes ts on ts.id = t.scheme_id
            cross join lateral (values
                (s.channel_guest, coalesce(ts.channel_guest, 'channel_guest')),
                (s.channel_user, coalesce(ts.channel_user, 'channel_user')),
                (s.channel_admin, coalesce(ts.channel_admin, 'channel_admin'))) pair (role, above)
            where s.scope = 'channel' and s.delete_at = 0 and ($1 = '' or pair.role = $1))",
                                    only))
        out.push_back({text_in(row[0]), text_in(row[1])});
    return out;
}

}  // namespace concordat::storage
