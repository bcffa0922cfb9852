#include "identity/scheme/schemes.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "identity/access/moderation.hpp"
#include "identity/decision/decisions.hpp"
#include "storage/tables/memberships.hpp"
#include "storage/tables/roles.hpp"
#include "tests/support/refusal.hpp"
#include "tests/support/store.hpp"

namespace concordat::identity {
namespace {

class SchemesTest : public testing::Test {
protected:
    SchemesTest() {
        store.add(bob, room);
        store.add(guest, room);
        store.add(bob, other_room);
    }
    Scheme made(const std::string& scope, const std::string& name = {}) {
        Scheme wanted;
        wanted.scope = scope;
        wanted.name = name;
        wanted.display_name = "Quiet";
        return schemes.create(admin, wanted, "attempt");
    }
    Role role(const std::string& name) {
        return store.db.read([&](storage::Tx& tx) { return storage::RoleTable(tx).named({name}); }).at(0);
    }
    void take(const std::string& name, const std::string& permission) {
        auto left = role(name).permissions;
        std::erase(left, permission);
        schemes.set_permissions(admin, role(name).id, left, "attempt");
    }
    void give(const std::string& name, const std::string& permission) {
        auto more = role(name).permissions;
        more.push_back(permission);
        schemes.set_permissions(admin, role(name).id, more, "attempt");
    }
    bool may(const User& user, Permission permission, const Channel& where) {
        return store.gate.may_in_channel(store.actor(user), permission, where.id);
    }
    std::string roles_of(const User& user, const Channel& where) {
        return store.db
            .read([&](storage::Tx& tx) {
                return storage::MembershipTable(tx).channel_roles(user.id, where.id);
            })
            .value();
    }
    // "members.create_post=1/1 guests..." of one thing: value and whether it can be changed.
    std::string state(const Channel& where, const std::string& name) {
        for (const auto& one : schemes.moderations(where.id)) {
            if (one.name != name) continue;
            const auto text = [](const ModeratedRole& role) {
                return std::string(role.value ? "yes" : "no") + (role.enabled ? "" : "!");
            };
            return text(one.roles.members) + (one.roles.guests ? ' ' + text(*one.roles.guests) : "");
        }
        return "?";
    }
    void moderate(const Channel& where, const std::string& name, std::optional<bool> members,
                  std::optional<bool> guests = {}) {
        schemes.moderate(admin, where.id, {{name, {guests, members}}}, "attempt");
    }

