// Moving a thread to another channel: its posts are written anew there, since a post is sealed for its
// channel.
#include <algorithm>

#include "messaging/conversation/attachments.hpp"
#include "messaging/conversation/post_actions.hpp"
#include "messaging/conversation/post_pages.hpp"
#include "messaging/conversation/posts.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/reactions.hpp"
#include "storage/tables/threads.hpp"
#include "storage/tables/users.hpp"

namespace concordat::messaging {
namespace {

// As it will stand in the target. Earlier versions stay behind.
Post moved(const Post& post, const ChannelId& target, const PostId& root, Millis now) {
    auto copy = post;
    copy.id = PostId::fresh(now);
    copy.channel_id = target;
    copy.root_id = root;
    copy.update_at = copy.create_at;
    copy.edit_at = 0;
    copy.is_pinned = false;
    copy.has_reactions.reset();
    copy.reply_count = copy.last_reply_at = 0;
    return copy;
}

}  // namespace

PostId Posts::move_thread(const Actor& actor, const PostId& root_id, const ChannelId& target_id) {
    const auto target = writable_place(target_id);
    gate_.require_in_channel(actor, Permission::create_post, target.id);
    check_move(actor, root_id, target);
    return db_.transact([&](storage::Tx& tx) {
        storage::PostTable table(tx);
        const auto root = found(table.lock(root_id), "app.post.get.app_error", "Unable to get the post.");
        if (root.delete_at > 0 || !root.original_id.empty() || !root.root_id.empty())
            throw Error(Fault::not_found, "app.post.get.app_error", "Unable to get the post.");
        const auto source = found(gate_.place(root.channel_id), "app.channel.get.find.app_error");
        require(source.id != target.id, Fault::invalid, "api.post.move_thread.same_channel",
                "The thread is in this channel already.");
        require(source.team_id == target.team_id || target.is_between_people() || source.is_between_people(),
                Fault::invalid, "api.post.move_thread.another_team",
                "A thread can be moved within its team only.");
        const auto posts = table.threads({root_id});
        for (const auto& post : posts) {
            gate_.require_in_channel(
                actor,
                post.user_id == actor.user_id ? Permission::delete_post : Permission::delete_others_posts,
                post.channel_id);
            require(!post.type.starts_with("system_"), Fault::invalid, "api.post.move_thread.system_message",
                    "Messages of the server cannot be moved.");
            require(post.file_ids.empty(), Fault::unsupported, "api.post.move_thread.has_files",
                    "A thread that holds files cannot be moved: its files are sealed for this channel.");
            require(!post.props.contains(storage::lost_prop), Fault::unsupported,
                    "api.post.move_thread.damaged", "A thread that holds a damaged message cannot be moved.");
        }
        const auto new_root = rewrite(tx, posts, target);
        remove(tx, actor, root);
        return new_root;
    });
}

// Writes the thread into the target, root first, and tells sockets of each post; the new root's id.
PostId Posts::rewrite(storage::Tx& tx, const std::vector<Post>& posts, const identity::ChannelPlace& target) {
    storage::PostTable table(tx);
    storage::ThreadTable threads(tx);
    storage::ReactionTable reactions(tx);
    const auto priorities = table.priorities({posts[0].id});
    PostId new_root;
    for (const auto& post : posts) {
        storage::NewPost entry;
        entry.post = moved(post, target.id, new_root, tx.now());
        entry.views = false;
        auto& copy = entry.post;
        table.insert({entry});
        if (new_root.empty())
            new_root = copy.id;
        else
            threads.add_reply(new_root, target.id, target.team_id, copy.user_id, copy.create_at);
        if (const auto at = priorities.find(post.id.text()); at != priorities.end())
            table.set_priority(copy.id, at->second);
        if (post.props.contains(attachments_prop)) copy_actions(tx, post, copy);
        if (post.has_reactions.value_or(false)) {
            reactions.copy(post.id, copy.id, target.id);
            table.set_has_reactions(copy.id, true, copy.update_at);
            copy.has_reactions = true;
        }
        const auto user = storage::UserTable(tx).find(post.user_id);
        Actor author;
        author.username = user ? user->username : "";
        std::vector<Post> shown{copy};
        pages_.dress(tx, shown);
        tx.emit(fact_of_new(shown[0], target, author, {.set_online = false}));
    }
    threads.copy_memberships(posts[0].id, new_root, target.id, tx.now());
    return new_root;
}

}  // namespace concordat::messaging
