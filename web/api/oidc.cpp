#include "web/api/oidc.hpp"

#include <algorithm>

#include "core/base/clock.hpp"
#include "core/config/live.hpp"
#include "identity/oidc/oidc_sign_in.hpp"
#include "identity/oidc/providers.hpp"
#include "identity/signin/sign_in_codes.hpp"
#include "web/api/login.hpp"
#include "web/api/single_sign_on.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

constexpr const char* services[] = {"openid", "gitlab", "google", "office365"};

// The service that the address names. Throws Error not_found.
std::string service_in(const Call& call) {
    const auto& name = call.path_value("service");
    require(std::find(std::begin(services), std::end(services), name) != std::end(services), Fault::not_found,
            "api.context.404.app_error", "There is no such provider.");
    return name;
}

struct DescriptionWanted {
    std::string address;
};
BOOST_DESCRIBE_STRUCT(DescriptionWanted, (), (address))

// For whoever sets it up: why it fails is in the sentence, and not in the log only.
identity::OidcLook look_at(const std::string& service, const std::string& address, const OidcRooms& rooms) {
    try {
        return rooms.sign_in.providers().look(service, address, wall_clock());
    } catch (const Error& e) {
        if (e.fault() != Fault::unavailable) throw;
        throw Error(Fault::invalid, "oidc.look",
                    "This provider cannot be used: " + (e.detail().empty() ? e.text() : e.detail()));
    }
}

Reply begin_at(const std::string& service, const Call& call, const OidcRooms& rooms, bool is_mobile) {
    const auto settings = rooms.settings.current();
    const auto& head = call.head;
    try {
        const auto started =
            rooms.sign_in.start(service, head.query_value("provider"), intent_in(head, *settings, is_mobile),
                                sso_cookie(head, oidc_cookie), head.query_value("login_hint"));
        auto reply = redirect_reply(started.location);
        reply.set("Set-Cookie", sso_cookie_line(head, oidc_cookie, started.browser));
        return reply;
    } catch (const Error& e) {
        return sso_error_page(*settings, head, e);
    }
}

// `fields` is the query, or the form that brings a code of the second factor.
Reply finish_at(const std::string& service, const Call& call, const Head& fields, const OidcRooms& rooms) {
    const auto settings = rooms.settings.current();
    identity::OidcArrival arrival;
    arrival.service = service;
    arrival.code = fields.query_value("code");
    arrival.state = fields.query_value("state");
    arrival.error = fields.query_value("error");
    arrival.browser = sso_cookie(call.head, oidc_cookie);
    arrival.attempt.id = call.head.request_id;
    arrival.attempt.device = device_of(call, {});
    arrival.attempt.device.props["isOAuthUser"] = "true";
    try {
        take_factor(fields, arrival.attempt);
        const auto arrived = rooms.sign_in.finish(arrival);
        return sso_arrival(*settings, call.head, arrived.admitted, arrived.intent, rooms.codes);
    } catch (const Error& e) {
        if (identity::asks_for_code(e))
            return sso_factor_page(*settings, call.head, e, "/signup/" + service + "/complete",
                                   {{"state", arrival.state}}, rooms.passkeys);
        return sso_error_page(*settings, call.head, e);
    }
}

}  // namespace

// On the lane of most requests: a provider that is slow must not take the threads that passwords have.
void add_oidc_routes(Router& routes, const OidcRooms& rooms) {
    routes
        .post("/concordat/oidc/{service}/look", on_system(Permission::sysconsole_write_authentication_openid),
              [rooms](Call& call, DescriptionWanted body) {
                  return look_at(service_in(call), body.address, rooms);
              })
        .on(Lane::bulk);
    const auto begin = [rooms](Call& call) { return begin_at(service_in(call), call, rooms, false); };
    const auto begin_mobile = [rooms](Call& call) { return begin_at(service_in(call), call, rooms, true); };
    const auto finish = [rooms](Call& call) { return finish_at(service_in(call), call, call.head, rooms); };
    routes.get("//oauth/{service}/login", anyone(), begin);
    routes.get("//oauth/{service}/signup", anyone(), begin);
    routes.get("//oauth/{service}/mobile_login", anyone(), begin_mobile);
    // Where providers may have been told to come back to, by the versions of the API.
    routes.get("//signup/{service}/complete", anyone(), finish);
    routes.get("//login/{service}/complete", anyone(), finish);
    routes.get("//oauth/{service}/complete", anyone(), finish);
    routes.get("//api/v3/oauth/{service}/complete", anyone(), finish);
    routes
        .post("//signup/{service}/complete", anyone(),
              [rooms](Call& call) {
                  Head form;
                  form.query = call.body;
                  return finish_at(service_in(call), call, form, rooms);
              })
        .trusting();
}

}  // namespace concordat::web
