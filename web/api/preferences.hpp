// Routes of preferences.
#pragma once

namespace concordat::messaging {
class Preferences;
}

namespace concordat::web {

class Router;
void add_preference_routes(Router& routes, messaging::Preferences& preferences);

}  // namespace concordat::web
