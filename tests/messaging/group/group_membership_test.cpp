#include "messaging/group/group_membership.hpp"

#include <gtest/gtest.h>

#include "identity/ldap/directory_sync.hpp"
#include "identity/session/sessions.hpp"
#include "messaging/conversation/channel_members.hpp"
#include "messaging/conversation/team_members.hpp"
#include "messaging/group/user_groups.hpp"
#include "tests/support/refusal.hpp"
#include "tests/support/slapd.hpp"
#include "tests/support/store.hpp"

namespace concordat::messaging {
namespace {

using test::refusal;
using test::Slapd;

Settings with_directory(const LdapSection& section) {
    Settings settings;
    settings.LdapSettings = section;
    return settings;
}

std::string group_dn(const std::string& name) {
    return "dn: cn=" + name + ",ou=groups,dc=example,dc=test\n";
}
std::string person_dn(const std::string& name) {
    return "uid=" + name + ",ou=people,dc=example,dc=test";
}

// A node whose people come from a directory: alice is in inner, middle and top; bob in ring-a and ring-b,
// which contain each other.
class GroupsTest : public testing::Test {
protected:
    GroupsTest() {
        store.db.on_commit([this](const std::vector<storage::Fact>& facts) { sessions.on_facts(facts); });
        sync.use_follower(membership);
    }
    identity::Directory& directory() { return directories.named(""); }
    // A sign-in; its trail.
    User arrive(const std::string& name) {
        trail.emplace("sign_in", "arrival");
        const auto answer = directory().check(name, Slapd::password, *trail);
        const auto admission =
            store.db.transact([&](storage::Tx& tx) { return admissions.admit(tx, answer.identity, *trail); });
        membership.arrive(admission.value().user, answer.identity, *trail);
        return admission->user;
    }
    bool noted(const std::string& rule) {
        return std::any_of(trail->decision.steps.begin(), trail->decision.steps.end(),
                           [&](const auto& step) { return step.rule == rule; });
    }
    UserGroup link(const std::string& name) {
        for (const auto& group : directory().group_names())
            if (group.name == name) return groups.link(operator_, "", group.remote_id, "link").first;
        throw std::runtime_error("no group " + name);
    }
    identity::SyncReport run(bool is_dry_run = false) { return sync.run(directory(), "attempt", is_dry_run); }
    // "join alice inner team Team x", one for each change.
    std::vector<std::string> said(const identity::SyncReport& report) {
        std::vector<std::string> out;
        for (const auto& c : report.places)
            out.push_back(c.action + " " + c.username + " " + c.group + " " + c.kind + " " + c.place);
        return out;
    }
    bool is_in(const User& user, const Team& team) { return store.gate.is_team_member(user.id, team.id); }
    bool is_in(const User& user, const Channel& channel) { return store.gate.is_member(user.id, channel.id); }
    bool is_admin(const User& user, const Team& team) {
        return store.db
            .read([&](storage::Tx& tx) { return storage::TeamMemberTable(tx).find(team.id, user.id); })
            .value()
            .scheme_admin;
    }
    void leave(const std::string& group, const std::string& member) {
        slapd.change(group_dn(group) + "changetype: modify\ndelete: member\nmember: " + member + "\n");
    }
    void enter(const std::string& group, const std::string& member) {
        slapd.change(group_dn(group) + "changetype: modify\nadd: member\nmember: " + member + "\n");
    }
    void set(const std::function<void(LdapSection&)>& act) {
        auto next = *store.settings.current();
        act(next.LdapSettings);
        store.settings.replace(next);
    }

