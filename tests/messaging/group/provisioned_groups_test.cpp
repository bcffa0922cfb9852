// Groups that an identity system provisions, and what follows from them.
#include "messaging/group/provisioned_groups.hpp"

#include <gtest/gtest.h>

#include "identity/scim/provisioning.hpp"
#include "identity/session/sessions.hpp"
#include "messaging/group/user_groups.hpp"
#include "tests/support/refusal.hpp"
#include "tests/support/store.hpp"

namespace concordat::messaging {
namespace {

Settings with_scim() {
    Settings settings;
    settings.ConcordatSettings.EnableScim = true;
    return settings;
}

class Provisioned : public testing::Test {
protected:
    User person(const storage::ScimClient& client, const std::string& name) {
        identity::ScimUser wanted;
        wanted.user_name = name + "@corp.example";
        wanted.external_id = "subject-" + name;
        wanted.email = wanted.user_name;
        return provisioning.create(client, wanted, "people").user;
    }
    ProvisionedGroup make(const std::string& name, const std::vector<User>& members = {}) {
        return provisioned.create(entra, wanted(name, members), "made");
    }
    static identity::ScimGroup wanted(const std::string& name, const std::vector<User>& members) {
        identity::ScimGroup group;
        group.display_name = name;
        group.external_id = "external-" + name;
        for (const auto& user : members) group.members.push_back(user.id.text());
        return group;
    }
    ProvisionedGroup patch(const ProvisionedGroup& group, const std::string& operations) {
        return provisioned.change(
            entra, group.group.id,
            identity::scim_group_change(json::parse(R"({"Operations":[)" + operations + "]}")), "patched");
    }
    static std::string entering(const User& user) {
        return R"({"op":"add","path":"members","value":[{"value":")" + user.id.text() + "\"}]}";
    }
    static std::string leaving(const User& user) {
        return R"({"op":"remove","path":"members[value eq \")" + user.id.text() + "\\\"]\"}";
    }
    template <class Act>
    int status(Act act) {
        try {
            act();
            return 200;
        } catch (const identity::ScimError& e) {
            return e.status();
        }
    }
    // Links the group, and what its routes do then.
    void link(const ProvisionedGroup& group, const AnyId& place, bool is_channel,
              const GroupPlacePatch& how) {
        if (is_channel)
            groups.link_channel(admin, group.group.id, id_as<ChannelId>(place), how);
        else
            groups.link_team(admin, group.group.id, id_as<TeamId>(place), how);
        provisioned.follow(group.group.id, "linked");
    }
    bool is_in(const User& user, const Channel& channel) { return store.gate.is_member(user.id, channel.id); }
    bool is_in(const User& user, const Team& of) { return store.gate.is_team_member(user.id, of.id); }

    test::Store store{with_scim()};
    identity::Sessions sessions{store.db, store.settings, store.roles};
    identity::Decisions decisions{store.db};
    identity::Admissions admissions{store.db, sessions, decisions, store.settings};
    identity::Provisioning provisioning{store.db, admissions, decisions, store.settings};
    identity::Directories directories{store.settings};
    GroupMembership membership{store.db, directories, decisions, store.settings};
    UserGroups groups{store.db, store.gate, directories, decisions, store.settings};
    ProvisionedGroups provisioned{store.db, membership, decisions};
    storage::ScimClient entra = provisioning.add_client("entra", "saml", "").client;
    storage::ScimClient okta = provisioning.add_client("okta", "openid", "").client;
    Actor admin = store.actor(store.admin());
    User ada = person(entra, "ada"), bob = person(entra, "bob"), foreign = person(okta, "foreign");
    Team team = store.team("north");
    Channel room = store.channel(team, "room", "P");
};

TEST_F(Provisioned, AGroupIsMadeAndReadBack) {
    const auto made = make("Guides", {ada});
    EXPECT_EQ(made.group.display_name, "Guides");
    EXPECT_EQ(*made.group.remote_id, "external-Guides");
    EXPECT_EQ(made.members, std::vector{ada.id});
    EXPECT_EQ(provisioned.get(entra, made.group.id).members, std::vector{ada.id});
    EXPECT_EQ(groups.get(admin, made.group.id).source, "plugin_scim");
    ASSERT_EQ(store.facts<GroupSaved>().size(), 1u);
    ASSERT_EQ(store.facts<GroupMembersChanged>().size(), 1u);
    const auto told = decisions.list({.attempt = "made", .rule = "scim.group_made"});
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0].act, "provisioning");
}

