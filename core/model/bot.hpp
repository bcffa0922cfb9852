// A bot: an account that nobody signs in to, for programs; somebody owns it.
#pragma once
#include <boost/describe.hpp>
#include <optional>
#include <string>
#include "core/base/json.hpp"
#include "core/model/ids.hpp"

namespace concordat {

struct Bot {
    UserId user_id;
    std::string username;
    std::optional<std::string> display_name, description;  // left out when empty
    UserId owner_id;
    std::optional<Millis> last_icon_update;
    Millis create_at = 0;
    Millis update_at = 0;
    Millis delete_at = 0;  // disabled then
};
BOOST_DESCRIBE_STRUCT(Bot, (),
                      (user_id, username, display_name, description, owner_id, last_icon_update, create_at,
                       update_at, delete_at))

// What is absent stays; of a new bot the user name must be there.
struct BotPatch {
    std::optional<std::string> username, display_name, description;
};
BOOST_DESCRIBE_STRUCT(BotPatch, (), (username, display_name, description))

}  // namespace concordat
