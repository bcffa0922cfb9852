#include "storage/tables/channels.hpp"

#include "core/model/scope.hpp"
#include "storage/crypto/seal.hpp"
#include "storage/tables/like_anywhere.hpp"
#include "storage/tables/whole_rows.hpp"

namespace concordat::storage {
namespace {

struct ChannelDetails {
    std::string header;
    std::string purpose;
    Nullable<json::object> props;
};
BOOST_DESCRIBE_STRUCT(ChannelDetails, (), (header, purpose, props))

const std::string channel_columns =
    "c.id, c.create_at, c.update_at, c.delete_at, c.team_id, c.type, c.display_name, c.name, c.last_post_at, "
    "c.total_msg_count, c.creator_id, "
    "c.group_constrained, c.shared, c.total_msg_count_root, c.last_root_post_at, c.details, c.scheme_id";

// For "like": a term is text, not a pattern.

}  // namespace

std::string ChannelTable::sealed_details(const Channel& c) {
    return tx_.seal(Kind::channel_text, scopes::places, c.id.bytes(), 0,
                    json_text(ChannelDetails{c.header, c.purpose, c.props}));
}

Channel ChannelTable::row(const pqxx::row& r, bool with_details) {
    Channel c;
    c.id = id_in<ChannelId>(r[0]);
    c.create_at = int_in(r[1]);
    c.update_at = int_in(r[2]);
    c.delete_at = int_in(r[3]);
    c.team_id = id_in<TeamId>(r[4]);
    c.type = text_in(r[5]);
    c.display_name = text_in(r[6]);
    c.name = text_in(r[7]);
    c.last_post_at = int_in(r[8]);
    c.total_msg_count = int_in(r[9]);
    c.creator_id = id_in<UserId>(r[10]);
    if (!r[11].is_null()) c.group_constrained = bool_in(r[11]);
    if (!r[12].is_null()) c.shared = bool_in(r[12]);
    c.total_msg_count_root = int_in(r[13]);
    c.last_root_post_at = int_in(r[14]);
    if (!r[16].is_null()) c.scheme_id = id_in<SchemeId>(r[16]).text();
    if (with_details) {
        auto details = parse_json<ChannelDetails>(
            tx_.open(Kind::channel_text, scopes::places, c.id.bytes(), 0, bytes_in(r[15])), "channel");
        c.header = std::move(details.header);
        c.purpose = std::move(details.purpose);
        c.props = std::move(details.props);
    }
    return c;
}

std::vector<Channel> ChannelTable::rows(const pqxx::result& result) {
    return whole_rows(result, [&](const pqxx::row& r) { return row(r, true); });
}

bool ChannelTable::insert(const Channel& c) {
    return tx_.exec(R"(
        insert into channels (id, create_at, update_at, team_id, type, name, display_name, creator_id, last_post_at, details)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (team_id, name) do nothing)",
                    c.id, c.create_at, c.update_at, c.team_id, c.type, c.name, c.display_name, c.creator_id,
                    c.last_post_at, bytea(sealed_details(c)))
               .affected_rows() == 1;
}

void ChannelTable::set_shared(const ChannelId& channel, bool is_shared, Millis now) {
    tx_.exec("update channels set shared = $2, update_at = $3 where id = $1", channel, is_shared, now);
}

std::optional<Channel> ChannelTable::find(const ChannelId& id) {
    const auto result = tx_.exec("select " + channel_columns + " from channels c where c.id = $1", id);
    if (result.empty()) return std::nullopt;
    return row(result[0], true);
}

std::vector<Channel> ChannelTable::find(const std::vector<ChannelId>& ids) {
    return rows(tx_.exec("select " + channel_columns + " from channels c where c.id = any($1::uuid[])",
                         array_of(ids)));
}

std::optional<Channel> ChannelTable::plain(const ChannelId& id) {
    const auto result = tx_.exec("select " + channel_columns + " from channels c where c.id = $1", id);
    if (result.empty()) return std::nullopt;
    return row(result[0], false);
}

std::optional<Channel> ChannelTable::by_name(const TeamId& team, const std::string& name, bool with_deleted) {
    const auto result =
        tx_.exec("select " + channel_columns +
                     " from channels c where c.team_id = $1 and c.name = $2 and ($3 or c.delete_at = 0)",
                 team, name, with_deleted);
    if (result.empty()) return std::nullopt;
    return row(result[0], true);
}

