// Changing how an account signs in, by the person:
//
//   POST users/login/switch   {"current_service", "new_service", "email", "password", "mfa_code", "ldap_id",
//                             "new_password"}: {"follow_link"}, where the browser goes next
//
// "email" is a password of the account's own, "ldap" a directory; the others are providers. From a password
// to a provider the link leads to the provider, and the change is made when the person has signed in there,
// in the browser that asked. From a provider to a password the caller is signed in.
#pragma once
#include "web/api/oidc.hpp"
#include "web/api/saml.hpp"

namespace concordat::identity {
class SignIn;
}

namespace concordat::web {

class Router;

// All must outlive the router.
struct SwitchRooms {
    identity::SignIn& sign_in;
    SamlRooms saml;
    OidcRooms oidc;
};
void add_account_switch_routes(Router& routes, const SwitchRooms& rooms);

}  // namespace concordat::web
