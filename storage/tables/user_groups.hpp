// The tables user_groups, user_group_members, user_group_places and user_group_grants: groups of directories,
// who is in them, what they are linked to, and what people have because of them.
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
    bool only_referable = false;     // that may be mentioned
    AnyId linked_to, not_linked_to;  // a team or channel
    UserId user_id;                  // is in it
    std::int64_t offset = 0, limit = 60;
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
    // Everything but provider, remote_id and create_at. Throws as insert().
    void update(const UserGroup& group);
    // Unlinked ones, too.
    std::optional<UserGroup> find(const GroupId& id);
    std::optional<UserGroup> of_remote(const std::string& provider, const std::string& remote_id);
    // Linked ones of one directory.
    std::vector<UserGroup> of_provider(const std::string& provider);
    // Those that give roles, or gave some once; unlinked ones, too.
    std::vector<UserGroup> with_roles(const std::string& provider);
    std::vector<UserGroup> select(const GroupQuery& query);
    std::int64_t count(const GroupQuery& query);

    // True when the person was not in it.
    bool add_member(const GroupId& group, const UserId& user);
    bool remove_member(const GroupId& group, const UserId& user);
    void remove_members(const GroupId& group);
    // Linked groups of each of these people.
    std::vector<std::pair<UserId, GroupId>> memberships(const std::vector<UserId>& users);
    // Active people who are in groups of a directory, or have something because of them, and whose account is
    // no longer linked to it; with their user names.
    std::vector<std::pair<UserId, std::string>> strays(const std::string& provider);
    // Without the deactivated, by user name.
    std::vector<UserId> members(const GroupId& group, std::int64_t offset, std::int64_t limit);
    std::int64_t count_members(const GroupId& group);
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
