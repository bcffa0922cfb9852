// The tables user_groups, user_group_members, user_group_places and user_group_grants: groups of directories,
// of provisioning, and those that people make; who is in them, what they are linked to, and what people have
// because of them.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>
#include "core/model/user_group.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {

// Which groups to list, by display name. What is empty does not narrow.
struct GroupQuery {
    std::string term;  // part of the name or of the display name, in any case
    bool with_unlinked = false;
    bool only_unlinked = false;
    bool only_referable = false;     // that may be mentioned; of unlinked ones those that people made
    bool without_custom = false;     // without those that people made
    std::string source;              // custom, ldap, plugin_scim
    std::vector<std::string> names;  // has one of these
    Millis since = 0;                // changed since; unlinked ones, too
    AnyId linked_to, not_linked_to;  // a team or channel
    UserId user_id;                  // is in it
    std::int64_t offset = 0, limit = 60;
};

// Active people to list, by user name. What is empty does not narrow.
struct GroupPeopleQuery {
    GroupId in_group, not_in_group;
    TeamId in_team;
    ChannelId in_channel, not_in_channel;
    std::int64_t offset = 0, limit = 60;
};

struct GroupedUser {
    UserId user_id;
    GroupId group_id;
    bool is_of_directory = false;
};

// A membership of a team or channel to which groups are, or were, linked.
struct PlaceMember {
    UserId user_id;
    AnyId place_id;
    bool is_admin = false;
};

// A team or channel as far as groups need it.
struct GroupedPlace {
    AnyId id;
    bool is_channel = false;
    TeamId team_id;
    std::string display_name;
    bool is_constrained = false, is_archived = false;
};

class UserGroupTable {
public:
    explicit UserGroupTable(Tx& tx) : tx_(tx) {}

    // Throws Error (conflict, "storage.unique") when it is there already, or its name is another's.
    void insert(const UserGroup& group);
    // Everything but source, provider and create_at. Throws as insert().
    void update(const UserGroup& group);
    // Unlinked ones, too.
    std::optional<UserGroup> find(const GroupId& id);
    std::optional<UserGroup> lock(const GroupId& id);
    std::optional<UserGroup> of_remote(const std::string& provider, const std::string& remote_id,
                                       const std::string& source = "ldap");
    // Linked ones of one directory, or of another source.
    std::vector<UserGroup> of_provider(const std::string& provider, const std::string& source = "ldap");
    // All that may be mentioned and have a name for it.
    std::vector<UserGroup> referable();
    bool name_is_taken(const std::string& name);
    // Those of a directory that give roles, or gave some once; unlinked ones, too.
    std::vector<UserGroup> with_roles(const std::string& provider);
    std::vector<UserGroup> select(const GroupQuery& query);
    std::int64_t count(const GroupQuery& query);

    // True when the person was not in it.
    bool add_member(const GroupId& group, const UserId& user);
    bool remove_member(const GroupId& group, const UserId& user);
    void remove_members(const GroupId& group);
    // Who of them was not in it, or was.
    std::vector<UserId> add_members(const GroupId& group, const std::vector<UserId>& users);
    std::vector<UserId> remove_members(const GroupId& group, const std::vector<UserId>& users);
    // Linked groups of each of these people.
    std::vector<GroupedUser> memberships(const std::vector<UserId>& users);
    // By id, and whether they are active.
    std::vector<std::pair<UserId, bool>> everybody(const GroupId& group);
    // Who is in it, or has something because of it.
    std::vector<UserId> followers(const GroupId& group);
    std::vector<UserId> followers_of_source(const std::string& source);
    // By group; the first `limit` of them.
    std::vector<std::pair<GroupId, UserId>> members_of(const std::vector<GroupId>& groups,
                                                       bool with_deactivated, std::int64_t limit);
    // Of groups that may be mentioned and have members there.
    std::vector<std::pair<GroupId, std::int64_t>> channel_counts(const ChannelId& channel,
                                                                 bool without_custom);
    // Whether it may be mentioned in the channel: where only members of linked groups may be, linked ones.
    bool may_be_called(const GroupId& group, const ChannelId& channel, const TeamId& team);
    // Active people who are in groups of a directory, or have something because of them, and whose account is
    // no longer linked to it; with their user names.
    std::vector<std::pair<UserId, std::string>> strays(const std::string& provider);
    // Without the deactivated, by user name.
    std::vector<UserId> members(const GroupId& group, std::int64_t offset, std::int64_t limit);
    std::int64_t count_members(const GroupId& group);
    std::vector<UserId> people(const GroupPeopleQuery& query);
    // Who is in the place because of groups and in none of these, by user name; and how many there are. What
    // is past the last has the number 0.
    std::pair<std::vector<UserId>, std::int64_t> leavers(const AnyId& place,
                                                         const std::vector<GroupId>& groups,
                                                         std::int64_t offset, std::int64_t limit);

    // Unlinked ones, too.
    std::optional<GroupPlace> place(const GroupId& group, const AnyId& place);
    void put(const GroupPlace& place);
    // Links in force: of one group (to teams or to channels), or of all groups that are linked.
    std::vector<GroupPlace> places_of(const GroupId& group, bool channels);
    std::vector<GroupPlace> places();
    // Links in force of channels of a team.
    std::vector<std::pair<AnyId, GroupId>> channels_of_team(const TeamId& team);
    std::vector<GroupedPlace> find_places(const std::vector<AnyId>& ids);
    // Whether the person is in a group that is linked to the place.
    bool admits(const AnyId& place, const UserId& user);
    // Whether only members of its groups may be in it.
    void constrain(const AnyId& place, bool is_channel, bool is_constrained);

    std::vector<GroupGrant> grants(const std::vector<UserId>& users);
    void put(const GroupGrant& grant);
    void remove(const GroupGrant& grant);
    std::vector<PlaceMember> place_members(const std::vector<UserId>& users);

private:
    Tx& tx_;
};

}  // namespace concordat::storage
