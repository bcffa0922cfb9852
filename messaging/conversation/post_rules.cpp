#include "messaging/conversation/post_rules.hpp"

#include "core/base/text.hpp"
#include "messaging/conversation/channel_links.hpp"
#include "messaging/conversation/posts.hpp"

namespace concordat::messaging {

void check_post(const Post& post) {
    require(rune_count(post.message) <= longest_message, Fault::invalid,
            "model.post.is_valid.message_length.app_error", "The message is longer than 16383 characters.");
    require(rune_count(json::serialize(post.props)) <= longest_props, Fault::invalid,
            "model.post.is_valid.props.app_error", "The post's properties are too long.");
    require(post.file_ids.size() <= most_files_per_post, Fault::invalid,
            "model.post.is_valid.file_ids.app_error", "A post can hold at most 10 files.");
}

// Props that only the server writes.
void strip_reserved(json::object& props) {
    for (const char* key : {"add_channel_member", channel_links_prop, "force_notification", "deleteBy",
                            "from_bot", "from_oauth_app", "from_plugin", "from_webhook", "previewed_post"})
        props.erase(key);
}

}  // namespace concordat::messaging
