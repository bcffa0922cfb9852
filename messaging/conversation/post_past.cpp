// Posts that were written in another organisation, several at a time; and those from before their channel was
// shared, as they stand now, with nobody told and nothing unread.
#include <unordered_set>

#include "core/model/facts.hpp"
#include "messaging/conversation/post_pages.hpp"
#include "messaging/conversation/posts.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/posts.hpp"
#include "storage/tables/reactions.hpp"
#include "storage/tables/threads.hpp"

namespace concordat::messaging {

std::vector<PostOutcome> Posts::create_from_elsewhere(std::vector<PostFromElsewhere> posts) {
    std::vector<PostOutcome> out(posts.size());
    std::vector<std::size_t> places;  // of those that wait to be written together
    std::vector<storage::NewPost> entries;
    std::vector<Prepared> past;  // or these
    const auto write = [&] {
        if (!entries.empty()) write_together(out, places, entries);
        if (!past.empty()) write_past(out, places, posts, past);
        places.clear();
        entries.clear();
        past.clear();
    };
    for (std::size_t at = 0; at < posts.size(); ++at) {
        auto& [author, post, elsewhere] = posts[at];
        PostOptions options;
        options.set_online = false;
        options.elsewhere = elsewhere;
        try {
            auto prepared = prepare(author, std::move(post), options);
            if (elsewhere.before) {
                if (!entries.empty()) write();
                past.push_back(std::move(prepared));
                places.push_back(at);
                continue;
            }
            if (!past.empty()) write();
            if (prepared.is_plain) {
                entries.push_back(entry_of(author, prepared, options));
                out[at].post = std::move(prepared.post);
                places.push_back(at);
                continue;
            }
            write();
            out[at].post = write_fully(author, prepared, options).post;
        } catch (const Error& e) {
            if (e.fault() == Fault::unavailable || e.fault() == Fault::internal) throw;
            out[at].refusal = e;
        }
    }
    write();
    return out;
}

void Posts::write_together(std::vector<PostOutcome>& out, const std::vector<std::size_t>& places,
                           const std::vector<storage::NewPost>& entries) {
    db_.transact([&](storage::Tx& tx) {
        const auto ids = storage::PostTable(tx).insert(entries);
        const std::unordered_set<PostId> fresh(ids.begin(), ids.end());
        for (const auto at : places)
            if (!fresh.contains(out[at].post.id))
                if (auto first = written_before(tx, out[at].post, "")) out[at].post = std::move(*first);
    });
}

void Posts::write_past(std::vector<PostOutcome>& out, const std::vector<std::size_t>& places,
                       const std::vector<PostFromElsewhere>& posts, std::vector<Prepared>& past) {
    db_.transact([&](storage::Tx& tx) {
        storage::PostTable table(tx);
        for (std::size_t i = 0; i < past.size(); ++i) {
            const auto& [author, asked, written] = posts[places[i]];
            const auto& post = past[i].post;
            auto& outcome = out[places[i]];
            outcome = {post, {}};
            if (!post.root_id.empty()) {
                const auto root = table.lock(post.root_id, true);
                if (!root || root->delete_at > 0 || !root->root_id.empty() || !root->original_id.empty() ||
                    root->channel_id != post.channel_id) {
                    outcome.refusal = Error(Fault::invalid, "api.post.create_post.root_id.app_error",
                                            "Invalid RootId parameter.");
                    continue;
                }
            }
            PostOptions options;
            options.elsewhere = written;
            std::vector<Post> shown{post};
            if (!shown[0].metadata) shown[0].metadata.emplace();
            storage::NewPost entry;
            entry.post = post;
            entry.post.edit_at = 0;  // its row has none until it is edited below
            entry.counts = entry.views = false;
            entry.fact = storage::fact_of(fact_of_new(shown[0], past[i].channel, author, options), tx.now());
            if (table.insert({entry}).empty()) {  // it came before
                if (auto first = written_before(tx, post, "")) outcome.post = std::move(*first);
                continue;
            }
            const auto& before = *written.before;
            if (before.edit_at > 0) table.update(post);
            if (before.is_pinned) table.set_pinned(post.id, true, post.update_at);
            if (post.metadata && post.metadata->priority)
                table.set_priority(post.id, *post.metadata->priority);
            storage::ReactionTable reactions(tx);
            for (auto reaction : before.reactions) {
                reaction.post_id = post.id;
                reaction.channel_id = post.channel_id;
                reactions.insert(reaction);
            }
            if (!before.reactions.empty()) table.set_has_reactions(post.id, true, post.update_at);
            if (post.root_id.empty()) continue;
            storage::ThreadTable(tx).add_reply(post.root_id, post.channel_id, past[i].channel.team_id,
                                               post.user_id, post.create_at);
            table.touch(post.root_id, post.update_at);
        }
    });
}

}  // namespace concordat::messaging
