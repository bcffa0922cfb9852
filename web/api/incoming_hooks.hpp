// Routes of incoming webhooks: below /hooks/incoming, and /hooks/ID of the site, where programs post.
#pragma once

namespace concordat::messaging {
class IncomingHooks;
}

namespace concordat::web {

class Router;
void add_incoming_hook_routes(Router& routes, messaging::IncomingHooks& hooks);

}  // namespace concordat::web
