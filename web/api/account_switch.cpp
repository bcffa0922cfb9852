#include "web/api/account_switch.hpp"

#include <map>
#include <string>
#include <utility>

#include "core/base/text.hpp"
#include "core/config/live.hpp"
#include "identity/account/admissions.hpp"
#include "identity/oidc/oidc_sign_in.hpp"
#include "identity/saml/saml_sign_in.hpp"
#include "identity/signin/sign_in.hpp"
#include "web/api/paging.hpp"
#include "web/api/single_sign_on.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

using SwitchFields = std::map<std::string, std::string>;

std::string switch_field(const SwitchFields& fields, const std::string& name) {
    const auto at = fields.find(name);
    return at == fields.end() ? std::string() : at->second;
}

bool is_oidc(const std::string& service) {
    return service == "openid" || service == "gitlab" || service == "google" || service == "office365";
}

// How an account signs in, as an administrator sets it: by which source, as whom there; "": with a password.
struct AuthFields {
    std::optional<std::string> auth_data;
    std::string auth_service;
};
BOOST_DESCRIBE_STRUCT(AuthFields, (), (auth_data, auth_service))

AuthFields set_auth(const Call& call, AuthFields wanted, identity::Admissions& admissions) {
    const auto user = call.id<UserId>("user_id");
    const auto& service = wanted.auth_service;
    if (service.empty() || service == "email") {
        admissions.unlink(call.actor, user, call.head.request_id);
        return {};
    }
    if (service != "ldap" && service != "saml" && !is_oidc(service)) throw bad_body("auth_service");
    if (wanted.auth_data.value_or("").empty() || wanted.auth_data->size() > 1024) throw bad_body("auth_data");
    admissions.link(call.actor, user, service, "", *wanted.auth_data, call.head.request_id);
    return wanted;
}

Reply link_reply(const std::string& location) {
    Reply reply;
    reply.body = json::serialize(json::object{{"follow_link", location}});
    return reply;
}

// To the provider, bound to this browser by the cookie.
Reply to_provider(const Call& call, const std::string& service, const identity::SignInIntent& intent,
                  const SwitchRooms& rooms) {
    const auto* cookie = service == "saml" ? saml_cookie : oidc_cookie;
    const auto browser = sso_cookie(call.head, cookie);
    std::string location, value;
    if (service == "saml") {
        auto started = rooms.saml.sign_in.start("", intent, browser);
        location = std::move(started.location);
        value = std::move(started.browser);
    } else {
        auto started = rooms.oidc.sign_in.start(service, "", intent, browser, "");
        location = std::move(started.location);
        value = std::move(started.browser);
    }
    auto reply = link_reply(location);
    reply.set("Set-Cookie", sso_cookie_line(call.head, cookie, value));
    return reply;
}

Reply switch_account(const Call& call, const SwitchFields& fields, const SwitchRooms& rooms) {
    const auto from = switch_field(fields, "current_service"), to = switch_field(fields, "new_service");
    identity::SwitchRequest request;
    request.id = call.head.request_id;
    request.address = call.head.remote_address;
    request.email = trimmed(switch_field(fields, "email"));
    request.password = switch_field(fields, "password");
    request.code = trimmed(switch_field(fields, "mfa_code"));
    request.directory_id = trimmed(switch_field(fields, "ldap_id"));
    request.new_password = switch_field(fields, "new_password");
    const bool is_from_provider = from == "saml" || is_oidc(from),
               is_to_provider = to == "saml" || is_oidc(to);
    if (from == "email" && is_to_provider)
        return to_provider(call, to, rooms.sign_in.prove_for_switch(request), rooms);
    if (from == "email" && to == "ldap") {
        rooms.sign_in.switch_to_directory(request);
    } else if (from == "ldap" && to == "email") {
        rooms.sign_in.switch_from_directory(request);
    } else if (is_from_provider && to == "email") {
        require(call.actor.signed_in(), Fault::unauthenticated, "api.context.session_expired.app_error",
                "Invalid or expired session, please login again.");
        rooms.sign_in.switch_from_provider(call.actor, from, request);
    } else {
        throw bad_body(from == "email" || is_from_provider || from == "ldap" ? "new_service"
                                                                             : "current_service");
    }
    return link_reply("/login?extra=signin_change");
}

}  // namespace

void add_account_switch_routes(Router& routes, const SwitchRooms& rooms) {
    routes
        .post("/users/login/switch", anyone(),
              [rooms](Call& call, SwitchFields fields) { return switch_account(call, fields, rooms); })
        .on(Lane::password);
    // Whoever decides how somebody signs in can become them, so it takes more than editing others.
    routes
        .put("/users/{user_id}/auth", on_system(Permission::manage_system),
             [rooms](Call& call, AuthFields body) {
                 return set_auth(call, std::move(body), rooms.saml.admissions);
             })
        .for_people();
}

}  // namespace concordat::web
