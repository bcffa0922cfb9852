#include "messaging/conversation/reactions.hpp"

#include "core/model/facts.hpp"
#include "identity/barrier/barriers.hpp"
#include "messaging/notify/message_references.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/posts.hpp"
#include "storage/tables/reactions.hpp"

namespace concordat::messaging {
namespace {

Post live_post(storage::PostTable& posts, const PostId& id) {
    auto post = posts.lock(id);
    if (!post || post->delete_at > 0 || !post->original_id.empty())
        throw Error(Fault::not_found, "app.post.get.app_error", "Unable to get the post.");
    return std::move(*post);
}

}  // namespace

Reaction Reactions::add(const Actor& actor, Reaction reaction) {
    require(is_emoji_name(reaction.emoji_name), Fault::invalid,
            "model.reaction.is_valid.emoji_name.app_error", "Invalid emoji name.");
    if (const auto channel = gate_.channel_of(reaction.post_id))
        identity::require_writable(db_, actor, *channel);
    return db_.transact([&](storage::Tx& tx) {
        storage::PostTable posts(tx);
        storage::ReactionTable table(tx);
        const auto post = live_post(posts, reaction.post_id);
        const auto place = gate_.place(post.channel_id);
        require(place && place->delete_at == 0, Fault::forbidden,
                "api.reaction.save.archived_channel.app_error", "You cannot react in an archived channel.");
        const auto limit = settings_.current()->ServiceSettings.UniqueEmojiReactionLimitPerPost;
        if (!table.has_emoji(post.id, reaction.emoji_name))
            require(table.distinct_emoji(post.id) < limit, Fault::invalid,
                    "app.reaction.save.save.too_many_reactions",
                    "Reaction limit has been reached for this post.");
        reaction.user_id = actor.user_id;
        reaction.channel_id = post.channel_id;
        reaction.create_at = reaction.update_at = tx.now();
        reaction.delete_at = 0;
        reaction.remote_id = std::string();
        if (!table.insert(reaction)) {
            for (const auto& known : table.of_posts({post.id}))
                if (known.user_id == actor.user_id && known.emoji_name == reaction.emoji_name) return known;
            return reaction;
        }
        posts.set_has_reactions(post.id, true, std::max(tx.now(), post.update_at + 1));
        posts.channel_changed(post.channel_id);
        tx.emit(ReactionAdded{reaction});
        return reaction;
    });
}

void Reactions::remove(const Actor& actor, Reaction reaction) {
    db_.transact([&](storage::Tx& tx) {
        storage::PostTable posts(tx);
        storage::ReactionTable table(tx);
        const auto post = live_post(posts, reaction.post_id);
        gate_.require_in_channel(actor,
                                 reaction.user_id == actor.user_id ? Permission::remove_reaction
                                                                   : Permission::remove_others_reactions,
                                 post.channel_id);
        reaction.channel_id = post.channel_id;
        reaction.delete_at = reaction.update_at = tx.now();
        reaction.remote_id = std::string();
        if (!table.remove(reaction, tx.now())) return;
        posts.set_has_reactions(post.id, table.has_any(post.id), std::max(tx.now(), post.update_at + 1));
        posts.channel_changed(post.channel_id);
        tx.emit(ReactionRemoved{reaction});
    });
}

std::vector<Reaction> Reactions::of_post(const PostId& post) {
    return db_.read([&](storage::Tx& tx) { return storage::ReactionTable(tx).of_posts({post}); });
}

std::map<std::string, std::vector<Reaction>> Reactions::of_posts(const Actor& reader,
                                                                 const std::vector<PostId>& posts) {
    std::map<std::string, std::vector<Reaction>> out;
    std::vector<PostId> readable;
    for (const auto& post : posts) {
        const auto channel = gate_.channel_of(post);
        if (!channel || !gate_.may_read(reader, *channel)) continue;
        readable.push_back(post);
        out[post.text()];
    }
    for (auto& reaction :
         db_.read([&](storage::Tx& tx) { return storage::ReactionTable(tx).of_posts(readable); }))
        out[reaction.post_id.text()].push_back(std::move(reaction));
    return out;
}

}  // namespace concordat::messaging
