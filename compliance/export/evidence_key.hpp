// The key that signs packages, certificates and checkpoints of the audit: Ed25519, made when it is first
// needed, its secret half sealed in the database.
//
// All public halves there ever were stay known, so that old packages can be checked. Thread-safe; calls
// block. Throws what the database throws.
#pragma once
#include <mutex>
#include <optional>
#include <string>
#include "storage/crypto/signing.hpp"

namespace concordat::storage {
class Database;
class Tx;
}  // namespace concordat::storage

namespace concordat::identity {
class Decisions;
}

namespace concordat::compliance {

class EvidenceKey {
public:
    // Both must outlive this object.
    EvidenceKey(storage::Database& db, identity::Decisions& decisions) : db_(db), decisions_(decisions) {}

    // 64 bytes.
    std::string sign(std::string_view text);
    // The same, and by which key: 32 bytes. Not inside a transaction.
    struct Signature {
        std::string public_key, bytes;
    };
    Signature sign_named(std::string_view text);
    // All public keys in PEM, the newest first.
    std::string public_pem();
    // From now on a new key signs. Written down, act "export".
    void renew();

private:
    const storage::SigningKey& key();
    storage::SigningKey make(storage::Tx& tx);

    storage::Database& db_;
    identity::Decisions& decisions_;
    std::mutex mutex_;  // guards key_
    std::optional<storage::SigningKey> key_;
};

}  // namespace concordat::compliance
