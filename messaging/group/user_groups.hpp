// Groups: those of directories, linked here, those of provisioning (provisioned_groups.hpp), those that
// people make, and the teams and channels they are linked to.
//
// A group of a directory is made when it is linked and keeps its id when it is unlinked and linked again.
// What links bring about happens in the next sync, or at a person's next sign-in (group_membership.hpp); this
// room only says what shall be. A group that people make (source "custom") is for mentions: it always has a
// name, may always be mentioned, and is never linked to a team or channel. A deleted one keeps its members
// and its name, for being restored. While ServiceSettings.EnableCustomGroups is false none is shown or made.
//
// Thread-safe; calls block, those that ask a directory as long as it takes. Every call decides what its actor
// may do: reading sysconsole_read_user_management_groups (groups that may be mentioned: everybody), linking
// to a directory sysconsole_write_user_management_groups, linking to a team manage_team, to a channel
// manage_public_channel_members or manage_private_channel_members; for links that make administrators
// manage_team_roles or manage_channel_roles besides; for groups that people make create_custom_group,
// edit_custom_group, delete_custom_group, restore_custom_group, manage_custom_group_members.
//
// Errors: not_found app.group.no_rows, ent.ldap_groups.no_rows; invalid
// app.group.group_syncable_already_deleted, api.ldap_groups.existing_group_name_error,
// app.group.most_members, app.custom_group.most_groups, and bad_body(); conflict app.group.username_conflict,
// app.custom_group.unique_name; unsupported app.group.crud_permission (not for groups of that source),
// api.custom_groups.feature_disabled, api.custom_groups.must_be_referenceable,
// api.custom_groups.no_remote_id; lacks_permission(); those of Directory.
#pragma once
#include <boost/describe.hpp>
#include <map>
#include <string>
#include <utility>
#include <vector>
#include "core/config/live.hpp"
#include "core/model/actor.hpp"
#include "core/model/user_group.hpp"
#include "identity/access/gate.hpp"
#include "identity/decision/decisions.hpp"
#include "identity/ldap/directories.hpp"
#include "storage/tables/user_groups.hpp"

namespace concordat::storage {
class Database;
}

namespace concordat::messaging {

// A group as its directory has it.
struct RemoteGroup {
    std::string primary_key, name;
    Nullable<GroupId> mattermost_group_id;  // when it is linked
    Nullable<bool> has_syncables;
    std::string roles;  // of the system, that it gives or (with "-" before it) gave once; not sent
};
BOOST_DESCRIBE_STRUCT(RemoteGroup, (), (primary_key, name, mattermost_group_id, has_syncables))

struct RemoteGroups {
    std::int64_t count = 0;
    std::vector<RemoteGroup> groups;
};
BOOST_DESCRIBE_STRUCT(RemoteGroups, (), (count, groups))

struct RemoteGroupQuery {
    std::string provider, term;
    std::optional<bool> is_linked, is_configured;  // configured: linked to a team or channel
    std::size_t offset = 0, limit = 60;
};

struct GroupMembers {
    std::vector<UserId> ids;
    std::int64_t total_member_count = 0;
};

// A group that somebody makes.
struct NewGroup {
    std::string name, display_name, description, source;
    bool allow_reference = false;
    std::optional<std::string> remote_id;
    std::vector<UserId> user_ids;
};
BOOST_DESCRIBE_STRUCT(NewGroup, (),
                      (name, display_name, description, source, allow_reference, remote_id, user_ids))

struct GroupMember {
    GroupId group_id;
    UserId user_id;
    Millis create_at = 0, delete_at = 0;
};
BOOST_DESCRIBE_STRUCT(GroupMember, (), (group_id, user_id, create_at, delete_at))

// Of the members of a channel, how many are in a group.
struct ChannelGroupCount {
    GroupId group_id;
    std::int64_t channel_member_count = 0;
};

class UserGroups {
public:
    static constexpr std::size_t longest_name = 64, longest_display_name = 128, longest_description = 1024;
    // Of groups that people make: members of one, of one call, and how many groups.
    static constexpr std::int64_t most_members = 10'000, most_groups = 10'000;
    static constexpr std::size_t most_members_at_once = 1000;
    static constexpr std::int64_t most_member_ids = 100'000;  // in one answer

    // All must outlive this object.
    UserGroups(storage::Database& db, identity::Gate& gate, identity::Directories& directories,
               identity::Decisions& decisions, const LiveSettings& settings)
        : db_(db), gate_(gate), directories_(directories), decisions_(decisions), settings_(settings) {}

    // What the directory has, asked now; missing groups are not among them.
    RemoteGroups remote(const Actor& actor, const RemoteGroupQuery& query);
    // Second: whether it is a new one. Linking what is linked changes nothing.
    std::pair<UserGroup, bool> link(const Actor& actor, const std::string& provider,
                                    const std::string& remote_id, const std::string& attempt);
    // Its links to places stay for another time; nobody is in it.
    void unlink(const Actor& actor, const std::string& provider, const std::string& remote_id,
                const std::string& attempt);

    // From now on its members have the role, or no longer: at their next sign-in, or the next sync. Needs
    // manage_system. A role that RolesFromProviders does not name has no effect. bad_body("role") for what is
    // no role of the system, or one that every account has.
    UserGroup set_role(const Actor& actor, const std::string& provider, const std::string& remote_id,
                       const std::string& role, bool gives, const std::string& attempt);

