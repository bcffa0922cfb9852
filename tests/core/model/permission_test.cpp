#include "core/model/permission.hpp"

#include <gtest/gtest.h>

#include <set>

namespace concordat {
namespace {

TEST(Permission, EveryOneIsFoundByItsOwnName) {
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < permission_count; ++i) {
        auto permission = static_cast<Permission>(i);
        names.insert(name_of(permission));
        ASSERT_EQ(permission_from(name_of(permission)), permission) << name_of(permission);
    }
    EXPECT_EQ(names.size(), 274u);
}

TEST(Permission, WhatIsNotAPermissionIsNotFound) {
    EXPECT_FALSE(permission_from(""));
    EXPECT_FALSE(permission_from("create_pos"));
    EXPECT_FALSE(permission_from("Create_post"));
    EXPECT_FALSE(permission_from("zzz"));
    EXPECT_FALSE(permission_from("a"));
}

TEST(Permission, KnowsTheNarrowestThingItIsAbout) {
    EXPECT_EQ(name_of(Permission::create_post), "create_post");
    EXPECT_EQ(scope_of(Permission::create_post), PermissionScope::channel);
    EXPECT_EQ(scope_of(Permission::manage_system), PermissionScope::system);
    EXPECT_EQ(scope_of(Permission::manage_team), PermissionScope::team);
    EXPECT_EQ(scope_of(Permission::edit_custom_group), PermissionScope::group);
    EXPECT_EQ(scope_of(Permission::run_view), PermissionScope::run);
}

TEST(Permission, ASetTurnsIntoNamesAndBackAndSkipsStrangers) {
    Permissions set;
    grant(set, Permission::create_post);
    grant(set, Permission::manage_team);
    auto names = names_of(set);
    EXPECT_EQ(std::set<std::string>(names.begin(), names.end()),
              (std::set<std::string>{"create_post", "manage_team"}));
    names.push_back("fly_to_the_moon");
    auto again = permissions_from(names);
    EXPECT_EQ(again, set);
    EXPECT_TRUE(holds(again, Permission::create_post));
    EXPECT_FALSE(holds(again, Permission::delete_post));
}

}  // namespace
}  // namespace concordat
