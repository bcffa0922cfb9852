// Reactions: emoji that members put on posts.
//
// Thread-safe; calls block. Errors: api.reaction.save_reaction.* (invalid), app.post.get.app_error.
#pragma once
#include <map>
#include <string>
#include <vector>
#include "core/config/live.hpp"
#include "core/model/reaction.hpp"
#include "identity/access/gate.hpp"

namespace concordat::messaging {

class Reactions {
public:
    Reactions(storage::Database& db, identity::Gate& gate, const LiveSettings& settings)
        : db_(db), gate_(gate), settings_(settings) {}

    // Adding twice is not an error and tells nobody the second time.
    Reaction add(const Actor& actor, Reaction reaction);
    void remove(const Actor& actor, Reaction reaction);
    std::vector<Reaction> of_post(const PostId& post);
    // Of those posts that the reader may read; posts without reactions are there with an empty list.
    std::map<std::string, std::vector<Reaction>> of_posts(const Actor& reader,
                                                          const std::vector<PostId>& posts);

private:
    storage::Database& db_;
    identity::Gate& gate_;
    const LiveSettings& settings_;
};

}  // namespace concordat::messaging
