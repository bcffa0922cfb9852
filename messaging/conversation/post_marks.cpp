// What people do to posts without changing them: marking unread, acknowledging, asking to be reminded.
#include <algorithm>

#include "messaging/conversation/post_pages.hpp"
#include "messaging/conversation/posts.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/channels.hpp"
#include "storage/tables/threads.hpp"
#include "storage/tables/users.hpp"

namespace concordat::messaging {
namespace {

constexpr std::int64_t reminder_batch = 100;

Post live_post(storage::Tx& tx, const PostId& id) {
    auto post = storage::PostTable(tx).find(id);
    if (!post || post->delete_at > 0 || !post->original_id.empty()) throw Error(Fault::not_found, "app.post.get.app_error", "Unable to get the post.");
    return std::move(*post);
}

}  // namespace

ChannelUnreadAt Posts::set_unread(const UserId& user, const PostId& id, bool collapsed_threads) {
    return db_.transact([&](storage::Tx& tx) {
        storage::PostTable posts(tx);
        storage::ChannelMemberTable members(tx);
        const auto post = live_post(tx, id);
        const auto channel = found(storage::ChannelTable(tx).plain(post.channel_id), "app.channel.get.find.app_error");
        const auto member = found(members.find(post.channel_id, user), "app.channel.get_member.missing.app_error", "You are not a member of this channel.");
        ChannelUnreadAt unread;
        unread.team_id = channel.team_id;
        unread.user_id = user;
        unread.channel_id = channel.id;
        if (collapsed_threads && !post.root_id.empty()) {  // a reply: its thread is unread, the channel stays as it is
            storage::ThreadTable threads(tx);
            const auto membership = threads.membership(post.root_id, user);
            if (membership) threads.view(post.root_id, user, post.create_at - 1, membership->unread_mentions, tx.now());
            unread.msg_count = member.msg_count;
            unread.msg_count_root = member.msg_count_root;
            unread.mention_count = member.mention_count;
            unread.mention_count_root = member.mention_count_root;
            unread.last_viewed_at = member.last_viewed_at;
            return unread;
        }
        const auto [all, roots] = posts.count_from(channel.id, post.create_at);
        unread.msg_count = std::max<std::int64_t>(0, channel.total_msg_count - all);
        unread.msg_count_root = std::max<std::int64_t>(0, channel.total_msg_count_root - roots);
        unread.last_viewed_at = post.create_at - 1;
        if (channel.is_between_people()) {
            unread.mention_count = all;
            unread.mention_count_root = roots;
        } else {
            const identity::ChannelPlace place{channel.id, channel.team_id, channel.type, channel.name, channel.display_name, channel.delete_at};
            for (const auto& later : posts.after(channel.id, post.create_at - 1, PostId(), {}, 200)) {
                Actor author;
                author.user_id = later.user_id;
                const auto told = audience_.of(later, place, author).mentions;
                if (std::find(told.begin(), told.end(), user) == told.end()) continue;
                ++unread.mention_count;
                if (later.root_id.empty()) ++unread.mention_count_root;
            }
        }
        members.set_unread(unread, tx.now());
        tx.emit(PostUnreadSet{id, unread});
        return unread;
    });
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
        table.touch(id, tx.now());
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
        table.touch(id, tx.now());
        table.channel_changed(post.channel_id);
        tx.emit(AcknowledgementRemoved{{user, id, 0, post.channel_id}});
    });
}

void Posts::set_reminder(const UserId& user, const PostId& id, std::int64_t target_time) {
    require(target_time > 0, Fault::invalid, "api.context.invalid_body_param.app_error", "Invalid or missing target_time in request body.");
    db_.transact([&](storage::Tx& tx) {
        live_post(tx, id);
        storage::PostTable(tx).set_reminder(id, user, target_time);
    });
}

std::size_t Posts::send_reminders() {
    const auto due = db_.transact([&](storage::Tx& tx) { return storage::PostTable(tx).take_due_reminders(tx.now() / 1000, reminder_batch); });
    for (const auto& [post_id, user] : due) {
        const auto post = db_.read([&](storage::Tx& tx) { return storage::PostTable(tx).find(post_id); });
        if (!post || post->delete_at > 0) continue;
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

PostId Posts::move_thread(const Actor& actor, const PostId& root_id, const ChannelId& target_id) {
    const auto target = writable_place(target_id);
    const auto posts = db_.read([&](storage::Tx& tx) { return storage::PostTable(tx).threads({root_id}); });
    require(!posts.empty() && posts[0].id == root_id, Fault::not_found, "app.post.get.app_error", "Unable to get the post.");
    gate_.require_in_channel(actor, Permission::create_post, target.id);
    for (const auto& post : posts)
        gate_.require_in_channel(actor, post.user_id == actor.user_id ? Permission::delete_post : Permission::delete_others_posts, post.channel_id);
    const auto source = found(gate_.place(posts[0].channel_id), "app.channel.get.find.app_error");
    require(source.team_id == target.team_id || target.is_between_people() || source.is_between_people(), Fault::invalid, "api.post.move_thread.another_team", "A thread can be moved within its team only.");
    for (const auto& post : posts)
        require(post.file_ids.empty(), Fault::unsupported, "api.post.move_thread.has_files", "A thread that holds files cannot be moved: its files are sealed for this channel.");
    PostId new_root;
    for (const auto& post : posts) {
        Post copy;
        copy.channel_id = target.id;
        copy.root_id = new_root;
        copy.message = post.message;
        copy.props = post.props;
        Actor author = actor;
        author.user_id = post.user_id;
        const auto user = db_.read([&](storage::Tx& tx) { return storage::UserTable(tx).find(post.user_id); });
        author.username = user ? user->username : "";
        author.is_bot = false;
        copy.create_at = post.create_at;
        author.is_admin = true;  // keeps the time it was written at
        const auto made = create(author, copy, {.set_online = false});
        if (new_root.empty()) new_root = made.id;
    }
    remove(actor, root_id);
    return new_root;
}

}  // namespace concordat::messaging
