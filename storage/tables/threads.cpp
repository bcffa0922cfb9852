#include "storage/tables/threads.hpp"

#include <algorithm>

namespace concordat::storage {
namespace {

const std::string thread_columns =
    "t.post_id, t.channel_id, t.team_id, t.reply_count, t.last_reply_at, t.participants, t.delete_at";

ThreadRow thread_in(const pqxx::row& r) {
    return {id_in<PostId>(r[0]), id_in<ChannelId>(r[1]), id_in<TeamId>(r[2]), int_in(r[3]),
            int_in(r[4]),        ids_in<UserId>(r[5]),   int_in(r[6])};
}

const std::string membership_columns =
    "m.post_id, m.user_id, m.following, m.last_viewed, m.last_update, m.unread_mentions";
const std::string unread_replies =
    "(select count(*) from posts r where r.root_id = m.post_id and r.create_at > m.last_viewed and "
    "r.delete_at = 0 and r.original_id is null)";

ThreadMembership membership_in(const pqxx::row& r, pqxx::row::size_type at) {
    return {id_in<PostId>(r[at]),
            id_in<UserId>(r[at + 1]),
            bool_in(r[at + 2]),
            int_in(r[at + 3]),
            int_in(r[at + 4]),
            int_in(r[at + 5]),
            r.size() > at + 6 ? int_in(r[at + 6]) : 0};
}

const char* in_team(bool without_direct) {
    return without_direct ? " and t.team_id = $2"
                          : " and t.team_id in ($2, '00000000-0000-0000-0000-000000000000')";
}

// Joins only threads in channels the person still belongs to.
const std::string of_followed =
    " from thread_memberships m join threads t on t.post_id = m.post_id"
    " join channel_members c on c.channel_id = t.channel_id and c.user_id = m.user_id"
    " where m.user_id = $1 and m.following";

}  // namespace

std::optional<ThreadRow> ThreadTable::find(const PostId& root) {
    const auto rows = tx_.exec("select " + thread_columns + " from threads t where t.post_id = $1", root);
    if (rows.empty()) return std::nullopt;
    return thread_in(rows[0]);
}

std::vector<ThreadRow> ThreadTable::find(const std::vector<PostId>& roots) {
    std::vector<ThreadRow> out;
    for (const auto& r :
         tx_.exec("select " + thread_columns + " from threads t where t.post_id = any($1::uuid[])",
                  array_of(roots)))
        out.push_back(thread_in(r));
    return out;
}

ThreadRow ThreadTable::add_reply(const PostId& root, const ChannelId& channel, const TeamId& team,
                                 const UserId& author, Millis at) {
    return thread_in(tx_.exec(R"(
        insert into threads as t (post_id, channel_id, team_id, reply_count, last_reply_at, participants)
        values ($1, $2, $3, 1, $5, array[$4::uuid])
        on conflict (post_id) do update set reply_count = t.reply_count + 1, last_reply_at = greatest(t.last_reply_at, $5),
            participants = array_append(array_remove(t.participants, $4::uuid), $4::uuid)
        returning )" + thread_columns,
                              root, channel, team, author, at)[0]);
}

void ThreadTable::recount(const PostId& root) {
    tx_.exec(R"(
        update threads t set reply_count = n.replies, last_reply_at = n.latest,
            participants = array(select u from unnest(t.participants) u
                                 where exists (select 1 from posts p where p.root_id = $1 and p.user_id = u and p.delete_at = 0 and p.original_id is null))
        from (select count(*) replies, coalesce(max(create_at), 0) latest from posts where root_id = $1 and delete_at = 0 and original_id is null) n
        where t.post_id = $1)",
             root);
}

void ThreadTable::set_team(const ChannelId& channel, const TeamId& team) {
    tx_.exec("update threads set team_id = $2 where channel_id = $1", channel, team);
}

void ThreadTable::mark_deleted(const PostId& root, Millis at) {
    tx_.exec("update threads set delete_at = $2 where post_id = $1", root, at);
}

std::optional<ThreadMembership> ThreadTable::membership(const PostId& root, const UserId& user) {
    const auto rows = tx_.exec("select " + membership_columns + ", " + unread_replies +
                                   " from thread_memberships m where m.post_id = $1 and m.user_id = $2",
                               root, user);
    if (rows.empty()) return std::nullopt;
    return membership_in(rows[0], 0);
}

