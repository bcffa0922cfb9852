// Settings of a directory tried before they are in force: whether its servers answer, and what filters and
// attributes find there. Nothing is changed.
//
// What is proposed are keys of LdapSettings; those that are absent, masked, or name files count as they are
// now. The kept password of the bind account goes to the servers that have it already and to no others: who
// proposes other servers has to propose a password, too.
//
// Thread-safe; calls block as long as the directory takes, and read it whole. Errors: those of Directory;
// invalid ent.ldap.diagnostics.password.app_error, and those of settings.
#pragma once
#include <boost/describe.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>
#include "core/base/json.hpp"
#include "core/config/live.hpp"
#include "identity/ldap/directory.hpp"
#include "identity/ldap/directory_sync.hpp"

namespace concordat::identity {

struct DirectorySample {
    std::string dn;
    std::optional<std::string> username, email, first_name, last_name, id, display_name;
    std::optional<std::map<std::string, std::string>> available_attributes;
};
BOOST_DESCRIBE_STRUCT(DirectorySample, (),
                      (dn, username, email, first_name, last_name, id, display_name, available_attributes))

// One filter, or one attribute.
struct DirectoryFinding {
    std::string test_name;   // of the setting: UserFilter, IdAttribute
    std::string test_value;  // what it says
    std::int64_t total_count = 0, entries_with_value = 0;
    std::optional<std::string> message;
    std::string error;  // a sentence; "" when it could be asked
    std::vector<DirectorySample> sample_results;
};
BOOST_DESCRIBE_STRUCT(DirectoryFinding, (),
                      (test_name, test_value, total_count, entries_with_value, message, error,
                       sample_results))

class DirectoryDiagnostics {
public:
    static constexpr std::size_t most_samples = 5;

    // `settings` must outlive this object.
    explicit DirectoryDiagnostics(const LiveSettings& settings) : settings_(settings) {}

    // How far each server comes.
    std::vector<ServerAnswer> answers(const json::object& proposed);
    // Throws Error invalid, ent.ldap.connect.app_error, with a sentence for each server that does not
    // work.
    void connect(const json::object& proposed);
    // `what` is filters, attributes or group_attributes; another throws bad_url("test").
    std::vector<DirectoryFinding> run(const json::object& proposed, const std::string& what);
    // What a sync would do to the accounts that are linked to the main directory. Also the errors of a sync.
    SyncReport preview(const json::object& proposed, DirectorySync& sync, const std::string& attempt);

private:
    std::shared_ptr<const LdapSection> section_of(const json::object& proposed) const;

    const LiveSettings& settings_;
};

}  // namespace concordat::identity
