#include "web/api/sessions.hpp"

#include <algorithm>

#include "identity/session/sessions.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

constexpr std::size_t longest_device_id = 512, longest_version = 32;

struct SessionToEnd {
    SessionId session_id;
};
BOOST_DESCRIBE_STRUCT(SessionToEnd, (), (session_id))

using Fields = std::map<std::string, std::string>;  // flags travel as "true" or true

bool is_version(const std::string& text) {
    return text.size() <= longest_version && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      c == '.' || c == '-' || c == '+';
           });
}

void attach(identity::Sessions& sessions, const Actor& actor, Fields device) {
    const auto &id = device["device_id"], &disabled = device["deviceNotificationDisabled"],
               &version = device["mobileVersion"];
    if (id.size() > longest_device_id) throw bad_body("device_id");
    if (!disabled.empty() && disabled != "true" && disabled != "false")
        throw bad_body("deviceNotificationDisabled");
    if (!is_version(version)) throw bad_body("mobileVersion");
    Fields props;
    if (!disabled.empty()) props["device_notification_disabled"] = disabled;
    if (!version.empty()) props["mobile_version"] = version;
    if (id.empty() && props.empty()) throw bad_body("device_id");
    sessions.attach_device(actor.session_id, id, props);
}

// The CSRF value is for the session's own browser only.
std::vector<Session> listed(std::vector<Session> sessions) {
    for (auto& session : sessions) {
        session.token.clear();
        session.props.erase("csrf");
    }
    return sessions;
}

}  // namespace

void add_session_routes(Router& routes, identity::Sessions& sessions) {
    const auto rule = self_or(Permission::edit_other_users, "user_id");

    routes.get("/users/{user_id}/sessions", rule,
               [&](Call& call) { return listed(sessions.of_user(call.id<UserId>("user_id"))); });

    routes
        .post("/users/{user_id}/sessions/revoke", rule,
              [&](Call& call, SessionToEnd body) {
                  if (body.session_id.empty()) throw bad_body("session_id");
                  sessions.end(call.id<UserId>("user_id"), body.session_id, call.actor.user_id, "revoked");
              })
        .for_people();

    routes
        .post(
            "/users/{user_id}/sessions/revoke/all", rule,
            [&](Call& call) { sessions.end_all(call.id<UserId>("user_id"), call.actor.user_id, "revoked"); })
        .for_people();

    routes
        .put("/users/sessions/device", signed_in(),
             [&](Call& call, Fields body) { attach(sessions, call.actor, std::move(body)); })
        .for_people();
}

}  // namespace concordat::web
