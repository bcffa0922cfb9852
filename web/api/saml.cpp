#include "web/api/saml.hpp"

#include <algorithm>

#include "core/base/markup.hpp"
#include "core/config/live.hpp"
#include "identity/account/accounts.hpp"
#include "identity/saml/saml_sign_in.hpp"
#include "identity/signin/sign_in_codes.hpp"
#include "web/api/cookies.hpp"
#include "web/api/login.hpp"
#include "web/api/page.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

using identity::SamlIntent;

constexpr std::size_t longest_address = 2048, longest_token = 128;  // bytes

// With https the browser keeps others from planting it. It comes back with a form of the provider's page, so
// it cannot be for this site only.
std::string browser_cookie_name(const Head& head) {
    return came_by_https(head) ? "__Host-concordat-saml" : "concordat-saml";
}
std::string browser_cookie(const Head& head, const std::string& value) {
    return browser_cookie_name(head) + "=" + value + "; Path=/; Max-Age=600; HttpOnly" +
           (came_by_https(head) ? "; Secure; SameSite=None" : "");
}

bool is_plain(const std::string& text) {
    return std::none_of(text.begin(), text.end(),
                        [](unsigned char c) { return c <= ' ' || c == 0x7f || c == '\\' || c == '"'; });
}

// A path of this site, from a path or an address of it; "" for whatever leads elsewhere.
std::string path_here(const std::string& address, const Settings& settings) {
    auto path = address;
    if (const auto& site = settings.ServiceSettings.SiteURL; !site.empty() && path.starts_with(site + "/"))
        path.erase(0, site.size());
    const bool is_path = path.starts_with('/') && !path.starts_with("//");
    return is_path && is_plain(path) && path.size() <= longest_address ? path : std::string();
}

bool is_of_application(const std::string& address, const Settings& settings) {
    const auto& schemes = settings.NativeAppSettings.AppCustomURLSchemes;
    return is_plain(address) && address.size() <= longest_address &&
           std::any_of(schemes.begin(), schemes.end(), [&](const auto& scheme) {
               return scheme.find("://") != std::string::npos && address.starts_with(scheme);
           });
}

SamlIntent intent_in(const Head& head, const Settings& settings) {
    SamlIntent intent;
    intent.is_mobile = head.query_value("action") == "mobile";
    const auto redirect_to = head.query_value("redirect_to");
    if (intent.is_mobile) {
        require(is_of_application(redirect_to, settings), Fault::invalid,
                "api.invalid_custom_url_scheme.app_error",
                "The address of the application is not one of NativeAppSettings.AppCustomURLSchemes.");
        intent.redirect_to = redirect_to;
    } else if (!redirect_to.empty()) {
        intent.redirect_to = path_here(redirect_to, settings);
        require(!intent.redirect_to.empty(), Fault::invalid, "api.invalid_redirect_url.app_error",
                "The address to go to afterwards is not of this site.");
    }
    intent.desktop_token = head.query_value("desktop_token");
    intent.challenge = head.query_value("code_challenge");
    intent.state = head.query_value("state");
    const auto method = head.query_value("code_challenge_method");
    require(is_plain(intent.desktop_token + intent.challenge + intent.state) &&
                std::max({intent.desktop_token.size(), intent.challenge.size(), intent.state.size()}) <=
                    longest_token &&
                (intent.challenge.empty() || method.empty() || method == "S256"),
            Fault::invalid, "api.context.invalid_url_param.app_error",
            "A value of the application is too long, or its code_challenge_method is not S256.");
    return intent;
}

int status_of_page(const Error& error) {
    switch (error.fault()) {
        case Fault::unauthenticated:
            return 401;
        case Fault::not_found:
            return 404;
        case Fault::too_large:
            return 413;
        case Fault::unsupported:
            return 501;
        case Fault::unavailable:
            return 503;
        default:
            return 400;
    }
}

std::string attempt_line(const Head& head) {
    return "Number of this attempt: <code>" + escaped_markup(head.request_id) + "</code>";
}

Reply error_page(const Settings& settings, const Head& head, const Error& error) {
    Page page;
    page.body = "<h2>You are not signed in</h2>\n<p>" + escaped_markup(error.text()) + "</p>\n<p><a href=\"" +
                escaped_markup(site_path(settings)) + "/login\">Back to the sign-in page</a></p>\n";
    page.footer = attempt_line(head);
    auto reply = page_reply(settings, page);
    reply.status = status_of_page(error);
    return reply;
}

bool asks_for_code(const Error& error) {
    return error.id() == "mfa.validate_token.authenticate.app_error" ||
           error.id() == "api.user.check_user_mfa.bad_code.app_error";
}

