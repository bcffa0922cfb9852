// Where the buttons and menus of a message lead, while the message is written, changed and shown.
//
// In the caller's transaction. The message itself never says it: it stands in a table of its own, or, for
// messages that are not stored, in a sealed cookie that the client sends back.
#pragma once
#include <optional>
#include <string>
#include <vector>
#include "core/model/integration.hpp"
#include "core/model/post.hpp"

namespace concordat::storage {
class Tx;
}

namespace concordat::messaging {

// Props that stay with a message whatever the program behind its buttons writes.
inline constexpr const char* retained_props[] = {
    "from_webhook",         "override_username", "override_icon_url", "override_icon_emoji",
    "webhook_display_name", "from_bot",          "from_oauth_app",    "from_plugin"};
json::object retained(const json::object& props);

// What a cookie holds.
struct ActionCookie {
    PostAction action;
    UserId user_id;  // whom the message was shown to
    ChannelId channel_id;
    PostId root_id;
    json::object retain_props;
};
BOOST_DESCRIBE_STRUCT(ActionCookie, (), (action, user_id, channel_id, root_id, retain_props))

// Keeps the actions of a new post that lead somewhere.
void keep_actions(storage::Tx& tx, const Post& post, const std::vector<PostAction>& actions);
// The same for a changed post: an action that says nothing new leads where it led.
void change_actions(storage::Tx& tx, const Post& post, const std::vector<PostAction>& actions);
// For a post that is written anew elsewhere.
void copy_actions(storage::Tx& tx, const Post& from, const Post& to);

// Gives the actions of a post that is not stored their cookies.
void add_cookies(storage::Tx& tx, const UserId& user, Post& post, const std::vector<PostAction>& actions);
// Nothing when it is none, or that of another post.
std::optional<ActionCookie> open_cookie(storage::Tx& tx, const PostId& post, const std::string& cookie);

}  // namespace concordat::messaging
