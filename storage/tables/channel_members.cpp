#include "storage/tables/channels.hpp"
#include "storage/tables/memberships.hpp"

namespace concordat::storage {
namespace {

const std::string channel_member_columns =
    "m.channel_id, m.user_id, m.roles, m.last_viewed_at, m.msg_count, m.mention_count, m.mention_count_root, "
    "m.urgent_mention_count, "
    "m.msg_count_root, m.notify_props, m.last_update_at, m.scheme_guest, m.scheme_user, m.scheme_admin, " +
    std::string(channel_scheme_roles);

template <class Member>
Member member_in(const pqxx::row& r) {
    Member m;
    m.channel_id = id_in<ChannelId>(r[0]);
    m.user_id = id_in<UserId>(r[1]);
    m.explicit_roles = text_in(r[2]);
    m.last_viewed_at = int_in(r[3]);
    m.msg_count = int_in(r[4]);
    m.mention_count = int_in(r[5]);
    m.mention_count_root = int_in(r[6]);
    m.urgent_mention_count = int_in(r[7]);
    m.msg_count_root = int_in(r[8]);
    m.notify_props = parse_json<std::map<std::string, std::string>>(text_in(r[9]));
    m.last_update_at = int_in(r[10]);
    m.scheme_guest = bool_in(r[11]);
    m.scheme_user = bool_in(r[12]);
    m.scheme_admin = bool_in(r[13]);
    m.roles =
        effective_roles("channel", r[14], m.scheme_guest, m.scheme_user, m.scheme_admin, m.explicit_roles);
    return m;
}

std::vector<ChannelMember> members_in(const pqxx::result& result) {
    std::vector<ChannelMember> out;
    out.reserve(result.size());
    for (const auto& r : result) out.push_back(member_in<ChannelMember>(r));
    return out;
}

ChannelUnread unread_in(const pqxx::row& r) {
    return {id_in<TeamId>(r[0]), id_in<ChannelId>(r[1]), int_in(r[2]), int_in(r[3]),
            int_in(r[4]),        int_in(r[5]),           int_in(r[6])};
}

const std::string unread_columns =
    "c.team_id, c.id, greatest(c.total_msg_count - m.msg_count, 0), m.mention_count, m.mention_count_root, "
    "m.urgent_mention_count, "
    "greatest(c.total_msg_count_root - m.msg_count_root, 0), m.notify_props";

}  // namespace

bool ChannelMemberTable::insert(const ChannelMember& m, Millis now) {
    const bool is_new = tx_.exec(R"(
        insert into channel_members (channel_id, user_id, roles, scheme_guest, scheme_user, scheme_admin, last_viewed_at, last_update_at,
                                     msg_count, msg_count_root, notify_props)
        select $1, $2, $3, $4, $5, $6, $7, $8, c.total_msg_count, c.total_msg_count_root, $9 from channels c where c.id = $1
        on conflict do nothing)",
                                 m.channel_id, m.user_id, m.explicit_roles, m.scheme_guest, m.scheme_user,
                                 m.scheme_admin, m.last_viewed_at, now, json_text(m.notify_props))
                            .affected_rows() == 1;
    if (is_new)
        tx_.exec(
            "insert into channel_member_history (channel_id, user_id, join_at) values ($1, $2, $3) on "
            "conflict do nothing",
            m.channel_id, m.user_id, now);
    return is_new;
}

bool ChannelMemberTable::remove(const ChannelId& channel, const UserId& user, Millis now) {
    if (tx_.exec("delete from channel_members where channel_id = $1 and user_id = $2", channel, user)
            .affected_rows() == 0)
        return false;
    tx_.exec(
        "update channel_member_history set leave_at = $3 where channel_id = $1 and user_id = $2 and leave_at "
        "is null",
        channel, user, now);
    tx_.exec("delete from sidebar_channels where user_id = $2 and channel_id = $1", channel, user);
    tx_.exec(
        "delete from thread_memberships m using posts p where p.id = m.post_id and p.channel_id = $1 and "
        "m.user_id = $2",
        channel, user);
    return true;
}

std::optional<ChannelMember> ChannelMemberTable::find(const ChannelId& channel, const UserId& user) {
    const auto result = tx_.exec("select " + channel_member_columns +
                                     " from channel_members m where m.channel_id = $1 and m.user_id = $2",
                                 channel, user);
    if (result.empty()) return std::nullopt;
    return member_in<ChannelMember>(result[0]);
}

