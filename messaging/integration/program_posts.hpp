// Posts that programs write: what a hook, a command or an answer to either becomes.
//
// Thread-safe; calls block.
#pragma once
#include <optional>
#include <string>
#include "core/config/live.hpp"
#include "core/model/actor.hpp"
#include "core/model/post.hpp"
#include "messaging/conversation/posts.hpp"

namespace concordat::messaging {

// What the program says. `props` of the program are kept but for those that only the server writes.
struct ProgramMessage {
    std::string text, type;
    std::string username, icon_url, icon_emoji;  // shown instead of the owner's, where settings allow it
    std::string display_name;                    // of the hook or command
    json::object props;
    json::array attachments;
    std::optional<PostPriority> priority;
    PostId root_id;
};

class ProgramPosts {
public:
    static constexpr std::size_t longest_props = 760000;  // runes of JSON, of one message

    // All must outlive this object.
    ProgramPosts(Posts& posts, const LiveSettings& settings) : posts_(posts), settings_(settings) {}

    // A long text becomes several posts, the attachments on the last; the last is returned. `author` is
    // the account in whose name it is written. `fallback_name` is shown when nobody says another; "" shows
    // the author's own.
    // Throws Error (invalid): api.context.invalid_body_param.app_error for a type that is not for programs,
    // web.incoming_webhook.split_props_length.app_error for attachments that are too long, and what Posts
    // throws.
    Post write(const Actor& author, const ChannelId& channel, ProgramMessage message,
               const std::string& fallback_name);
    // Shown to one person, not stored.
    Post whisper(const Actor& author, const UserId& reader, const ChannelId& channel, ProgramMessage message);

private:
    WrittenByProgram written_by(const ProgramMessage& message, const std::string& fallback_name) const;

    Posts& posts_;
    const LiveSettings& settings_;
};

}  // namespace concordat::messaging