    Slapd slapd;
    test::Store store{with_directory(slapd.settings())};
    identity::Directories directories{store.settings};
    identity::Sessions sessions{store.db, store.settings, store.roles};
    identity::Decisions decisions{store.db};
    identity::Admissions admissions{store.db, sessions, decisions, store.settings};
    identity::DirectorySync sync{store.db, admissions, decisions};
    GroupMembership membership{store.db, directories, decisions, store.settings};
    UserGroups groups{store.db, store.gate, directories, decisions, store.settings};
    TeamMembers team_members{store.db, store.gate, store.settings};
    ChannelMembers channel_members{store.db, store.gate};
    User admin = store.admin();
    Actor operator_ = store.actor(admin);
    Team team = store.team("north");
    Channel room = store.channel(team, "room", "P");
    std::optional<identity::Trail> trail;
};

TEST_F(GroupsTest, ListsAndLinksWhatTheDirectoryHas) {
    auto all = groups.remote(operator_, {});
    EXPECT_EQ(all.count, 5);
    EXPECT_EQ(all.groups[0].name, "inner");
    EXPECT_FALSE(all.groups[0].mattermost_group_id);
    const auto inner = link("inner");
    EXPECT_EQ(inner.display_name, "inner");
    EXPECT_EQ(groups.link(operator_, "", *inner.remote_id, "again").second, false);
    RemoteGroupQuery query;
    query.is_linked = true;
    all = groups.remote(operator_, query);
    ASSERT_EQ(all.count, 1);
    EXPECT_EQ(*all.groups[0].mattermost_group_id, inner.id);
    query.is_linked.reset();
    query.term = "RING";
    query.offset = 1;
    all = groups.remote(operator_, query);
    EXPECT_EQ(all.count, 2);
    ASSERT_EQ(all.groups.size(), 1u);
    EXPECT_EQ(all.groups[0].name, "ring-b");
    EXPECT_EQ(refusal([&] { groups.link(operator_, "", "*", "x"); }), "ent.ldap_groups.no_rows");
    EXPECT_EQ(decisions.list({.rule = "group.linked"}).size(), 1u);
    groups.unlink(operator_, "", *inner.remote_id, "unlink");
    EXPECT_EQ(refusal([&] { groups.unlink(operator_, "", *inner.remote_id, "unlink"); }),
              "app.group.no_rows");
    const auto again = groups.link(operator_, "", *inner.remote_id, "again");
    EXPECT_FALSE(again.second);
    EXPECT_EQ(again.first.id, inner.id);
    const auto alice = arrive("alice");
    EXPECT_EQ(refusal([&] { groups.remote(store.actor(alice), {}); }), "api.context.permissions.app_error");
    EXPECT_EQ(refusal([&] { groups.link(store.actor(alice), "", *inner.remote_id, "x"); }),
              "api.context.permissions.app_error");
}

TEST_F(GroupsTest, NestedMembersJoinAtTheirFirstSignIn) {
    const auto top = link("top");
    groups.link_team(operator_, top.id, team.id, {true, true});
    const auto alice = arrive("alice"), bob = arrive("bob");
    EXPECT_TRUE(is_in(alice, team));
    EXPECT_TRUE(is_admin(alice, team));
    EXPECT_TRUE(is_in(alice, store.channel_named(team, "town-square")));
    EXPECT_FALSE(is_in(bob, team));
    EXPECT_EQ(groups.members(operator_, top.id, 0, 10).ids, std::vector{alice.id});
    EXPECT_EQ(groups.of_user(store.actor(alice), alice.id).size(), 1u);
    arrive("alice");
    EXPECT_FALSE(noted("group.joined"));
}

TEST_F(GroupsTest, ADryRunListsWhatTheRunThenDoesAndRecords) {
    const auto alice = arrive("alice"), bob = arrive("bob");
    const auto inner = link("inner"), ring = link("ring-b");
    groups.link_channel(operator_, inner.id, room.id, {true, true});
    groups.link_team(operator_, ring.id, team.id, {true, {}});
    const auto planned = run(true);
    EXPECT_EQ(said(planned),
              (std::vector<std::string>{
                  "join alice inner team Team north", "join alice inner channel Channel room",
                  "promote alice inner channel Channel room", "join bob ring-b team Team north"}));
    EXPECT_FALSE(is_in(alice, team));
    const auto done = run();
    EXPECT_EQ(said(done), said(planned));
    EXPECT_TRUE(is_in(alice, room));
    EXPECT_TRUE(is_in(bob, team)) << "a ring of groups ends";
    EXPECT_FALSE(is_in(bob, room));
    const auto decided = decisions.list({.attempt = "attempt", .rule = "group.followed"});
    ASSERT_EQ(decided.size(), 2u);
    const auto& of_alice = decided[0].user_id == alice.id ? decided[0] : decided[1];
    EXPECT_EQ(of_alice.user_id, alice.id);
    EXPECT_NE(of_alice.steps[0].detail.find("\"inner\""), std::string::npos) << of_alice.steps[0].detail;
    EXPECT_TRUE(run().places.empty());
}

TEST_F(GroupsTest, WhoLeavesAGroupLosesRightsAndConstrainedPlacesOnly) {
    const auto alice = arrive("alice"), bob = arrive("bob");
    const auto open = store.team("open");
    const auto inner = link("inner");
    store.add(bob, team);
    enter("inner", person_dn("bob"));
    groups.link_team(operator_, inner.id, team.id, {true, true});
    groups.link_team(operator_, inner.id, open.id, {true, {}});
    groups.constrain_team(operator_, team.id, true);
    run();
    EXPECT_TRUE(is_admin(bob, team));
    EXPECT_TRUE(is_in(alice, team));
    const auto place = id_as<AnyId>(team.id);
    EXPECT_EQ(groups.leavers(place, {}, 0, 10).ids, std::vector{alice.id});
    EXPECT_EQ(groups.leavers(place, {inner.id}, 0, 10).total_member_count, 0);
    enter("inner", person_dn("gus"));  // a group of names is never empty
    leave("inner", person_dn("alice"));
    leave("inner", person_dn("bob"));
    EXPECT_EQ(said(run(true)), (std::vector<std::string>{"leave alice inner team Team north",
                                                         "demote bob inner team Team north"}));
    run();
    EXPECT_FALSE(is_in(alice, team));
    EXPECT_TRUE(is_in(alice, open)) << "not constrained";
    EXPECT_TRUE(is_in(bob, team)) << "had joined on his own";
    EXPECT_FALSE(is_admin(bob, team));
    // Constrained later: what only the group gave goes.
    groups.constrain_team(operator_, open.id, true);
    EXPECT_EQ(said(run()), (std::vector<std::string>{"leave alice inner team Team open",
                                                     "leave bob inner team Team open"}));
    EXPECT_TRUE(run().places.empty());
}

TEST_F(GroupsTest, ASignInTakesWhatAGroupNoLongerGives) {
    const auto inner = link("inner");
    groups.link_team(operator_, inner.id, team.id, {true, {}});
    groups.constrain_team(operator_, team.id, true);
    const auto alice = arrive("alice");
    ASSERT_TRUE(is_in(alice, team));
    enter("inner", person_dn("gus"));
    leave("inner", person_dn("alice"));
    arrive("alice");
    EXPECT_TRUE(noted("group.left"));
    EXPECT_FALSE(is_in(alice, team));
}

TEST_F(GroupsTest, AMissingGroupTakesNothingBeforeTheSyncAfterTheNext) {
    const auto ring = link("ring-a");
    groups.link_team(operator_, ring.id, team.id, {true, {}});
    groups.constrain_team(operator_, team.id, true);
    const auto bob = arrive("bob");
    ASSERT_TRUE(is_in(bob, team));
    slapd.change(group_dn("ring-a") + "changetype: delete\n");
    arrive("bob");
    EXPECT_TRUE(is_in(bob, team)) << "a sign-in cannot tell";
    auto report = run();
    ASSERT_EQ(report.groups.size(), 1u);
    EXPECT_EQ(report.groups[0].action, "vanish");
    EXPECT_TRUE(report.places.empty());
    EXPECT_TRUE(groups.get(operator_, ring.id).missing_at);
    set([](LdapSection& s) { s.MostDeactivations = s.MostDeactivationsPercent = 0; });
    EXPECT_EQ(refusal([&] { run(true); }), "ldap.most_removals");
    EXPECT_EQ(refusal([&] { run(); }), "ldap.most_removals");
    EXPECT_TRUE(is_in(bob, team));
    set([](LdapSection& s) { s.MostDeactivations = 1; });
    EXPECT_EQ(said(run()), std::vector<std::string>{"leave bob ring-a team Team north"});
    EXPECT_FALSE(is_in(bob, team));
}

TEST_F(GroupsTest, ADirectoryThatIsSilentChangesNothing) {
    const auto inner = link("inner");
    groups.link_team(operator_, inner.id, team.id, {true, {}});
    const auto alice = arrive("alice");
    groups.constrain_team(operator_, team.id, true);
    groups.unlink_team(operator_, inner.id, team.id);
    slapd.stop();
    EXPECT_EQ(refusal([&] { run(); }), "ldap.unreachable");
    EXPECT_TRUE(is_in(alice, team));
}

TEST_F(GroupsTest, AGroupKeepsItsPlacesWhenItIsRenamed) {
    const auto inner = link("inner");
    groups.link_team(operator_, inner.id, team.id, {true, {}});
    arrive("alice");
    slapd.change(group_dn("inner") + "changetype: modrdn\nnewrdn: cn=core\ndeleteoldrdn: 1\n");
    const auto report = run();
    ASSERT_EQ(report.groups.size(), 1u);
    EXPECT_EQ(report.groups[0].action, "rename");
    EXPECT_TRUE(report.places.empty());
    EXPECT_EQ(groups.get(operator_, inner.id).display_name, "core");
}

TEST_F(GroupsTest, WhoHasLeftAPlaceIsNotBroughtBack) {
    const auto inner = link("inner");
    groups.link_team(operator_, inner.id, team.id, {true, {}});
    const auto alice = arrive("alice");
    team_members.remove(store.actor(alice), team.id, alice.id);
    arrive("alice");
    EXPECT_TRUE(run().places.empty());
    EXPECT_FALSE(is_in(alice, team));
    set([](LdapSection& s) { s.ReAddRemovedMembers = true; });
    run();
    EXPECT_TRUE(is_in(alice, team));
}

TEST_F(GroupsTest, APlaceThatDoesNotTakeAPersonRefusesNothingElse) {
    const auto inner = link("inner");
    groups.link_channel(operator_, inner.id, room.id, {true, {}});
    groups.constrain_team(operator_, team.id, true);  // and no group is linked to the team itself
    const auto open = store.team("open");
    groups.link_team(operator_, inner.id, open.id, {true, {}});
    const auto alice = arrive("alice");
    EXPECT_TRUE(noted("group.not_joined"));
    EXPECT_FALSE(is_in(alice, room));
    EXPECT_TRUE(is_in(alice, open));
}

TEST_F(GroupsTest, OnlyGroupsFillWhatTheyConstrain) {
    const auto inner = link("inner");
    groups.link_team(operator_, inner.id, team.id, {});
    groups.link_channel(operator_, inner.id, room.id, {});
    const auto alice = arrive("alice"), carl = store.user("carl");
    groups.constrain_team(operator_, team.id, true);
    groups.constrain_channel(operator_, room.id, true);
    EXPECT_EQ(refusal([&] { team_members.add(operator_, team.id, carl.id); }),
              "api.team.add_members.user_denied");
    team_members.add(operator_, team.id, alice.id);
    store.add(carl, team);
    EXPECT_EQ(refusal([&] { channel_members.add(operator_, room.id, {carl.id}); }),
              "api.channel.add_members.user_denied");
    channel_members.add(operator_, room.id, {alice.id});
    EXPECT_EQ(refusal([&] { channel_members.remove(operator_, room.id, alice.id); }),
              "api.channel.remove_member.group_constrained.app_error");
    EXPECT_EQ(refusal([&] { team_members.remove(operator_, team.id, alice.id); }),
              "api.team.remove_member.group_constrained.app_error");
    channel_members.remove(store.actor(alice), room.id, alice.id);
    EXPECT_EQ(refusal([&] {
                  groups.constrain_channel(operator_, store.channel_named(team, "town-square").id, true);
              }),
              "api.channel.update_channel.group_constrained");
}

TEST_F(GroupsTest, LinkingNeedsTheRightsOfThePlace) {
    const auto inner = link("inner");
    const auto alice = arrive("alice");
    store.add(alice, room);
    const auto actor = store.actor(alice);
    EXPECT_EQ(refusal([&] { groups.link_team(actor, inner.id, team.id, {}); }),
              "api.context.permissions.app_error");
    EXPECT_EQ(refusal([&] { groups.link_channel(actor, inner.id, room.id, {}); }),
              "api.context.permissions.app_error")
        << "a group that she may not see";
    groups.patch(operator_, inner.id, {"core", {}, {}, true});
    EXPECT_EQ(groups.link_channel(actor, inner.id, room.id, {true, {}}).auto_add, true);
    EXPECT_EQ(refusal([&] {
                  groups.patch_channel(actor, inner.id, room.id, {{}, true});
              }),
              "api.context.permissions.app_error")
        << "members make no administrators";
    EXPECT_EQ(groups.patch_channel(operator_, inner.id, room.id, {{}, true}).scheme_admin, true);
    EXPECT_EQ(refusal([&] { groups.unlink_channel(actor, inner.id, room.id); }),
              "api.context.permissions.app_error");
    groups.unlink_channel(operator_, inner.id, room.id);
    EXPECT_EQ(refusal([&] { groups.unlink_channel(operator_, inner.id, room.id); }),
              "app.group.group_syncable_already_deleted");
    EXPECT_EQ(refusal([&] {
                  groups.patch_channel(operator_, inner.id, room.id, {true, {}});
              }),
              "app.group.group_syncable_already_deleted");
    EXPECT_EQ(refusal([&] {
                  groups.patch(operator_, inner.id, {"alice", {}, {}, {}});
              }),
              "app.group.username_conflict");
}

TEST_F(GroupsTest, AnAccountThatIsNoLongerTheDirectorysIsInNoneOfItsGroups) {
    const auto inner = link("inner");
    groups.link_team(operator_, inner.id, team.id, {true, true});
    const auto alice = arrive("alice");
    ASSERT_TRUE(is_admin(alice, team));
    admissions.unlink(operator_, alice.id, "unlink");
    EXPECT_EQ(said(run()), std::vector<std::string>{"demote alice inner team Team north"});
    EXPECT_FALSE(is_admin(alice, team));
    EXPECT_TRUE(groups.members(operator_, inner.id, 0, 10).ids.empty());
    EXPECT_TRUE(run().places.empty());
}

TEST_F(GroupsTest, AllKindsOfGroupsCountAndMembersThatAreNotThereDoNot) {
    slapd.change(group_dn("posix") +
                 "changetype: add\nobjectClass: posixGroup\ncn: posix\ngidNumber: 7\nmemberUid: alice\n"
                 "memberUid: nobody\n");
    slapd.change(group_dn("unique") +
                 "changetype: add\nobjectClass: groupOfUniqueNames\ncn: unique\nuniqueMember: " +
                 person_dn("bob") + "\nuniqueMember: " + person_dn("missing") +
                 "\nuniqueMember: cn=unique,ou=groups,dc=example,dc=test\n");
    const auto posix = link("posix"), unique = link("unique");
    groups.link_team(operator_, posix.id, team.id, {true, {}});
    groups.link_channel(operator_, unique.id, room.id, {true, {}});
    const auto alice = arrive("alice"), bob = arrive("bob");
    EXPECT_TRUE(is_in(alice, team));
    EXPECT_TRUE(is_in(bob, room));
    EXPECT_FALSE(is_in(alice, room));
    EXPECT_TRUE(run().places.empty()) << "a sync sees the same";
    EXPECT_EQ(groups.members(operator_, unique.id, 0, 10).total_member_count, 1);
}

TEST_F(GroupsTest, GroupsGiveRolesOnlyAsFarAsAllowed) {
    const auto inner = link("inner");
    const auto id = *inner.remote_id;
    const auto allow = [&](std::vector<std::string> roles) {
        auto next = *store.settings.current();
        next.ConcordatSettings.RolesFromProviders = std::move(roles);
        store.settings.replace(next);
    };
    const auto roles_of = [&](const User& user) {
        return store.db.read([&](storage::Tx& tx) { return storage::UserTable(tx).find(user.id); })->roles;
    };
    const auto alice = arrive("alice"), bob = arrive("bob");
    EXPECT_EQ(refusal([&] { groups.set_role(store.actor(bob), "", id, "system_manager", true, "x"); }),
              "api.context.permissions.app_error");
    for (const char* role :
         {"system_user", "system_guest", "team_admin", "channel_admin", "no_such_role", ""})
        EXPECT_EQ(refusal([&] { groups.set_role(operator_, "", id, role, true, "x"); }),
                  "api.context.invalid_body_param.app_error");
    groups.set_role(operator_, "", id, "system_manager", true, "role");
    run();
    EXPECT_EQ(roles_of(alice), "system_user") << "RolesFromProviders does not name it";
    allow({"system_user", "system_guest", "system_manager"});
    const auto planned = run(true);
    ASSERT_EQ(planned.changes.size(), 1u);
    EXPECT_EQ(planned.changes[0].changes[0].field, "roles");
    run();
    EXPECT_EQ(roles_of(alice), "system_manager system_user");
    EXPECT_EQ(roles_of(bob), "system_user");
    enter("inner", person_dn("gus"));
    leave("inner", person_dn("alice"));
    set([](LdapSection& s) { s.MostDeactivations = s.MostDeactivationsPercent = 0; });
    EXPECT_EQ(refusal([&] { run(); }), "ldap.most_removals");
    EXPECT_EQ(roles_of(alice), "system_manager system_user");
    arrive("alice");
    EXPECT_EQ(roles_of(alice), "system_user");
    // Whoever has it because of the group loses it when the group no longer gives it, or is unlinked.
    set([](LdapSection& s) { s.MostDeactivations = 5; });
    enter("inner", person_dn("alice"));
    run();
    EXPECT_EQ(roles_of(alice), "system_manager system_user");
    groups.set_role(operator_, "", id, "system_manager", false, "role");
    run();
    EXPECT_EQ(roles_of(alice), "system_user");
    groups.set_role(operator_, "", id, "system_manager", true, "role");
    run();
    EXPECT_EQ(roles_of(alice), "system_manager system_user");
    groups.unlink(operator_, "", id, "unlink");
    run();
    EXPECT_EQ(roles_of(alice), "system_user");
}

TEST_F(GroupsTest, GuestsJoinAndNeverAdminister) {
    set([](LdapSection& s) { s.GuestFilter = "(uid=alice)"; });
    auto next = *store.settings.current();
    next.GuestAccountsSettings.Enable = true;
    store.settings.replace(next);
    const auto inner = link("inner");
    groups.link_team(operator_, inner.id, team.id, {true, true});
    const auto alice = arrive("alice");
    EXPECT_TRUE(is_in(alice, team));
    EXPECT_FALSE(is_admin(alice, team));
    EXPECT_TRUE(run().places.empty());
}

}  // namespace
}  // namespace concordat::messaging