    test::Store store;
    Decisions decisions{store.db};
    Schemes schemes{store.db, store.gate, decisions};
    const Actor admin = store.actor(store.admin());
    const User bob = store.user("bob"), guest = store.guest("gina");
    const Team team = store.team(), other_team = store.team();
    const Channel room = store.channel(team, "room"), closed = store.channel(team, "closed", "P"),
                  other_room = store.channel(other_team, "room");
};

TEST_F(SchemesTest, AreMadeWithRolesOfTheirOwnAndFollowedAtOnce) {
    const auto scheme = made("team", "quiet");
    EXPECT_EQ(role(scheme.default_channel_user_role).permissions, role("channel_user").permissions);
    EXPECT_EQ(role(scheme.default_team_admin_role).permissions, role("team_admin").permissions);
    EXPECT_TRUE(role(scheme.default_team_guest_role).scheme_managed);
    take(scheme.default_channel_user_role, "create_post");
    EXPECT_TRUE(may(bob, Permission::create_post, room));
    schemes.give_team(admin, team.id, scheme.id, "attempt");
    EXPECT_FALSE(may(bob, Permission::create_post, room));
    EXPECT_TRUE(may(guest, Permission::create_post, room)) << "the role of guests is another one";
    EXPECT_TRUE(may(bob, Permission::create_post, other_room));
    EXPECT_EQ(roles_of(bob, room), scheme.default_channel_user_role);
    EXPECT_EQ(schemes.teams(scheme.id, 0, 10).at(0).scheme_id.value, scheme.id.text());
    ASSERT_EQ(store.facts<TeamSchemeChanged>().size(), 1u);

    give(scheme.default_channel_user_role, "create_post");
    EXPECT_TRUE(may(bob, Permission::create_post, room));
    take(scheme.default_channel_user_role, "create_post");
    schemes.give_team(admin, team.id, {}, "attempt");
    EXPECT_TRUE(may(bob, Permission::create_post, room));
    schemes.give_team(admin, team.id, scheme.id, "attempt");
    EXPECT_FALSE(may(bob, Permission::create_post, room));
    schemes.remove(admin, scheme.id, "attempt");
    EXPECT_TRUE(may(bob, Permission::create_post, room));
    EXPECT_EQ(roles_of(bob, room), "channel_user");
    EXPECT_EQ(test::refusal([&] { schemes.get(scheme.id); }), "app.scheme.get.app_error");
    EXPECT_GT(role(scheme.default_channel_user_role).delete_at, 0);
}

TEST_F(SchemesTest, WhatIsWrongIsRefused) {
    const auto refused = [&](const std::string& scope, const std::string& name, const std::string& title) {
        Scheme wanted;
        wanted.scope = scope;
        wanted.name = name;
        wanted.display_name = title;
        return test::refusal([&] { schemes.create(admin, wanted, "attempt"); });
    };
    constexpr const char* invalid = "app.scheme.save.invalid_scheme.app_error";
    EXPECT_EQ(refused("playbook", "a", "A"), invalid);
    EXPECT_EQ(refused("team", "Big Name", "A"), invalid);
    EXPECT_EQ(refused("team", std::string(65, 'a'), "A"), invalid);
    EXPECT_EQ(refused("team", "a", ""), invalid);
    EXPECT_EQ(refused("team", "a", std::string(129, 'a')), invalid);
    const auto of_team = made("team", "one"), of_channel = made("channel", "two");
    EXPECT_EQ(refused("team", "one", "A"), "app.scheme.save.app_error");
    EXPECT_EQ(test::refusal([&] {
                  schemes.patch(admin, of_team.id, {.name = "two", .display_name = {}, .description = {}},
                                "x");
              }),
              "app.scheme.save.app_error");
    EXPECT_EQ(schemes.patch(admin, of_team.id, {.name = {}, .display_name = "New", .description = {}}, "x")
                  .display_name,
              "New");
    EXPECT_EQ(test::refusal([&] { schemes.give_team(admin, team.id, of_channel.id, "x"); }),
              "api.team.update_team_scheme.scheme_scope.error");
    EXPECT_EQ(test::refusal([&] { schemes.give_channel(admin, room.id, of_team.id, "x"); }),
              "api.channel.update_channel_scheme.scheme_scope.error");
    EXPECT_EQ(
        test::refusal([&] { schemes.give_channel(admin, store.direct(bob, guest).id, of_channel.id, "x"); }),
        "api.channel.patch_channel_moderations.channel");
    EXPECT_EQ(test::refusal([&] { schemes.teams(of_channel.id, 0, 10); }),
              "api.scheme.get_teams_for_scheme.scope.error");
    const auto plain = store.actor(bob);
    Scheme wanted;
    for (const auto& call : std::vector<std::function<void()>>{
             [&] { schemes.create(plain, wanted, "x"); }, [&] { schemes.patch(plain, of_team.id, {}, "x"); },
             [&] { schemes.remove(plain, of_team.id, "x"); },
             [&] { schemes.give_team(plain, team.id, of_team.id, "x"); },
             [&] { schemes.give_channel(plain, room.id, of_channel.id, "x"); },
             [&] { schemes.set_permissions(plain, role("channel_user").id, {}, "x"); },
             [&] { schemes.moderate(plain, room.id, {}, "x"); }})
        EXPECT_EQ(test::refusal(call), "api.context.permissions.app_error");
}

TEST_F(SchemesTest, RolesHoldNothingThatIsNotTheirs) {
    const auto refused = [&](const Actor& actor, const std::string& name, const std::string& permission) {
        auto wanted = role(name).permissions;
        wanted.push_back(permission);
        return test::refusal([&] { schemes.set_permissions(actor, role(name).id, wanted, "x"); });
    };
    constexpr const char* not_allowed = "api.roles.patch_roles.not_allowed_permission.error";
    EXPECT_EQ(refused(admin, "channel_user", "manage_system"), not_allowed);
    EXPECT_EQ(refused(admin, "team_admin", "sysconsole_read_reporting_site_statistics"), not_allowed);
    EXPECT_EQ(refused(admin, "system_user", "manage_system"), not_allowed);
    EXPECT_EQ(refused(admin, "system_admin", "create_post"), not_allowed);
    EXPECT_EQ(refused(admin, "channel_user", "fly"), "app.role.save.invalid_role.app_error");
    EXPECT_EQ(refused(admin, "team_user", "create_post"), "");
    EXPECT_EQ(test::refusal([&] { schemes.set_permissions(admin, RoleId::fresh(), {}, "x"); }),
              "app.role.get.app_error");
    // Somebody who may change permissions, and is no administrator, does not raise themselves.
    auto manager = store.actor(store.user("mia", "system_user system_manager"));
    ASSERT_TRUE(store.gate.may(manager, Permission::sysconsole_write_user_management_permissions));
    EXPECT_EQ(refused(manager, "system_manager", "edit_other_users"), "api.context.permissions.app_error");
    EXPECT_EQ(refused(manager, "system_user", "edit_other_users"), "api.context.permissions.app_error");
    EXPECT_EQ(refused(manager, "channel_guest", "use_group_mentions"), "");
    const auto told = decisions.list({.rule = "role.changed"});
    ASSERT_EQ(told.size(), 2u);
    EXPECT_EQ(told[0].steps.at(0).detail, "role channel_guest: +use_group_mentions");
    EXPECT_EQ(told[0].actor_id, manager.user_id);
}

TEST_F(SchemesTest, AModeratedChannelIsStricterThanItsTeamAndNeverLaxer) {
    EXPECT_EQ(state(room, "create_post"), "yes yes");
    EXPECT_EQ(state(room, "manage_members"), "yes");
    moderate(room, "create_post", false, true);
    EXPECT_EQ(state(room, "create_post"), "no yes");
    EXPECT_FALSE(may(bob, Permission::create_post, room));
    EXPECT_TRUE(may(guest, Permission::create_post, room));
    EXPECT_TRUE(may(bob, Permission::add_reaction, room));
    EXPECT_EQ(state(closed, "create_post"), "yes yes") << "other channels are as they were";
    const auto told = store.facts<ChannelSchemeChanged>();
    ASSERT_EQ(told.size(), 1u);
    EXPECT_FALSE(told[0].scheme_id.empty());

    // What is taken above is gone here, too, and what is given above and not moderated comes.
    take("channel_user", "add_reaction");
    EXPECT_FALSE(may(bob, Permission::add_reaction, room));
    EXPECT_EQ(state(room, "create_reactions"), "no! yes");
    moderate(room, "create_reactions", true);
    EXPECT_FALSE(may(bob, Permission::add_reaction, room));
    give("channel_user", "add_reaction");
    EXPECT_TRUE(may(bob, Permission::add_reaction, room));
    give("channel_user", "create_post_ephemeral");
    EXPECT_TRUE(may(bob, Permission::create_post_ephemeral, room));
    EXPECT_FALSE(may(bob, Permission::create_post, room));

    // Administrators of the channel keep everything.
    store.db.transact([&](storage::Tx& tx) {
        tx.run_script("update channel_members set scheme_admin = true where user_id = '" + bob.id.uuid() +
                      "'");
    });
    store.gate.on_facts({storage::fact_of(UserRolesChanged{bob.id, {}, {}, {}}, store.now())});
    EXPECT_TRUE(may(bob, Permission::manage_public_channel_properties, room));

    // When nothing is taken any more the channel follows its team again.
    moderate(room, "create_post", true);
    EXPECT_EQ(roles_of(guest, room), "channel_guest");
    EXPECT_TRUE(store.facts<ChannelSchemeChanged>().back().scheme_id.empty());
    EXPECT_EQ(decisions.list({.rule = "channel.moderated"}).size(), 2u);
}

TEST_F(SchemesTest, ModerationFollowsTheSchemeOfTheTeam) {
    const auto scheme = made("team");
    schemes.give_team(admin, team.id, scheme.id, "x");
    moderate(room, "use_channel_mentions", false);
    take(scheme.default_channel_user_role, "create_post");
    EXPECT_FALSE(may(bob, Permission::create_post, room));
    EXPECT_EQ(state(room, "create_post"), "no! yes");
    EXPECT_EQ(state(room, "use_channel_mentions"), "no yes");
    schemes.give_team(admin, team.id, {}, "x");
    EXPECT_TRUE(may(bob, Permission::create_post, room)) << "the team's scheme is gone";
    EXPECT_FALSE(may(bob, Permission::use_channel_mentions, room)) << "the channel's own is not";
}

TEST_F(SchemesTest, ASchemeThatSeveralChannelsHaveIsNotChangedByTheModerationOfOne) {
    const auto shared = made("channel", "shared");
    store.add(bob, closed);
    schemes.give_channel(admin, room.id, shared.id, "x");
    schemes.give_channel(admin, closed.id, shared.id, "x");
    take(shared.default_channel_user_role, "use_channel_mentions");
    moderate(room, "create_post", false);
    EXPECT_FALSE(may(bob, Permission::create_post, room));
    EXPECT_FALSE(may(bob, Permission::use_channel_mentions, room)) << "it began as a copy";
    EXPECT_TRUE(may(bob, Permission::create_post, closed));
    EXPECT_EQ(schemes.channels(shared.id, 0, 10).size(), 1u);
}

TEST_F(SchemesTest, ASchemeThatSomebodyMadeStaysWhenModerationGivesEverythingBack) {
    const auto own = made("channel");  // without a name of its own
    schemes.give_channel(admin, room.id, own.id, "x");
    moderate(room, "create_post", false);
    EXPECT_FALSE(may(bob, Permission::create_post, room));
    moderate(room, "create_post", true);
    EXPECT_TRUE(may(bob, Permission::create_post, room));
    EXPECT_EQ(roles_of(bob, room), own.default_channel_user_role);
    EXPECT_EQ(schemes.get(own.id).delete_at, 0);
}

TEST_F(SchemesTest, WhatIsToldOfARoleIsWhatItAllows) {
    const auto own = made("channel");
    schemes.give_channel(admin, room.id, own.id, "x");
    take("channel_user", "add_reaction");
    store.forget();
    const auto answer = schemes.set_permissions(admin, role(own.default_channel_user_role).id,
                                                {"create_post", "add_reaction"}, "x");
    const auto has = [](const Role& role, const char* permission) {
        return std::find(role.permissions.begin(), role.permissions.end(), permission) !=
               role.permissions.end();
    };
    EXPECT_TRUE(has(answer, "create_post"));
    EXPECT_FALSE(has(answer, "add_reaction")) << "not above";
    EXPECT_TRUE(has(answer, "edit_post")) << "above, and not moderated";
    const auto told = store.facts<RoleUpdated>();
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0].role.permissions, answer.permissions);
    EXPECT_EQ(store.roles.named(own.default_channel_user_role)->permissions, answer.permissions);
}

