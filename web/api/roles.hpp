// Routes of roles: clients show and hide by what the roles of a person allow.
#pragma once

namespace concordat::identity {
class Roles;
}

namespace concordat::web {

class Router;
void add_role_routes(Router& routes, identity::Roles& roles);

}  // namespace concordat::web
