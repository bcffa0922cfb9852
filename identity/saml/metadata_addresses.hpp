// Metadata of providers that comes from an address (SamlSettings.IdpMetadataURL), kept in the database: what
// was good last time serves while the provider does not answer, over restarts, until it says itself that it
// is over.
//
// An address is https, or on this machine; every address on the way is checked as those of hooks are, and
// networks inside have to be listed in ServiceSettings.AllowedUntrustedInternalConnections. Thread-safe;
// calls block.
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include "core/base/clock.hpp"

namespace concordat::storage {
class Database;
class Tx;
}  // namespace concordat::storage
namespace concordat::web {
class OutboundClient;
}

namespace concordat::identity {

class MetadataAddresses {
public:
    static constexpr std::chrono::seconds patience{10};
    static constexpr std::size_t longest = 4 << 20;  // bytes

    // Both must outlive this object.
    MetadataAddresses(storage::Database& db, const web::OutboundClient& client) : db_(db), client_(client) {}

    // Errors: those of OutboundClient::send; invalid saml.metadata.address (neither https nor this machine);
    // unavailable saml.metadata.answer (the address answered, but not with 200 and a text).
    std::string fetched(const std::string& address) const;

    // When the provider's metadata was fetched from this address; nothing when none is kept.
    std::optional<Millis> fetched_at(const std::string& provider, const std::string& address);
    // "" when none is kept.
    std::string kept(const std::string& provider, const std::string& address);
    void keep(storage::Tx& tx, const std::string& provider, const std::string& address,
              const std::string& body);

private:
    storage::Database& db_;
    const web::OutboundClient& client_;
};

// Whether the address is https, or http on this machine.
bool is_https_or_here(const std::string& url);

}  // namespace concordat::identity
