// Routes of signing up, signing in and signing out.
#pragma once
#include <functional>
#include <string_view>

namespace concordat {
class LiveSettings;
namespace identity {
class Accounts;
class People;
class Sessions;
class SignIn;
}  // namespace identity
namespace messaging {
class Invitations;
class TeamMembers;
}  // namespace messaging
}  // namespace concordat

namespace concordat::web {

class Router;
void add_login_routes(Router& routes, identity::SignIn& sign_in, identity::Accounts& accounts,
                      identity::Sessions& sessions, const LiveSettings& settings);

// Whether this is the code that the operator was shown at the first start. Called only while there is no
// account.
using SetupCodeCheck = std::function<bool(std::string_view code)>;
// POST users: the first account from this machine or with the set-up code, others by administrators, by an
// invitation to a team (its link, or one sent by mail), or by anybody on an open server.
void add_sign_up_routes(Router& routes, identity::Accounts& accounts, identity::People& people,
                        messaging::TeamMembers& members, messaging::Invitations& invitations,
                        SetupCodeCheck is_setup_code);

}  // namespace concordat::web
