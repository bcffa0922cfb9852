// Routes of the sessions of an account: listed, ended, tied to a device.
#pragma once

namespace concordat::identity {
class Sessions;
}

namespace concordat::web {

class Router;
void add_session_routes(Router& routes, identity::Sessions& sessions);

}  // namespace concordat::web