TEST_F(Provisioned, AClientTouchesOnlyItsOwnGroupsAndPeople) {
    const auto made = make("Guides");
    EXPECT_EQ(status([&] { provisioned.get(okta, made.group.id); }), 404);
    EXPECT_EQ(status([&] { provisioned.remove(okta, made.group.id, "x"); }), 404);
    EXPECT_EQ(status([&] { provisioned.replace(okta, made.group.id, wanted("Stolen", {}), "x"); }), 404);
    EXPECT_EQ(provisioned.list(okta, {}, 1, 10, true).total, 0);
    EXPECT_EQ(status([&] { patch(made, entering(foreign)); }), 400);
    EXPECT_EQ(status([&] { make("Others", {foreign}); }), 400);
    const auto local = store.user("local");
    EXPECT_EQ(status([&] { patch(made, entering(local)); }), 400);
    EXPECT_TRUE(provisioned.get(entra, made.group.id).members.empty()) << "all or nothing";
    EXPECT_EQ(decisions.list({.rule = "scim.refused"}).size(), 4u);
    NewGroup own;
    own.name = "own";
    own.display_name = "Own";
    own.source = "custom";
    own.allow_reference = true;
    const auto of_people = groups.make(admin, own, "x");
    EXPECT_EQ(status([&] { provisioned.get(entra, of_people.id); }), 404);
    EXPECT_EQ(test::refusal([&] { groups.remove(admin, made.group.id, "x"); }), "app.group.crud_permission");
    EXPECT_EQ(test::refusal([&] { groups.add_members(admin, made.group.id, {ada.id}, "x"); }),
              "app.group.crud_permission");
}

TEST_F(Provisioned, TwoGroupsOfAClientHaveDifferentNamesAndIds) {
    make("Guides");
    EXPECT_EQ(status([&] { make("guides"); }), 409);
    auto twin = wanted("Others", {});
    twin.external_id = "external-Guides";
    EXPECT_EQ(status([&] { provisioned.create(entra, twin, "x"); }), 409);
    EXPECT_EQ(status([&] { provisioned.create(okta, wanted("Guides", {}), "x"); }), 200);
}

TEST_F(Provisioned, MembersFollowIntoPlacesAtOnceAndOutOfConstrainedOnes) {
    const auto made = make("Guides", {ada});
    link(made, id_as<AnyId>(room.id), true, {true, true});
    EXPECT_TRUE(is_in(ada, room)) << "who was in it when it was linked";
    EXPECT_TRUE(is_in(ada, team));
    patch(made, entering(bob));
    EXPECT_TRUE(is_in(bob, room));
    EXPECT_EQ(decisions.list({.attempt = "patched", .rule = "group.followed"}).size(), 1u);
    patch(made, leaving(bob));
    EXPECT_TRUE(is_in(bob, room)) << "stays, but is no administrator";
    EXPECT_FALSE(store.db
                     .read([&](storage::Tx& tx) {
                         return storage::ChannelMemberTable(tx).find(room.id, bob.id).value();
                     })
                     .scheme_admin);
    groups.constrain_channel(admin, room.id, true);
    provisioned.settle();
    EXPECT_FALSE(is_in(bob, room));
    EXPECT_TRUE(is_in(ada, room));
    provisioned.remove(entra, made.group.id, "removed");
    EXPECT_FALSE(is_in(ada, room));
    EXPECT_EQ(status([&] { provisioned.get(entra, made.group.id); }), 404);
    EXPECT_EQ(status([&] { make("Guides", {ada}); }), 200) << "its name and externalId are free";
}

