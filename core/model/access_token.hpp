// A personal access token as clients see it: how a program signs in as a person or a bot.
#pragma once
#include <boost/describe.hpp>
#include <optional>
#include <string>
#include "core/base/json.hpp"
#include "core/model/ids.hpp"

namespace concordat {

using AccessTokenId = Id<struct AccessTokenTag>;

struct AccessToken {
    AccessTokenId id;
    std::optional<std::string> token;  // the secret: in the answer to its creation only
    UserId user_id;
    std::string description;
    bool is_active = true;
    Millis create_at = 0;
    std::optional<Millis> expires_at;  // left out: never
};
BOOST_DESCRIBE_STRUCT(AccessToken, (), (id, token, user_id, description, is_active, create_at, expires_at))

// What a session that was begun with a token has in its props.
inline constexpr const char *session_type_prop = "type", *access_token_type = "UserAccessToken",
                            *access_token_id_prop = "user_access_token_id";

}  // namespace concordat