void ThreadTable::follow(const PostId& root, const UserId& user, bool following, bool viewed, Millis at) {
    tx_.exec(R"(
        insert into thread_memberships as m (post_id, user_id, following, last_viewed, last_update)
        values ($1, $2, $3, case when $4 then $5::bigint else 0 end, $5)
        on conflict (post_id, user_id) do update set following = $3, last_update = $5,
            last_viewed = case when $4 then greatest(m.last_viewed, $5) else m.last_viewed end,
            unread_mentions = case when $4 then 0 else m.unread_mentions end)",
             root, user, following, viewed, at);
}

void ThreadTable::follow_unless_left(const PostId& root, const std::vector<UserId>& users, Millis at) {
    tx_.exec(
        "insert into thread_memberships (post_id, user_id, following, last_update) select $1, u, true, $3 "
        "from unnest($2::uuid[]) u order by u on conflict do nothing",
        root, array_of(users), at);
}

void ThreadTable::mention(const PostId& root, const std::vector<UserId>& users, Millis at) {
    tx_.exec(R"(
        insert into thread_memberships as m (post_id, user_id, following, last_update, unread_mentions)
        select $1, u, true, $3, 1 from unnest($2::uuid[]) u order by u
        on conflict (post_id, user_id) do update set following = true, last_update = $3, unread_mentions = m.unread_mentions + 1)",
             root, array_of(users), at);
}

void ThreadTable::count_mention(const PostId& root, const std::vector<UserId>& users, Millis at) {
    tx_.exec(R"(
        update thread_memberships m set unread_mentions = m.unread_mentions + 1, last_update = $3
        from (select user_id from thread_memberships where post_id = $1 and user_id = any($2::uuid[]) and following order by user_id for update) o
        where m.post_id = $1 and m.user_id = o.user_id)",
             root, array_of(users), at);
}

void ThreadTable::follow_for_watchers(const PostId& root, const ChannelId& channel, Millis at) {
    tx_.exec(R"(
        insert into thread_memberships (post_id, user_id, following, last_update)
        select $1, m.user_id, true, $3 from channel_members m
        where m.channel_id = $2 and m.notify_props ~ '"channel_auto_follow_threads": ?"on"' order by m.user_id
        on conflict do nothing)",
             root, channel, at);
}

void ThreadTable::copy_memberships(const PostId& from, const PostId& to, const ChannelId& channel,
                                   Millis at) {
    tx_.exec(R"(
        insert into thread_memberships (post_id, user_id, following, last_viewed, last_update, unread_mentions)
        select $2, m.user_id, m.following, m.last_viewed, $4, m.unread_mentions
        from thread_memberships m join channel_members c on c.channel_id = $3 and c.user_id = m.user_id
        where m.post_id = $1 order by m.user_id on conflict do nothing)",
             from, to, channel, at);
}

void ThreadTable::view(const PostId& root, const UserId& user, Millis last_viewed,
                       std::int64_t unread_mentions, Millis at) {
    tx_.exec(
        "update thread_memberships set last_viewed = $3, unread_mentions = $4, last_update = $5 where "
        "post_id = $1 and user_id = $2",
        root, user, last_viewed, unread_mentions, at);
}

void ThreadTable::view_all(const UserId& user, const TeamId& team, Millis at) {
    tx_.exec(R"(
        update thread_memberships m set last_viewed = greatest(m.last_viewed, $3), unread_mentions = 0, last_update = $3
        from threads t where t.post_id = m.post_id and m.user_id = $1 and m.following
          and t.team_id in ($2, '00000000-0000-0000-0000-000000000000')
          and (t.last_reply_at > m.last_viewed or m.unread_mentions > 0))",
             user, team, at);
}

void ThreadTable::view_channel(const UserId& user, const std::vector<ChannelId>& channels, Millis at) {
    tx_.exec(R"(
        update thread_memberships m set last_viewed = greatest(m.last_viewed, $3), unread_mentions = 0, last_update = $3
        from threads t where t.post_id = m.post_id and m.user_id = $1 and m.following and t.channel_id = any($2::uuid[])
          and (t.last_reply_at > m.last_viewed or m.unread_mentions > 0))",
             user, array_of(channels), at);
}

std::vector<ThreadMembership> ThreadTable::followers(const PostId& root) {
    std::vector<Millis> replies;
    for (const auto& r : tx_.exec("select create_at from posts where root_id = $1 and delete_at = 0 and "
                                  "original_id is null order by create_at",
                                  root))
        replies.push_back(int_in(r[0]));
    std::vector<ThreadMembership> out;
    for (const auto& r : tx_.exec("select " + membership_columns +
                                      " from thread_memberships m where m.post_id = $1 and m.following",
                                  root)) {
        auto& follower = out.emplace_back(membership_in(r, 0));
        follower.unread_replies =
            replies.end() - std::upper_bound(replies.begin(), replies.end(), follower.last_viewed);
    }
    return out;
}

