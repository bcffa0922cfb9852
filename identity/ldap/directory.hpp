// A directory that speaks LDAP: checks passwords, and says who is in it.
//
// A sign-in asks for the one entry that has the login id, binds as that entry with the password, on a
// connection of its own, and then reads what the directory says of the person. Two entries for one login id
// refuse. A filter that cannot be asked refuses, too: nobody becomes a member because the guest filter
// failed.
//
// Servers are asked in the configured order, those that were silent within the last ten seconds last; when
// all were, the answer is "unavailable" at once. At most `most_questions` calls wait for one directory; a
// further one waits for a second and is then told "unavailable". So a silent directory holds few threads.
//
// Thread-safe; calls block for at most QueryTimeout (listings: for each page). Errors of questions are those
// of Connection, and unavailable ldap.resting, ldap.busy; invalid ldap.settings.
#pragma once
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>
#include "identity/ldap/connection.hpp"
#include "identity/signin/password_source.hpp"

namespace concordat::identity {

struct DirectoryGroup {
    std::string remote_id, name, dn;
    std::vector<std::string> members;  // names in the directory, of people and groups; not always asked for
};

// A whole directory.
struct DirectoryCensus {
    std::vector<ExternalIdentity> people;
    std::vector<DirectoryGroup> groups;  // that GroupFilter lets through
};

// How far one server came when it was tried.
struct ServerAnswer {
    std::string server;     // "" when the settings themselves cannot be used
    std::string failed_at;  // settings, connect, tls, account, base; "" when all is well
    std::string problem;    // a sentence; "" when all is well
    std::int64_t millis = 0;
};
BOOST_DESCRIBE_STRUCT(ServerAnswer, (), (server, failed_at, problem, millis))

class Directory : public PasswordSource {
public:
    static constexpr int most_questions = 8;
    static constexpr std::size_t longest_picture = 4 << 20;  // bytes; larger ones are passed over
    static constexpr int deepest_nesting = 64;
    static constexpr std::size_t most_groups = 20'000;  // in a listing; more is unavailable, ldap.most_groups
    using Settings = std::function<std::shared_ptr<const LdapSection>()>;

    // `settings` is asked for each question. `dog` must outlive this object.
    Directory(std::string provider, Settings settings, SocketWatchdog& dog)
        : provider_(std::move(provider)), settings_(std::move(settings)), dog_(dog) {}

    std::string service() const override { return "ldap"; }
    std::string provider() const override { return provider_; }
    bool is_enabled() const override { return settings_()->Enable; }
    PasswordAnswer check(const std::string& login_id, const std::string& password, Trail& trail) override;

    std::shared_ptr<const LdapSection> settings() const { return settings_(); }
    // Nothing when the directory answers and has nobody with this immutable id whom UserFilter lets through.
    std::optional<ExternalIdentity> person(const std::string& subject);
    // Which of these are still there and let through: for people who are signed in. Without details.
    std::vector<std::string> present(const std::vector<std::string>& subjects);
    // Everybody whom UserFilter lets through, with their groups; those without an immutable id, or with one
    // that another has as well, are an Error conflict, ldap.subject. All or an Error, never a part.
    std::vector<ExternalIdentity> people() { return census().people; }
    // The same, and all groups that GroupFilter lets through, none when there is no GroupIdAttribute.
    DirectoryCensus census();
    // All groups that GroupFilter lets through.
    std::vector<DirectoryGroup> groups();
    // Their ids and names without their members, by name.
    std::vector<DirectoryGroup> group_names();
    // Which of these groups are still there, without their members.
    std::vector<DirectoryGroup> groups_among(const std::vector<std::string>& remote_ids);
    bool has_groups() const { return !settings_()->GroupIdAttribute.empty(); }
    // Connects and binds with the bind account to each server, and looks for BaseDN.
    std::vector<ServerAnswer> answers();
    // The sentence for each that does not work.
    std::vector<std::string> problems();
    // All entries that match a filter, in the order that they arrive in.
    void each(const std::string& filter, const std::vector<std::string>& attributes,
              const std::function<void(ldap::Entry&&)>& take);

private:
    class Slot;
    using Time = SocketWatchdog::Time;
    std::unique_ptr<ldap::Connection> open(const LdapSection& section, Time deadline);
    std::unique_ptr<ldap::Connection> open(const LdapSection& section, const std::string& host,
                                           Time deadline);
    std::vector<std::string> servers(const LdapSection& section);
    PasswordAnswer ask(const LdapSection& section, const std::string& login_id, const std::string& password,
                       Trail& trail);
    std::optional<ldap::Entry> entry_of_subject(ldap::Connection& connection, const LdapSection& section,
                                                const std::string& subject);
    ExternalIdentity described(ldap::Connection& connection, const LdapSection& section,
                               const ldap::Entry& entry);
    ExternalIdentity profile(const LdapSection& section, const ldap::Entry& entry) const;
    std::vector<std::string> groups_of(ldap::Connection& connection, const LdapSection& section,
                                       const ldap::Entry& entry);
    std::vector<DirectoryGroup> groups(ldap::Connection& connection, const LdapSection& section,
                                       const std::string& filter);
    void names_of_groups(ldap::Connection& connection, const LdapSection& section, const std::string& filter,
                         std::vector<DirectoryGroup>& out);

    const std::string provider_;
    const Settings settings_;
    SocketWatchdog& dog_;
    std::mutex mutex_;  // guards the next two
    std::condition_variable is_free_;
    int asking_ = 0;
    std::map<std::string, Time> silent_until_;
};

// The attributes of people and groups that settings name.
std::vector<std::string> attributes_asked_for(const LdapSection& section);
// The filters a directory is asked with.
std::string user_filter(const LdapSection& section);
std::string group_filter(const LdapSection& section);

}  // namespace concordat::identity
