// All SAML providers of this node: that of SamlSettings, and one for each file of
// ConcordatSettings.SamlProviderFiles, JSON with the same keys; the file's name without ".json" is its name.
//
// Thread-safe. The main settings are taken anew for each question, files of settings once, when this is made.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>
#include "core/config/live.hpp"
#include "identity/saml/provider.hpp"

namespace concordat::identity {

class SamlProviders {
public:
    // All must outlive this object. Throws Error invalid, saml.settings, with a sentence that names the file
    // that cannot be used.
    SamlProviders(const LiveSettings& settings, MessageReaders& readers, MetadataAddresses& addresses);

    // That of SamlSettings first.
    const std::vector<std::unique_ptr<SamlProvider>>& all() const { return all_; }
    // Throws Error not_found, saml.provider.
    SamlProvider& named(const std::string& name) const;
    bool has_enabled() const;

    // The least number of days that a certificate in use is valid for, negative when one has ended; none when
    // no provider is enabled.
    std::optional<double> least_days(Millis now) const;
    // Names those that end within 30 days, or have ended, in the log.
    void warn_of_certificates(Millis now) const;

private:
    std::vector<std::unique_ptr<SamlProvider>> all_;
};

}  // namespace concordat::identity
