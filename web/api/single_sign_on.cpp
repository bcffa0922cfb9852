#include "web/api/single_sign_on.hpp"

#include <algorithm>

#include "core/base/json.hpp"
#include "core/base/markup.hpp"
#include "core/base/url_escape.hpp"
#include "core/config/settings.hpp"
#include "identity/mfa/passkeys.hpp"
#include "identity/signin/sign_in.hpp"
#include "identity/signin/sign_in_codes.hpp"
#include "web/api/cookies.hpp"
#include "web/api/page.hpp"

namespace concordat::web {
namespace {

using identity::SignInIntent;

constexpr std::size_t longest_address = 2048, longest_token = 128;  // bytes

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

std::string attempt_line(const Head& head) {
    return "Number of this attempt: <code>" + escaped_markup(head.request_id) + "</code>";
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

// The button does what it says; without a browser that knows passkeys it is not there.
constexpr std::string_view passkey_script = R"(
const button = document.getElementById('show');
const bytes = (text) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
  .replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
if ('PublicKeyCredential' in window) button.hidden = false;
button.addEventListener('click', async () => {
  try {
    const options = JSON.parse(button.dataset.options);
    options.challenge = bytes(options.challenge);
    for (const each of options.allowCredentials) each.id = bytes(each.id);
    const shown = await navigator.credentials.get({ publicKey: options });
    const { clientDataJSON, authenticatorData, signature, userHandle } = shown.response;
    const response = { clientDataJSON: text(clientDataJSON), authenticatorData: text(authenticatorData), signature: text(signature) };
    if (userHandle) response.userHandle = text(userHandle);
    button.form.elements.namedItem('passkey').value = JSON.stringify({ id: shown.id, type: shown.type, response });
    button.form.submit();
  } catch {
    document.getElementById('refusal').hidden = false;
  }
});
)";

// "" when the person has no passkey that works here, or nobody knows yet who it is.
std::string passkey_options(const Error& error, const Head& head, identity::Passkeys& passkeys) {
    const auto* wanted = dynamic_cast<const identity::FactorWanted*>(&error);
    if (!wanted) return {};
    const auto options =
        passkeys.ask(wanted->user_id, identity::PasskeyPurpose::second_factor, head.remote_address);
    return options ? json_text(*options) : std::string();
}

}  // namespace

int sso_status(const Error& error) {
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

// With https the browser keeps others from planting it. It comes back with a form of the provider's page, so
// it cannot be for this site only.
std::string sso_cookie(const Head& head, const std::string& name) {
    return head.cookie(came_by_https(head) ? "__Host-" + name : name);
}

std::string sso_cookie_line(const Head& head, const std::string& name, const std::string& value) {
    const bool is_https = came_by_https(head);
    return (is_https ? "__Host-" : "") + name + "=" + value + "; Path=/; Max-Age=600; HttpOnly" +
           (is_https ? "; Secure; SameSite=None" : "");
}

SignInIntent intent_in(const Head& head, const Settings& settings, bool is_mobile) {
    SignInIntent intent;
    intent.is_mobile = is_mobile;
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

Reply sso_error_page(const Settings& settings, const Head& head, const Error& error) {
    if (error.fault() == Fault::internal) throw Error(error);
    Page page;
    page.body = "<h2>You are not signed in</h2>\n<p>" + escaped_markup(error.text()) + "</p>\n<p><a href=\"" +
                escaped_markup(site_path(settings)) + "/login\">Back to the sign-in page</a></p>\n";
    page.footer = attempt_line(head);
    auto reply = page_reply(settings, page);
    reply.status = sso_status(error);
    return reply;
}

void take_factor(const Head& form, identity::SignInAttempt& attempt) {
    attempt.code = form.query_value("factor");
    if (const auto passkey = form.query_value("passkey"); !passkey.empty())
        attempt.passkey = parse_json<identity::AssertionAnswer>(passkey, "passkey");
}

Reply sso_factor_page(const Settings& settings, const Head& head, const Error& error, const std::string& path,
                      const std::vector<std::pair<const char*, std::string>>& hidden,
                      identity::Passkeys& passkeys) {
    const auto options = passkey_options(error, head, passkeys);
    Page page;
    page.has_form = true;
    page.body = "<h2>Second factor</h2>\n<form method=\"post\" action=\"" +
                escaped_markup(site_path(settings) + path) + "\">\n";
    for (const auto& [name, value] : hidden)
        page.body += "<input type=\"hidden\" name=\"" + std::string(name) + "\" value=\"" +
                     escaped_markup(value) + "\">\n";
    page.body +=
        "<p><label>Code of your authenticator, or a recovery code<br>\n<input name=\"factor\" required "
        "autofocus autocomplete=\"one-time-code\" maxlength=\"64\"></label></p>\n<p><button>Sign "
        "in</button></p>\n";
    if (!options.empty()) {
        page.body +=
            "<input type=\"hidden\" name=\"passkey\" value=\"\">\n<p><button type=\"button\" id=\"show\" "
            "hidden "
            "data-options=\"" +
            escaped_markup(options) +
            "\">Use a passkey</button></p>\n<p id=\"refusal\" role=\"alert\" hidden>The browser did not give "
            "a "
            "passkey.</p>\n";
        page.script = passkey_script;
    }
    page.body += "</form>\n";
    if (error.id() == "api.user.check_user_mfa.bad_code.app_error")
        page.body += "<p>That code or passkey does not fit, or was used before.</p>\n";
    page.footer = attempt_line(head);
    auto reply = page_reply(settings, page);
    reply.status = 401;
    return reply;
}

Reply redirect_reply(const std::string& location) {
    Reply reply;
    reply.status = 302;
    reply.content_type.clear();
    reply.set("Location", location);
    reply.set("Cache-Control", "no-store");
    return reply;
}

Reply sso_arrival(const Settings& settings, const Head& head, const identity::Admitted& admitted,
                  const SignInIntent& intent, identity::SignInCodes& codes) {
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
        return redirect_reply(site + "/login/desktop?client_token=" + url_escaped(intent.desktop_token) +
                              "&server_token=" + codes.for_desktop(admitted));
    auto reply = redirect_reply(site + (intent.redirect_to.empty() ? "/" : intent.redirect_to));
    for (auto& cookie : session_cookies(settings, head, admitted.session))
        reply.set("Set-Cookie", std::move(cookie));
    return reply;
}

}  // namespace concordat::web
