// What programs send to an incoming webhook. Pure functions; the input is whatever strangers send.
//
// Errors (invalid): web.incoming_webhook.decode.app_error.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>
#include "core/base/json.hpp"
#include "core/model/post.hpp"

namespace concordat::messaging {

struct IncomingMessage {
    std::string text, username, icon_url, icon_emoji;
    std::string channel;  // "@person", "#name" or "name"; empty: the hook's own
    json::object props;
    json::array attachments;
    std::string type;
    std::optional<PostPriority> priority;
};
BOOST_DESCRIBE_STRUCT(IncomingMessage, (),
                      (text, username, icon_url, icon_emoji, channel, props, attachments, type, priority))

// A JSON object. Where it is not quite JSON because of line ends and tabs inside texts, these are taken as
// they are meant.
IncomingMessage incoming_message(std::string_view json);
// Plain fields of a form, named as the JSON keys; props and attachments hold JSON. An unknown field is an
// error.
IncomingMessage incoming_message(const std::map<std::string, std::string>& fields);

// A long text as several, each of at most `longest` runes.
std::vector<std::string> split_text(std::string_view text, std::size_t longest);

}  // namespace concordat::messaging
