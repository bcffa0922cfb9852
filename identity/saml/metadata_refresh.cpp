#include "identity/saml/metadata_refresh.hpp"

#include <algorithm>

#include "core/base/log.hpp"
#include "core/base/text.hpp"
#include "core/config/saml_rules.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/database/database.hpp"

namespace concordat::identity {
namespace {

// "/CN=provider (sha256 1a2b…)"
std::string name_of(const std::string& der_base64) {
    const auto facts = saml::certificate_facts(der_base64);
    const auto der = storage::from_base64(der_base64).value_or("");
    return (facts ? facts->subject : std::string("no certificate")) + " (sha256 " +
           hex_of(storage::text_of(storage::sha256(der))).substr(0, 16) + ")";
}

std::vector<std::string> only_in(const std::vector<std::string>& all,
                                 const std::vector<std::string>& not_in) {
    std::vector<std::string> out;
    for (const auto& one : all)
        if (std::find(not_in.begin(), not_in.end(), one) == not_in.end()) out.push_back(name_of(one));
    return out;
}

std::string joined(const std::vector<std::string>& all) {
    std::string out;
    for (const auto& one : all) out += (out.empty() ? "" : ", ") + one;
    return out.empty() ? "none" : out;
}

}  // namespace

bool MetadataRefresh::is_due(const SamlProvider& provider, const SamlSection& section) {
    const auto now = db_.now();
    {
        const std::lock_guard lock(mutex_);
        const auto failed = failed_at_.find(provider.name());
        if (failed != failed_at_.end() && now - failed->second < pause_after_failure) return false;
    }
    const auto at = addresses_.fetched_at(provider.name(), section.IdpMetadataURL);
    return !at ||
           (section.IdpMetadataRefreshMinutes > 0 && now - *at >= section.IdpMetadataRefreshMinutes * 60'000);
}

void MetadataRefresh::tick() {
    for (const auto& provider : providers_.all()) {
        const auto section = provider->section();
        if (!section->Enable || !is_described_by_address(*section) || !is_due(*provider, *section)) continue;
        const auto outcome = refresh(*provider, new_token());
        if (!outcome.problem.empty())
            log_warn("metadata of a SAML provider was not refreshed",
                     {{"provider", provider->name()}, {"reason", outcome.problem}});
        else if (outcome.is_changed)
            log_info("metadata of a SAML provider changed", {{"provider", provider->name()}});
    }
}

MetadataOutcome MetadataRefresh::refresh(SamlProvider& provider, const std::string& attempt) {
    const auto section = provider.section();
    require(is_described_by_address(*section), Fault::invalid, "saml.metadata.no_address",
            "This provider is not described by IdpMetadataURL, or by something else besides.");
    const auto& address = section->IdpMetadataURL;
    MetadataOutcome out;
    out.provider = provider.name();
    Trail trail("settings", attempt);
    trail.decision.service = "saml";
    trail.decision.provider = provider.name();
    std::string body;
    std::shared_ptr<const SamlProviderState> next;
    try {  // what is wrong with somebody else's address is an answer here
        body = addresses_.fetched(address);
        next = provider.seen_with(body);
        if (!next->problems.empty()) out.problem = next->problems.front();
    } catch (const Error& e) {
        out.problem = e.text() + " (" + e.id() + ")";
    }
    if (!out.problem.empty()) {
        trail.refused("saml.metadata", out.problem);
        const std::lock_guard lock(mutex_);
        failed_at_[provider.name()] = db_.now();
        if (failure_[provider.name()] != out.problem) decisions_.record(trail);
        failure_[provider.name()] = out.problem;
        return out;
    }
    const auto before = provider.state();
    out.is_changed = json_text(before->facts) != json_text(next->facts);
    out.added = only_in(next->facts.certificates, before->facts.certificates);
    out.removed = only_in(before->facts.certificates, next->facts.certificates);
    if (out.is_changed) {
        trail.noted("saml.metadata", "Entity id " + next->facts.entity_id + "; certificates that came: " +
                                         joined(out.added) + "; that went: " + joined(out.removed) + ".");
        trail.admitted("saml.metadata_changed");
    }
    db_.transact([&](storage::Tx& tx) {
        addresses_.keep(tx, provider.name(), address, body);
        if (out.is_changed) decisions_.record(tx, trail);
    });
    const std::lock_guard lock(mutex_);
    failed_at_.erase(provider.name());
    failure_.erase(provider.name());
    return out;
}

}  // namespace concordat::identity
