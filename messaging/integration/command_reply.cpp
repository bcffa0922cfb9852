#include "messaging/integration/command_reply.hpp"

#include "core/base/text.hpp"

namespace concordat::messaging {

std::optional<CommandReply> command_reply(std::string_view content_type, std::string_view body) {
    CommandReply reply;
    const auto type = lower_ascii(trimmed(content_type.substr(0, content_type.find(';'))));
    if (type != "application/json") {
        reply.text = std::string(body);
        return reply;
    }
    try {
        const auto value = parse_json_value(body);
        if (!value.is_object()) return std::nullopt;
        from_json(value, reply);
        extra_responses_of(reply);
    } catch (const Error&) {  // a program's mistake; the caller says whose
        return std::nullopt;
    }
    return reply;
}

std::vector<CommandReply> extra_responses_of(const CommandReply& reply) {
    std::vector<CommandReply> out;
    if (!reply.extra_responses) return out;
    for (const auto& each : *reply.extra_responses) {
        if (each.is_null()) continue;
        require(out.size() < most_extra_responses, Fault::invalid,
                "api.command.execute_command.failed.app_error");
        from_json(each, out.emplace_back());
        out.back().extra_responses.value.reset();
    }
    return out;
}

CommandReply said_to_caller(std::string text) {
    CommandReply reply;
    reply.response_type = "ephemeral";
    reply.text = std::move(text);
    return reply;
}

}  // namespace concordat::messaging
