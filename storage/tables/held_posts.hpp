// The table held_posts. What they say is sealed in their channel, and gone once it is decided.
#pragma once
#include <optional>
#include <utility>
#include <vector>
#include "core/model/content_rule.hpp"
#include "core/model/post.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {

class HeldPostTable {
public:
    explicit HeldPostTable(Tx& tx) : tx_(tx) {}
    // False when the person has sent this before: `post.pending_post_id` says so.
    bool insert(const HeldPost& held, const Post& post);
    std::optional<HeldPost> find(const HeldPostId& id);
    // Its row stays locked until the transaction ends.
    std::optional<HeldPost> lock(const HeldPostId& id);
    // Nothing when it is decided.
    std::optional<Post> post(const HeldPost& held);
    // Oldest first; of every state when it is empty, of everybody when `user` is.
    std::vector<HeldPost> list(const std::string& state, const UserId& user, std::int64_t offset,
                               std::int64_t limit);
    void decide(const HeldPost& held);
    std::vector<HeldPost> expired(Millis now, std::int64_t limit);
    // How many wait, and since when the first does (0: none).
    std::pair<std::int64_t, Millis> waiting();
    std::vector<FileId> files_of(const UserId& user);

private:
    Tx& tx_;
};

}  // namespace concordat::storage
