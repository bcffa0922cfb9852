// Routes of sidebar categories.
#pragma once

namespace concordat::messaging {
class Sidebar;
}

namespace concordat::web {

class Router;
void add_sidebar_routes(Router& routes, messaging::Sidebar& sidebar);

}  // namespace concordat::web
