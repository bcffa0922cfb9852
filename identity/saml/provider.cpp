#include "identity/saml/provider.hpp"

#include <sys/stat.h>

#include <fstream>
#include <optional>
#include <sstream>

#include "core/base/log.hpp"
#include "core/base/text.hpp"
#include "core/config/saml_rules.hpp"
#include "identity/saml_message/metadata.hpp"

namespace concordat::identity {
namespace {

constexpr std::size_t longest_file = 4 << 20;

std::string stamp_of(const std::string& file) {
    struct stat s {};
    if (file.empty() || ::stat(file.c_str(), &s) != 0) return {};
    return std::to_string(s.st_mtim.tv_sec) + "." + std::to_string(s.st_mtim.tv_nsec) + "." +
           std::to_string(s.st_size) + "." + std::to_string(s.st_ino);
}

std::map<std::string, std::string> stamps_of(const SamlSection& s) {
    std::map<std::string, std::string> out;
    for (const auto& file : {s.IdpMetadataFile, s.IdpMetadataCertificateFile, s.IdpCertificateFile,
                             s.PublicCertificateFile, s.PrivateKeyFile})
        if (!file.empty()) out[file] = stamp_of(file);
    return out;
}

// One file may hold several, one after the other: the old one and the new one. DER in base64.
std::vector<std::string> certificates_in(const std::string& pem) {
    constexpr std::string_view begin = "-----BEGIN CERTIFICATE-----";
    std::vector<std::string> out;
    for (auto at = pem.find(begin); at != pem.npos; at = pem.find(begin, at + 1))
        if (auto facts = saml::certificate_facts(pem.substr(at))) out.push_back(std::move(facts->der));
    return out;
}

std::string without_stop(std::string sentence) {
    if (sentence.ends_with('.')) sentence.pop_back();
    return sentence;
}

// Collects what is wrong while a provider's files are read.
class Loading {
public:
    Loading(SamlProviderState& state, MessageReaders& readers) : state_(state), readers_(readers) {}

    std::string contents(const std::string& file, const char* key) {
        std::ifstream in(file, std::ios::binary);
        std::ostringstream text;
        text << in.rdbuf();
        auto out = text.str();
        if (!in || out.empty() || out.size() > longest_file) {
            wrong(key, "the file cannot be read, is empty, or longer than 4 MiB");
            out.clear();
        }
        return out;
    }
    void wrong(const char* key, const std::string& what) {
        state_.problems.push_back(std::string(key) + ": " + what + ".");
    }

