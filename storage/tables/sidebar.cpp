#include "storage/tables/sidebar.hpp"

#include <algorithm>
#include <utility>

#include "core/model/scope.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/crypto/seal.hpp"

namespace concordat::storage {
namespace {

struct SidebarDetails {
    std::string display_name;
};
BOOST_DESCRIBE_STRUCT(SidebarDetails, (), (display_name))

const std::pair<const char*, const char*> built_in[] = {
    {"favorites", "Favorites"}, {"channels", "Channels"}, {"direct_messages", "Direct Messages"}};

// What a name is bound to: the category's key.
IdBytes record_of(const SidebarCategory& c) {
    const auto digest = sha256(c.user_id.text() + ' ' + c.team_id.text() + ' ' + c.id);
    IdBytes record{};
    std::copy(digest.begin(), digest.begin() + 16, record.begin());
    return record;
}

}  // namespace

std::string built_in_category_id(const std::string& type, const UserId& user, const TeamId& team) {
    return type + '_' + user.text() + '_' + team.text();
}

std::string SidebarTable::sealed_name(const SidebarCategory& c) {
    return tx_.seal(Kind::category, scopes::places, record_of(c), 0,
                    json_text(SidebarDetails{c.display_name}));
}

void SidebarTable::make_built_in(const UserId& user, const TeamId& team) {
    std::vector<std::string> ids, types, details;
    std::vector<std::int64_t> positions;
    for (const auto& [type, name] : built_in) {
        SidebarCategory c;
        c.user_id = user;
        c.team_id = team;
        c.id = built_in_category_id(type, user, team);
        c.display_name = name;
        positions.push_back(static_cast<std::int64_t>(ids.size()) * 10);
        ids.push_back(c.id);
        types.emplace_back(type);
        details.push_back(sealed_name(c));
    }
    tx_.exec(R"(
        insert into sidebar_categories (user_id, team_id, id, sort_order, type, details)
        select $1, $2, c.id, c.sort_order, c.type, c.details
        from unnest($3::text[], $4::bigint[], $5::text[], $6::bytea[]) as c(id, sort_order, type, details)
        on conflict do nothing)",
             user, team, array_of(ids), array_of(positions), array_of(types), array_of_bytes(details));
}

std::vector<SidebarCategory> SidebarTable::categories(const UserId& user, const TeamId& team, bool lock) {
    std::vector<SidebarCategory> out;
    for (const auto& r : tx_.exec(
             std::string(
                 "select id, sort_order, sorting, type, muted, collapsed, details from sidebar_categories"
                 " where user_id = $1 and team_id = $2 order by sort_order, id") +
                 (lock ? " for update" : ""),
             user, team)) {
        SidebarCategory c;
        c.user_id = user;
        c.team_id = team;
        c.id = text_in(r[0]);
        c.sort_order = int_in(r[1]);
        c.sorting = text_in(r[2]);
        c.type = text_in(r[3]);
        c.muted = bool_in(r[4]);
        c.collapsed = bool_in(r[5]);
        c.display_name =
            parse_json<SidebarDetails>(
                tx_.open(Kind::category, scopes::places, record_of(c), 0, bytes_in(r[6])), "category")
                .display_name;
        out.push_back(std::move(c));
    }
    return out;
}

std::vector<SidebarPlace> SidebarTable::places(const UserId& user, const TeamId& team) {
    std::vector<SidebarPlace> out;
    for (const auto& r : tx_.exec(R"(
            select c.id, c.type, coalesce(s.category_id, '')
            from channel_members m join channels c on c.id = m.channel_id
            left join sidebar_channels s on s.user_id = $1 and s.team_id = $2 and s.channel_id = c.id
            where m.user_id = $1 and c.team_id in ($2, '00000000-0000-0000-0000-000000000000') and (c.delete_at = 0 or s.channel_id is not null)
            order by s.sort_order nulls last, c.display_name, c.id)",
                                  user, team))
        out.push_back({id_in<ChannelId>(r[0]), text_in(r[1]), text_in(r[2])});
    return out;
}

void SidebarTable::insert(const SidebarCategory& c) {
    tx_.exec(R"(
        insert into sidebar_categories (user_id, team_id, id, sort_order, sorting, type, muted, collapsed, details)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9))",
             c.user_id, c.team_id, c.id, c.sort_order, c.sorting, c.type, c.muted, c.collapsed,
             bytea(sealed_name(c)));
}

