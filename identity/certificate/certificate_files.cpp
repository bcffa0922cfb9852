#include "identity/certificate/certificate_files.hpp"

#include <sys/stat.h>

#include <cerrno>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "identity/saml_message/signature.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/crypto/durable_file.hpp"

namespace concordat::identity {
namespace {

constexpr std::size_t digits_of_name = 16;

const char* section_of(PairOwner owner) {
    return owner == PairOwner::saml ? "SamlSettings" : "LdapSettings";
}

const char* key_of(PairHalf half) {
    return half == PairHalf::certificate ? "PublicCertificateFile" : "PrivateKeyFile";
}

std::string stem_of(PairOwner owner, PairHalf half) {
    return std::string(owner == PairOwner::saml ? "saml" : "ldap") +
           (half == PairHalf::certificate ? "-certificate" : "-key");
}

PairHalf other(PairHalf half) {
    return half == PairHalf::certificate ? PairHalf::key : PairHalf::certificate;
}

void check_certificate(const std::string& pem, bool must_be_strong) {
    const auto facts = saml::certificate_facts(pem);
    require(facts && pem.find("-----BEGIN") != pem.npos && (facts->is_strong || !must_be_strong),
            Fault::invalid, "identity.certificate.unreadable",
            "This is no certificate in PEM with a key of 2048 bits (RSA) or more.");
}

void check(PairOwner owner, PairHalf half, const std::string& pem) {
    if (half == PairHalf::certificate) return check_certificate(pem, owner == PairOwner::saml);
    require(saml::is_private_key(pem), Fault::invalid, "identity.certificate.key",
            "This is no private key in PEM without a passphrase.");
    if (owner == PairOwner::saml) saml::signature_of("", pem, saml::SigningHash::sha256);
}

}  // namespace

std::string CertificateFiles::in_force(PairOwner owner, PairHalf half) const {
    const auto now = settings_.current();
    if (owner == PairOwner::saml)
        return half == PairHalf::certificate ? now->SamlSettings.PublicCertificateFile
                                             : now->SamlSettings.PrivateKeyFile;
    return half == PairHalf::certificate ? now->LdapSettings.PublicCertificateFile
                                         : now->LdapSettings.PrivateKeyFile;
}

std::string CertificateFiles::waiting_path(PairOwner owner, PairHalf half) const {
    return directory_ + '/' + stem_of(owner, half) + ".waiting.pem";
}

bool CertificateFiles::is_waiting(PairOwner owner, PairHalf half) const {
    return storage::file_exists(waiting_path(owner, half));
}

void CertificateFiles::make_directory() const {
    if (::mkdir(directory_.c_str(), 0700) != 0 && errno != EEXIST)
        storage::fail_io("make the directory", directory_);
}

std::string CertificateFiles::keep(const std::string& stem, const std::string& pem) const {
    make_directory();
    const auto path = directory_ + '/' + stem + '-' +
                      hex_of(storage::text_of(storage::sha256(pem))).substr(0, digits_of_name) + ".pem";
    storage::replace_file(path, pem);
    return path;
}

// Of this directory only.
void CertificateFiles::forget(const std::string& file) const {
    if (file.starts_with(directory_ + '/')) storage::remove_file(file);
}

void CertificateFiles::change(const SettingsRequest& request, const std::string& section, json::object keys) {
    auto as_the_node = request;
    as_the_node.names_files = true;
    json::object sections;
    sections[section] = std::move(keys);
    configuration_.change(as_the_node, sections);
}

void CertificateFiles::put_provider(const SettingsRequest& request, const std::string& pem) {
    check_certificate(pem, true);
    const std::lock_guard guard(mutex_);
    const auto before = settings_.current()->SamlSettings.IdpCertificateFile;
    const auto file = keep("saml-provider", pem);
    if (file == before) return;
    try {
        change(request, "SamlSettings", {{"IdpCertificateFile", file}});
    } catch (...) {
        forget(file);
        throw;
    }
    forget(before);
}

void CertificateFiles::remove_provider(const SettingsRequest& request) {
    const std::lock_guard guard(mutex_);
    const auto before = settings_.current()->SamlSettings.IdpCertificateFile;
    if (before.empty()) return;
    change(request, "SamlSettings", {{"IdpCertificateFile", ""}});
    forget(before);
}

bool CertificateFiles::put(const SettingsRequest& request, PairOwner owner, PairHalf half,
                           const std::string& pem) {
    check(owner, half, pem);
    const std::lock_guard guard(mutex_);
    const auto fits = [&](const std::string& path) {
        const auto text = path.empty() ? std::nullopt : storage::read_file(path, largest);
        return text && (half == PairHalf::certificate ? saml::belong_together(pem, *text)
                                                      : saml::belong_together(*text, pem));
    };
    const auto waiting = waiting_path(owner, other(half));
    const bool fits_waiting = fits(waiting);
    if (!fits_waiting && !fits(in_force(owner, other(half)))) {
        make_directory();
        storage::replace_file(waiting_path(owner, half), pem);
        return false;
    }
    std::string before[] = {in_force(owner, half), fits_waiting ? in_force(owner, other(half)) : ""};
    std::string fresh[] = {keep(stem_of(owner, half), pem), ""};
    json::object keys{{key_of(half), fresh[0]}};
    if (fits_waiting) {
        fresh[1] = keep(stem_of(owner, other(half)), storage::read_file(waiting, largest).value_or(""));
        keys[key_of(other(half))] = fresh[1];
    }
    try {
        change(request, section_of(owner), std::move(keys));
    } catch (...) {
        for (int i = 0; i < 2; ++i)
            if (fresh[i] != before[i]) forget(fresh[i]);
        throw;
    }
    for (int i = 0; i < 2; ++i)
        if (fresh[i] != before[i]) forget(before[i]);
    storage::remove_file(waiting_path(owner, half));
    if (fits_waiting) storage::remove_file(waiting);
    return true;
}

void CertificateFiles::remove(const SettingsRequest& request, PairOwner owner, PairHalf half) {
    const std::lock_guard guard(mutex_);
    if (storage::remove_file(waiting_path(owner, half))) return;
    const auto before = in_force(owner, half), left = in_force(owner, other(half));
    if (before.empty()) return;
    change(request, section_of(owner), {{key_of(half), ""}, {key_of(other(half)), ""}});
    forget(before);
    // Only what was handed over here can be handed over again by half.
    if (!left.starts_with(directory_ + '/')) return;
    if (const auto text = storage::read_file(left, largest))
        storage::replace_file(waiting_path(owner, other(half)), *text);
    forget(left);
}

}  // namespace concordat::identity
