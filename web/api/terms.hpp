// Routes of terms of service.
#pragma once

namespace concordat::identity {
class Terms;
}

namespace concordat::web {

class Router;
void add_terms_routes(Router& routes, identity::Terms& terms);

}  // namespace concordat::web
