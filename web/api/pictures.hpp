// Routes of pictures: of people, teams, and of the brand.
#pragma once
#include "messaging/conversation/pictures.hpp"
#include "web/http/router.hpp"

namespace concordat::web {

// Both must outlive the router.
void add_picture_routes(Router& routes, messaging::Pictures& pictures);

}  // namespace concordat::web
