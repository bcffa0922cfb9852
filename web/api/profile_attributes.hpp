// Routes of attributes that the organisation defines (custom profile attributes).
#pragma once

namespace concordat::identity {
class ProfileAttributes;
}

namespace concordat::web {

class Router;
void add_profile_attribute_routes(Router& routes, identity::ProfileAttributes& attributes);

}  // namespace concordat::web