    // Without the right to read groups, those that may be mentioned.
    std::vector<UserGroup> list(const Actor& actor, storage::GroupQuery query);
    std::int64_t count(const Actor& actor, storage::GroupQuery query);
    UserGroup get(const Actor& actor, const GroupId& id);
    // Fills in who is in them. bad_url("include_member_ids") when that are too many for one answer.
    void add_member_ids(std::vector<UserGroup>& groups);
    UserGroup patch(const Actor& actor, const GroupId& id, const UserGroupPatch& patch);

    // ---- groups that people make. `attempt` is the request's id. Whom nobody knows, and who is
    // deactivated, is bad_body("user_ids").
    UserGroup make(const Actor& actor, const NewGroup& wanted, const std::string& attempt);
    UserGroup remove(const Actor& actor, const GroupId& id, const std::string& attempt);
    UserGroup restore(const Actor& actor, const GroupId& id, const std::string& attempt);
    // Who was in it already is among the answers, too; who was not in it is not.
    std::vector<GroupMember> add_members(const Actor& actor, const GroupId& id,
                                         const std::vector<UserId>& users, const std::string& attempt);
    std::vector<GroupMember> remove_members(const Actor& actor, const GroupId& id,
                                            const std::vector<UserId>& users, const std::string& attempt);
    GroupMembers members(const Actor& actor, const GroupId& id, std::int64_t offset, std::int64_t limit);
    // Needs to see the groups, the team and the channels that are named.
    std::vector<UserId> people(const Actor& actor, const storage::GroupPeopleQuery& query);
    std::vector<UserGroup> of_user(const Actor& actor, const UserId& user);
    // Second: how many there are in all. Needs list_team_channels in the team, or the right to read groups of
    // the channel.
    std::pair<std::vector<UserGroup>, std::int64_t> of_team(const Actor& actor, const TeamId& team,
                                                            storage::GroupQuery query);
    std::pair<std::vector<UserGroup>, std::int64_t> of_channel(const Actor& actor, const ChannelId& channel,
                                                               storage::GroupQuery query);
    std::map<std::string, std::vector<UserGroup>> of_channels(const Actor& actor, const TeamId& team);
    // Of groups that may be mentioned. The route decides who may ask.
    std::vector<ChannelGroupCount> channel_counts(const ChannelId& channel);

    std::vector<GroupPlace> teams(const Actor& actor, const GroupId& id) { return places(actor, id, false); }
    std::vector<GroupPlace> channels(const Actor& actor, const GroupId& id) {
        return places(actor, id, true);
    }
    GroupPlace team(const Actor& actor, const GroupId& id, const TeamId& team);
    GroupPlace channel(const Actor& actor, const GroupId& id, const ChannelId& channel);
    GroupPlace link_team(const Actor& actor, const GroupId& id, const TeamId& team,
                         const GroupPlacePatch& how);
    GroupPlace link_channel(const Actor& actor, const GroupId& id, const ChannelId& channel,
                            const GroupPlacePatch& how);
    GroupPlace patch_team(const Actor& actor, const GroupId& id, const TeamId& team,
                          const GroupPlacePatch& how);
    GroupPlace patch_channel(const Actor& actor, const GroupId& id, const ChannelId& channel,
                             const GroupPlacePatch& how);
    void unlink_team(const Actor& actor, const GroupId& id, const TeamId& team);
    void unlink_channel(const Actor& actor, const GroupId& id, const ChannelId& channel);

    // Who would leave the place if it were for members of these groups only: those whom groups brought there
    // and who are in none of these. The route decides who may ask.
    GroupMembers leavers(const AnyId& place, const std::vector<GroupId>& groups, std::int64_t offset,
                         std::int64_t limit);
    // Whether only members of its groups may be in it. Who is in it already stays, unless groups brought
    // them. Who changes a team or channel calls this before, since the facts about it come with that change.
    // The default channel is for everybody: invalid, api.channel.update_channel.group_constrained.
    void constrain_team(const Actor& actor, const TeamId& team, bool is_constrained);
    void constrain_channel(const Actor& actor, const ChannelId& channel, bool is_constrained);

private:
    struct Target;  // a team or channel, and whether the actor may link groups to it
    bool may_read(const Actor& actor) const;
    bool has_own() const { return settings_.current()->ServiceSettings.EnableCustomGroups; }
    void narrow(const Actor& actor, storage::GroupQuery& query) const;
    // What members of the kind `custom` need; locked.
    UserGroup own(storage::Tx& tx, const GroupId& id);
    void check_people(storage::Tx& tx, const std::vector<UserId>& users);
    UserGroup write_patch(const Actor& actor, const GroupId& id, const UserGroupPatch& patch);
    void require_own(const Actor& actor, Permission permission) const;
    Target target(const Actor& actor, const TeamId& team);
    Target target(const Actor& actor, const ChannelId& channel);
    UserGroup linked(storage::Tx& tx, const GroupId& id);
    std::vector<GroupPlace> places(const Actor& actor, const GroupId& id, bool channels);
    GroupPlace place(const Actor& actor, const GroupId& id, const AnyId& place);
    GroupPlace put(const Actor& actor, const GroupId& id, const Target& target, const GroupPlacePatch& how,
                   bool is_new);
    void unlink(const Actor& actor, const GroupId& id, const Target& target);
    void record(storage::Tx& tx, const Actor& actor, const UserGroup& group, const std::string& attempt,
                const char* rule, const std::string& more = {});

    storage::Database& db_;
    identity::Gate& gate_;
    identity::Directories& directories_;
    identity::Decisions& decisions_;
    const LiveSettings& settings_;
};

// Throws as UserGroups::patch() does for names, lengths and words that may not be.
void check_group_shape(const UserGroupPatch& patch);

}  // namespace concordat::messaging
