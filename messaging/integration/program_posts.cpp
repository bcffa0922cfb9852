#include "messaging/integration/program_posts.hpp"

#include <algorithm>

#include "core/base/text.hpp"
#include "messaging/conversation/attachments.hpp"
#include "messaging/conversation/post_actions.hpp"
#include "messaging/integration/incoming_payload.hpp"

namespace concordat::messaging {
namespace {

// Consecutive attachments in groups, none longer than a message may carry.
std::vector<json::array> grouped(json::array attachments, std::size_t room) {
    std::vector<json::array> groups(1);
    std::size_t taken = 0;
    for (auto& attachment : attachments) {
        const auto size = rune_count(json::serialize(attachment)) + 1;
        require(size <= room, Fault::invalid, "web.incoming_webhook.split_props_length.app_error",
                "An attachment or the properties of the message are too long.");
        if (taken + size > room) {
            groups.emplace_back();
            taken = 0;
        }
        taken += size;
        groups.back().push_back(std::move(attachment));
    }
    return groups;
}

void check_type(const std::string& type) {
    if (!type.empty() && !type.starts_with("custom_")) throw bad_body("type");
}

// Without what is only the server's to say.
json::object own_props(json::object props) {
    for (const char* key : retained_props) props.erase(key);
    props.erase(attachments_prop);
    return props;
}

}  // namespace

WrittenByProgram ProgramPosts::written_by(const ProgramMessage& message,
                                          const std::string& fallback_name) const {
    const auto settings = settings_.current();
    WrittenByProgram out;
    out.props["from_webhook"] = "true";
    if (!message.display_name.empty()) out.props["webhook_display_name"] = message.display_name;
    if (settings->ServiceSettings.EnablePostUsernameOverride) {
        out.sender_name = message.username.empty() ? fallback_name : message.username;
        if (!out.sender_name.empty()) out.props["override_username"] = out.sender_name;
    }
    if (settings->ServiceSettings.EnablePostIconOverride) {
        if (is_web_link(message.icon_url)) out.props["override_icon_url"] = message.icon_url;
        if (!message.icon_emoji.empty()) {
            std::string_view name = message.icon_emoji;
            while (name.starts_with(':')) name.remove_prefix(1);
            while (name.ends_with(':')) name.remove_suffix(1);
            out.props["override_icon_emoji"] = json::string(name);
        }
    }
    return out;
}

Post ProgramPosts::write(const Actor& author, const ChannelId& channel, ProgramMessage message,
                         const std::string& fallback_name) {
    check_type(message.type);
    PostOptions options;
    options.set_online = false;
    options.program = written_by(message, fallback_name);
    const auto props = own_props(std::move(message.props));
    const auto base = rune_count(json::serialize(props));
    require(base < longest_props, Fault::invalid, "web.incoming_webhook.split_props_length.app_error",
            "An attachment or the properties of the message are too long.");
    const auto groups = grouped(std::move(message.attachments), longest_props - base);
    const auto parts = split_text(message.text, longest_message);
    const auto count = parts.size() + groups.size() - 1;  // the first group goes with the last part
    Post last;
    for (std::size_t at = 0; at < count; ++at) {
        Post post;
        post.channel_id = channel;
        post.root_id = message.root_id;
        post.type = message.type;
        post.props = props;
        if (at < parts.size()) post.message = parts[at];
        if (at + 1 >= parts.size()) {
            const auto& group = groups[at + 1 - parts.size()];
            if (!group.empty()) {
                post.props[attachments_prop] = group;
                if (post.type.empty()) post.type = "slack_attachment";
            }
        }
        if (at == 0 && message.priority) post.metadata.emplace().priority = message.priority;
        last = posts_.create(author, std::move(post), options);
    }
    return last;
}

Post ProgramPosts::whisper(const Actor& author, const UserId& reader, const ChannelId& channel,
                           ProgramMessage message) {
    Post post;
    post.channel_id = channel;
    post.root_id = message.root_id;
    post.message = std::string(rune_prefix(message.text, longest_message));
    post.props = own_props(std::move(message.props));
    if (!message.attachments.empty()) post.props[attachments_prop] = message.attachments;
    return posts_.create_ephemeral(author, reader, std::move(post), written_by(message, ""));
}

}  // namespace concordat::messaging
