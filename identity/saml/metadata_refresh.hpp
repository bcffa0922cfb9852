// Fetches the metadata of providers that are described by an address, now and then, so that a provider's new
// key counts before its old one is gone.
//
// What was fetched replaces what was kept only when a provider can be used with it: it is read, not over, and
// signed by whom IdpMetadataCertificateFile names. A change of what counts, and every new reason for a
// refusal, is a decision. Thread-safe; calls block for as long as a provider may take: never on the timetable
// of everything else.
#pragma once
#include <map>
#include <mutex>
#include <string>
#include <vector>
#include "identity/decision/decisions.hpp"
#include "identity/saml/metadata_addresses.hpp"
#include "identity/saml/providers.hpp"

namespace concordat::identity {

struct MetadataOutcome {
    std::string provider;
    std::string problem;                      // a sentence, then what was kept stays; "" when all is well
    bool is_changed = false;                  // entity id, addresses or certificates
    std::vector<std::string> added, removed;  // certificates, by subject and digest
};
BOOST_DESCRIBE_STRUCT(MetadataOutcome, (), (provider, problem, is_changed, added, removed))

class MetadataRefresh {
public:
    static constexpr Millis pause_after_failure = 60'000;

    // All must outlive this object.
    MetadataRefresh(storage::Database& db, SamlProviders& providers, MetadataAddresses& addresses,
                    Decisions& decisions)
        : db_(db), providers_(providers), addresses_(addresses), decisions_(decisions) {}

    // Those that are enabled and due. Failures are logged.
    void tick();
    // At once. Throws Error invalid, saml.metadata.no_address, when it is not described by an address; not
    // when fetching fails: that is the problem of the outcome.
    MetadataOutcome refresh(SamlProvider& provider, const std::string& attempt);

private:
    bool is_due(const SamlProvider& provider, const SamlSection& section);

    storage::Database& db_;
    SamlProviders& providers_;
    MetadataAddresses& addresses_;
    Decisions& decisions_;
    std::mutex mutex_;  // guards the next two
    std::map<std::string, Millis> failed_at_;
    std::map<std::string, std::string> failure_;
};

}  // namespace concordat::identity
