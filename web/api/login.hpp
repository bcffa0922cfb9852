// Routes of signing up, signing in and signing out.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include "web/http/call.hpp"

namespace concordat {
class LiveSettings;
struct Settings;
namespace identity {
class Accounts;
class Passkeys;
class People;
class SamlSignOut;
class SignIn;
struct Admitted;
struct Device;
}  // namespace identity
namespace messaging {
class Invitations;
class TeamMembers;
}  // namespace messaging
}  // namespace concordat

namespace concordat::web {

class Router;
// What the call says about the device it comes from; `device_id` is that of a mobile application, or "".
identity::Device device_of(const Call& call, std::string device_id);
// The user, the header Token, and cookies for browsers, whose scripts say so; others would only carry them
// around.
Reply signed_in_reply(const Call& call, const identity::Admitted& admitted, identity::Accounts& accounts,
                      const Settings& settings);

// POST users/login as official clients know it. Besides, the answer mfa.validate_token.authenticate.app_error
// has a member "passkey" when the person has some: options of the Web Authentication standard. The same call
// with the answer of the browser as JSON text in "passkey" goes on instead of a code.
// Who signs out is told where their browser goes on to the provider that vouched for them, if it is to hear
// of it: "sign_out_url".
void add_login_routes(Router& routes, identity::SignIn& sign_in, identity::Accounts& accounts,
                      identity::Passkeys& passkeys, identity::SamlSignOut& sign_out,
                      const LiveSettings& settings);

// Whether this is the code that the operator was shown at the first start. Called only while there is no
// account.
using SetupCodeCheck = std::function<bool(std::string_view code)>;
// POST users: the first account from this machine or with the set-up code, others by administrators, by an
// invitation to a team (its link, or one sent by mail), or by anybody on an open server.
void add_sign_up_routes(Router& routes, identity::Accounts& accounts, identity::People& people,
                        messaging::TeamMembers& members, messaging::Invitations& invitations,
                        SetupCodeCheck is_setup_code);

}  // namespace concordat::web
