// Routes of partner organisations and of the channels shared with them: what clients know as remote clusters
// and secure connections, below /remotecluster and /sharedchannels. Check numbers, which clients do not
// know, are below /concordat/federation.
#pragma once
#include "core/config/live.hpp"

namespace concordat::federation {
class Partners;
class Shares;
}  // namespace concordat::federation
namespace concordat::identity {
class Gate;
class People;
}  // namespace concordat::identity

namespace concordat::web {

class Router;
// All must outlive the router.
void add_partner_routes(Router& routes, federation::Partners& partners, federation::Shares& shares,
                        identity::Gate& gate, identity::People& people, const LiveSettings& settings);

}  // namespace concordat::web
