#include "messaging/conversation/attachments.hpp"

#include <algorithm>
#include <charconv>

#include "core/base/text.hpp"

namespace concordat::messaging {
namespace {

constexpr std::size_t longest_id = 64;

Error too_much() {
    return {Fault::invalid, "model.post.is_valid.props.app_error", "The message has too many attachments."};
}

// As text: numbers and flags are written as they would be read.
json::string text_of(const json::value* value) {
    if (!value || value->is_null()) return "";
    if (value->is_string()) return value->get_string();
    if (value->is_object() || value->is_array()) return "";
    if (value->is_double()) {  // as people write them, not with an exponent
        char digits[32];
        const auto end = std::to_chars(digits, digits + sizeof digits, value->get_double()).ptr;
        return json::string(digits, static_cast<std::size_t>(end - digits));
    }
    return json::string(json::serialize(*value));
}

json::string text_in(const json::object& in, const char* key) {
    return text_of(in.if_contains(key));
}

json::string link_in(const json::object& in, const char* key) {
    auto link = text_in(in, key);
    if (!is_web_link({link.data(), link.size()}) && !(link.size() > 1 && link[0] == '/' && link[1] != '/'))
        link.clear();
    return link;
}

bool flag_in(const json::object& in, const char* key) {
    const auto* value = in.if_contains(key);
    if (!value) return false;
    return value->is_bool() ? value->get_bool() : text_of(value) == "true";
}

bool is_action_id(std::string_view id) {
    return !id.empty() && id.size() <= longest_id &&
           std::all_of(id.begin(), id.end(), [](unsigned char c) { return std::isalnum(c) && c < 128; });
}

json::value fields_of(const json::object& in) {
    const auto* list = in.if_contains("fields");
    if (!list || !list->is_array()) return nullptr;
    json::array out;
    for (const auto& each : list->get_array()) {
        if (!each.is_object()) continue;
        const auto& field = each.get_object();
        out.emplace_back(json::object{{"title", text_in(field, "title")},
                                      {"value", text_in(field, "value")},
                                      {"short", flag_in(field, "short")}});
    }
    return out;
}

json::value options_of(const json::object& in) {
    const auto* list = in.if_contains("options");
    json::array out;
    if (list && list->is_array())
        for (const auto& each : list->get_array())
            if (each.is_object())
                out.emplace_back(json::object{{"text", text_in(each.get_object(), "text")},
                                              {"value", text_in(each.get_object(), "value")}});
    return out;
}

// As clients see it; where it leads goes to `taken`.
json::object action_of(const json::object& in, std::vector<PostAction>& taken) {
    PostAction action;
    const auto id = text_in(in, "id");
    action.id = is_action_id({id.data(), id.size()}) ? std::string(id) : new_token();
    const auto type = text_in(in, "type");
    action.type = type == "select" ? "select" : "button";
    const auto source = text_in(in, "data_source");
    if (source == "users" || source == "channels") action.data_source = std::string(source);
    if (const auto* integration = in.if_contains("integration"); integration && integration->is_object()) {
        const auto& target = integration->get_object();
        action.url = std::string(text_in(target, "url"));
        if (const auto* context = target.if_contains("context")) action.context = *context;
        if (json::serialize(action.context).size() > longest_action) throw too_much();
    }
    json::object out{{"id", action.id}, {"name", text_in(in, "name")}};
    if (!type.empty()) out["type"] = action.type;
    for (const char* key : {"tooltip", "style", "default_option"})
        if (auto text = text_in(in, key); !text.empty()) out[key] = std::move(text);
    if (flag_in(in, "disabled")) out["disabled"] = true;
    if (!action.data_source.empty()) out["data_source"] = action.data_source;
    if (in.contains("options")) out["options"] = options_of(in);
    if (taken.size() >= most_actions) throw too_much();
    taken.push_back(std::move(action));
    return out;
}

json::object attachment_of(const json::object& in, std::vector<PostAction>& taken) {
    json::object out;
    std::int64_t id = 0;
    if (const auto* given = in.if_contains("id"); given && given->is_int64()) id = given->get_int64();
    out["id"] = id;
    for (const char* key : {"fallback", "color", "pretext", "author_name"}) out[key] = text_in(in, key);
    for (const char* key : {"author_link", "author_icon"}) out[key] = link_in(in, key);
    out["title"] = text_in(in, "title");
    out["title_link"] = link_in(in, "title_link");
    out["text"] = text_in(in, "text");
    out["fields"] = fields_of(in);
    for (const char* key : {"image_url", "thumb_url"}) out[key] = link_in(in, key);
    out["footer"] = text_in(in, "footer");
    out["footer_icon"] = link_in(in, "footer_icon");
    const auto* time = in.if_contains("ts");
    out["ts"] = time && (time->is_string() || time->is_number()) ? *time : json::value();
    const auto* actions = in.if_contains("actions");
    if (!actions || !actions->is_array()) return out;
    json::array shown;
    for (const auto& each : actions->get_array())
        if (each.is_object()) shown.emplace_back(action_of(each.get_object(), taken));
    if (!shown.empty()) out["actions"] = std::move(shown);
    return out;
}

}  // namespace

bool is_web_link(std::string_view url) {
    const auto begin = lower_ascii(url.substr(0, 8));
    return begin.starts_with("http://") || begin.starts_with("https://");
}

std::vector<PostAction> take_actions(json::object& props) {
    std::vector<PostAction> taken;
    const auto* given = props.if_contains(attachments_prop);
    if (!given) return taken;
    json::array out;
    if (given->is_array())
        for (const auto& each : given->get_array()) {
            if (!each.is_object()) continue;
            if (out.size() >= most_attachments) throw too_much();
            out.emplace_back(attachment_of(each.get_object(), taken));
        }
    if (out.empty())
        props.erase(attachments_prop);
    else
        props[attachments_prop] = std::move(out);
    return taken;
}

json::object* find_action(json::object& props, std::string_view id) {
    auto* attachments = props.if_contains(attachments_prop);
    if (!attachments || !attachments->is_array()) return nullptr;
    for (auto& attachment : attachments->get_array()) {
        if (!attachment.is_object()) continue;
        auto* actions = attachment.get_object().if_contains("actions");
        if (!actions || !actions->is_array()) continue;
        for (auto& action : actions->get_array())
            if (const auto* own = action.get_object().if_contains("id");
                own && own->is_string() && own->get_string() == id)
                return &action.get_object();
    }
    return nullptr;
}

}  // namespace concordat::messaging
