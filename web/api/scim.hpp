// Routes of SCIM 2.0, below /scim/v2 (RFC 7644): Users, ServiceProviderConfig, ResourceTypes, Schemas.
//
// A call carries its client's token as "Authorization: Bearer ...". Bodies and errors are
// application/scim+json, errors as in section 3.12. 404 while ConcordatSettings.EnableScim is false.
#pragma once

namespace concordat {
class LiveSettings;
namespace identity {
class Provisioning;
}
}  // namespace concordat

namespace concordat::web {

class Router;
void add_scim_routes(Router& routes, identity::Provisioning& provisioning, const LiveSettings& settings);

}  // namespace concordat::web
