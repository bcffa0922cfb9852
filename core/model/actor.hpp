// Who is acting in a call.
#pragma once
#include <string>
#include <vector>
#include "core/model/ids.hpp"

namespace concordat {

struct Actor {
    UserId user_id;  // empty: nobody is signed in
    SessionId session_id;
    std::string username;
    std::vector<std::string> roles;  // of the user: "system_user", "system_admin", ...
    bool is_guest = false;
    bool is_bot = false;
    bool is_admin = false;     // holds manage_system
    bool by_cookie = false;    // the token came from the cookie, so CSRF applies
    bool is_loopback = false;  // the connection came from this machine
    // Of a partner organisation, acting through federation, which has decided what they may do.
    bool is_remote = false;
    bool by_application = false;  // the session is one that the person gave an application (OAuth 2.0)
    std::string csrf;             // the session's value
    std::string service;          // by which the person signs in, as User::auth_service
    bool has_factor = false;      // a second factor of theirs is in force
    Millis factor_at = 0;         // when one was shown in this session; 0: never
    std::string locale;

    bool signed_in() const { return !user_id.empty(); }
};

}  // namespace concordat