void SidebarTable::update(const SidebarCategory& c) {
    tx_.exec(
        "update sidebar_categories set sorting = $4, muted = $5, collapsed = $6, details = $7 where user_id "
        "= $1 and team_id = $2 and id = $3",
        c.user_id, c.team_id, c.id, c.sorting, c.muted, c.collapsed, bytea(sealed_name(c)));
}

void SidebarTable::remove(const UserId& user, const TeamId& team, const std::string& id) {
    tx_.exec("delete from sidebar_channels where user_id = $1 and team_id = $2 and category_id = $3", user,
             team, id);
    tx_.exec("delete from sidebar_categories where user_id = $1 and team_id = $2 and id = $3", user, team,
             id);
}

void SidebarTable::set_order(const UserId& user, const TeamId& team, const std::vector<std::string>& ids) {
    tx_.exec(R"(
        update sidebar_categories c set sort_order = (o.position - 1) * 10
        from unnest($3::text[]) with ordinality as o(id, position)
        where c.user_id = $1 and c.team_id = $2 and c.id = o.id)",
             user, team, array_of(ids));
}

void SidebarTable::put(const SidebarCategory& c) {
    tx_.exec(
        "delete from sidebar_channels where user_id = $1 and team_id = $2 and (category_id = $3 or "
        "channel_id = any($4::uuid[]))",
        c.user_id, c.team_id, c.id, array_of(c.channel_ids));
    if (c.channel_ids.empty()) return;
    tx_.exec(R"(
        insert into sidebar_channels (user_id, team_id, channel_id, category_id, sort_order)
        select $1, $2, o.channel_id, $3, (o.position - 1) * 10 from unnest($4::uuid[]) with ordinality as o(channel_id, position))",
             c.user_id, c.team_id, c.id, array_of(c.channel_ids));
}

void SidebarTable::put_nowhere(const UserId& user, const TeamId& team,
                               const std::vector<ChannelId>& channels) {
    tx_.exec(
        "delete from sidebar_channels where user_id = $1 and team_id = $2 and channel_id = any($3::uuid[])",
        user, team, array_of(channels));
}

bool SidebarTable::make_favorite(const UserId& user, const ChannelId& channel) {
    return tx_.exec(R"(
        insert into sidebar_channels as s (user_id, team_id, channel_id, category_id, sort_order)
        select f.user_id, f.team_id, c.id, f.id,
               coalesce((select min(o.sort_order) from sidebar_channels o where o.user_id = f.user_id and o.team_id = f.team_id and o.category_id = f.id), 10) - 10
        from channels c join channel_members m on m.channel_id = c.id and m.user_id = $1
        join sidebar_categories f on f.user_id = $1 and f.type = 'favorites' and (f.team_id = c.team_id or c.team_id = '00000000-0000-0000-0000-000000000000')
        where c.id = $2
        on conflict (user_id, team_id, channel_id) do update set category_id = excluded.category_id, sort_order = excluded.sort_order
        where s.category_id <> excluded.category_id)",
                    user, channel)
               .affected_rows() > 0;
}

bool SidebarTable::make_ordinary(const UserId& user, const ChannelId& channel) {
    return tx_.exec(R"(
        delete from sidebar_channels s using sidebar_categories f
        where s.user_id = $1 and s.channel_id = $2
          and f.user_id = s.user_id and f.team_id = s.team_id and f.id = s.category_id and f.type = 'favorites')",
                    user, channel)
               .affected_rows() > 0;
}

void SidebarTable::clear(const UserId& user, const TeamId& team) {
    tx_.exec("delete from sidebar_channels where user_id = $1 and team_id = $2", user, team);
    tx_.exec("delete from sidebar_categories where user_id = $1 and team_id = $2", user, team);
}

void SidebarTable::came_into_team(const ChannelId& channel, const TeamId& team) {
    tx_.exec(R"(
        delete from sidebar_channels s where s.channel_id = $1 and (s.team_id <> $2 or exists (
            select 1 from sidebar_categories c where c.user_id = s.user_id and c.team_id = s.team_id
              and c.id = s.category_id and c.type = 'direct_messages')))",
             channel, team);
}

}  // namespace concordat::storage
