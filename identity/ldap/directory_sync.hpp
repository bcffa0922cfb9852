// Accounts follow their directory: profiles, roles, and who may still come in.
//
// A sync takes everybody from the directory or does nothing. Accounts are matched by immutable id alone: a
// person who is renamed keeps the account, and whoever gets their old name does not get it. Accounts are made
// at the first sign-in, never by a sync. Of all nodes one syncs a directory at a time. A sync, or a probe,
// that would deactivate more than the larger of MostDeactivations and MostDeactivationsPercent of the active
// accounts, changes nothing; nor does one to which the directory shows nobody at all. The same bound holds
// for how many people may lose roles, or teams, channels and rights there because of groups.
//
// Thread-safe; calls block as long as the directory takes. Errors: those of Directory, and conflict
// ldap.sync_running, ldap.most_deactivations, ldap.most_removals, ldap.empty. Each is recorded as a decision.
#pragma once
#include <boost/describe.hpp>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>
#include "identity/account/admissions.hpp"
#include "identity/ldap/directory.hpp"
#include "identity/ldap/group_follower.hpp"

namespace concordat::identity {

struct SyncChange {
    std::string action;  // update, reactivate, deactivate, refuse
    std::string username, subject;
    std::string rule, detail;  // why, of a deactivation or a refusal
    std::vector<FieldChange> changes;
};
BOOST_DESCRIBE_STRUCT(SyncChange, (), (action, username, subject, rule, detail, changes))

struct SyncReport {
    std::string provider, attempt;
    bool is_dry_run = false;
    std::int64_t people = 0;    // in the directory
    std::int64_t accounts = 0;  // that are linked to it
    std::vector<SyncChange> changes;
    std::vector<GroupChange> groups;  // of linked groups
    std::vector<PlaceChange> places;  // who joins and leaves what because of them
};
BOOST_DESCRIBE_STRUCT(SyncReport, (),
                      (provider, attempt, is_dry_run, people, accounts, changes, groups, places))

class DirectorySync {
public:
    // All must outlive this object.
    DirectorySync(storage::Database& db, Admissions& admissions, Decisions& decisions)
        : db_(db), admissions_(admissions), decisions_(decisions) {}

    // Before the first sync. Must outlive this object.
    void use_follower(GroupFollower& follower) { follower_ = &follower; }

    // `attempt` finds its decisions. A dry run says what would be done and does nothing.
    SyncReport run(Directory& directory, const std::string& attempt, bool is_dry_run);
    // A dry run for a directory that is not in force. No decision is recorded, whatever comes of it.
    SyncReport preview(Directory& directory, const std::string& attempt);
    // Looks up those who are signed in, and deactivates whom the directory no longer lets in; how many.
    std::size_t probe(Directory& directory, const std::string& attempt);
    // From now on people are known by this attribute: the ids of all its accounts are looked up and changed
    // in one transaction, then `change_setting` changes IdAttribute; when it throws, the ids are changed
    // back. Asked again after a crash between the two it does the rest; until then no account has the ids
    // that are looked for, so nobody gets another's. Nobody is signed out. Returns how many accounts were
    // changed; those whose person left long ago keep their id. Errors besides those of Directory and of
    // `change_setting`, and nothing is changed then: invalid ldap.change_ids.attribute (no attribute's name);
    // conflict ldap.sync_running, ldap.change_ids.incomplete (a person has no single value there, or an
    // active account's person is not found), ldap.subject (two have the same).
    std::int64_t change_ids(Directory& directory, const std::string& attribute, const Actor& actor,
                            const std::string& attempt, const std::function<void()>& change_setting);
    // When a sync of it last went through, on any node; 0: never.
    Millis last_sync(const Directory& directory);

private:
    struct Step;
    class Turn;
    SyncReport follow(Directory& directory, const std::string& attempt, bool is_dry_run);
    std::vector<Step> steps(Directory& directory, const std::vector<ExternalIdentity>& people,
                            SyncReport& report, GroupSight& sight);
    void carry_out(const Directory& directory, const std::vector<Step>& steps, const std::string& attempt);
    std::int64_t give_ids(const Directory& directory, const std::unordered_map<std::string, std::string>& ids,
                          const std::function<void()>& change_setting, Trail& trail);
    void give_id(storage::Tx& tx, IdentityLink link, const std::string& id);
    std::int64_t ceiling(const Directory& directory);
    void check_ceiling(const Directory& directory, std::size_t deactivations);
    void check_removals(const Directory& directory, std::size_t losers);
    void take(storage::Tx& tx, const Directory& directory, const Step& step, const std::string& attempt);
    [[noreturn]] void refuse(const Directory& directory, const std::string& attempt, const Error& e);

    storage::Database& db_;
    Admissions& admissions_;
    Decisions& decisions_;
    GroupFollower* follower_ = nullptr;
};

}  // namespace concordat::identity
