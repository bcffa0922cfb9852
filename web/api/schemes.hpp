// Schemes, what roles allow, and the moderation of channels.
//
//   GET, POST schemes; GET, DELETE schemes/{id}; PUT schemes/{id}/patch; GET schemes/{id}/teams, /channels
//   PUT teams/{id}/scheme, channels/{id}/scheme    {"scheme_id"}; "" or null takes it away
//   PUT roles/{id}/patch                           {"permissions": [...]}
//   GET channels/{id}/moderations; PUT channels/{id}/moderations/patch
// Shapes as Mattermost's. Errors: identity/scheme/schemes.hpp.
#pragma once

namespace concordat::identity {
class Schemes;
}

namespace concordat::web {

class Router;

// Both must outlive the router.
void add_scheme_routes(Router& routes, identity::Schemes& schemes);

}  // namespace concordat::web
