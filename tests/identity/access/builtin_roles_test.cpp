#include "identity/access/builtin_roles.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/model/permission.hpp"

namespace concordat::identity {
namespace {

TEST(BuiltinRoles, ThereAre29WithTheNumberOfPermissionsClientsExpect) {
    const std::map<std::string, std::size_t> expected = {{"channel_admin", 24},
                                                         {"channel_guest", 8},
                                                         {"channel_user", 27},
                                                         {"compliance_officer", 7},
                                                         {"content_officer", 0},
                                                         {"custom_group_user", 0},
                                                         {"export_approver", 0},
                                                         {"legal", 0},
                                                         {"playbook_admin", 7},
                                                         {"playbook_member", 7},
                                                         {"run_admin", 2},
                                                         {"run_member", 1},
                                                         {"secure_connection_manager", 1},
                                                         {"shared_channel_manager", 1},
                                                         {"system_admin", 274},
                                                         {"system_custom_group_admin", 5},
                                                         {"system_guest", 2},
                                                         {"system_manager", 122},
                                                         {"system_post_all", 4},
                                                         {"system_post_all_public", 3},
                                                         {"system_read_only_admin", 72},
                                                         {"system_user", 13},
                                                         {"system_user_access_token", 3},
                                                         {"system_user_manager", 41},
                                                         {"team_admin", 41},
                                                         {"team_guest", 1},
                                                         {"team_post_all", 4},
                                                         {"team_post_all_public", 3},
                                                         {"team_user", 10}};
    std::map<std::string, std::size_t> seen;
    for (const auto& role : builtin_roles()) seen[role.name] = role.permissions.size();
    EXPECT_EQ(builtin_roles().size(), 29u);
    EXPECT_EQ(seen, expected);
}

TEST(BuiltinRoles, EveryPermissionExistsAndIsNamedOnce) {
    for (const auto& role : builtin_roles()) {
        EXPECT_FALSE(role.display_name.empty()) << role.name;
        EXPECT_FALSE(role.description.empty()) << role.name;
        EXPECT_TRUE(std::is_sorted(role.permissions.begin(), role.permissions.end())) << role.name;
        EXPECT_EQ(std::set<std::string>(role.permissions.begin(), role.permissions.end()).size(),
                  role.permissions.size());
        for (const auto& permission : role.permissions)
            EXPECT_TRUE(permission_from(permission)) << permission;
    }
}

TEST(BuiltinRoles, OnlyRolesOfSchemesAreSchemeManaged) {
    std::set<std::string> managed;
    for (const auto& role : builtin_roles()) {
        if (role.scheme_managed) managed.insert(role.name);
        EXPECT_EQ(role.built_in, role.name != "custom_group_user") << role.name;
    }
    EXPECT_EQ(managed, (std::set<std::string>{"channel_admin", "channel_guest", "channel_user",
                                              "playbook_admin", "playbook_member", "run_admin", "run_member",
                                              "system_admin", "system_guest", "system_user", "team_admin",
                                              "team_guest", "team_user"}));
}

TEST(BuiltinRoles, GuestsCannotDoWhatMembersDo) {
    auto allows = [](const char* role, const char* permission) {
        const auto& list = builtin_role(role)->permissions;
        return std::find(list.begin(), list.end(), permission) != list.end();
    };
    EXPECT_TRUE(allows("channel_guest", "create_post"));
    EXPECT_FALSE(allows("channel_guest", "delete_post"));
    EXPECT_FALSE(allows("team_guest", "join_public_channels"));
    EXPECT_TRUE(allows("team_user", "join_public_channels"));
    EXPECT_FALSE(allows("system_manager", "manage_system"));
    EXPECT_FALSE(allows("system_read_only_admin", "manage_system"));
    EXPECT_EQ(builtin_role("nobody"), nullptr);
}

}  // namespace
}  // namespace concordat::identity
