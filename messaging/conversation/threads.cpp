#include "messaging/conversation/threads.hpp"

#include <map>
#include <set>

#include "messaging/conversation/channel_links.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/posts.hpp"

namespace concordat::messaging {
namespace {

Error no_such_thread() {
    return {Fault::not_found, "app.user.get_thread_membership_for_user.not_found",
            "The thread is not followed."};
}

}  // namespace

Post FollowedThreads::root_of(storage::Tx& tx, const PostId& thread) {
    auto post = storage::PostTable(tx).find(thread);
    if (!post || post->delete_at > 0 || !post->original_id.empty())
        throw Error(Fault::not_found, "app.post.get.app_error", "Unable to get the post.");
    return std::move(*post);
}

std::vector<ThreadResponse> FollowedThreads::shown(
    storage::Tx& tx, const Actor& reader,
    std::vector<std::pair<storage::ThreadRow, storage::ThreadMembership>> rows, bool extended) {
    std::vector<PostId> ids;
    std::set<UserId> people;
    for (const auto& [thread, membership] : rows) {
        ids.push_back(thread.post_id);
        people.insert(thread.participants.begin(), thread.participants.end());
    }
    auto roots = storage::PostTable(tx).find(ids);
    pages_.dress(tx, roots);
    for (auto& root : roots) hide_channel_links(reader, root);
    std::map<PostId, Post> posts;
    for (auto& root : roots) posts.emplace(root.id, std::move(root));
    std::map<UserId, User> users;
    if (extended) users = pages_.people(tx, people);
    std::vector<ThreadResponse> out;
    for (const auto& [thread, membership] : rows) {
        ThreadResponse t;
        t.id = thread.post_id;
        t.reply_count = thread.reply_count;
        t.last_reply_at = thread.last_reply_at;
        t.last_viewed_at = membership.last_viewed;
        t.unread_replies = membership.unread_replies;
        t.unread_mentions = membership.unread_mentions;
        t.delete_at = thread.delete_at;
        for (const auto& id : thread.participants) {
            auto& user = t.participants.emplace_back();
            if (const auto at = users.find(id); at != users.end()) user = at->second;
            user.id = id;
        }
        if (const auto at = posts.find(thread.post_id); at != posts.end()) {
            const auto& priority = at->second.metadata ? at->second.metadata->priority : std::nullopt;
            t.is_urgent = priority && priority->priority.value.value_or("") == "urgent";
            at->second.is_following = membership.following;
            t.post = at->second;
        }
        out.push_back(std::move(t));
    }
    return out;
}

Threads FollowedThreads::list(const Actor& reader, const ThreadListOptions& o) {
    gate_.require_in_team(reader, Permission::view_team, o.query.team);
    require(o.query.before.empty() || o.query.after.empty(), Fault::invalid,
            "api.getThreadsForUser.bad_params", "before and after cannot be used together.");
    require(!o.totals_only || !o.threads_only, Fault::invalid, "api.getThreadsForUser.bad_only_params",
            "totalsOnly and threadsOnly cannot be used together.");
    return db_.read([&](storage::Tx& tx) {
        storage::ThreadTable table(tx);
        Threads out;
        if (!o.threads_only) {
            const auto totals =
                table.totals(o.query.user, o.query.team, o.query.unread_only, o.query.without_direct);
            out.total = totals.threads;
            out.total_unread_threads = totals.unread_threads;
            out.total_unread_mentions = totals.unread_mentions;
            out.total_unread_urgent_mentions = totals.unread_urgent_mentions;
        }
        out.threads = std::vector<ThreadResponse>();
        if (!o.totals_only) out.threads = shown(tx, reader, table.of_user(o.query), o.extended);
        return out;
    });
}

ThreadResponse FollowedThreads::get(const Actor& reader, const UserId& user, const PostId& thread,
                                    bool extended) {
    return db_.read([&](storage::Tx& tx) {
        auto row = storage::ThreadTable(tx).of_user(user, thread);
        if (!row) throw no_such_thread();
        gate_.require_read(reader, row->first.channel_id);
        return std::move(shown(tx, reader, {std::move(*row)}, extended)[0]);
    });
}

void FollowedThreads::follow(const Actor& actor, const UserId& user, const TeamId& team, const PostId& thread,
                             bool following) {
    db_.transact([&](storage::Tx& tx) {
        storage::ThreadTable table(tx);
        const auto root = root_of(tx, thread);
        require(root.root_id.empty(), Fault::invalid, "api.context.invalid_url_param.app_error",
                "Only the first post of a thread can be followed.");
        gate_.require_read(actor, root.channel_id);
        table.follow(thread, user, following, following, tx.now());
        const auto row = table.find(thread);
        const auto place = found(gate_.place(root.channel_id), "app.channel.get.find.app_error");
        tx.emit(ThreadFollowChanged{user, place.team_id.empty() ? team : place.team_id, thread, following,
                                    row ? row->reply_count : 0});
    });
}

std::int64_t FollowedThreads::mentions_after(storage::Tx& tx, const storage::ThreadRow& thread,
                                             const UserId& user, Millis time) {
    if (thread.last_reply_at <= time) return 0;
    const auto place = found(gate_.place(thread.channel_id), "app.channel.get.find.app_error");
    std::int64_t count = 0;
    for (const auto& reply : storage::PostTable(tx).replies(thread.post_id, false))
        if (reply.create_at > time && audience_.tells(reply, place, user)) ++count;
    return count;
}

ThreadResponse FollowedThreads::view(const Actor& reader, const UserId& user, const TeamId& team,
                                     const PostId& thread, Millis until) {
    db_.transact([&](storage::Tx& tx) {
        storage::ThreadTable table(tx);
        const auto root = root_of(tx, thread);
        gate_.require_read(reader, root.channel_id);
        const auto row = table.find(thread);
        if (!row) throw no_such_thread();
        auto before = table.membership(thread, user);
        if (!before || !before->following) {
            table.follow(thread, user, true, false, tx.now());
            before = table.membership(thread, user);
        }
        table.view(thread, user, until, mentions_after(tx, *row, user, until), tx.now());
        const auto after = table.membership(thread, user);
        tx.emit(ThreadReadChanged{user, team, root.channel_id, thread, until, after->unread_mentions,
                                  after->unread_replies, before->unread_mentions, before->unread_replies});
    });
    return get(reader, user, thread, false);
}

ThreadResponse FollowedThreads::mark_read(const Actor& reader, const UserId& user, const TeamId& team,
                                          const PostId& thread, Millis until) {
    return view(reader, user, team, thread, until);
}

ThreadResponse FollowedThreads::set_unread(const Actor& reader, const UserId& user, const TeamId& team,
                                           const PostId& thread, const PostId& post_id) {
    const auto post = db_.read([&](storage::Tx& tx) { return root_of(tx, post_id); });
    require(post.id == thread || post.root_id == thread, Fault::invalid,
            "api.context.invalid_url_param.app_error", "The post is not of this thread.");
    return view(reader, user, team, thread, post.create_at - 1);
}

void FollowedThreads::mark_all_read(const Actor& reader, const UserId& user, const TeamId& team) {
    gate_.require_in_team(reader, Permission::view_team, team);
    db_.transact([&](storage::Tx& tx) {
        storage::ThreadTable(tx).view_all(user, team, tx.now());
        ThreadReadChanged fact;
        fact.user_id = user;
        fact.team_id = team;
        fact.timestamp = tx.now();
        tx.emit(fact);
    });
}

}  // namespace concordat::messaging
