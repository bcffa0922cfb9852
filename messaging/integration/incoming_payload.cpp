#include "messaging/integration/incoming_payload.hpp"

#include "core/base/text.hpp"

namespace concordat::messaging {
namespace {

Error unreadable(std::string detail = {}) {
    return {Fault::invalid, "web.incoming_webhook.decode.app_error",
            "The message is not a JSON object of the known form.", std::move(detail)};
}

// Line ends, tabs and carriage returns inside strings, escaped.
std::string escaped_inside_strings(std::string_view text) {
    std::string out;
    out.reserve(text.size() + 16);
    bool is_inside = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (c == '\\' && is_inside && at + 1 < text.size()) {
            out += c;
            out += text[++at];
            continue;
        }
        if (c == '"') is_inside = !is_inside;
        if (is_inside && c == '\n')
            out += "\\n";
        else if (is_inside && c == '\t')
            out += "\\t";
        else if (is_inside && c == '\r')
            out += "\\r";
        else
            out += c;
    }
    return out;
}

std::optional<json::value> parsed(std::string_view text) {
    try {
        return parse_json_value(text);
    } catch (const Error&) {  // the caller tries once more, or refuses
        return std::nullopt;
    }
}

}  // namespace

IncomingMessage incoming_message(std::string_view text) {
    auto value = parsed(text);
    if (!value) value = parsed(escaped_inside_strings(text));
    if (!value || !value->is_object()) throw unreadable();
    IncomingMessage message;
    try {
        from_json(*value, message);
    } catch (const Error& e) {  // told by the hook's own id
        throw unreadable(e.text());
    }
    return message;
}

IncomingMessage incoming_message(const std::map<std::string, std::string>& fields) {
    json::object object;
    for (const auto& [name, value] : fields) {
        const bool is_json = name == "props" || name == "attachments" || name == "priority";
        if (!is_json && name != "text" && name != "username" && name != "icon_url" && name != "icon_emoji" &&
            name != "channel" && name != "type")
            throw unreadable("a field that is not known");
        if (!is_json) {
            object[name] = value;
        } else if (!value.empty()) {
            auto inner = parsed(value);
            if (!inner) throw unreadable(name);
            object[name] = std::move(*inner);
        }
    }
    IncomingMessage message;
    try {
        from_json(json::value(std::move(object)), message);
    } catch (const Error& e) {  // told by the hook's own id
        throw unreadable(e.text());
    }
    return message;
}

std::vector<std::string> split_text(std::string_view text, std::size_t longest) {
    std::vector<std::string> out;
    do {
        const auto part = rune_prefix(text, longest);
        out.emplace_back(part);
        text.remove_prefix(part.size());
    } while (!text.empty());
    return out;
}

}  // namespace concordat::messaging
