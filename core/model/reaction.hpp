// Emoji: on posts, and those people add themselves.
#pragma once
#include <boost/describe.hpp>
#include <string>
#include "core/base/json.hpp"
#include "core/model/ids.hpp"

namespace concordat {

struct Reaction {
    UserId user_id;
    PostId post_id;
    std::string emoji_name;
    Millis create_at = 0;
    Millis update_at = 0;
    Millis delete_at = 0;
    Nullable<std::string> remote_id;
    ChannelId channel_id;
};
BOOST_DESCRIBE_STRUCT(Reaction, (),
                      (user_id, post_id, emoji_name, create_at, update_at, delete_at, remote_id, channel_id))

struct Emoji {
    EmojiId id;
    Millis create_at = 0;
    Millis update_at = 0;
    Millis delete_at = 0;
    UserId creator_id;
    std::string name;
};
BOOST_DESCRIBE_STRUCT(Emoji, (), (id, create_at, update_at, delete_at, creator_id, name))

}  // namespace concordat
