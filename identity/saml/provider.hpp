// One SAML 2.0 identity provider, as this node is configured for it.
//
// Its description comes from IdpMetadataFile, from IdpMetadataURL (as last fetched: metadata_refresh.hpp), or
// from IdpURL, IdpDescriptorURL and IdpCertificateFile. Files are read again when they change, so a
// provider's new certificate needs no restart. A provider that cannot be used says why in problems(); nobody
// signs in with it then.
//
// Thread-safe; calls may block on files, and on a process that reads metadata.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>
#include "core/config/settings.hpp"
#include "identity/decision/decisions.hpp"
#include "identity/saml/message_readers.hpp"
#include "identity/saml/metadata_addresses.hpp"
#include "identity/saml_message/findings.hpp"
#include "identity/saml_message/messages.hpp"

namespace concordat::identity {

// What is in force at one moment.
struct SamlProviderState {
    std::shared_ptr<const SamlSection> section;
    saml::ProviderFacts facts;
    saml::ServiceFacts us;
    std::string key;                                   // ours, PEM; "" when there is none
    std::vector<saml::CertificateFacts> certificates;  // the provider's, and ours at the end
    Millis valid_until = 0;                            // of the metadata; 0: not said
    std::vector<std::string> problems;  // sentences for an administrator; empty: it can be used

    saml::Signing signing() const;
};

// What the rules for a message saw becomes part of the decision.
void take_over(const saml::Findings& findings, Trail& trail);

class SamlProvider {
public:
    // The section, and the address of the site without a final slash.
    struct Configured {
        std::shared_ptr<const SamlSection> section;
        std::string site_url;
    };
    using Source = std::function<Configured()>;

    // The last two must outlive this object.
    SamlProvider(std::string name, Source source, MessageReaders& readers, MetadataAddresses& addresses)
        : name_(std::move(name)), source_(std::move(source)), readers_(readers), addresses_(addresses) {}

    const std::string& name() const { return name_; }
    bool is_enabled() const { return section()->Enable; }
    std::shared_ptr<const SamlSection> section() const { return source_().section; }
    std::shared_ptr<const SamlProviderState> state();
    // What it would be if this were what its address answers.
    std::shared_ptr<const SamlProviderState> seen_with(const std::string& metadata);
    // The same as state(), or an Error: unsupported api.user.saml.not_available.app_error when it is not
    // enabled; unavailable saml.settings when it cannot be used.
    std::shared_ptr<const SamlProviderState> ready();

private:
    using Stamps = std::map<std::string, std::string>;
    std::shared_ptr<const SamlProviderState> load(const Configured& configured, const std::string& fetched);

    const std::string name_;
    const Source source_;
    MessageReaders& readers_;
    MetadataAddresses& addresses_;
    std::mutex mutex_;  // guards the next three
    Configured loaded_from_;
    Stamps stamps_;
    std::shared_ptr<const SamlProviderState> state_;
};

}  // namespace concordat::identity