std::optional<Channel> ChannelTable::lock(const ChannelId& id) {
    const auto result =
        tx_.exec("select " + channel_columns + " from channels c where c.id = $1 for no key update", id);
    if (result.empty()) return std::nullopt;
    return row(result[0], true);
}

std::vector<Channel> ChannelTable::named(const TeamId& team, const std::vector<std::string>& names) {
    return rows(tx_.exec("select " + channel_columns +
                             " from channels c where c.team_id = $1 and c.name = any($2::text[]) and "
                             "c.delete_at = 0 order by c.create_at, c.id",
                         team, array_of(names)));
}

bool ChannelTable::update(const Channel& c) {
    return tx_.exec(R"(
        update channels set update_at = $2, delete_at = $3, type = $4, name = $5, display_name = $6, details = $7, team_id = $8
        where id = $1 and not exists (select 1 from channels o where o.team_id = $8 and o.name = $5 and o.id <> $1))",
                    c.id, c.update_at, c.delete_at, c.type, c.name, c.display_name, bytea(sealed_details(c)),
                    c.team_id)
               .affected_rows() == 1;
}

std::vector<Channel> ChannelTable::of_user(const UserId& user, const std::optional<TeamId>& team,
                                           bool with_direct, bool with_deleted, Millis deleted_since) {
    std::string sql = "select " + channel_columns +
                      " from channel_members m join channels c on c.id = m.channel_id where m.user_id = $1";
    sql += " and (not $2 or c.team_id = $3 or (c.team_id = '00000000-0000-0000-0000-000000000000' and $4))";
    sql += " and (c.delete_at = 0 or ($5 and c.delete_at >= $6)) order by c.display_name, c.id";
    return rows(tx_.exec(sql, user, team.has_value(), team.value_or(TeamId()), with_direct, with_deleted,
                         deleted_since));
}

std::vector<Channel> ChannelTable::of_team(const TeamId& team, const std::string& type, bool deleted,
                                           std::int64_t offset, std::int64_t limit) {
    return rows(tx_.exec(
        "select " + channel_columns +
            " from channels c where c.team_id = $1 and ($2 = '' or c.type = $2) and (c.delete_at > 0) = $3"
            " order by c.display_name, c.id offset $4 limit $5",
        team, type, deleted, offset, limit));
}

std::vector<Channel> ChannelTable::search(const TeamId& team, const UserId& member, const std::string& term,
                                          bool with_private, bool with_deleted, std::int64_t limit) {
    return rows(tx_.exec("select " + channel_columns + R"( from channels c
        where c.team_id = $1 and (c.name ilike $3 or c.display_name ilike $3) and ($5 or c.delete_at = 0)
          and ((c.type = 'O' and (c.delete_at = 0 or exists (select 1 from channel_members m where m.channel_id = c.id and m.user_id = $2)))
               or ($4 and exists (select 1 from channel_members m where m.channel_id = c.id and m.user_id = $2)))
        order by c.display_name, c.id limit $6)",
                         team, member, like_anywhere(term), with_private, with_deleted, limit));
}

namespace {

const std::string found_in_teams = R"( from channels c
    where c.type in ('O', 'P') and ($1 = '%%' or c.name ilike $1 or c.display_name ilike $1)
      and ($2::uuid[] = '{}' or c.team_id = any($2::uuid[]))
      and (($3 and c.type = 'O') or ($4 and c.type = 'P'))
      and (($5 and c.delete_at = 0) or ($6 and c.delete_at > 0))
      and ($7::uuid = '00000000-0000-0000-0000-000000000000'
           or exists (select 1 from channel_members m where m.channel_id = c.id and m.user_id = $7)
           or (c.type = 'O' and exists (select 1 from team_members t where t.team_id = c.team_id and t.user_id = $7 and t.delete_at = 0)))
      and c.name <> all($8::text[])
      and not exists (select 1 from user_group_places g where g.group_id = $9 and g.place_id = c.id and g.delete_at = 0)
      and not ($10 and exists (select 1 from retention_policy_channels p where p.channel_id = c.id))
      and (not $11 or c.group_constrained))";

}  // namespace

