// Groups of provisioning: an identity system makes, fills and deletes them by SCIM 2.0.
//
// They are groups like those of directories: an administrator gives them a name for mentions and links them
// to teams and channels, and their members follow (group_membership.hpp) before a call returns. Their source
// is "plugin_scim", which clients take for a source outside; provider is the client's id, remote_id its
// externalId. A client sees and changes the groups that it made, and its members are people that it made.
// Every change is a decision, act "provisioning".
//
// What a crash leaves undone of following is done by settle(), or by the client's next try.
//
// Thread-safe; calls block. Errors: ScimError with the status and scimType of RFC 7644, section 3.12.
#pragma once
#include <string>
#include <vector>
#include "core/model/user_group.hpp"
#include "identity/decision/decisions.hpp"
#include "identity/scim/group.hpp"
#include "messaging/group/group_membership.hpp"
#include "storage/tables/scim.hpp"
#include "storage/tables/user_groups.hpp"

namespace concordat::storage {
class Database;
}

namespace concordat::messaging {

struct ProvisionedGroup {
    UserGroup group;
    std::vector<UserId> members;  // the deactivated, too; by id
};

struct ProvisionedGroupPage {
    std::vector<ProvisionedGroup> groups;
    std::int64_t total = 0, start_index = 1;  // from 1, as the standard counts
};

class ProvisionedGroups {
public:
    static constexpr const char* source = "plugin_scim";
    static constexpr std::size_t most_members = 10'000, most_groups = 10'000;  // of a group; of a client
    static constexpr std::int64_t most_listed = 200, most_members_listed = 100'000;

    // All must outlive this object.
    ProvisionedGroups(storage::Database& db, GroupMembership& membership, identity::Decisions& decisions)
        : db_(db), membership_(membership), decisions_(decisions) {}

    // `attempt` is the request's id.
    ProvisionedGroup create(const storage::ScimClient& client, const identity::ScimGroup& wanted,
                            const std::string& attempt);
    ProvisionedGroup replace(const storage::ScimClient& client, const GroupId& id,
                             const identity::ScimGroup& wanted, const std::string& attempt);
    ProvisionedGroup change(const storage::ScimClient& client, const GroupId& id,
                            const identity::ScimGroupChange& change, const std::string& attempt);
    // Its members lose what it gave; the same externalId makes a new one.
    void remove(const storage::ScimClient& client, const GroupId& id, const std::string& attempt);
    ProvisionedGroup get(const storage::ScimClient& client, const GroupId& id);
    // Groups for which all filters hold. Without members those of each are empty; tooMany when they are more
    // than most_members_listed.
    ProvisionedGroupPage list(const storage::ScimClient& client,
                              const std::vector<identity::ScimFilter>& filters, std::int64_t start_index,
                              std::int64_t count, bool with_members);

    // Of a client that is going: its groups go as by remove().
    void remove_all(const storage::ScimClient& client, const std::string& attempt);
    // What the links of a group say from now on is done. Nothing for groups of other sources.
    void follow(const GroupId& id, const std::string& attempt);
    // All of them: what a crash left undone, and what places demand that became constrained.
    void settle();

private:
    UserGroup owned(storage::Tx& tx, const storage::ScimClient& client, const GroupId& id);
    std::vector<UserId> people(storage::Tx& tx, const storage::ScimClient& client,
                               const std::vector<std::string>& ids);
    ProvisionedGroup write(const storage::ScimClient& client, const std::optional<GroupId>& id,
                           const identity::ScimGroupChange& change, const std::string& attempt);
    std::vector<UserId> set_members(storage::Tx& tx, const storage::ScimClient& client,
                                    const UserGroup& group, const identity::ScimGroupChange& change,
                                    identity::Trail& trail);
    bool holds(storage::Tx& tx, const UserGroup& group, const identity::ScimFilter& filter);
    void refuse_twins(storage::Tx& tx, const storage::ScimClient& client, const UserGroup& group);

    storage::Database& db_;
    GroupMembership& membership_;
    identity::Decisions& decisions_;
};

}  // namespace concordat::messaging
