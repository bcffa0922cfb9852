#include "core/config/sso_rules.hpp"

namespace concordat {

std::vector<std::string> sso_problems(const SsoSection& section) {
    std::vector<std::string> out;
    if (section.Id.empty()) out.emplace_back("Id: is empty; it is this server's id at the provider");
    if (!section.DiscoveryEndpoint.ends_with(oidc_well_known))
        out.emplace_back(
            "DiscoveryEndpoint: must be the address of the provider's description, which ends with " +
            std::string(oidc_well_known));
    return out;
}

}  // namespace concordat