std::vector<Channel> ChannelTable::search_teams(const ChannelSearch& s) {
    return rows(tx_.exec(
        "select " + channel_columns + found_in_teams + " order by c.display_name, c.id offset $12 limit $13",
        like_anywhere(s.term), array_of(s.teams), s.with_public, s.with_private, s.live, s.archived, s.member,
        array_of(s.not_named), s.not_of_group, s.without_policy, s.group_constrained, s.offset, s.limit));
}

std::int64_t ChannelTable::count_teams(const ChannelSearch& s) {
    return int_in(tx_.exec("select count(*)" + found_in_teams, like_anywhere(s.term), array_of(s.teams),
                           s.with_public, s.with_private, s.live, s.archived, s.member, array_of(s.not_named),
                           s.not_of_group, s.without_policy, s.group_constrained)[0][0]);
}

std::vector<Channel> ChannelTable::search_own(const TeamId& team, const UserId& member,
                                              const std::string& term, std::int64_t limit) {
    return rows(tx_.exec(
        "select " + channel_columns + R"( from channel_members m join channels c on c.id = m.channel_id
        where m.user_id = $2 and ((c.team_id = $1 and (c.name ilike $3 or c.display_name ilike $3))
              or (c.type in ('D', 'G') and exists (select 1 from channel_members o join users u on u.id = o.user_id
                                                   where o.channel_id = c.id and (o.user_id <> $2 or c.name = $5) and u.username ilike $3)))
        order by c.type in ('D', 'G'), c.display_name, c.id limit $4)",
        team, member, like_anywhere(term), limit, member.text() + "__" + member.text()));
}

std::vector<Channel> ChannelTable::archived(const TeamId& team, const UserId& member, bool all,
                                            std::int64_t offset, std::int64_t limit) {
    return rows(tx_.exec("select " + channel_columns + R"( from channels c
        where c.team_id = $1 and c.delete_at > 0
          and ($3 or c.type = 'O' or exists (select 1 from channel_members m where m.channel_id = c.id and m.user_id = $2))
        order by c.display_name, c.id offset $4 limit $5)",
                         team, member, all, offset, limit));
}

std::vector<Channel> ChannelTable::search_groups(const UserId& member, const std::string& term,
                                                 std::int64_t limit) {
    return rows(
        tx_.exec("select " + channel_columns +
                     R"( from channels c join channel_members m on m.channel_id = c.id and m.user_id = $1
        where c.type = 'G' and exists (select 1 from channel_members o join users u on u.id = o.user_id where o.channel_id = c.id and u.username ilike $2)
        order by c.display_name, c.id limit $3)",
                 member, like_anywhere(term), limit));
}

std::int64_t ChannelTable::count_in_team(const TeamId& team) {
    return int_in(tx_.exec("select count(*) from channels where team_id = $1 and delete_at = 0", team)[0][0]);
}

ChannelStats ChannelTable::stats(const ChannelId& channel) {
    const auto r = tx_.exec(R"(
        select count(*) filter (where u.delete_at = 0), count(*) filter (where u.delete_at = 0 and m.scheme_guest),
               (select count(*) from posts p where p.channel_id = $1 and p.is_pinned and p.delete_at = 0),
               (select count(*) from files f where f.channel_id = $1 and f.post_id is not null and f.delete_at = 0)
        from channel_members m join users u on u.id = m.user_id where m.channel_id = $1)",
                            channel)[0];
    return {channel, int_in(r[0]), int_in(r[1]), int_in(r[2]), int_in(r[3])};
}

std::map<std::string, std::int64_t> ChannelTable::member_counts(const std::vector<ChannelId>& channels) {
    std::map<std::string, std::int64_t> out;
    for (const auto& r : tx_.exec(R"(
            select c.id, (select count(*) from channel_members m join users u on u.id = m.user_id where m.channel_id = c.id and u.delete_at = 0)
            from channels c where c.id = any($1::uuid[]))",
                                  array_of(channels)))
        out[id_in<ChannelId>(r[0]).text()] = int_in(r[1]);
    return out;
}

}  // namespace concordat::storage
