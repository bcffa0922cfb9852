#include "federation/trust/organisation.hpp"

#include <algorithm>

#include "core/base/log.hpp"
#include "core/model/scope.hpp"
#include "federation/wire/binding.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/crypto/seal.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/federation.hpp"
#include "storage/tables/system.hpp"

namespace concordat::federation {

std::string sealed_secret(storage::Tx& tx, const storage::SigningKey& key) {
    const auto secret = key.secret();
    return storage::base64(tx.seal(storage::Kind::federation_secret, scopes::federation, scopes::federation,
                                   0, storage::text_of(secret.bytes())));
}

storage::SigningKey opened_secret(storage::Tx& tx, const std::string& text) {
    auto plain = tx.open(storage::Kind::federation_secret, scopes::federation, scopes::federation, 0,
                         storage::from_base64(text).value_or(""));
    require(plain.size() == storage::Secret::size, Fault::internal, "federation.organisation_key",
            "The organisation's key is damaged.");
    storage::Secret secret;
    std::ranges::copy(plain, secret.writable().begin());
    storage::wipe(plain.data(), plain.size());
    return storage::SigningKey(secret);
}

std::optional<Organisation::Known> Organisation::read() {
    return db_.read([](storage::Tx& tx) -> std::optional<Known> {
        storage::SystemTable table(tx);
        const auto text = table.find(organisation_secret);
        if (!text) return std::nullopt;
        auto key = opened_secret(tx, *text);
        const auto first = table.find(first_organisation_key);
        const auto first_key = first ? storage::from_base64(*first).value_or("") : key.public_key();
        KeyChain chain(first_key, storage::PartnerTable(tx).key_changes(organisation_of(first_key)));
        require(chain.key() == key.public_key(), Fault::internal, "federation.organisation_key",
                "The organisation's key is not the one that its changes lead to.");
        return Known{std::move(key), std::move(chain)};
    });
}

Organisation::Known Organisation::known() {
    std::lock_guard guard(mutex_);
    if (known_) return *known_;
    // Read first: that may be inside a transaction of the caller's.
    known_ = read();
    if (known_) return *known_;
    db_.transact([&](storage::Tx& tx) {
        // Two nodes that make one at the same time agree on the first.
        storage::SystemTable(tx).put_if_absent(organisation_secret,
                                               sealed_secret(tx, storage::SigningKey::fresh()));
    });
    known_ = read();
    log_info("this organisation's key is there", {{"organisation", known_->chain.organisation().text()}});
    return *known_;
}

OutsideCertificates Organisation::outside() const {
    const auto settings = settings_.current();
    const auto& s = settings->ConcordatSettings;
    return {s.FederationAuthorityFile, s.FederationRevocationFile, s.FederationCertificateFile,
            s.FederationKeyFile};
}

void Organisation::reload() {
    auto fresh = read();
    std::lock_guard guard(mutex_);
    known_ = std::move(fresh);
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