std::vector<PostId> ThreadTable::followed(const UserId& user, const std::vector<PostId>& roots) {
    std::vector<PostId> out;
    for (const auto& r : tx_.exec("select post_id from thread_memberships where user_id = $1 and following "
                                  "and post_id = any($2::uuid[])",
                                  user, array_of(roots)))
        out.push_back(id_in<PostId>(r[0]));
    return out;
}

std::vector<std::pair<ThreadRow, ThreadMembership>> ThreadTable::of_user(const ThreadQuery& q) {
    std::string sql = "select " + thread_columns + ", " + membership_columns + ", " + unread_replies +
                      of_followed + in_team(q.without_direct);
    if (!q.with_deleted) sql += " and t.delete_at = 0";
    sql += " and (t.last_reply_at >= $3 or m.last_update >= $3 or t.delete_at >= $3)";
    if (q.unread_only) sql += " and (t.last_reply_at > m.last_viewed or m.unread_mentions > 0)";
    const auto& edge = q.before.empty() ? q.after : q.before;
    const char* at_edge = "(select last_reply_at, post_id from threads where post_id = $4)";
    if (!q.before.empty())
        sql += std::string(" and (t.last_reply_at, t.post_id) < ") + at_edge;
    else if (!q.after.empty())
        sql += std::string(" and (t.last_reply_at, t.post_id) > ") + at_edge;
    else
        sql += " and $4::uuid is not null";
    sql += q.after.empty() ? " order by t.last_reply_at desc, t.post_id desc"
                           : " order by t.last_reply_at, t.post_id";
    std::vector<std::pair<ThreadRow, ThreadMembership>> out;
    for (const auto& r : tx_.exec(sql + " limit $5", q.user, q.team, q.since, edge, q.limit))
        out.emplace_back(thread_in(r), membership_in(r, 7));
    return out;
}

std::optional<std::pair<ThreadRow, ThreadMembership>> ThreadTable::of_user(const UserId& user,
                                                                           const PostId& root) {
    const auto rows =
        tx_.exec("select " + thread_columns + ", " + membership_columns + ", " + unread_replies +
                     " from thread_memberships m join threads t on t.post_id = m.post_id where m.user_id = "
                     "$1 and m.post_id = $2 and m.following",
                 user, root);
    if (rows.empty()) return std::nullopt;
    return std::pair{thread_in(rows[0]), membership_in(rows[0], 7)};
}

ThreadTotals ThreadTable::totals(const UserId& user, const TeamId& team, bool unread_only_total,
                                 bool without_direct) {
    const auto r = tx_.exec(std::string(R"(
        select count(*), count(*) filter (where t.last_reply_at > m.last_viewed or m.unread_mentions > 0), coalesce(sum(m.unread_mentions), 0),
            coalesce(sum(m.unread_mentions) filter (where exists (select 1 from post_priorities p where p.post_id = t.post_id and p.priority = 'urgent')), 0))") +
                                of_followed + in_team(without_direct) + " and t.delete_at = 0",
                            user, team)[0];
    ThreadTotals totals{int_in(r[0]), int_in(r[1]), int_in(r[2]), int_in(r[3])};
    if (unread_only_total) totals.threads = totals.unread_threads;
    return totals;
}

std::vector<std::pair<TeamId, ThreadTotals>> ThreadTable::unread_by_team(const UserId& user) {
    std::vector<std::pair<TeamId, ThreadTotals>> out;
    for (const auto& r :
         tx_.exec(std::string(R"(
            select t.team_id, count(*), coalesce(sum(m.unread_mentions), 0),
                coalesce(sum(m.unread_mentions) filter (where exists (select 1 from post_priorities p where p.post_id = t.post_id and p.priority = 'urgent')), 0))") +
                      of_followed +
                      " and t.delete_at = 0 and t.team_id <> '00000000-0000-0000-0000-000000000000'"
                      " and (t.last_reply_at > m.last_viewed or m.unread_mentions > 0) group by t.team_id",
                  user))
        out.emplace_back(id_in<TeamId>(r[0]),
                         ThreadTotals{int_in(r[1]), int_in(r[1]), int_in(r[2]), int_in(r[3])});
    return out;
}

}  // namespace concordat::storage
