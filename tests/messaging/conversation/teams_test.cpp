#include "messaging/conversation/teams.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "messaging/conversation/team_members.hpp"
#include "storage/tables/posts.hpp"
#include "storage/tables/sidebar.hpp"
#include "tests/support/refusal.hpp"
#include "tests/support/store.hpp"

namespace concordat::messaging {
namespace {

using test::refusal;

struct TeamsTest : testing::Test {
    test::Store store;
    Teams teams{store.db, store.gate, store.settings};
    TeamMembers members{store.db, store.gate, store.settings};
    User alice = store.user("alice"), bob = store.user("bob");

    static Team wanted(const std::string& name = "crew") {
        Team team;
        team.name = name;
        team.display_name = "The Crew";
        team.type = "O";
        return team;
    }
    std::vector<std::string> channels_of(const User& user, const Team& team) {
        std::vector<std::string> names;
        for (const auto& c : store.db.read([&](storage::Tx& tx) {
                 return storage::ChannelTable(tx).of_user(user.id, team.id, false, false, 0);
             }))
            names.push_back(c.name);
        std::sort(names.begin(), names.end());
        return names;
    }
    std::vector<std::string> post_types(const Team& team, const std::string& channel) {
        std::vector<std::string> types;
        for (const auto& post : store.db.read([&](storage::Tx& tx) {
                 return storage::PostTable(tx).page(
                     storage::ChannelTable(tx).by_name(team.id, channel, true)->id, {}, 0, 20);
             }))
            types.push_back(post.type);
        return types;
    }
};

TEST_F(TeamsTest, TheCreatorBecomesAdministratorOfTheTeamAndOfItsDefaultChannels) {
    const auto team = teams.create(store.actor(alice), wanted());
    EXPECT_EQ(team.email, alice.email);
    EXPECT_EQ(team.invite_id.size(), 26u);
    const auto member = members.get(store.actor(alice), team.id, alice.id);
    EXPECT_TRUE(member.scheme_admin);
    EXPECT_EQ(member.roles, "team_user team_admin");
    EXPECT_EQ(channels_of(alice, team), (std::vector<std::string>{"off-topic", "town-square"}));
    const auto town = store.channel_named(team, "town-square");
    const auto in_town = store.db.read(
        [&](storage::Tx& tx) { return storage::ChannelMemberTable(tx).find(town.id, alice.id); });
    EXPECT_TRUE(in_town->scheme_admin);
    EXPECT_EQ(town.display_name, "Town Square");
    EXPECT_EQ(post_types(team, "town-square"), std::vector<std::string>{"system_join_team"});
    EXPECT_EQ(post_types(team, "off-topic"), std::vector<std::string>{"system_join_channel"});
    EXPECT_EQ(store.facts<TeamCreated>().size(), 1u);
    EXPECT_EQ(store.facts<TeamJoined>().size(), 1u);
    EXPECT_EQ(store.facts<ChannelJoined>().size(), 2u);
}

TEST_F(TeamsTest, ConfiguredDefaultChannelsStandBesideTownSquare) {
    Settings settings;
    settings.TeamSettings.ExperimentalDefaultChannels = {"news", "town-square"};
    LiveSettings live(settings);
    Teams with_news(store.db, store.gate, live);
    const auto team = with_news.create(store.actor(alice), wanted());
    EXPECT_EQ(channels_of(alice, team), (std::vector<std::string>{"news", "town-square"}));
}

TEST_F(TeamsTest, BadNamesAreRefused) {
    const auto actor = store.actor(alice);
    for (const char* name : {"a", "My Team", "crew-", "-crew", "api-things", "login"})
        EXPECT_NE(refusal([&] { teams.create(actor, wanted(name)); }), "") << name;
    EXPECT_EQ(refusal([&] { teams.create(actor, wanted(std::string(65, 'a'))); }),
              "model.team.is_valid.characters.app_error");
    auto nameless = wanted();
    nameless.display_name = "  ";
    EXPECT_EQ(refusal([&] { teams.create(actor, nameless); }), "model.team.is_valid.name.app_error");
    auto odd = wanted();
    odd.type = "X";
    EXPECT_EQ(refusal([&] { teams.create(actor, odd); }), "model.team.is_valid.type.app_error");
    teams.create(actor, wanted());
    EXPECT_EQ(refusal([&] { teams.create(actor, wanted()); }), "app.team.save.existing.app_error");
}

TEST_F(TeamsTest, GuestsMakeNoTeams) {
    const auto guest = store.guest("gus");
    EXPECT_EQ(refusal([&] { teams.create(store.actor(guest), wanted()); }),
              "api.context.permissions.app_error");
}

TEST_F(TeamsTest, BeingAddedJoinsDefaultChannelsAndMakesASidebar) {
    const auto team = teams.create(store.actor(alice), wanted());
    store.forget();
    const auto member = members.add(store.actor(alice), team.id, bob.id);
    EXPECT_EQ(member.roles, "team_user");
    EXPECT_EQ(channels_of(bob, team), (std::vector<std::string>{"off-topic", "town-square"}));
    const auto categories =
        store.db.read([&](storage::Tx& tx) { return storage::SidebarTable(tx).categories(bob.id, team.id); });
    ASSERT_EQ(categories.size(), 3u);
    EXPECT_EQ(categories[0].id, "favorites_" + bob.id.text() + "_" + team.id.text());
    EXPECT_EQ(post_types(team, "town-square").front(), "system_add_to_team");
    ASSERT_EQ(store.facts<TeamJoined>().size(), 1u);
    EXPECT_EQ(store.facts<TeamJoined>()[0].actor_id, alice.id);
    for (const auto& fact : store.facts<PostCreated>()) EXPECT_TRUE(fact.mentions.empty());

    store.forget();
    members.add(store.actor(alice), team.id, bob.id);
    EXPECT_TRUE(store.kinds().empty());  // adding twice changes nothing
}

TEST_F(TeamsTest, OnlyOpenTeamsAreJoinedWithoutInvitation) {
    const auto team = teams.create(store.actor(alice), wanted());
    const auto actor = store.actor(bob);
    EXPECT_EQ(refusal([&] { members.add(actor, team.id, bob.id); }), "api.context.permissions.app_error");
    EXPECT_EQ(refusal([&] { teams.get(actor, team.id); }), "api.context.permissions.app_error");
    EXPECT_FALSE(teams.exists(actor, team.name));
    EXPECT_TRUE(teams.list(actor, "", 0, 60).teams.empty());

    TeamPatch open;
    open.allow_open_invite = true;
    teams.patch(store.actor(alice), team.id, open);
    EXPECT_TRUE(teams.exists(actor, team.name));
    const auto listed = teams.list(actor, "crew", 0, 60);
    ASSERT_EQ(listed.teams.size(), 1u);
    EXPECT_EQ(listed.total_count, 1);
    EXPECT_EQ(listed.teams[0].invite_id, "");
    EXPECT_EQ(members.add(actor, team.id, bob.id).user_id, bob.id);
}

TEST_F(TeamsTest, AnInvitationIsGoodUntilItIsRenewed) {
    const auto team = teams.create(store.actor(alice), wanted());
    EXPECT_EQ(teams.by_invite_id(team.invite_id).id, team.id);
    EXPECT_EQ(members.join_by_invite_id(store.actor(bob), team.invite_id).user_id, bob.id);
    const auto renewed = teams.renew_invitation(store.actor(alice), team.id);
    EXPECT_NE(renewed.invite_id, team.invite_id);
    const auto carol = store.user("carol");
    EXPECT_EQ(refusal([&] { members.join_by_invite_id(store.actor(carol), team.invite_id); }),
              "app.team.get_by_invite_id.finding.app_error");
    const auto guest = store.guest("gus");
    EXPECT_EQ(refusal([&] { members.join_by_invite_id(store.actor(guest), renewed.invite_id); }),
              "api.team.add_user_to_team_from_invite.guest.app_error");
}

TEST_F(TeamsTest, AFullTeamAdmitsNobody) {
    Settings settings;
    settings.TeamSettings.MaxUsersPerTeam = 2;
    LiveSettings live(settings);
    TeamMembers narrow(store.db, store.gate, live);
    const auto team = teams.create(store.actor(alice), wanted());
    narrow.add(store.actor(alice), team.id, bob.id);
    const auto carol = store.user("carol");
    EXPECT_EQ(refusal([&] { narrow.add(store.actor(alice), team.id, carol.id); }),
              "app.team.join_user_to_team.max_accounts.app_error");
    EXPECT_EQ(members.stats(store.actor(alice), team.id).active_member_count, 2);
}

TEST_F(TeamsTest, AllowedDomainsAreExact) {
    const auto team = teams.create(store.actor(alice), wanted());
    TeamPatch ours;
    ours.allowed_domains = "ample.org, @other.org";
    teams.patch(store.actor(alice), team.id, ours);
    EXPECT_EQ(refusal([&] { members.add(store.actor(alice), team.id, bob.id); }),
              "api.team.join_user_to_team.allowed_domains.app_error");
    ours.allowed_domains = "other.org,@EXAMPLE.org";
    teams.patch(store.actor(alice), team.id, ours);
    EXPECT_EQ(members.add(store.actor(alice), team.id, bob.id).user_id, bob.id);
}

TEST_F(TeamsTest, PlainMembersSeeTheInvitationButNoAddress) {
    const auto team = teams.create(store.actor(alice), wanted());
    members.add(store.actor(alice), team.id, bob.id);
    const auto seen = teams.get(store.actor(bob), team.id);
    EXPECT_EQ(seen.email, "");
    EXPECT_EQ(seen.invite_id, team.invite_id);
    EXPECT_EQ(teams.get(store.actor(alice), team.id).email, alice.email);
}

TEST_F(TeamsTest, LeavingTakesChannelsAndSidebarAlong) {
    const auto team = teams.create(store.actor(alice), wanted());
    members.add(store.actor(alice), team.id, bob.id);
    store.forget();
    members.remove(store.actor(bob), team.id, bob.id);
    EXPECT_TRUE(channels_of(bob, team).empty());
    EXPECT_EQ(store.facts<TeamLeft>().size(), 1u);
    EXPECT_EQ(store.facts<ChannelLeft>().size(), 2u);
    EXPECT_EQ(post_types(team, "town-square").front(), "system_leave_team");
    EXPECT_FALSE(store.gate.is_team_member(bob.id, team.id));
    EXPECT_TRUE(
        store.db.read([&](storage::Tx& tx) { return storage::SidebarTable(tx).categories(bob.id, team.id); })
            .empty());
    EXPECT_GT(members.of_user(store.actor(bob), bob.id).at(0).delete_at, 0);
    EXPECT_EQ(refusal([&] { members.remove(store.actor(bob), team.id, bob.id); }),
              "app.team.get_member.missing.app_error");
    members.add(store.actor(alice), team.id, bob.id);  // and back
    EXPECT_EQ(channels_of(bob, team).size(), 2u);
}

TEST_F(TeamsTest, OnlyAdministratorsChangeRolesAndRemoveOthers) {
    const auto team = teams.create(store.actor(alice), wanted());
    const auto carol = store.user("carol");
    members.add(store.actor(alice), team.id, std::vector{bob.id, carol.id});
    EXPECT_EQ(refusal([&] { members.remove(store.actor(bob), team.id, carol.id); }),
              "api.context.permissions.app_error");
    EXPECT_EQ(refusal([&] {
                  members.set_scheme_roles(store.actor(bob), team.id, bob.id, {true, true, false});
              }),
              "api.context.permissions.app_error");
    members.set_scheme_roles(store.actor(alice), team.id, bob.id, {true, true, false});
    ASSERT_EQ(store.facts<TeamMemberUpdated>().size(), 1u);
    EXPECT_TRUE(store.facts<TeamMemberUpdated>()[0].member.scheme_admin);
    TeamPatch patch;
    patch.description = "ours";
    EXPECT_EQ(teams.patch(store.actor(bob), team.id, patch).description, "ours");
    members.remove(store.actor(bob), team.id, carol.id);
    EXPECT_EQ(post_types(team, "town-square").front(), "system_remove_from_team");
}

TEST_F(TeamsTest, AddingManyTellsWhatBecameOfEach) {
    const auto team = teams.create(store.actor(alice), wanted());
    const auto outcomes = members.try_add(store.actor(alice), team.id, {bob.id, UserId::fresh()});
    ASSERT_EQ(outcomes.size(), 2u);
    EXPECT_TRUE(static_cast<bool>(outcomes[0].member));
    EXPECT_FALSE(static_cast<bool>(outcomes[1].member));
    EXPECT_EQ((*outcomes[1].error).status_code, 404);
}

TEST_F(TeamsTest, GuestsJoinTheTeamWithoutItsChannels) {
    const auto team = teams.create(store.actor(alice), wanted());
    const auto guest = store.guest("gus");
    members.add(store.actor(store.admin()), team.id, guest.id);
    EXPECT_TRUE(channels_of(guest, team).empty());
    EXPECT_EQ(members.among(store.actor(alice), team.id, {guest.id}).at(0).roles, "team_guest");
}

TEST_F(TeamsTest, AnArchivedTeamIsNobodysTeam) {
    const auto team = teams.create(store.actor(alice), wanted());
    members.add(store.actor(alice), team.id, bob.id);
    EXPECT_EQ(refusal([&] { teams.remove(store.actor(bob), team.id); }), "api.context.permissions.app_error");
    teams.remove(store.actor(alice), team.id);
    EXPECT_TRUE(teams.of_user(store.actor(bob), bob.id).empty());
    EXPECT_EQ(store.facts<TeamDeleted>().size(), 1u);
    const auto carol = store.user("carol");
    EXPECT_EQ(refusal([&] { members.add(store.actor(alice), team.id, carol.id); }),
              "api.team.join_user_to_team.deleted.app_error");
}

TEST_F(TeamsTest, TeamsOfOthersAreNotTold) {
    EXPECT_EQ(refusal([&] { teams.of_user(store.actor(bob), alice.id); }),
              "api.context.permissions.app_error");
    EXPECT_EQ(refusal([&] { members.of_user(store.actor(bob), alice.id); }),
              "api.context.permissions.app_error");
}

}  // namespace
}  // namespace concordat::messaging