// The provider's answer goes round once more, with a code.
Reply code_page(const Settings& settings, const Head& head, const Head& form, const Error& error) {
    auto hidden = [&](const char* name) {
        return "<input type=\"hidden\" name=\"" + std::string(name) + "\" value=\"" +
               escaped_markup(form.query_value(name)) + "\">\n";
    };
    Page page;
    page.has_form = true;
    page.body =
        "<h2>Second factor</h2>\n<form method=\"post\" action=\"" + escaped_markup(site_path(settings)) +
        "/login/sso/saml\">\n" + hidden("SAMLResponse") + hidden("RelayState") +
        "<p><label>Code of your authenticator, or a recovery code<br>\n<input name=\"code\" required "
        "autofocus "
        "autocomplete=\"one-time-code\" maxlength=\"64\"></label></p>\n<p><button>Sign in</button></p>\n"
        "</form>\n";
    if (error.id() == "api.user.check_user_mfa.bad_code.app_error")
        page.body += "<p>That code does not fit, or was used before.</p>\n";
    page.footer = attempt_line(head);
    auto reply = page_reply(settings, page);
    reply.status = 401;
    return reply;
}

Reply redirect(const std::string& location) {
    Reply reply;
    reply.status = 302;
    reply.content_type.clear();
    reply.set("Location", location);
    reply.set("Cache-Control", "no-store");
    return reply;
}

std::string with_query(const std::string& address, const std::string& query) {
    return address + (address.find('?') == std::string::npos ? "?" : "&") + query;
}

// Browsers go to an application by themselves only from a page.
Reply to_application(const Settings& settings, const std::string& address) {
    Page page;
    page.next = address;
    page.body = "<h2>You are signed in</h2>\n<p><a href=\"" + escaped_markup(address) +
                "\">Go on in the application</a></p>\n";
    return page_reply(settings, page);
}

Reply arrival_reply(const Settings& settings, const Head& head, const identity::SamlAdmitted& arrived,
                    identity::SignInCodes& codes) {
    using identity::saml::url_escaped;
    const auto& [admitted, intent] = arrived;
    const auto site = site_path(settings);
    if (intent.is_mobile && !intent.challenge.empty())
        return to_application(
            settings, with_query(intent.redirect_to,
                                 "login_code=" + codes.for_mobile(admitted, intent.challenge, intent.state)));
    if (intent.is_mobile)
        return to_application(
            settings, with_query(intent.redirect_to,
                                 "MMAUTHTOKEN=" + admitted.session.token +
                                     "&MMCSRF=" + url_escaped(admitted.session.session.props.at("csrf")) +
                                     "&srv=" + url_escaped(settings.ServiceSettings.SiteURL)));
    if (!intent.desktop_token.empty())
        return redirect(site + "/login/desktop?client_token=" + url_escaped(intent.desktop_token) +
                        "&server_token=" + codes.for_desktop(admitted));
    auto reply = redirect(site + (intent.redirect_to.empty() ? "/" : intent.redirect_to));
    for (auto& cookie : session_cookies(settings, head, admitted.session))
        reply.set("Set-Cookie", std::move(cookie));
    return reply;
}

Reply begin(const Call& call, const SamlRooms& rooms) {
    const auto settings = rooms.settings.current();
    try {  // people see a page, not JSON
        const auto started =
            rooms.sign_in.start(call.head.query_value("provider"), intent_in(call.head, *settings),
                                call.head.cookie(browser_cookie_name(call.head)));
        auto reply = redirect(started.location);
        reply.set("Set-Cookie", browser_cookie(call.head, started.browser));
        return reply;
    } catch (const Error& e) {
        if (e.fault() == Fault::internal) throw;
        return error_page(*settings, call.head, e);
    }
}

Reply finish(const Call& call, const SamlRooms& rooms) {
    const auto settings = rooms.settings.current();
    Head form;
    form.query = call.body;
    identity::SamlArrival arrival;
    arrival.response = form.query_value("SAMLResponse");
    arrival.relay_state = form.query_value("RelayState");
    arrival.browser = call.head.cookie(browser_cookie_name(call.head));
    arrival.attempt.id = call.head.request_id;
    arrival.attempt.code = form.query_value("code");
    arrival.attempt.device = device_of(call, {});
    arrival.attempt.device.props["isSaml"] = "true";
    try {  // people see a page, not JSON
        return arrival_reply(*settings, call.head, rooms.sign_in.finish(arrival), rooms.codes);
    } catch (const Error& e) {
        if (e.fault() == Fault::internal) throw;
        return asks_for_code(e) ? code_page(*settings, call.head, form, e)
                                : error_page(*settings, call.head, e);
    }
}

// Of the form that brings a message: base64, its signs escaped, and fields besides.
std::uint64_t most_form_bytes(const identity::SamlProviders& providers) {
    std::int64_t most = 0;
    for (const auto& provider : providers.all())
        if (provider->is_enabled()) most = std::max(most, provider->section()->MaximumMessageBytes);
    return static_cast<std::uint64_t>(most) * 2 + 8192;
}

}  // namespace

void add_saml_routes(Router& routes, const SamlRooms& rooms) {
    routes.get("//login/sso/saml", anyone(), [rooms](Call& call) { return begin(call, rooms); })
        .on(Lane::password);
    routes.post("//login/sso/saml", anyone(), [rooms](Call& call) { return finish(call, rooms); })
        .on(Lane::password)
        .trusting()
        .limit([rooms] { return most_form_bytes(rooms.providers); });
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
