// Message attachments: the boxes below a message, with titles, fields, buttons and menus, that programs write
// into the prop `attachments`. Pure functions.
#pragma once
#include <string>
#include <string_view>
#include <vector>
#include "core/base/json.hpp"
#include "core/model/integration.hpp"

namespace concordat::messaging {

inline constexpr const char* attachments_prop = "attachments";
inline constexpr std::size_t most_attachments = 100, most_actions = 100;  // of one message
inline constexpr std::size_t longest_action = 64 * 1024;  // bytes of JSON of one action's context

// Brings props["attachments"] into the form that clients know, every key there and every value of its type,
// and takes out where the actions lead: that is for the node alone. Actions without an id get one. Links that
// are not http(s) are dropped. What is no list of objects is dropped whole. Returns all actions of the
// message; `url` is empty where the sender did not say where one leads. Throws Error (invalid):
// model.post.is_valid.props.app_error for more than the bounds.
std::vector<PostAction> take_actions(json::object& props);

// The object of an action in normalised props; null when there is none of this id.
json::object* find_action(json::object& props, std::string_view id);

bool is_web_link(std::string_view url);

}  // namespace concordat::messaging
