// The reactions table. Removed ones stay as rows with delete_at.
#pragma once
#include <vector>
#include "core/model/reaction.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {

class ReactionTable {
public:
    explicit ReactionTable(Tx& tx) : tx_(tx) {}
    // False when the person has reacted with this emoji already.
    bool insert(const Reaction& reaction);
    // False when there was nothing to remove.
    bool remove(const Reaction& reaction, Millis now);
    // Live ones, oldest first.
    std::vector<Reaction> of_posts(const std::vector<PostId>& posts);
    std::int64_t distinct_emoji(const PostId& post);
    bool has_any(const PostId& post);
    // Live ones of `from` for `to`, a post of `channel`.
    void copy(const PostId& from, const PostId& to, const ChannelId& channel);
    bool has_emoji(const PostId& post, const std::string& emoji_name);

private:
    Tx& tx_;
};

}  // namespace concordat::storage
