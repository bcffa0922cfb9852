// Routes of sign-in by OpenID Connect, as official clients know them; {service} is openid, gitlab, google or
// office365.
//
//   GET  /oauth/{service}/login          sends the browser to the provider; query: redirect_to, login_hint,
//                                        desktop_token, and provider=NAME for one of OpenIdProviderFiles
//   GET  /oauth/{service}/signup         the same
//   GET  /oauth/{service}/mobile_login   for a mobile application: redirect_to, state, and code_challenge
//   with
//                                        its method, S256
//   GET  /signup/{service}/complete      takes its answer (code, state, error); then to redirect_to, to the
//        /login/{service}/complete       application, or a page that says what is wrong and the number of the
//        /oauth/{service}/complete       attempt, or asks for the second factor
//   POST /signup/{service}/complete      that code: the form's state, and factor or passkey
//
//   POST concordat/oidc/{service}/look   {"address"}: what the provider described there says of itself, how
//   many
//                                        keys it shows, and the address to register; changes nothing. Errors:
//                                        invalid oidc.look, with the reason
//
// The first of the addresses that end in "complete" is what is registered at the provider.
#pragma once

namespace concordat {
class LiveSettings;
namespace identity {
class OidcSignIn;
class Passkeys;
class SignInCodes;
}  // namespace identity
}  // namespace concordat

namespace concordat::web {

class Router;

// All must outlive the router.
struct OidcRooms {
    identity::OidcSignIn& sign_in;
    identity::SignInCodes& codes;
    identity::Passkeys& passkeys;
    const LiveSettings& settings;
};
void add_oidc_routes(Router& routes, const OidcRooms& rooms);

}  // namespace concordat::web
