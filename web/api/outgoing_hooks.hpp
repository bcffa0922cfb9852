// Routes of outgoing webhooks, below /hooks/outgoing.
#pragma once

namespace concordat::messaging {
class OutgoingHooks;
}

namespace concordat::web {

class Router;
void add_outgoing_hook_routes(Router& routes, messaging::OutgoingHooks& hooks);

}  // namespace concordat::web
