#include "compliance/export/evidence_key.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/model/scope.hpp"
#include "identity/decision/decisions.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/crypto/seal.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/system.hpp"

namespace concordat::compliance {
namespace {

constexpr const char* secret_name = "evidence_key";   // sealed, base64
constexpr const char* public_name = "evidence_keys";  // PEM, newest first

}  // namespace

storage::SigningKey EvidenceKey::make(storage::Tx& tx) {
    auto key = storage::SigningKey::fresh();
    const auto secret = key.secret();
    storage::SystemTable table(tx);
    table.put(secret_name, storage::base64(tx.seal(storage::Kind::config, scopes::configuration,
                                                   scopes::exports, 0, storage::text_of(secret.bytes()))));
    table.put(public_name, storage::public_key_pem(key.public_key()) + table.find(public_name).value_or(""));
    identity::Trail trail("export", new_token());
    trail.admitted("export.key_made", "packages are signed by " + hex_of(key.public_key()));
    decisions_.record(tx, trail);
    return key;
}

const storage::SigningKey& EvidenceKey::key() {
    if (key_) return *key_;
    key_ = db_.transact([&](storage::Tx& tx) {
        const auto sealed = storage::SystemTable(tx).find(secret_name);
        if (!sealed) return make(tx);
        auto plain = tx.open(storage::Kind::config, scopes::configuration, scopes::exports, 0,
                             storage::from_base64(*sealed).value_or(""));
        require(plain.size() == storage::Secret::size, Fault::internal, "compliance.evidence_key",
                "The key that signs packages is damaged.");
        storage::Secret secret;
        std::ranges::copy(plain, secret.writable().begin());
        storage::wipe(plain.data(), plain.size());
        return storage::SigningKey(secret);
    });
    return *key_;
}

std::string EvidenceKey::sign(std::string_view text) {
    std::lock_guard guard(mutex_);
    return key().sign(text);
}

EvidenceKey::Signature EvidenceKey::sign_named(std::string_view text) {
    std::lock_guard guard(mutex_);
    return {key().public_key(), key().sign(text)};
}

std::string EvidenceKey::public_pem() {
    std::lock_guard guard(mutex_);
    key();
    return db_.read([](storage::Tx& tx) { return storage::SystemTable(tx).find(public_name).value_or(""); });
}

void EvidenceKey::renew() {
    std::lock_guard guard(mutex_);
    key_ = db_.transact([&](storage::Tx& tx) { return make(tx); });
}

}  // namespace concordat::compliance
