// Groups of a directory that are linked here, and the teams and channels they are linked to. Plain data.
#pragma once
#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <vector>
#include "core/base/json.hpp"
#include "core/model/ids.hpp"

namespace concordat {

struct UserGroup {
    GroupId id;
    std::optional<std::string> name;  // for mentions; none until somebody gives it one
    std::string display_name;
    std::string description;
    std::string source = "ldap";
    Nullable<std::string> remote_id;  // immutable, in its directory
    Millis create_at = 0, update_at = 0;
    Millis delete_at = 0;  // unlinked then
    bool has_syncables = false;
    std::optional<std::int64_t> member_count;
    bool allow_reference = false;
    Nullable<std::vector<UserId>> member_ids;
    std::optional<bool> scheme_admin;  // in lists of one place: whether it makes administrators there
    std::optional<Millis> missing_at;  // when its directory no longer had it
    // Roles of the system that it gives, separated by spaces; "-role" is one that it gave once, so that
    // whoever has it because of that loses it. Not sent.
    std::string roles;
    std::string provider;  // its directory; not sent
};
BOOST_DESCRIBE_STRUCT(UserGroup, (),
                      (id, name, display_name, description, source, remote_id, create_at, update_at,
                       delete_at, has_syncables, member_count, allow_reference, member_ids, scheme_admin,
                       missing_at))

struct UserGroupPatch {
    std::optional<std::string> name, display_name, description;
    std::optional<bool> allow_reference;
};
BOOST_DESCRIBE_STRUCT(UserGroupPatch, (), (name, display_name, description, allow_reference))

// A group's link to a team or a channel.
struct GroupPlace {
    GroupId group_id;
    AnyId place_id;
    bool is_channel = false;
    bool auto_add = false;      // its members join
    bool scheme_admin = false;  // its members are administrators there
    Millis create_at = 0, update_at = 0;
    Millis delete_at = 0;                      // unlinked then
    std::string display_name, type;            // of the place
    TeamId team_id;                            // the team, or the channel's
    std::string team_display_name, team_type;  // of a channel's team
    bool is_constrained = false, is_place_archived = false;
};

struct GroupPlacePatch {
    std::optional<bool> auto_add, scheme_admin;
};
BOOST_DESCRIBE_STRUCT(GroupPlacePatch, (), (auto_add, scheme_admin))

// What a person has in a place because of groups.
struct GroupGrant {
    UserId user_id;
    AnyId place_id;
    bool is_channel = false;
    GroupId group_id;              // the first of them
    bool gave_membership = false;  // false: they had joined themselves
    bool gave_admin = false;
    friend bool operator==(const GroupGrant&, const GroupGrant&) = default;
};

}  // namespace concordat