std::vector<ChannelMember> ChannelMemberTable::find(const ChannelId& channel,
                                                    const std::vector<UserId>& users) {
    return members_in(
        tx_.exec("select " + channel_member_columns +
                     " from channel_members m where m.channel_id = $1 and m.user_id = any($2::uuid[])",
                 channel, array_of(users)));
}

std::vector<ChannelMember> ChannelMemberTable::page(const ChannelId& channel, std::int64_t offset,
                                                    std::int64_t limit) {
    return members_in(
        tx_.exec("select " + channel_member_columns +
                     " from channel_members m where m.channel_id = $1 order by m.user_id offset $2 limit $3",
                 channel, offset, limit));
}

std::vector<ChannelMember> ChannelMemberTable::of_user_in_team(const UserId& user, const TeamId& team) {
    return members_in(
        tx_.exec("select " + channel_member_columns +
                     " from channel_members m join channels c on c.id = m.channel_id"
                     " where m.user_id = $1 and c.team_id in ($2, '00000000-0000-0000-0000-000000000000')",
                 user, team));
}

std::vector<ChannelMemberWithTeamData> ChannelMemberTable::of_user(const UserId& user, std::int64_t offset,
                                                                   std::int64_t limit) {
    std::vector<ChannelMemberWithTeamData> out;
    for (const auto& r :
         tx_.exec("select " + channel_member_columns + R"(, t.display_name, t.name, t.update_at
            from channel_members m join channels c on c.id = m.channel_id left join teams t on t.id = c.team_id
            where m.user_id = $1 order by m.channel_id offset $2 limit $3)",
                  user, offset, limit)) {
        auto m = member_in<ChannelMemberWithTeamData>(r);
        m.team_display_name = r[15].is_null() ? "" : text_in(r[15]);
        m.team_name = r[16].is_null() ? "" : text_in(r[16]);
        m.team_update_at = int_in(r[17]);
        out.push_back(std::move(m));
    }
    return out;
}

std::vector<UserId> ChannelMemberTable::user_ids(const ChannelId& channel) {
    std::vector<UserId> out;
    for (const auto& r : tx_.exec("select user_id from channel_members where channel_id = $1", channel))
        out.push_back(id_in<UserId>(r[0]));
    return out;
}

std::int64_t ChannelMemberTable::count(const ChannelId& channel) {
    return int_in(
        tx_.exec("select count(*) from channel_members m join users u on u.id = m.user_id where m.channel_id "
                 "= $1 and u.delete_at = 0",
                 channel)[0][0]);
}

std::int64_t ChannelMemberTable::count_guests(const ChannelId& channel) {
    return int_in(tx_.exec("select count(*) from channel_members where channel_id = $1 and scheme_guest",
                           channel)[0][0]);
}

void ChannelMemberTable::set_notify_props(const ChannelId& channel, const UserId& user,
                                          const std::map<std::string, std::string>& props, Millis now) {
    tx_.exec(
        "update channel_members set notify_props = $3, last_update_at = $4 where channel_id = $1 and user_id "
        "= $2",
        channel, user, json_text(props), now);
}

void ChannelMemberTable::set_roles(const ChannelMember& m, Millis now) {
    tx_.exec(
        "update channel_members set roles = $3, scheme_guest = $4, scheme_user = $5, scheme_admin = $6, "
        "last_update_at = $7 where channel_id = $1 and user_id = $2",
        m.channel_id, m.user_id, m.explicit_roles, m.scheme_guest, m.scheme_user, m.scheme_admin, now);
}

std::vector<ChannelMember> ChannelMemberTable::set_mark_unread(const UserId& user,
                                                               const std::vector<ChannelId>& channels,
                                                               const std::string& value, Millis now) {
    return members_in(tx_.exec(R"(
        update channel_members m set notify_props = (m.notify_props::jsonb || jsonb_build_object('mark_unread', $3::text))::text, last_update_at = $4
        where m.user_id = $1 and m.channel_id = any($2::uuid[]) and m.notify_props::jsonb ->> 'mark_unread' is distinct from $3
        returning )" + channel_member_columns,
                               user, array_of(channels), value, now));
}

