#include "web/api/saml.hpp"

#include <algorithm>

#include "core/config/live.hpp"
#include "identity/account/accounts.hpp"
#include "identity/saml/saml_sign_in.hpp"
#include "identity/signin/sign_in_codes.hpp"
#include "web/api/login.hpp"
#include "web/api/single_sign_on.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

Reply begin(const Call& call, const SamlRooms& rooms) {
    const auto settings = rooms.settings.current();
    try {
        const bool is_mobile = call.head.query_value("action") == "mobile";
        const auto started =
            rooms.sign_in.start(call.head.query_value("provider"), intent_in(call.head, *settings, is_mobile),
                                sso_cookie(call.head, saml_cookie));
        auto reply = redirect_reply(started.location);
        reply.set("Set-Cookie", sso_cookie_line(call.head, saml_cookie, started.browser));
        return reply;
    } catch (const Error& e) {
        return sso_error_page(*settings, call.head, e);
    }
}

Reply finish(const Call& call, const SamlRooms& rooms) {
    const auto settings = rooms.settings.current();
    Head form;
    form.query = call.body;
    identity::SamlArrival arrival;
    arrival.response = form.query_value("SAMLResponse");
    arrival.relay_state = form.query_value("RelayState");
    arrival.browser = sso_cookie(call.head, saml_cookie);
    arrival.attempt.id = call.head.request_id;
    arrival.attempt.device = device_of(call, {});
    arrival.attempt.device.props["isSaml"] = "true";
    try {
        take_factor(form, arrival.attempt);
        const auto arrived = rooms.sign_in.finish(arrival);
        return sso_arrival(*settings, call.head, arrived.admitted, arrived.intent, rooms.codes);
    } catch (const Error& e) {
        // The provider's answer goes round once more, with a code.
        if (identity::asks_for_code(e))
            return sso_factor_page(*settings, call.head, e, "/login/sso/saml",
                                   {{"SAMLResponse", arrival.response}, {"RelayState", arrival.relay_state}},
                                   rooms.passkeys);
        return sso_error_page(*settings, call.head, e);
    }
}

}  // namespace

std::uint64_t most_saml_form(const identity::SamlProviders& providers) {
    std::int64_t most = 0;
    for (const auto& provider : providers.all())
        if (provider->is_enabled()) most = std::max(most, provider->section()->MaximumMessageBytes);
    return static_cast<std::uint64_t>(most) * 2 + 8192;
}

void add_saml_routes(Router& routes, const SamlRooms& rooms) {
    routes.get("//login/sso/saml", anyone(), [rooms](Call& call) { return begin(call, rooms); })
        .on(Lane::password);
    routes.post("//login/sso/saml", anyone(), [rooms](Call& call) { return finish(call, rooms); })
        .on(Lane::password)
        .trusting()
        .limit([rooms] { return most_saml_form(rooms.providers); });
    routes.get("/saml/metadata", anyone(), [rooms](Call& call) {
        const auto state = rooms.providers.named(call.head.query_value("provider")).ready();
        Reply reply;
        reply.content_type = "application/samlmetadata+xml";
        reply.set("Content-Disposition", "attachment; filename=\"saml-metadata.xml\"");
        reply.body = identity::saml::service_metadata(state->us);
        return reply;
    });
}

}  // namespace concordat::web
