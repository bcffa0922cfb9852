// Groups that people make.
#include <gtest/gtest.h>

#include "identity/session/sessions.hpp"
#include "messaging/group/user_groups.hpp"
#include "tests/support/refusal.hpp"
#include "tests/support/store.hpp"

namespace concordat::messaging {
namespace {

using test::refusal;
constexpr const char* not_allowed = "api.context.permissions.app_error";

class OwnGroups : public testing::Test {
protected:
    static NewGroup wanted(const std::string& name, const std::vector<UserId>& users = {}) {
        NewGroup group;
        group.name = name;
        group.display_name = "Group " + name;
        group.source = "custom";
        group.allow_reference = true;
        group.user_ids = users;
        return group;
    }
    UserGroup make(const std::string& name, const std::vector<UserId>& users = {}) {
        return groups.make(by, wanted(name, users), "attempt");
    }
    std::string refused(const NewGroup& group) {
        return refusal([&] { groups.make(by, group, "attempt"); });
    }
    std::size_t decided(const std::string& rule) { return decisions.list({.rule = rule}).size(); }

    test::Store store;
    identity::Directories directories{store.settings};
    identity::Decisions decisions{store.db};
    UserGroups groups{store.db, store.gate, directories, decisions, store.settings};
    User alice = store.user("alice"), bob = store.user("bob"), guest = store.guest("gina");
    Actor by = store.actor(alice), other = store.actor(bob), guest_actor = store.actor(guest);
};

TEST_F(OwnGroups, AreMadeByAnybodyButGuestsAndSeenByAll) {
    const auto made = make("Devs", {alice.id, bob.id, bob.id});
    EXPECT_EQ(made.name, "devs");
    EXPECT_EQ(made.source, "custom");
    EXPECT_FALSE(made.remote_id);
    EXPECT_EQ(made.member_count, 2);
    EXPECT_EQ(groups.get(other, made.id).id, made.id);
    EXPECT_EQ(groups.members(other, made.id, 0, 10).total_member_count, 2);
    EXPECT_EQ(groups.of_user(other, bob.id).size(), 1u);
    EXPECT_EQ(refusal([&] { groups.make(guest_actor, wanted("x"), "a"); }), not_allowed);
    ASSERT_EQ(store.facts<GroupSaved>().size(), 1u);
    EXPECT_EQ(store.facts<GroupSaved>()[0].actor_id, alice.id);
    ASSERT_EQ(store.facts<GroupMembersChanged>().size(), 1u);
    EXPECT_EQ(store.facts<GroupMembersChanged>()[0].added.size(), 2u);
    EXPECT_EQ(decided("group.made"), 1u);
}

TEST_F(OwnGroups, AreRefusedWhenTheirShapeIsWrong) {
    make("devs");
    EXPECT_EQ(refused(wanted("devs")), "app.custom_group.unique_name");
    EXPECT_EQ(refused(wanted("alice")), "app.group.username_conflict");
    for (const char* name : {"", "here", "all", "channel", "a b", "\xc3\xa4", "a/b"})
        EXPECT_EQ(refused(wanted(name)), "api.context.invalid_body_param.app_error") << name;
    EXPECT_EQ(refused(wanted(std::string(65, 'a'))), "api.context.invalid_body_param.app_error");
    auto group = wanted("x");
    group.display_name = " ";
    EXPECT_EQ(refused(group), "api.context.invalid_body_param.app_error");
    group = wanted("x");
    group.description = std::string(1025, 'a');
    EXPECT_EQ(refused(group), "api.context.invalid_body_param.app_error");
    group = wanted("x");
    group.source = "ldap";
    EXPECT_EQ(refused(group), "app.group.crud_permission");
    group = wanted("x");
    group.allow_reference = false;
    EXPECT_EQ(refused(group), "api.custom_groups.must_be_referenceable");
    group = wanted("x");
    group.remote_id = "r";
    EXPECT_EQ(refused(group), "api.custom_groups.no_remote_id");
    EXPECT_EQ(refused(wanted("x", {UserId::fresh()})), "api.context.invalid_body_param.app_error");
    EXPECT_EQ(refused(wanted("x", std::vector<UserId>(1001, alice.id))), "") << "each counts once";
}

TEST_F(OwnGroups, MembersComeAndGo) {
    const auto made = make("devs", {alice.id});
    store.forget();
    EXPECT_EQ(groups.add_members(other, made.id, {bob.id, alice.id}, "a").size(), 2u);
    ASSERT_EQ(store.facts<GroupMembersChanged>().size(), 1u);
    EXPECT_EQ(store.facts<GroupMembersChanged>()[0].added, std::vector{bob.id});
    EXPECT_EQ(groups.add_members(other, made.id, {bob.id}, "a").size(), 1u);
    EXPECT_EQ(store.facts<GroupMembersChanged>().size(), 1u) << "nothing changed";
    const auto gone = groups.remove_members(by, made.id, {bob.id, guest.id}, "a");
    ASSERT_EQ(gone.size(), 1u);
    EXPECT_EQ(gone[0].user_id, bob.id);
    EXPECT_GT(gone[0].delete_at, 0);
    EXPECT_EQ(groups.members(by, made.id, 0, 10).ids, std::vector{alice.id});
    EXPECT_EQ(refusal([&] { groups.add_members(guest_actor, made.id, {guest.id}, "a"); }), not_allowed);
    EXPECT_EQ(refusal([&] { groups.add_members(by, made.id, {UserId::fresh()}, "a"); }),
              "api.context.invalid_body_param.app_error");
    EXPECT_EQ(refusal([&] { groups.add_members(by, GroupId::fresh(), {bob.id}, "a"); }), "app.group.no_rows");
    EXPECT_EQ(decided("group.members_added"), 1u);
    EXPECT_EQ(decided("group.members_removed"), 1u);
}

TEST_F(OwnGroups, AreChangedDeletedAndBroughtBack) {
    const auto made = make("devs", {bob.id});
    UserGroupPatch patch;
    patch.name = "makers";
    patch.display_name = "Makers";
    EXPECT_EQ(groups.patch(other, made.id, patch).name, "makers");
    EXPECT_EQ(refusal([&] { groups.patch(guest_actor, made.id, patch); }), not_allowed);
    patch = {};
    patch.allow_reference = false;
    EXPECT_EQ(refusal([&] { groups.patch(by, made.id, patch); }), "api.custom_groups.must_be_referenceable");
    patch = {};
    patch.name = "";
    EXPECT_EQ(refusal([&] { groups.patch(by, made.id, patch); }), "api.context.invalid_body_param.app_error");
    EXPECT_GT(groups.remove(other, made.id, "a").delete_at, 0);
    EXPECT_EQ(refusal([&] { groups.remove(other, made.id, "a"); }), "app.group.no_rows");
    EXPECT_EQ(refusal([&] { groups.add_members(by, made.id, {bob.id}, "a"); }), "app.group.no_rows");
    EXPECT_TRUE(groups.list(by, {}).empty());
    EXPECT_TRUE(groups.of_user(other, bob.id).empty());
    storage::GroupQuery archived;
    archived.only_unlinked = true;
    EXPECT_EQ(groups.list(by, archived).size(), 1u);
    EXPECT_EQ(refused(wanted("makers")), "app.custom_group.unique_name") << "its name waits for it";
    EXPECT_EQ(groups.restore(other, made.id, "a").delete_at, 0);
    EXPECT_EQ(refusal([&] { groups.restore(other, made.id, "a"); }), "app.group.no_rows");
    EXPECT_EQ(groups.members(by, made.id, 0, 10).ids, std::vector{bob.id});
    EXPECT_EQ(decided("group.deleted") + decided("group.restored"), 2u);
}

TEST_F(OwnGroups, AreNotLinkedToPlaces) {
    const auto admin = store.actor(store.admin());
    const auto team = store.team();
    const auto made = make("devs", {bob.id});
    EXPECT_EQ(refusal([&] {
                  groups.link_team(admin, made.id, team.id, {true, {}});
              }),
              "app.group.crud_permission");
}

TEST_F(OwnGroups, AreGoneWhileTheyAreSwitchedOff) {
    const auto made = make("devs", {bob.id});
    auto settings = *store.settings.current();
    settings.ServiceSettings.EnableCustomGroups = false;
    store.settings.replace(settings);
    EXPECT_EQ(refused(wanted("x")), "api.custom_groups.feature_disabled");
    EXPECT_EQ(refusal([&] { groups.add_members(by, made.id, {bob.id}, "a"); }),
              "api.custom_groups.feature_disabled");
    EXPECT_TRUE(groups.list(by, {}).empty());
    EXPECT_TRUE(groups.of_user(other, bob.id).empty());
    EXPECT_EQ(refusal([&] { groups.get(store.actor(store.admin()), made.id); }), "app.group.no_rows");
}

TEST_F(OwnGroups, AreFoundByWhatClientsAskFor) {
    const auto devs = make("devs", {bob.id}), ops = make("ops", {alice.id});
    storage::GroupQuery query;
    query.user_id = bob.id;
    ASSERT_EQ(groups.list(by, query).size(), 1u);
    query = {};
    query.names = {"ops", "none"};
    ASSERT_EQ(groups.list(by, query).size(), 1u);
    EXPECT_EQ(groups.list(by, query)[0].id, ops.id);
    query = {};
    query.source = "ldap";
    EXPECT_TRUE(groups.list(by, query).empty());
    query = {};
    query.since = store.now() + 1;
    EXPECT_TRUE(groups.list(by, query).empty());
    auto all = groups.list(by, {});
    groups.add_member_ids(all);
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(*all[0].member_ids, std::vector{bob.id});
    const auto room = store.channel(store.team(), "room");
    store.add(bob, room);
    const auto counts = groups.channel_counts(room.id);
    ASSERT_EQ(counts.size(), 1u);
    EXPECT_EQ(counts[0].group_id, devs.id);
    EXPECT_EQ(counts[0].channel_member_count, 1);
}

}  // namespace
}  // namespace concordat::messaging
