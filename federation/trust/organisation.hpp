// This organisation's key: Ed25519, made when it is first needed, its secret half sealed in the database.
//
// It signs what the organisation says in shared channels, and the certificates of its nodes. The digest of
// the first one is the organisation's id; KeyRotation changes it, and partners follow by the chain of
// changes. Thread-safe; the first call of any member blocks on the database, and the very first must not be
// inside a transaction. Throws what the database throws.
#pragma once
#include <mutex>
#include <optional>
#include <string>
#include "core/config/live.hpp"
#include "core/model/partner.hpp"
#include "federation/trust/outside_certificates.hpp"
#include "federation/wire/key_chain.hpp"
#include "storage/crypto/signing.hpp"

namespace concordat::storage {
class Database;
class Tx;
}  // namespace concordat::storage

namespace concordat::federation {

class Organisation {
public:
    // Both must outlive this object.
    Organisation(storage::Database& db, const LiveSettings& settings) : db_(db), settings_(settings) {}

    // The one that signs now, and all there were.
    struct Known {
        storage::SigningKey key;
        KeyChain chain;
    };
    Known known();
    storage::SigningKey key() { return known().key; }
    KeyChain keys() { return known().chain; }
    std::string public_key() { return key().public_key(); }
    OrganisationId id() { return known().chain.organisation(); }
    // What partners are shown.
    std::string name() const;
    // Where partners' nodes may dial; "" when they cannot.
    std::string address() const;
    // Of an outside infrastructure, as the settings say now.
    OutsideCertificates outside() const;
    // As it is in the database: it was changed.
    void reload();

private:
    std::optional<Known> read();

    storage::Database& db_;
    const LiveSettings& settings_;
    std::mutex mutex_;  // guards known_
    std::optional<Known> known_;
};

// Names of the system's facts: the secret that signs, the one before it while the overlap lasts, and, once
// there was a change, the first public key in base64.
inline constexpr const char* organisation_secret = "organisation_key";
inline constexpr const char* former_organisation_secret = "organisation_key_former";
inline constexpr const char* first_organisation_key = "organisation_key_first";
// As they stand there: sealed, base64.
std::string sealed_secret(storage::Tx& tx, const storage::SigningKey& key);
storage::SigningKey opened_secret(storage::Tx& tx, const std::string& text);

}  // namespace concordat::federation
