// Routes of interactive messages: buttons and menus, and dialogs.
#pragma once

namespace concordat::messaging {
class Actions;
class Dialogs;
}  // namespace concordat::messaging

namespace concordat::web {

class Router;
void add_action_routes(Router& routes, messaging::Actions& actions, messaging::Dialogs& dialogs);

}  // namespace concordat::web
