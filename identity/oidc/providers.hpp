// All OpenID Connect providers of this node: those of OpenIdSettings, GitLabSettings, GoogleSettings and
// Office365Settings, each a service of its own, and one of the service "openid" for each file of
// ConcordatSettings.OpenIdProviderFiles, JSON with the keys of OpenIdSettings; the file's name without
// ".json" is its name.
//
// Thread-safe. The main settings are taken anew for each question, files of settings once, when this is made.
#pragma once
#include <memory>
#include <string>
#include <vector>
#include "core/config/live.hpp"
#include "identity/oidc/provider.hpp"

namespace concordat::identity {

class OidcProviders {
public:
    // Both must outlive this object. Throws Error invalid, oidc.settings, with a sentence that names the file
    // that cannot be used.
    OidcProviders(const LiveSettings& settings, const web::OutboundClient& client);

    const std::vector<std::unique_ptr<OidcProvider>>& all() const { return all_; }
    // Throws Error not_found, oidc.provider.
    OidcProvider& named(const std::string& service, const std::string& name) const;
    // Asks the provider that is described at this address; nothing is changed. Errors: not_found
    // oidc.provider for an unknown service; unavailable oidc.unreachable, oidc.description and, for an
    // address that cannot be used, oidc.settings, with the reason in the detail.
    OidcLook look(const std::string& service, const std::string& address, Millis now) const;

private:
    const web::OutboundClient& client_;
    std::vector<std::unique_ptr<OidcProvider>> all_;
};

}  // namespace concordat::identity
