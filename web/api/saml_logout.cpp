#include <algorithm>

#include "core/base/markup.hpp"
#include "core/config/live.hpp"
#include "identity/saml/saml_sign_out.hpp"
#include "web/api/cookies.hpp"
#include "web/api/page.hpp"
#include "web/api/saml.hpp"
#include "web/api/single_sign_on.hpp"
#include "web/http/percent.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

// The parameter as it stands in the query, not decoded: that is what a signature covers. Nothing when it is
// absent; a second one is no message of a provider.
std::optional<std::string> as_written(std::string_view query, std::string_view name) {
    std::optional<std::string> out;
    for (std::size_t at = 0; at <= query.size();) {
        const auto end = std::min(query.find('&', at), query.size());
        const auto pair = query.substr(at, end - at);
        at = end + 1;
        if (!pair.starts_with(name) || pair.size() == name.size() || pair[name.size()] != '=') continue;
        require(!out, Fault::invalid, "saml.query", "A parameter stands in the address twice.");
        out = std::string(pair.substr(name.size() + 1));
    }
    return out;
}

// Everything is read from the values as written, so that what is checked is what is signed, however else a
// name may be spelled.
identity::SamlLogoutArrival arrival_in(const Call& call, bool is_by_redirect) {
    const std::string_view text = is_by_redirect ? call.head.query : call.body;
    identity::SamlLogoutArrival arrival;
    arrival.attempt = call.head.request_id;
    arrival.address = call.head.remote_address;
    arrival.is_by_redirect = is_by_redirect;
    arrival.is_request = as_written(text, "SAMLRequest").has_value();
    const auto take = [&](const char* name, bool is_signed) {
        const auto written = as_written(text, name);
        if (!written) return std::string();
        if (is_signed)
            arrival.signed_query +=
                (arrival.signed_query.empty() ? "" : "&") + std::string(name) + "=" + *written;
        return form_decoded(*written);
    };
    arrival.message = take(arrival.is_request ? "SAMLRequest" : "SAMLResponse", true);
    arrival.relay_state = take("RelayState", true);
    arrival.algorithm = take("SigAlg", true);
    arrival.signature = take("Signature", false);
    return arrival;
}

Reply carried(const Settings& settings, const identity::SamlCourier& courier) {
    if (courier.fields.empty()) return redirect_reply(courier.url);
    Page page;
    page.form_leaves = true;
    page.script = "document.forms[0].submit()";
    page.body =
        "<h2>Signing out</h2>\n<form method=\"post\" action=\"" + escaped_markup(courier.url) + "\">\n";
    for (const auto& [name, value] : courier.fields)
        page.body += "<input type=\"hidden\" name=\"" + std::string(name) + "\" value=\"" +
                     escaped_markup(value) + "\">\n";
    page.body += "<p><button>Go on to the identity provider</button></p>\n</form>\n";
    return page_reply(settings, page);
}

Reply told(const Settings& settings, const Head& head, const Error& error) {
    if (error.fault() == Fault::internal) throw Error(error);
    Page page;
    page.body = "<h2>Signing out</h2>\n<p>" + escaped_markup(error.text()) + "</p>\n<p><a href=\"" +
                escaped_markup(site_path(settings)) + "/login\">To the sign-in page</a></p>\n";
    page.footer = "Number of this attempt: <code>" + escaped_markup(head.request_id) + "</code>";
    auto reply = page_reply(settings, page);
    reply.status = sso_status(error);
    return reply;
}

Reply take(const Call& call, const SamlRooms& rooms, bool is_by_redirect) {
    const auto settings = rooms.settings.current();
    try {  // who comes from a provider is shown pages
        const auto ticket = call.head.query_value("ticket");
        if (is_by_redirect && !ticket.empty()) return carried(*settings, rooms.sign_out.request(ticket));
        if (const auto next = rooms.sign_out.take(arrival_in(call, is_by_redirect)))
            return carried(*settings, *next);
        return redirect_reply(site_path(*settings) + "/login");
    } catch (const Error& e) {
        return told(*settings, call.head, e);
    }
}

}  // namespace

void add_saml_logout_routes(Router& routes, const SamlRooms& rooms) {
    routes.get("//login/sso/saml/logout", anyone(), [rooms](Call& call) { return take(call, rooms, true); })
        .on(Lane::password);
    routes.post("//login/sso/saml/logout", anyone(), [rooms](Call& call) { return take(call, rooms, false); })
        .on(Lane::password)
        .trusting()
        .limit([rooms] { return most_saml_form(rooms.providers); });
}

}  // namespace concordat::web
