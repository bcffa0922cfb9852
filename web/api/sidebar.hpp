// Routes of sidebar categories. They are for who may view the team.
#pragma once

namespace concordat::identity {
class Gate;
}
namespace concordat::messaging {
class Sidebar;
}

namespace concordat::web {

class Router;
void add_sidebar_routes(Router& routes, messaging::Sidebar& sidebar, identity::Gate& gate);

}  // namespace concordat::web
