#include "storage/tables/post_actions.hpp"

#include "storage/crypto/seal.hpp"

namespace concordat::storage {

void PostActionTable::put(const PostId& post, const ChannelId& channel,
                          const std::vector<PostAction>& actions) {
    if (actions.empty()) {
        tx_.exec("delete from post_actions where post_id = $1", post);
        return;
    }
    tx_.exec(
        "insert into post_actions (post_id, body) values ($1, $2) "
        "on conflict (post_id) do update set body = excluded.body",
        post, bytea(tx_.seal(Kind::hook, channel.bytes(), post.bytes(), 0, json_text(actions))));
}

std::vector<PostAction> PostActionTable::of_post(const PostId& post, const ChannelId& channel) {
    const auto rows = tx_.exec("select body from post_actions where post_id = $1", post);
    if (rows.empty()) return {};
    return parse_json<std::vector<PostAction>>(
        tx_.open(Kind::hook, channel.bytes(), post.bytes(), 0, bytes_in(rows[0][0])), "actions");
}

}  // namespace concordat::storage
