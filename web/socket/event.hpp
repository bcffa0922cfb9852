// What the hub announces, and its rendered form.
//
// An event is rendered once, on the thread that publishes it. Connections share that text; each adds
// only its frame header and its own number, which is the last key of the object.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>
#include "core/model/ids.hpp"

namespace concordat::web {

// Who receives an event. The first that is set decides: connection_id, user_id, channel_id, team_id;
// with none of them everybody does. The others narrow that further. All of it is sent along.
struct Broadcast {
    std::vector<UserId> omit_users;
    UserId user_id;
    ChannelId channel_id;
    TeamId team_id;
    ConnectionId connection_id;
    ConnectionId omit_connection_id;
    bool contains_sanitized_data = false;  // to all but those who hold manage_system
    bool contains_sensitive_data = false;  // only to those who hold manage_system
};

// What one recipient gets besides the shared data.
struct RecipientExtra {
    std::string members;      // JSON members without braces: "mentions":"[\"...\"]"
    bool should_ack = false;  // adds "should_ack":true on connections opened with posted_ack=true
};

struct SocketEvent {
    std::string event;
    std::string data = "{}";  // JSON text of an object
    Broadcast broadcast{};
    std::unordered_map<UserId, RecipientExtra> extras{};
    // May be lost when a connection is behind: typing, status_change, multiple_channels_viewed.
    bool is_droppable = false;
    // Only to connections whose presence shows broadcast.channel_id, or a thread in it, open.
    bool is_only_where_open = false;
    // When set, guests receive it only if they are members of one of these channels (sorted): events
    // about a user are kept from guests who may not see that user.
    std::shared_ptr<const std::vector<ChannelId>> guests_only_in{};
    // To guests alone: their form of an event that goes to others with guests_only_in empty.
    bool is_for_guests = false;
};

// Bytes that go out as the payload of one frame, or, for an event, nearly so: see OutFrame.
struct FrameText {
    std::string text;
    std::size_t splice = 0;     // where a RecipientExtra's members belong
    bool is_data_empty = true;  // no comma is needed before the first of them

    FrameText() = default;
    explicit FrameText(std::string t) : text(std::move(t)) {}
};

// A SocketEvent ready to be sent: immutable, shared by all shards and connections.
struct Announcement : FrameText {
    // Throws Error (internal) when `data` is no object's text.
    explicit Announcement(SocketEvent event);

    Broadcast broadcast;  // omit_users sorted
    std::unordered_map<UserId, RecipientExtra> extras;
    bool is_droppable;
    bool is_only_where_open;
    std::shared_ptr<const std::vector<ChannelId>> guests_only_in;
    bool is_for_guests;

    bool omits(const UserId& user) const;
    const RecipientExtra* extra_of(const UserId& user) const;
};

}  // namespace concordat::web
