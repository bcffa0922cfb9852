// What sign-in through a provider has in common, whatever the protocol: the cookie that binds it to a
// browser, where the person goes afterwards, and the pages that a person sees in between.
//
// People who come from a provider are shown pages, not JSON; each names the number of the attempt, under
// which an administrator finds what happened.
#pragma once
#include <string>
#include <utility>
#include <vector>
#include "core/base/error.hpp"
#include "identity/signin/intent.hpp"
#include "web/http/call.hpp"

namespace concordat {
struct Settings;
namespace identity {
struct Admitted;
struct SignInAttempt;
class Passkeys;
class SignInCodes;
}  // namespace identity
}  // namespace concordat

namespace concordat::web {

inline constexpr const char *saml_cookie = "concordat-saml", *oidc_cookie = "concordat-oidc";

// `name` is that of a browser without https.
std::string sso_cookie(const Head& head, const std::string& name);
std::string sso_cookie_line(const Head& head, const std::string& name, const std::string& value);

// From the query of a sign-in that begins: action=mobile, redirect_to, desktop_token, and state,
// code_challenge, code_challenge_method of mobile applications. Throws Error invalid for an address that is
// neither here nor one of NativeAppSettings.AppCustomURLSchemes, and for what is too long.
identity::SignInIntent intent_in(const Head& head, const Settings& settings, bool is_mobile);

Reply redirect_reply(const std::string& location);
// Of a page that tells of the error.
int sso_status(const Error& error);
// Throws an internal error again.
Reply sso_error_page(const Settings& settings, const Head& head, const Error& error);
// Asks for the second factor that `error` wants: a code, or one of the person's passkeys. It goes to `path`
// as factor or passkey, with the `hidden` fields.
Reply sso_factor_page(const Settings& settings, const Head& head, const Error& error, const std::string& path,
                      const std::vector<std::pair<const char*, std::string>>& hidden,
                      identity::Passkeys& passkeys);
// Takes what the form of that page brought.
void take_factor(const Head& form, identity::SignInAttempt& attempt);
// On to where the person wanted to go, with a session or with what an application redeems for one.
Reply sso_arrival(const Settings& settings, const Head& head, const identity::Admitted& admitted,
                  const identity::SignInIntent& intent, identity::SignInCodes& codes);

}  // namespace concordat::web
