// A signed-in device, as its owner sees it listed. The token is never part of it.
#pragma once
#include <boost/describe.hpp>
#include <map>
#include <string>
#include <vector>
#include "core/base/json.hpp"
#include "core/model/ids.hpp"
#include "core/model/team.hpp"

namespace concordat {

struct Session {
    SessionId id;
    std::string token;  // always "" outside the log-in reply's header
    Millis create_at = 0;
    Millis expires_at = 0;  // 0: never
    Millis last_activity_at = 0;
    UserId user_id;
    std::string device_id;
    std::string roles;
    bool is_oauth = false;
    bool expired_notify = false;
    std::map<std::string, std::string> props;  // csrf, platform, os, browser, isMobile, ...
    Nullable<std::vector<TeamMember>> team_members;
    bool local = false;
};
BOOST_DESCRIBE_STRUCT(Session, (),
                      (id, token, create_at, expires_at, last_activity_at, user_id, device_id, roles,
                       is_oauth, expired_notify, props, team_members, local))

}  // namespace concordat
