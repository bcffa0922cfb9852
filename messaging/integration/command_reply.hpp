// What commands answer, and what clients are told of it. Pure; the input is whatever programs send.
#pragma once
#include <string>
#include <string_view>
#include <vector>
#include "core/base/json.hpp"

namespace concordat::messaging {

struct CommandReply {
    std::string response_type;  // in_channel: a message by the caller; "" or ephemeral: shown to the caller
    std::string text;
    std::string username;
    std::string channel_id;
    std::string icon_url;
    std::string type;
    Nullable<json::object> props;
    std::string goto_location;
    std::string trigger_id;
    bool skip_slack_parsing = false;
    Nullable<json::array> attachments;
    Nullable<json::array> extra_responses;
};
BOOST_DESCRIBE_STRUCT(CommandReply, (),
                      (response_type, text, username, channel_id, icon_url, type, props, goto_location,
                       trigger_id, skip_slack_parsing, attachments, extra_responses))

inline constexpr std::size_t most_extra_responses = 20;

// JSON when the Content-Type says so, else plain text, which is then the text. Nothing when it is no object
// of the known form.
std::optional<CommandReply> command_reply(std::string_view content_type, std::string_view body);
// Those in extra_responses.
std::vector<CommandReply> extra_responses_of(const CommandReply& reply);

// A reply shown to the caller alone.
CommandReply said_to_caller(std::string text);

}  // namespace concordat::messaging
