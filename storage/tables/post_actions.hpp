// The table post_actions: where the buttons and menus of messages lead. Sealed under the key of the message's
// channel, apart from the message, so that nothing that shows, tells or exports messages can show it.
#pragma once
#include <vector>
#include "core/model/integration.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {

class PostActionTable {
public:
    explicit PostActionTable(Tx& tx) : tx_(tx) {}
    // Replaces what the post had; none of them removes the row.
    void put(const PostId& post, const ChannelId& channel, const std::vector<PostAction>& actions);
    std::vector<PostAction> of_post(const PostId& post, const ChannelId& channel);

private:
    Tx& tx_;
};

}  // namespace concordat::storage