TEST_F(SchemesTest, AChangedSchemeOfOneChannelLeavesWhatIsKnownOfOthers) {
    store.add(bob, closed);
    EXPECT_TRUE(may(bob, Permission::create_post, closed));
    // What the database says now is not asked again where nothing has changed.
    store.db.transact([&](storage::Tx& tx) {
        tx.run_script("delete from channel_members where user_id = '" + bob.id.uuid() + "'");
    });
    moderate(room, "create_post", false, true);
    EXPECT_TRUE(may(bob, Permission::create_post, closed));
    EXPECT_FALSE(may(bob, Permission::create_post, room));
}

TEST_F(SchemesTest, WithinTakesOnlyWhatIsModerated) {
    Permissions above, role;
    for (const auto p : {Permission::create_post, Permission::edit_post, Permission::add_reaction})
        grant(above, p);
    for (const auto p : {Permission::add_reaction, Permission::upload_file}) grant(role, p);
    const auto here = within(role, above);
    EXPECT_FALSE(holds(here, Permission::create_post)) << "moderated, and not in the role";
    EXPECT_TRUE(holds(here, Permission::edit_post)) << "not moderated";
    EXPECT_TRUE(holds(here, Permission::add_reaction));
    EXPECT_FALSE(holds(here, Permission::upload_file)) << "not above";
}

}  // namespace
}  // namespace concordat::identity
