// Groups of a directory become memberships of teams and channels: at a sync, and at the sign-in of one
// person. Those of provisioning do whenever something about them changes.
//
// What changes for a person is in group_moves.hpp. A group that a sync no longer finds in its directory is
// marked as missing and takes nothing from its members; only the next sync that goes through does, if it is
// still missing. A place that does not take a person (full, or for other e-mail domains) is noted and refuses
// nothing else. Each person with changes has a decision: "directory_sync" with the rule group.followed, or
// notes in that of the sign-in; the steps are group.joined, group.left, group.promoted, group.demoted,
// group.not_joined.
//
// Thread-safe; calls block. A person is changed in one transaction, at most people_of_one_transaction at
// once.
#pragma once
#include <functional>
#include <string>
#include <vector>
#include "core/config/live.hpp"
#include "core/model/identity.hpp"
#include "core/model/user.hpp"
#include "identity/ldap/directories.hpp"
#include "identity/ldap/group_follower.hpp"
#include "messaging/group/group_moves.hpp"

namespace concordat::storage {
class Database;
class Tx;
}  // namespace concordat::storage

namespace concordat::messaging {

class GroupMembership : public identity::GroupFollower {
public:
    static constexpr std::size_t people_of_one_read = 200, people_of_one_transaction = 10;
    static constexpr std::size_t most_named = 10'000;  // changes that a plan names; all are counted

    // All must outlive this object.
    GroupMembership(storage::Database& db, identity::Directories& directories, identity::Decisions& decisions,
                    const LiveSettings& settings)
        : db_(db), directories_(directories), decisions_(decisions), settings_(settings) {}

    identity::GroupPlan plan(const identity::GroupSight& sight) override;
    void carry_out(const identity::GroupSight& sight, const std::string& attempt,
                   const std::function<void()>& renew) override;
    // These people, in the groups they are in now, also those of directories. People for whom nothing changes
    // are only read. "group.followed" has the act "provisioning". Without an attempt it is looked again: what
    // a place refused before is not recorded anew.
    void follow(const std::vector<UserId>& users, const std::string& service, const std::string& attempt,
                bool re_adds = false);
    // At a sign-in, once the account is up to date. People of other sources than directories stay in the
    // groups they are in. When the directory does not answer whether a group that the person has left is
    // still there, the person keeps what it gave until the next sync.
    void arrive(const User& user, const ExternalIdentity& identity, identity::Trail& trail);

private:
    struct Standing;
    using Wanted = std::vector<std::pair<UserId, std::vector<std::string>>>;  // people, and their remote ids
    Standing standing(storage::Tx& tx, const identity::GroupSight& sight);
    std::vector<GroupedPerson> people(storage::Tx& tx, const Wanted& wanted, const Standing& standing);
    void settle(const User& user, identity::Trail& trail);
    bool re_adds(const std::string& provider) const;
    std::vector<std::string> gone(const ExternalIdentity& identity,
                                  const std::vector<std::string>& remote_ids, identity::Trail& trail);

    storage::Database& db_;
    identity::Directories& directories_;
    identity::Decisions& decisions_;
    const LiveSettings& settings_;
};

}  // namespace concordat::messaging
