#include "federation/trust/organisation.hpp"

#include <algorithm>

#include "core/base/log.hpp"
#include "core/model/scope.hpp"
#include "federation/wire/binding.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/crypto/seal.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/system.hpp"

namespace concordat::federation {
namespace {

constexpr const char* secret_name = "organisation_key";  // sealed, base64

std::string sealed(storage::Tx& tx, const storage::SigningKey& key) {
    const auto secret = key.secret();
    return storage::base64(tx.seal(storage::Kind::federation_secret, scopes::federation, scopes::federation,
                                   0, storage::text_of(secret.bytes())));
}

storage::SigningKey opened(storage::Tx& tx, const std::string& text) {
    auto plain = tx.open(storage::Kind::federation_secret, scopes::federation, scopes::federation, 0,
                         storage::from_base64(text).value_or(""));
    require(plain.size() == storage::Secret::size, Fault::internal, "federation.organisation_key",
            "The organisation's key is damaged.");
    storage::Secret secret;
    std::ranges::copy(plain, secret.writable().begin());
    storage::wipe(plain.data(), plain.size());
    return storage::SigningKey(secret);
}

}  // namespace

const storage::SigningKey& Organisation::key() {
    std::lock_guard guard(mutex_);
    if (key_) return *key_;
    // Read first: that may be inside a transaction of the caller's.
    key_ = db_.read([](storage::Tx& tx) -> std::optional<storage::SigningKey> {
        const auto text = storage::SystemTable(tx).find(secret_name);
        return text ? std::optional(opened(tx, *text)) : std::nullopt;
    });
    if (key_) return *key_;
    key_ = db_.transact([&](storage::Tx& tx) {
        storage::SystemTable table(tx);
        // Two nodes that make one at the same time agree on the first.
        return opened(tx, table.put_if_absent(secret_name, sealed(tx, storage::SigningKey::fresh())));
    });
    log_info("this organisation's key is there",
             {{"organisation", organisation_of(key_->public_key()).text()}});
    return *key_;
}

OrganisationId Organisation::id() {
    return organisation_of(public_key());
}

std::string Organisation::name() const {
    const auto settings = settings_.current();
    const auto& own = settings->ConcordatSettings.OrganisationName;
    return own.empty() ? settings->TeamSettings.SiteName : own;
}

std::string Organisation::address() const {
    return settings_.current()->ConcordatSettings.FederationPublicAddress;
}

}  // namespace concordat::federation
