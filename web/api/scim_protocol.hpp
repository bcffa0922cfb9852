// What all routes of SCIM 2.0 share (RFC 7644): who calls, bodies, lists, errors, times.
#pragma once
#include <string>
#include "core/base/json.hpp"
#include "core/base/log.hpp"
#include "core/config/live.hpp"
#include "identity/scim/provisioning.hpp"
#include "web/http/call.hpp"

namespace concordat::web {

inline constexpr const char* group_schema = "urn:ietf:params:scim:schemas:core:2.0:Group";

Reply scim_reply(const json::value& body, int status = 200);
// As in section 3.12; `type` is the scimType, or "".
Reply scim_error(int status, const std::string& type, const std::string& detail);
Reply scim_list(json::array resources, std::int64_t total, std::int64_t start_index);
// The address of these routes, for locations.
std::string scim_base(const Settings& settings);
// RFC 3339, in UTC, with milliseconds.
std::string scim_time(Millis at);
// Throws ScimError when the body is no JSON.
json::value scim_body(const Call& call);
std::string scim_bearer(const Call& call);

// Lets the client in, and writes its errors as the standard wants them: the edge of these routes.
template <class Act>
auto for_scim_client(identity::Provisioning& provisioning, const LiveSettings& settings, Act act) {
    return [&provisioning, &settings, act](Call& call) -> Reply {
        if (!settings.current()->ConcordatSettings.EnableScim)
            return scim_error(404, "", "Provisioning is switched off (ConcordatSettings.EnableScim).");
        try {
            const auto client = provisioning.client_of(scim_bearer(call));
            if (!client) {
                auto reply = scim_error(401, "", "The token is missing or not valid.");
                reply.set("WWW-Authenticate", "Bearer");
                return reply;
            }
            return act(call, *client);
        } catch (const identity::ScimError& e) {
            return scim_error(e.status(), e.type(), e.text());
        } catch (const Error& e) {
            log_error("provisioning failed",
                      {{"id", e.id()}, {"detail", e.detail()}, {"request_id", call.head.request_id}});
            return scim_error(e.fault() == Fault::unavailable ? 503 : 500, "",
                              "The call failed; its number is " + call.head.request_id + ".");
        }
    };
}

}  // namespace concordat::web
