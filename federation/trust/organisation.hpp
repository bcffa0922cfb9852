// This organisation's key: Ed25519, made when it is first needed, its secret half sealed in the database.
//
// It signs what the organisation says in shared channels, and the certificates of its nodes. Its digest is
// the organisation's id, and partners know it by the key alone. Thread-safe; the first call of any member
// blocks on the database, and the very first must not be inside a transaction. Throws what the database
// throws.
#pragma once
#include <mutex>
#include <optional>
#include <string>
#include "core/config/live.hpp"
#include "core/model/partner.hpp"
#include "storage/crypto/signing.hpp"

namespace concordat::storage {
class Database;
}

namespace concordat::federation {

class Organisation {
public:
    // Both must outlive this object.
    Organisation(storage::Database& db, const LiveSettings& settings) : db_(db), settings_(settings) {}

    const storage::SigningKey& key();
    std::string public_key() { return key().public_key(); }
    OrganisationId id();
    // What partners are shown.
    std::string name() const;
    // Where partners' nodes may dial; "" when they cannot.
    std::string address() const;

private:
    storage::Database& db_;
    const LiveSettings& settings_;
    std::mutex mutex_;  // guards key_ until it is there
    std::optional<storage::SigningKey> key_;
};

}  // namespace concordat::federation
