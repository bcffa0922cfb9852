// Applications that people let act for them (OAuth 2.0), as clients see them.
#pragma once
#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <vector>
#include "core/base/json.hpp"
#include "core/model/ids.hpp"

namespace concordat {

struct OAuthApp {
    OAuthAppId id;  // what the protocol calls client_id
    UserId creator_id;
    Millis create_at = 0;
    Millis update_at = 0;
    std::string client_secret;  // "": a public application, or the reader may not see it
    std::string name;
    std::string description;
    std::string icon_url;
    std::vector<std::string> callback_urls;
    std::string homepage;
    bool is_trusted = false;  // people are not asked
    std::string mattermost_app_id;
    bool is_dynamically_registered = false;
    bool is_public = false;  // cannot keep a secret: a program on a person's machine, or in a browser
};
BOOST_DESCRIBE_STRUCT(OAuthApp, (),
                      (id, creator_id, create_at, update_at, client_secret, name, description, icon_url,
                       callback_urls, homepage, is_trusted, mattermost_app_id, is_dynamically_registered,
                       is_public))

// Props of a session that belongs to an application.
inline constexpr const char* oauth_app_prop = "oauth_app_id";

}  // namespace concordat
