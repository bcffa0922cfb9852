// A scheme: roles of their own for the members of the teams or channels that it is given to, as clients and
// the database see it.
#pragma once
#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <vector>
#include "core/base/json.hpp"
#include "core/model/ids.hpp"

namespace concordat {

struct Scheme {
    SchemeId id;
    std::string name;  // unique, lower case
    std::string display_name, description;
    Millis create_at = 0, update_at = 0, delete_at = 0;
    std::string scope;  // "team" or "channel"
    // Names of roles. Those of teams are empty in a scheme of channels.
    std::string default_team_admin_role, default_team_user_role, default_team_guest_role;
    std::string default_channel_admin_role, default_channel_user_role, default_channel_guest_role;
    // Clients expect them; always empty.
    std::string default_playbook_admin_role, default_playbook_member_role, default_run_admin_role,
        default_run_member_role;
    bool is_of_moderation = false;  // made by the moderation of a channel; not for clients
};
BOOST_DESCRIBE_STRUCT(Scheme, (),
                      (id, name, display_name, description, create_at, update_at, delete_at, scope,
                       default_team_admin_role, default_team_user_role, default_team_guest_role,
                       default_channel_admin_role, default_channel_user_role, default_channel_guest_role,
                       default_playbook_admin_role, default_playbook_member_role, default_run_admin_role,
                       default_run_member_role))

struct SchemePatch {
    std::optional<std::string> name, display_name, description;
};
BOOST_DESCRIBE_STRUCT(SchemePatch, (), (name, display_name, description))

// What members and guests of a channel may do, thing by thing: "create_post", "create_reactions",
// "manage_members", "use_channel_mentions", "manage_bookmarks".
struct ModeratedRole {
    bool value = false;    // they may
    bool enabled = false;  // it can be changed here: above the channel they may
};
BOOST_DESCRIBE_STRUCT(ModeratedRole, (), (value, enabled))

struct ModeratedRoles {
    std::optional<ModeratedRole> guests;  // nothing where guests never may
    ModeratedRole members;
};
BOOST_DESCRIBE_STRUCT(ModeratedRoles, (), (guests, members))

struct ChannelModeration {
    std::string name;
    ModeratedRoles roles;
};
BOOST_DESCRIBE_STRUCT(ChannelModeration, (), (name, roles))

struct ModeratedRolesPatch {
    std::optional<bool> guests, members;
};
BOOST_DESCRIBE_STRUCT(ModeratedRolesPatch, (), (guests, members))

struct ChannelModerationPatch {
    std::string name;
    ModeratedRolesPatch roles;
};
BOOST_DESCRIBE_STRUCT(ChannelModerationPatch, (), (name, roles))

}  // namespace concordat
