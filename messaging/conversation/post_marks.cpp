// What people do to posts without changing them: marking unread, acknowledging, asking to be reminded.
#include <algorithm>
#include <tuple>

#include "messaging/conversation/post_pages.hpp"
#include "messaging/conversation/posts.hpp"
#include "messaging/conversation/preferences.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/channels.hpp"
#include "storage/tables/threads.hpp"

namespace concordat::messaging {
namespace {

constexpr std::int64_t reminder_batch = 100;
constexpr std::int64_t most_recounted = 1000;

Post live_post(storage::Tx& tx, const PostId& id) {
    auto post = storage::PostTable(tx).lock(id);
    if (!post || post->delete_at > 0 || !post->original_id.empty())
        throw Error(Fault::not_found, "app.post.get.app_error", "Unable to get the post.");
    return std::move(*post);
}

}  // namespace

ChannelUnreadAt Posts::set_unread(const UserId& user, const PostId& id, bool collapsed_threads) {
    const auto settings = settings_.current();
    return db_.transact([&](storage::Tx& tx) {
        const auto post = live_post(tx, id);
        const auto channel =
            found(storage::ChannelTable(tx).plain(post.channel_id), "app.channel.get.find.app_error");
        const auto member =
            found(storage::ChannelMemberTable(tx).find(post.channel_id, user),
                  "app.channel.get_member.missing.app_error", "You are not a member of this channel.");
        ChannelUnreadAt unread{channel.team_id,
                               user,
                               channel.id,
                               member.msg_count,
                               member.mention_count,
                               member.mention_count_root,
                               member.urgent_mention_count,
                               member.msg_count_root,
                               member.last_viewed_at};
        if (collapsed_threads && !post.root_id.empty() && collapses_threads(tx, *settings, user)) {
            set_thread_unread(tx, user, post, channel.team_id);  // the channel stays as it is
            return unread;
        }
        const auto [all, roots] = storage::PostTable(tx).count_from(channel.id, post.create_at);
        unread.msg_count = std::max<std::int64_t>(0, channel.total_msg_count - all);
        unread.msg_count_root = std::max<std::int64_t>(0, channel.total_msg_count_root - roots);
        unread.last_viewed_at = post.create_at - 1;
        count_mentions(tx, post.create_at, unread);
        storage::ChannelMemberTable(tx).set_unread(unread, tx.now());
        tx.emit(PostUnreadSet{id, unread});
        return unread;
    });
}

void Posts::set_thread_unread(storage::Tx& tx, const UserId& user, const Post& reply, const TeamId& team) {
    storage::ThreadTable threads(tx);
    auto before = threads.membership(reply.root_id, user);
    if (!before || !before->following) {
        threads.follow(reply.root_id, user, true, false, tx.now());
        before = threads.membership(reply.root_id, user);
    }
    const auto place = found(gate_.place(reply.channel_id), "app.channel.get.find.app_error");
    std::int64_t mentions = 0;
    for (const auto& later : storage::PostTable(tx).replies(reply.root_id, false))
        if (later.create_at >= reply.create_at && audience_.tells(later, place, user)) ++mentions;
    threads.view(reply.root_id, user, reply.create_at - 1, mentions, tx.now());
    const auto after = threads.membership(reply.root_id, user);
    tx.emit(ThreadReadChanged{user, team, reply.channel_id, reply.root_id, reply.create_at - 1,
                              after->unread_mentions, after->unread_replies, before->unread_mentions,
                              before->unread_replies});
}

// How many posts from `from` on tell the person; in `unread`, which knows person and channel.
void Posts::count_mentions(storage::Tx& tx, Millis from, ChannelUnreadAt& unread) {
    storage::PostTable posts(tx);
    const auto place = found(gate_.place(unread.channel_id), "app.channel.get.find.app_error");
    unread.mention_count = unread.mention_count_root = unread.urgent_mention_count = 0;
    if (place.is_between_people())
        std::tie(unread.mention_count, unread.mention_count_root) =
            posts.count_from(unread.channel_id, from, unread.user_id);
    // Its posts are looked at one by one, and only so many: an older mention among more than these is not
    // counted.
    for (const auto& later : posts.after(unread.channel_id, from, PostId(), {}, most_recounted)) {
        const bool may_be_urgent = later.metadata && later.metadata->priority;
        if ((place.is_between_people() && !may_be_urgent) || !audience_.tells(later, place, unread.user_id))
            continue;
        if (!place.is_between_people()) {
            ++unread.mention_count;
            if (later.root_id.empty()) ++unread.mention_count_root;
        }
        if (!may_be_urgent) continue;
        const auto priorities = posts.priorities({later.id});
        const auto priority = priorities.find(later.id.text());
        if (priority != priorities.end() && priority->second.priority.value.value_or("") == "urgent")
            ++unread.urgent_mention_count;
    }
}

PostAcknowledgement Posts::acknowledge(const UserId& user, const PostId& id) {
    return db_.transact([&](storage::Tx& tx) {
        const auto post = live_post(tx, id);
        storage::PostTable table(tx);
        PostAcknowledgement ack{user, id, tx.now(), post.channel_id};
        if (!table.acknowledge(ack)) {
            for (auto& known : table.acknowledgements({id}))
                if (known.user_id == user) return known;
        }
        table.touch(id, std::max(tx.now(), post.update_at + 1));
        table.channel_changed(post.channel_id);
        tx.emit(AcknowledgementAdded{ack});
        return ack;
    });
}

void Posts::unacknowledge(const UserId& user, const PostId& id) {
    db_.transact([&](storage::Tx& tx) {
        const auto post = live_post(tx, id);
        storage::PostTable table(tx);
        if (!table.unacknowledge(id, user)) return;
        table.touch(id, std::max(tx.now(), post.update_at + 1));
        table.channel_changed(post.channel_id);
        tx.emit(AcknowledgementRemoved{{user, id, 0, post.channel_id}});
    });
}

void Posts::set_reminder(const UserId& user, const PostId& id, std::int64_t target_time) {
    require(target_time > 0, Fault::invalid, "api.context.invalid_body_param.app_error",
            "Invalid or missing target_time in request body.");
    db_.transact([&](storage::Tx& tx) {
        live_post(tx, id);
        storage::PostTable(tx).set_reminder(id, user, target_time);
    });
}

std::size_t Posts::send_reminders() {
    const auto due = db_.transact([&](storage::Tx& tx) {
        return storage::PostTable(tx).take_due_reminders(tx.now() / 1000, reminder_batch);
    });
    for (const auto& [post_id, user] : due) {
        const auto post = db_.read([&](storage::Tx& tx) { return storage::PostTable(tx).find(post_id); });
        if (!post || post->delete_at > 0 || !gate_.is_member(user, post->channel_id)) continue;
        Post note;
        note.user_id = user;
        note.channel_id = post->channel_id;
        note.root_id = post->root_id.empty() ? post->id : post->root_id;
        note.type = "reminder";
        note.message = "You asked to be reminded of this message.";
        note.props["post_id"] = post_id.text();
        whisper_(user, note);
    }
    return due.size();
}

void Posts::set_pinned(const Actor& actor, const PostId& id, bool is_pinned) {
    require_writable(actor, id);
    db_.transact([&](storage::Tx& tx) {
        storage::PostTable table(tx);
        auto post = found(table.lock(id), "app.post.get.app_error", "Unable to get the post.");
        if (post.delete_at > 0 || !post.original_id.empty())
            throw Error(Fault::not_found, "app.post.get.app_error", "Unable to get the post.");
        if (!actor.is_remote) gate_.require_read(actor, post.channel_id);
        writable_place(post.channel_id);
        if (post.is_pinned == is_pinned) return;
        post.is_pinned = is_pinned;
        post.update_at = std::max(tx.now(), post.update_at + 1);
        table.set_pinned(id, is_pinned, post.update_at);
        table.channel_changed(post.channel_id);
        std::vector<Post> shown{post};
        pages_.dress(tx, shown);
        tx.emit(PostTouched{shown[0], actor.user_id, is_pinned ? "pinned" : "unpinned"});
    });
}

}  // namespace concordat::messaging
