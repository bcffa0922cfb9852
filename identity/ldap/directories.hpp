// All directories of this node: that of LdapSettings, and one for each file of
// ConcordatSettings.DirectoryFiles, JSON with the same keys; the file's name without ".json" is its provider.
//
// Thread-safe. The main settings are taken anew for each question, files once, when this is made.
#pragma once
#include <memory>
#include <string>
#include <vector>
#include "core/config/live.hpp"
#include "identity/ldap/directory.hpp"

namespace concordat::identity {

class Directories {
public:
    // `settings` must outlive this object. Throws Error invalid, ldap.settings, with a sentence that names
    // the file that cannot be used.
    explicit Directories(const LiveSettings& settings);

    // That of LdapSettings first.
    const std::vector<std::unique_ptr<Directory>>& all() const { return all_; }
    // Throws Error not_found, ldap.provider.
    Directory& named(const std::string& provider) const;

private:
    SocketWatchdog dog_;
    std::vector<std::unique_ptr<Directory>> all_;
};

}  // namespace concordat::identity
