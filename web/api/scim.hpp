// Routes of SCIM 2.0, below /scim/v2 (RFC 7644): Users, Groups, ServiceProviderConfig, ResourceTypes,
// Schemas.
//
// A call carries its client's token as "Authorization: Bearer ...". Bodies and errors are
// application/scim+json, errors as in section 3.12. 404 while ConcordatSettings.EnableScim is false.
#pragma once

namespace concordat {
class LiveSettings;
namespace identity {
class Provisioning;
}
namespace messaging {
class ProvisionedGroups;
}
}  // namespace concordat

namespace concordat::web {

class Router;
// All must outlive the router.
void add_scim_routes(Router& routes, identity::Provisioning& provisioning, const LiveSettings& settings);
// Groups. `attributes` and `excludedAttributes` say whether members are shown.
void add_scim_group_routes(Router& routes, identity::Provisioning& provisioning,
                           messaging::ProvisionedGroups& groups, const LiveSettings& settings);

}  // namespace concordat::web