    // `key` names the setting that it comes by.
    void take_metadata(const std::string& xml, const char* key, const std::string& signers_file) {
        if (xml.empty()) return;
        if (!is_utf8(xml) || xml.find('\0') != xml.npos || xml.find("<!DOCTYPE") != xml.npos)
            return wrong(key, "it is not plain XML in UTF-8, or has a document type");
        std::vector<std::string> signers;
        if (!signers_file.empty()) {
            signers = certificates_in(contents(signers_file, "IdpMetadataCertificateFile"));
            if (signers.empty()) return wrong("IdpMetadataCertificateFile", "it holds no certificate in PEM");
        }
        saml::SamlTask task;
        task.kind = "metadata";
        task.message = xml;
        const auto answer = readers_.read(task);
        if (!answer || !answer->problem.empty())
            return wrong(key, answer ? without_stop(answer->problem) : "it could not be read in time");
        saml::Findings findings;
        const auto metadata = saml::metadata_in(*answer, signers, wall_clock(), findings);
        if (!metadata) return wrong(key, without_stop(findings.steps.back().detail));
        state_.facts = metadata->facts;
        state_.valid_until = metadata->valid_until;
    }
    void take_settings(const SamlSection& s) {
        state_.facts.entity_id = s.IdpDescriptorURL;
        state_.facts.sign_in_url = s.IdpURL;
        state_.facts.sign_out_url = s.IdpLogoutURL;
        const auto pem = contents(s.IdpCertificateFile, "IdpCertificateFile");
        state_.facts.certificates = certificates_in(pem);
        if (!pem.empty() && state_.facts.certificates.empty())
            wrong("IdpCertificateFile", "it holds no certificate in PEM");
    }
    void take_own_key(const SamlSection& s) {
        if (s.PrivateKeyFile.empty()) return;
        const auto certificate = contents(s.PublicCertificateFile, "PublicCertificateFile");
        state_.key = contents(s.PrivateKeyFile, "PrivateKeyFile");
        if (certificate.empty() || state_.key.empty()) return;
        const auto facts = saml::certificate_facts(certificate);
        if (!facts || !saml::belong_together(certificate, state_.key)) {
            state_.key.clear();
            return wrong("PrivateKeyFile", "it is not the key of the certificate in PublicCertificateFile");
        }
        if (!facts->is_strong) return wrong("PrivateKeyFile", "the key is shorter than 2048 bits");
        state_.us.signing_certificate = facts->der;
        state_.us.signs_requests = s.SignRequest;
        if (s.Encrypt) state_.us.encryption_certificate = facts->der;
        own_ = facts;
    }
    void look_at_certificates() {
        bool has_strong = false;
        for (const auto& der : state_.facts.certificates)
            if (auto facts = saml::certificate_facts(der)) {
                has_strong = has_strong || facts->is_strong;
                state_.certificates.push_back(*std::move(facts));
            }
        if (!state_.facts.certificates.empty() && !has_strong)
            wrong("IdpCertificateFile",
                  "no certificate of the provider has a key of 2048 bits (RSA) or more");
        if (own_) state_.certificates.push_back(*own_);
    }

private:
    SamlProviderState& state_;
    MessageReaders& readers_;
    std::optional<saml::CertificateFacts> own_;
};

}  // namespace

saml::Signing SamlProviderState::signing() const {
    return {key, section->SignatureAlgorithm == "RSAwithSHA512" ? saml::SigningHash::sha512
                                                                : saml::SigningHash::sha256};
}

void take_over(const saml::Findings& findings, Trail& trail) {
    for (const auto& step : findings.steps) {
        if (step.outcome == "passed") trail.passed(step.rule, step.detail);
        if (step.outcome == "noted") trail.noted(step.rule, step.detail);
        if (step.outcome == "refused") trail.refused(step.rule, step.detail);
    }
}

std::shared_ptr<const SamlProviderState> SamlProvider::load(const Configured& configured,
                                                            const std::string& fetched) {
    const auto& s = *configured.section;
    auto state = std::make_shared<SamlProviderState>();
    state->section = configured.section;
    state->problems = saml_problems(s);
    auto& us = state->us;
    us.entity_id = s.ServiceProviderIdentifier.empty() ? configured.site_url + "/api/v4/saml/metadata"
                                                       : s.ServiceProviderIdentifier;
    us.consumer_url = s.AssertionConsumerServiceURL.empty() ? configured.site_url + "/login/sso/saml"
                                                            : s.AssertionConsumerServiceURL;
    Loading loading(*state, readers_);
    if (!us.consumer_url.starts_with("http"))
        loading.wrong("AssertionConsumerServiceURL", "set it, or ServiceSettings.SiteURL");
    if (state->problems.empty()) {
        if (is_described_by_address(s)) {
            if (fetched.empty())
                loading.wrong("IdpMetadataURL", "nothing was fetched from it yet; see the log");
            loading.take_metadata(fetched, "IdpMetadataURL", s.IdpMetadataCertificateFile);
        } else if (s.IdpMetadataFile.empty())
            loading.take_settings(s);
        else
            loading.take_metadata(loading.contents(s.IdpMetadataFile, "IdpMetadataFile"), "IdpMetadataFile",
                                  s.IdpMetadataCertificateFile);
        loading.take_own_key(s);
        loading.look_at_certificates();
        if (s.EnableSingleLogout && !state->key.empty() && !configured.site_url.empty())
            us.sign_out_url = configured.site_url + "/login/sso/saml/logout";
        if (!state->facts.sign_in_url.empty() && !is_https_or_here(state->facts.sign_in_url))
            loading.wrong("IdpURL", "must begin with https://, except on this machine");
        for (const auto& url : {state->facts.sign_out_url, state->facts.sign_out_answer})
            if (!url.empty() && !is_https_or_here(url))
                loading.wrong("IdpLogoutURL", "must begin with https://, except on this machine");
    }
    return state;
}

std::shared_ptr<const SamlProviderState> SamlProvider::state() {
    const auto configured = source_();
    auto stamps = stamps_of(*configured.section);
    const auto& address = configured.section->IdpMetadataURL;
    const bool by_address = is_described_by_address(*configured.section);
    if (by_address) stamps[address] = std::to_string(addresses_.fetched_at(name_, address).value_or(0));
    const std::lock_guard lock(mutex_);
    if (state_ && loaded_from_.section == configured.section &&
        loaded_from_.site_url == configured.site_url && stamps_ == stamps &&
        (state_->valid_until == 0 || wall_clock() < state_->valid_until))
        return state_;
    state_ = load(configured, by_address ? addresses_.kept(name_, address) : std::string());
    loaded_from_ = configured;
    stamps_ = std::move(stamps);
    for (const auto& problem : state_->problems)
        log_error("a SAML provider cannot be used", {{"provider", name_}, {"reason", problem}});
    return state_;
}

std::shared_ptr<const SamlProviderState> SamlProvider::seen_with(const std::string& metadata) {
    return load(source_(), metadata);
}

std::shared_ptr<const SamlProviderState> SamlProvider::ready() {
    if (!is_enabled())
        throw Error(Fault::unsupported, "api.user.saml.not_available.app_error",
                    "SAML 2.0 is not configured or supported on this server.");
    auto now = state();
    if (!now->problems.empty())
        throw Error(Fault::unavailable, "saml.settings", "SAML 2.0 is not configured rightly on this server.",
                    now->problems.front());
    return now;
}

}  // namespace concordat::identity