TEST_F(Provisioned, WhatACrashLeftUndoneIsDoneByTheNextTryOrBySettling) {
    const auto made = make("Guides");
    groups.link_team(admin, made.group.id, team.id, {true, {}});
    store.db.transact([&](storage::Tx& tx) {  // the first half of a patch
        storage::UserGroupTable(tx).add_members(made.group.id, {ada.id, bob.id});
    });
    EXPECT_FALSE(is_in(ada, team));
    patch(made, entering(ada));
    EXPECT_TRUE(is_in(ada, team));
    EXPECT_FALSE(is_in(bob, team));
    provisioned.settle();
    EXPECT_TRUE(is_in(bob, team));
    const auto before = store.kinds().size();
    provisioned.settle();
    EXPECT_EQ(store.kinds().size(), before) << "nothing is done twice";
}

TEST_F(Provisioned, ReplacingAndRenaming) {
    const auto made = make("Guides", {ada});
    const auto replaced = provisioned.replace(entra, made.group.id, wanted("Leaders", {bob}), "x");
    EXPECT_EQ(replaced.group.display_name, "Leaders");
    EXPECT_EQ(*replaced.group.remote_id, "external-Leaders");
    EXPECT_EQ(replaced.members, std::vector{bob.id});
    const auto patched = patch(made, R"({"op":"replace","value":{"displayName":"Heads","members":[]}})");
    EXPECT_EQ(patched.group.display_name, "Heads");
    EXPECT_TRUE(patched.members.empty());
}

TEST_F(Provisioned, ListsAreFilteredAndPaged) {
    const auto guides = make("Guides", {ada}), heads = make("Heads", {ada, bob});
    const auto total = [&](const std::string& filter) {
        return provisioned.list(entra, identity::scim_group_filter(filter), 1, 10, true).total;
    };
    EXPECT_EQ(total(""), 2);
    EXPECT_EQ(total(R"(displayName eq "gUIDES")"), 1);
    EXPECT_EQ(total(R"(externalId eq "external-Heads")"), 1);
    EXPECT_EQ(total(R"(externalId eq "external-heads")"), 0);
    EXPECT_EQ(total("members.value eq \"" + bob.id.text() + "\""), 1);
    EXPECT_EQ(total("members.value eq \"nobody\""), 0);
    EXPECT_EQ(total("id eq \"" + guides.group.id.text() + "\" and members eq \"" + bob.id.text() + "\""), 0);
    const auto page = provisioned.list(entra, {}, 2, 1, true);
    EXPECT_EQ(page.total, 2);
    ASSERT_EQ(page.groups.size(), 1u);
    EXPECT_FALSE(page.groups[0].members.empty());
    EXPECT_TRUE(provisioned.list(entra, {}, 1, 10, false).groups.at(0).members.empty());
    EXPECT_TRUE(provisioned.list(entra, {}, 1, 0, true).groups.empty());
}

TEST_F(Provisioned, ASyncOfADirectoryLeavesThemAlone) {
    make("Guides", {ada});
    identity::GroupSight sight;
    sight.people.push_back({ada.id, "ada", {}});
    membership.carry_out(sight, "sync", [] {});
    EXPECT_EQ(groups.of_user(admin, ada.id).size(), 1u);
}

TEST_F(Provisioned, TheGroupsOfAClientThatGoesGoWithIt) {
    const auto made = make("Guides", {ada});
    link(made, id_as<AnyId>(team.id), false, {true, {}});
    provisioned.remove_all(entra, "gone");
    provisioning.remove_client("entra");
    EXPECT_TRUE(is_in(ada, team)) << "an open place is kept";
    EXPECT_TRUE(groups.of_user(admin, ada.id).empty());
}

}  // namespace
}  // namespace concordat::messaging
