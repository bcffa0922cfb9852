// Groups: those of directories, linked here, and the teams and channels they are linked to.
//
// Only groups of directories exist; people make none here. A group is made when it is linked and keeps its id
// when it is unlinked and linked again. What links bring about happens in the next sync, or at a person's
// next sign-in (group_membership.hpp); this room only says what shall be.
//
// Thread-safe; calls block, those that ask a directory as long as it takes. Every call decides what its actor
// may do: reading sysconsole_read_user_management_groups (groups that may be mentioned: everybody), linking
// to a directory sysconsole_write_user_management_groups, linking to a team manage_team, to a channel
// manage_public_channel_members or manage_private_channel_members; for links that make administrators
// manage_team_roles or manage_channel_roles besides.
//
// Errors: not_found app.group.no_rows, ent.ldap_groups.no_rows; invalid
// app.group.group_syncable_already_deleted, api.ldap_groups.existing_group_name_error, and bad_body();
// conflict app.group.username_conflict; lacks_permission(); those of Directory.
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

class UserGroups {
public:
    static constexpr std::size_t longest_name = 64, longest_display_name = 128, longest_description = 1024;

    // All must outlive this object.
    UserGroups(storage::Database& db, identity::Gate& gate, identity::Directories& directories,
               identity::Decisions& decisions)
        : db_(db), gate_(gate), directories_(directories), decisions_(decisions) {}

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
    UserGroup patch(const Actor& actor, const GroupId& id, const UserGroupPatch& patch);
    GroupMembers members(const Actor& actor, const GroupId& id, std::int64_t offset, std::int64_t limit);
    std::vector<UserGroup> of_user(const Actor& actor, const UserId& user);
    // Second: how many there are in all. Needs list_team_channels in the team, or the right to read groups of
    // the channel.
    std::pair<std::vector<UserGroup>, std::int64_t> of_team(const Actor& actor, const TeamId& team,
                                                            storage::GroupQuery query);
    std::pair<std::vector<UserGroup>, std::int64_t> of_channel(const Actor& actor, const ChannelId& channel,
                                                               storage::GroupQuery query);
    std::map<std::string, std::vector<UserGroup>> of_channels(const Actor& actor, const TeamId& team);

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
    Target target(const Actor& actor, const TeamId& team);
    Target target(const Actor& actor, const ChannelId& channel);
    UserGroup linked(storage::Tx& tx, const GroupId& id);
    std::vector<GroupPlace> places(const Actor& actor, const GroupId& id, bool channels);
    GroupPlace place(const Actor& actor, const GroupId& id, const AnyId& place);
    GroupPlace put(const Actor& actor, const GroupId& id, const Target& target, const GroupPlacePatch& how,
                   bool is_new);
    void remove(const Actor& actor, const GroupId& id, const Target& target);
    void record(storage::Tx& tx, const Actor& actor, const UserGroup& group, const std::string& attempt,
                const char* rule, const std::string& more = {});

    storage::Database& db_;
    identity::Gate& gate_;
    identity::Directories& directories_;
    identity::Decisions& decisions_;
};

}  // namespace concordat::messaging
