// Certificates and keys of directories and providers that administrators hand over the API, and the settings
// that name them: IdpCertificateFile, PublicCertificateFile and PrivateKeyFile of SamlSettings, and the last
// two of LdapSettings.
//
// What is handed over becomes a file of its own (mode 0600) in a directory of the node, and the setting names
// it; so a change is a change of settings with all that belongs to that: rules, the record, trials, no
// restart. Files that an administrator put on the machine are never written to, nor removed.
//
// A certificate of the node's own and its key are in force together or not at all. Half a pair that does not
// fit what is in force waits, sealed by nothing but its mode, until the other half comes; what was in force
// stays so meanwhile. Taking one half out of force takes both, and the other one waits.
//
// Thread-safe; calls block. The caller has checked the right. Errors besides those of Configuration::change:
//   invalid  identity.certificate.unreadable  no certificate in PEM, or its key is too short
//   invalid  identity.certificate.key         no private key in PEM without passphrase
//   invalid  saml.key                         of SAML: not RSA of 2048 bits or more
#pragma once
#include <mutex>
#include <string>
#include "core/config/live.hpp"
#include "identity/configuration/configuration.hpp"

namespace concordat::identity {

enum class PairOwner { saml, ldap };
enum class PairHalf { certificate, key };

class CertificateFiles {
public:
    static constexpr std::size_t largest = 64 << 10;  // bytes of one file

    // `configuration` and `settings` must outlive this object. The files are in `directory`, which is made
    // when it is needed.
    CertificateFiles(Configuration& configuration, const LiveSettings& settings, std::string directory)
        : configuration_(configuration), settings_(settings), directory_(std::move(directory)) {}

    // The certificates that a provider signs with, PEM.
    void put_provider(const SettingsRequest& request, const std::string& pem);
    void remove_provider(const SettingsRequest& request);
    // The node's own. True when it is in force now, false when it waits for the other half.
    bool put(const SettingsRequest& request, PairOwner owner, PairHalf half, const std::string& pem);
    // The half that waits, or else the pair that is in force; neither: nothing happens.
    void remove(const SettingsRequest& request, PairOwner owner, PairHalf half);
    bool is_waiting(PairOwner owner, PairHalf half) const;

private:
    std::string in_force(PairOwner owner, PairHalf half) const;
    std::string waiting_path(PairOwner owner, PairHalf half) const;
    void make_directory() const;
    // Writes it under a name of its own and returns that.
    std::string keep(const std::string& stem, const std::string& pem) const;
    void forget(const std::string& file) const;
    void change(const SettingsRequest& request, const std::string& section, json::object keys);

    Configuration& configuration_;
    const LiveSettings& settings_;
    const std::string directory_;
    std::mutex mutex_;  // one change at a time
};

}  // namespace concordat::identity
