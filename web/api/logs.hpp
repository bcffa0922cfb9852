// Routes that read the operator's log: its newest lines, of this node, kept in memory
// (core/base/recent_log.hpp).
#pragma once

namespace concordat::web {

class Router;
void add_log_routes(Router& routes);

}  // namespace concordat::web