std::vector<ChannelId> ChannelMemberTable::remove_from_team(const TeamId& team, const UserId& user,
                                                            Millis now) {
    std::vector<ChannelId> left;
    for (const auto& r : tx_.exec("delete from channel_members m using channels c where c.id = m.channel_id "
                                  "and c.team_id = $1 and m.user_id = $2 returning m.channel_id",
                                  team, user))
        left.push_back(id_in<ChannelId>(r[0]));
    tx_.exec(
        "update channel_member_history set leave_at = $3 where channel_id = any($1::uuid[]) and user_id = $2 "
        "and leave_at is null",
        array_of(left), user, now);
    tx_.exec(R"(
        delete from thread_memberships m using posts p, channels c
        where p.id = m.post_id and c.id = p.channel_id and c.team_id = $1 and m.user_id = $2)",
             team, user);
    return left;
}

std::map<std::string, Millis> ChannelMemberTable::view(const UserId& user,
                                                       const std::vector<ChannelId>& channels, Millis now) {
    std::map<std::string, Millis> times;
    for (const auto& r : tx_.exec(R"(
            update channel_members m set mention_count = 0, mention_count_root = 0, urgent_mention_count = 0, last_update_at = $3,
                msg_count = greatest(m.msg_count, c.total_msg_count), msg_count_root = greatest(m.msg_count_root, c.total_msg_count_root),
                last_viewed_at = greatest(m.last_viewed_at, c.last_post_at)
            from channels c
            where m.user_id = $1 and m.channel_id = any($2::uuid[]) and c.id = m.channel_id
              and (c.last_post_at > m.last_viewed_at or c.total_msg_count > m.msg_count or m.mention_count > 0 or m.mention_count_root > 0)
            returning m.channel_id, m.last_viewed_at)",
                                  user, array_of(channels), now))
        times[id_in<ChannelId>(r[0]).text()] = int_in(r[1]);
    return times;
}

void ChannelMemberTable::add_mentions(const ChannelId& channel, const std::vector<UserId>& users,
                                      bool is_root, bool is_urgent, Millis now) {
    tx_.exec(R"(
        update channel_members m set mention_count = m.mention_count + 1, mention_count_root = m.mention_count_root + $3::int,
            urgent_mention_count = m.urgent_mention_count + $4::int, last_update_at = $5
        from (select user_id from channel_members where channel_id = $1 and user_id = any($2::uuid[]) order by user_id for update) o
        where m.channel_id = $1 and m.user_id = o.user_id)",
             channel, array_of(users), is_root ? 1 : 0, is_urgent ? 1 : 0, now);
}

void ChannelMemberTable::set_unread(const ChannelUnreadAt& u, Millis now) {
    tx_.exec(R"(
        update channel_members set msg_count = $3, msg_count_root = $4, mention_count = $5, mention_count_root = $6, urgent_mention_count = $7,
            last_viewed_at = $8, last_update_at = $9 where channel_id = $1 and user_id = $2)",
             u.channel_id, u.user_id, u.msg_count, u.msg_count_root, u.mention_count, u.mention_count_root,
             u.urgent_mention_count, u.last_viewed_at, now);
}

std::vector<std::pair<ChannelUnread, bool>> ChannelMemberTable::unreads(const UserId& user,
                                                                        const std::optional<TeamId>& team) {
    std::vector<std::pair<ChannelUnread, bool>> out;
    for (const auto& r : tx_.exec(
             "select " + unread_columns + R"( from channel_members m join channels c on c.id = m.channel_id
            where m.user_id = $1 and c.delete_at = 0 and c.team_id <> '00000000-0000-0000-0000-000000000000' and (not $2 or c.team_id = $3))",
             user, team.has_value(), team.value_or(TeamId()))) {
        const auto props = parse_json<std::map<std::string, std::string>>(text_in(r[7]));
        const auto mark = props.find("mark_unread");
        out.emplace_back(unread_in(r), mark != props.end() && mark->second == "mention");
    }
    return out;
}

std::optional<ChannelUnread> ChannelMemberTable::unread(const ChannelId& channel, const UserId& user) {
    const auto result = tx_.exec("select " + unread_columns +
                                     " from channel_members m join channels c on c.id = m.channel_id where "
                                     "m.channel_id = $1 and m.user_id = $2",
                                 channel, user);
    if (result.empty()) return std::nullopt;
    return unread_in(result[0]);
}

}  // namespace concordat::storage
