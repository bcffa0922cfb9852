// Operations of this product's own about other organisations: what official clients have no pages for.
// Pairing itself is in partners.hpp.
#pragma once
#include <functional>
#include <string>
#include "core/model/ids.hpp"

namespace concordat {
class LiveSettings;
namespace federation {
class Deliveries;
class Organisation;
class PartnerFiles;
class Partners;
class Shares;
}  // namespace federation
namespace identity {
class Gate;
}
}  // namespace concordat

namespace concordat::web {

class Router;

// How the connection to a partner's node stands.
struct PartnerConnection {
    bool is_up = false;
    Millis since = 0;                     // up, or down; 0: never tried
    std::string trouble;                  // why it is down
    std::int64_t sent = 0, received = 0;  // events, in this session
};
using ConnectionReader = std::function<PartnerConnection(const OrganisationId& partner)>;

void add_federation_routes(Router& routes, federation::Partners& partners, federation::Shares& shares,
                           federation::PartnerFiles& files, federation::Deliveries& deliveries,
                           federation::Organisation& organisation, identity::Gate& gate,
                           const LiveSettings& settings, ConnectionReader connection);

}  // namespace concordat::web
