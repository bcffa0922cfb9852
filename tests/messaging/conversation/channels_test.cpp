#include "messaging/conversation/channels.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "messaging/conversation/channel_lists.hpp"
#include "messaging/conversation/channel_members.hpp"
#include "messaging/conversation/direct_channels.hpp"
#include "messaging/conversation/names.hpp"
#include "storage/tables/posts.hpp"
#include "storage/tables/preferences.hpp"
#include "tests/support/refusal.hpp"
#include "tests/support/store.hpp"

namespace concordat::messaging {
namespace {

using test::refusal;
constexpr const char* no_rights = "api.context.permissions.app_error";

struct ChannelsTest : testing::Test {
    test::Store store;
    Channels channels{store.db, store.gate, store.settings};
    DirectChannels direct{store.db, store.gate, store.settings};
    ChannelLists lists{store.db, store.gate};
    ChannelMembers members{store.db, store.gate};
    User alice = store.user("alice"), bob = store.user("bob"), carol = store.user("carol");
    Team team = store.team();

    ChannelsTest() {
        store.add(alice, team, true);
        for (const auto* user : {&bob, &carol}) store.add(*user, team);
    }
    Channel wanted(const std::string& name, const std::string& type = "O") {
        Channel channel;
        channel.team_id = team.id;
        channel.name = name;
        channel.display_name = "Room " + name;
        channel.type = type;
        return channel;
    }
    Channel made(const std::string& name, const std::string& type = "O") {
        return channels.create(store.actor(alice), wanted(name, type));
    }
    static std::string prop(const Post& post, const char* key) {
        return std::string(post.props.at(key).as_string());
    }
    Post newest(const ChannelId& channel) {
        return store.db.read([&](storage::Tx& tx) { return storage::PostTable(tx).page(channel, {}, 0, 1); })
            .at(0);
    }
    static std::vector<std::string> names(const std::vector<Channel>& channels) {
        std::vector<std::string> out;
        for (const auto& channel : channels) out.push_back(channel.name);
        std::sort(out.begin(), out.end());
        return out;
    }
};

TEST_F(ChannelsTest, TheCreatorBecomesAdministrator) {
    const auto room = made("room");
    EXPECT_EQ(room.creator_id, alice.id);
    const auto member = members.get(store.actor(alice), room.id, alice.id);
    EXPECT_EQ(member.roles, "channel_user channel_admin");
    EXPECT_EQ(member.notify_props.at("mark_unread"), "all");
    EXPECT_EQ(newest(room.id).type, "system_join_channel");
    EXPECT_EQ(store.facts<ChannelCreated>().size(), 1u);
    EXPECT_EQ(room.total_msg_count, 0);  // who came and went is no message
    EXPECT_GT(room.last_post_at, 0);
}

TEST_F(ChannelsTest, WhatMakesNoChannelIsRefused) {
    const auto refused = [&](auto change) {
        auto channel = wanted("fine");
        change(channel);
        return refusal([&] { channels.create(store.actor(alice), channel); });
    };
    EXPECT_EQ(refused([](Channel& c) { c.name = "Capitals"; }), "model.channel.is_valid.1_or_more.app_error");
    EXPECT_EQ(refused([](Channel& c) { c.name = "a b"; }), "model.channel.is_valid.1_or_more.app_error");
    EXPECT_EQ(refused([](Channel& c) { c.name = std::string(65, 'a'); }),
              "model.channel.is_valid.1_or_more.app_error");
    EXPECT_EQ(refused([](Channel& c) { c.name = std::string(26, 'a') + "__" + std::string(26, 'b'); }),
              "model.channel.is_valid.name.app_error");
    EXPECT_EQ(refused([](Channel& c) { c.name = std::string(40, 'f'); }),
              "model.channel.is_valid.name.app_error");
    EXPECT_EQ(refused([](Channel& c) { c.type = "Z"; }), "model.channel.is_valid.type.app_error");
    EXPECT_EQ(refused([](Channel& c) { c.type = "D"; }),
              "api.channel.create_channel.direct_channel.app_error");
    EXPECT_EQ(refused([](Channel& c) { c.display_name = std::string(65, 'd'); }),
              "model.channel.is_valid.display_name.app_error");
    EXPECT_EQ(refused([](Channel& c) { c.header = std::string(1025, 'h'); }),
              "model.channel.is_valid.header.app_error");
    EXPECT_EQ(refused([](Channel& c) { c.purpose = std::string(251, 'p'); }),
              "model.channel.is_valid.purpose.app_error");
    EXPECT_EQ(refused([](Channel& c) { c.team_id = TeamId(); }), "api.context.invalid_body_param.app_error");
    made("room");
    EXPECT_EQ(refused([](Channel& c) { c.name = "room"; }),
              "store.sql_channel.save_channel.exists.app_error");
}

TEST_F(ChannelsTest, InvisibleCharactersAreTakenOutOfNames) {
    EXPECT_EQ(visible_text("a\u202Eb\u200Bc\tn\u0301"), "abcn\u0301");
    EXPECT_EQ(visible_text("\U0001F468\u200D\U0001F469"), "\U0001F468\u200D\U0001F469");
}

TEST_F(ChannelsTest, ATeamHasSoManyChannelsAndNoMore) {
    Settings settings;
    settings.TeamSettings.MaxChannelsPerTeam = 3;
    LiveSettings live(settings);
    Channels narrow(store.db, store.gate, live);
    narrow.create(store.actor(alice), wanted("third"));
    EXPECT_EQ(refusal([&] { narrow.create(store.actor(alice), wanted("fourth")); }),
              "api.channel.create_channel.max_channel_limit.app_error");
}

TEST_F(ChannelsTest, PrivateChannelsAreForbiddenByIdAndUnknownByName) {
    const auto closed = made("closed", "P"), open = made("open");
    const auto actor = store.actor(bob);
    EXPECT_EQ(channels.get(actor, open.id).id, open.id);
    EXPECT_EQ(channels.by_name(actor, team.id, "open", false).id, open.id);
    EXPECT_EQ(channels.by_team_name(actor, team.name, "open", false).id, open.id);
    EXPECT_EQ(refusal([&] { channels.get(actor, closed.id); }), no_rights);
    EXPECT_EQ(refusal([&] { channels.by_name(actor, team.id, "closed", false); }),
              "app.channel.get_by_name.missing.app_error");
    EXPECT_EQ(refusal([&] { channels.get(actor, ChannelId::fresh()); }),
              "app.channel.get.existing.app_error");
    EXPECT_EQ(channels.get(store.actor(store.admin()), closed.id).id, closed.id);
    const auto stranger = store.user("stranger");
    EXPECT_EQ(refusal([&] { channels.get(store.actor(stranger), open.id); }), no_rights);
}

TEST_F(ChannelsTest, APatchTellsWhatChangedAndInWhichOrder) {
    const auto room = made("room");
    store.forget();
    ChannelPatch patch;
    patch.header = "new header";
    patch.display_name = "New Name";
    const auto changed = channels.patch(store.actor(alice), room.id, patch);
    EXPECT_EQ(changed.header, "new header");
    EXPECT_EQ(changed.display_name, "New Name");
    EXPECT_EQ(changed.name, "room");
    EXPECT_EQ(store.kinds(), (std::vector<std::string>{"channel_updated", "post_created", "post_created"}));
    EXPECT_EQ(store.facts<ChannelUpdated>()[0].previous.header, "");
    const auto told = store.facts<PostCreated>()[1].post;
    EXPECT_EQ(told.type, "system_header_change");
    EXPECT_EQ(prop(told, "new_header"), "new header");
    EXPECT_EQ(prop(told, "old_header"), "");
    EXPECT_EQ(prop(told, "username"), "alice");
}

TEST_F(ChannelsTest, AWholeUpdateKeepsTheType) {
    const auto room = made("room");
    auto next = room;
    next.header = "whole";
    EXPECT_EQ(channels.update(store.actor(alice), room.id, next).header, "whole");
    next.type = "P";
    EXPECT_EQ(refusal([&] { channels.update(store.actor(alice), room.id, next); }),
              "api.channel.update_channel.typechange.app_error");
}

TEST_F(ChannelsTest, ARenamedChannelCannotTakeANameInUse) {
    made("one");
    const auto two = made("two");
    ChannelPatch patch;
    patch.name = "one";
    EXPECT_EQ(refusal([&] { channels.patch(store.actor(alice), two.id, patch); }),
              "store.sql_channel.save_channel.exists.app_error");
    patch.name = "three";
    EXPECT_EQ(channels.patch(store.actor(alice), two.id, patch).name, "three");
}

TEST_F(ChannelsTest, TownSquareKeepsItsNameAndStaysOpenAndAlive) {
    const auto town = store.channel_named(team, town_square);
    store.add(alice, town);
    const auto actor = store.actor(alice);
    ChannelPatch name, header;
    name.name = "renamed";
    header.header = "still possible";
    EXPECT_EQ(refusal([&] { channels.patch(actor, town.id, name); }),
              "api.channel.update_channel.tried.app_error");
    EXPECT_EQ(channels.patch(actor, town.id, header).header, "still possible");
    EXPECT_EQ(refusal([&] { channels.set_privacy(actor, town.id, "P"); }),
              "api.channel.update_channel_privacy.default_channel_error");
    EXPECT_EQ(refusal([&] { channels.remove(actor, town.id); }),
              "api.channel.delete_channel.cannot.app_error");
}

TEST_F(ChannelsTest, PrivacyIsForThoseWhoMayChangeIt) {
    const auto room = made("room");
    store.add(bob, room);
    EXPECT_EQ(refusal([&] { channels.set_privacy(store.actor(bob), room.id, "P"); }), no_rights);
    EXPECT_EQ(channels.set_privacy(store.actor(alice), room.id, "P").type, "P");
    EXPECT_EQ(store.facts<ChannelConverted>().size(), 1u);
    EXPECT_EQ(newest(room.id).type, "system_change_chan_privacy");
    EXPECT_EQ(refusal([&] { channels.get(store.actor(carol), room.id); }), no_rights);
    EXPECT_EQ(channels.set_privacy(store.actor(alice), room.id, "O").type, "O");
}

TEST_F(ChannelsTest, ArchivedChannelsAreHiddenUntilTheyAreRestored) {
    const auto room = made("room");
    store.add(bob, room);
    channels.remove(store.actor(alice), room.id);
    EXPECT_EQ(newest(room.id).type, "system_channel_deleted");
    EXPECT_EQ(refusal([&] { channels.by_name(store.actor(bob), team.id, "room", false); }),
              "app.channel.get_by_name.missing.app_error");
    EXPECT_GT(channels.by_name(store.actor(bob), team.id, "room", true).delete_at, 0);
    EXPECT_EQ(names(lists.of_user_in_team(store.actor(bob), bob.id, team.id, {})),
              (std::vector<std::string>{}));
    EXPECT_EQ(names(lists.of_user_in_team(store.actor(bob), bob.id, team.id, {true, 0})),
              (std::vector<std::string>{"room"}));
    EXPECT_EQ(names(lists.archived_of_team(store.actor(bob), team.id, {})),
              (std::vector<std::string>{"room"}));
    EXPECT_EQ(refusal([&] { channels.remove(store.actor(alice), room.id); }),
              "api.channel.delete_channel.deleted.app_error");
    EXPECT_EQ(refusal([&] { channels.create(store.actor(alice), wanted("room")); }),
              "store.sql_channel.save_channel.exists.app_error");
    EXPECT_EQ(refusal([&] { channels.restore(store.actor(bob), room.id); }), no_rights);
    EXPECT_EQ(channels.restore(store.actor(alice), room.id).delete_at, 0);
    EXPECT_EQ(store.facts<ChannelRestored>().size(), 1u);
}

TEST_F(ChannelsTest, ADirectChannelIsTheSameForBoth) {
    const auto one = direct.direct(store.actor(alice), {alice.id, bob.id});
    EXPECT_EQ(one.name, direct_channel_name(bob.id, alice.id));
    EXPECT_EQ(one.name,
              std::min(alice.id.text(), bob.id.text()) + "__" + std::max(alice.id.text(), bob.id.text()));
    EXPECT_EQ(one.display_name, "");
    EXPECT_TRUE(one.team_id.empty());
    EXPECT_EQ(direct.direct(store.actor(bob), {bob.id, alice.id}).id, one.id);
    ASSERT_EQ(store.facts<DirectCreated>().size(), 1u);
    EXPECT_EQ(store.facts<DirectCreated>()[0].members.size(), 2u);
    EXPECT_TRUE(store.gate.is_member(bob.id, one.id));
    const auto shown = store.db.read([&](storage::Tx& tx) {
        return storage::PreferenceTable(tx).find(alice.id, "direct_channel_show", bob.id.text());
    });
    ASSERT_TRUE(shown.has_value());
    EXPECT_EQ(shown->value, "true");
    EXPECT_EQ(channels.by_name(store.actor(bob), team.id, one.name, false).id, one.id);
}

TEST_F(ChannelsTest, TwoWhoOpenADirectChannelAtOnceGetTheSame) {
    std::vector<ChannelId> ids(2);
    std::thread other([&] { ids[1] = direct.direct(store.actor(bob), {bob.id, alice.id}).id; });
    ids[0] = direct.direct(store.actor(alice), {alice.id, bob.id}).id;
    other.join();
    EXPECT_EQ(ids[0], ids[1]);
    EXPECT_EQ(store.facts<DirectCreated>().size(), 1u);
}

TEST_F(ChannelsTest, DirectChannelsAreWithOneselfOrOneOther) {
    const auto actor = store.actor(alice);
    EXPECT_EQ(direct.direct(actor, {alice.id}).name, alice.id.text() + "__" + alice.id.text());
    EXPECT_EQ(direct.direct(actor, {alice.id, alice.id}).name, alice.id.text() + "__" + alice.id.text());
    EXPECT_EQ(refusal([&] { direct.direct(actor, {bob.id, carol.id}); }), no_rights);
    EXPECT_EQ(refusal([&] {
                  direct.direct(actor, {alice.id, UserId::fresh()});
              }),
              "api.channel.create_direct_channel.invalid_user.app_error");
    EXPECT_EQ(refusal([&] { direct.direct(actor, {}); }), "api.context.invalid_body_param.app_error");
    EXPECT_EQ(refusal([&] {
                  direct.direct(actor, {alice.id, bob.id, carol.id});
              }),
              "api.context.invalid_body_param.app_error");
}

TEST_F(ChannelsTest, MessagesMayBeRestrictedToTheTeam) {
    Settings settings;
    settings.TeamSettings.RestrictDirectMessage = "team";
    LiveSettings live(settings);
    DirectChannels restricted(store.db, store.gate, live);
    const auto stranger = store.user("stranger");
    EXPECT_EQ(refusal([&] {
                  restricted.direct(store.actor(alice), {alice.id, stranger.id});
              }),
              "api.channel.create_channel.direct_channel.team_restricted_error.app_error");
    EXPECT_EQ(restricted.direct(store.actor(alice), {alice.id, bob.id}).type, "D");
}

TEST_F(ChannelsTest, AGroupIsThreeToEightPeople) {
    const auto group = direct.group(store.actor(alice), {bob.id, carol.id});
    EXPECT_EQ(group.type, "G");
    EXPECT_EQ(group.display_name, "alice, bob, carol");
    EXPECT_EQ(group.name.size(), 40u);
    EXPECT_EQ(direct.group(store.actor(carol), {carol.id, bob.id, alice.id, bob.id}).id, group.id);
    EXPECT_EQ(refusal([&] {
                  direct.group(store.actor(alice), {alice.id, bob.id});
              }),
              "api.channel.create_group.bad_size.app_error");
    std::vector<UserId> crowd;
    for (int i = 0; i < 8; ++i) crowd.push_back(store.user("c" + std::to_string(i)).id);
    EXPECT_EQ(refusal([&] { direct.group(store.actor(alice), crowd); }),
              "api.channel.create_group.bad_size.app_error");
    crowd.pop_back();
    EXPECT_EQ(direct.group(store.actor(alice), crowd).type, "G");
    EXPECT_EQ(names(lists.search_groups(store.actor(alice), "caro")), std::vector<std::string>{group.name});
}

TEST_F(ChannelsTest, MessagesBetweenPeopleChangeTheirHeaderOnly) {
    const auto dm = direct.direct(store.actor(alice), {alice.id, bob.id});
    ChannelPatch header, purpose;
    header.header = "about us";
    purpose.purpose = "none";
    EXPECT_EQ(channels.patch(store.actor(bob), dm.id, header).header, "about us");
    EXPECT_EQ(refusal([&] { channels.patch(store.actor(bob), dm.id, purpose); }),
              "api.channel.patch_update_channel.forbidden.app_error");
    EXPECT_EQ(refusal([&] { channels.patch(store.actor(carol), dm.id, header); }), no_rights);
    EXPECT_EQ(refusal([&] { channels.remove(store.actor(alice), dm.id); }),
              "api.channel.delete_channel.type.invalid");
}

TEST_F(ChannelsTest, ListsHoldWhatOnesOwnAreAndWhatOneMayFind) {
    const auto open = made("walrus-open"), closed = made("walrus-closed", "P");
    const auto dm = direct.direct(store.actor(alice), {alice.id, bob.id});
    EXPECT_EQ(names(lists.of_user(alice.id, {})), names({open, closed, dm}));
    EXPECT_EQ(names(lists.of_user_in_team(store.actor(alice), alice.id, team.id, {})),
              names({open, closed, dm}));
    EXPECT_EQ(refusal([&] { lists.of_user(carol.id, {}); }), "app.channel.get_channels.not_found.app_error");
    EXPECT_EQ(names(lists.autocomplete(store.actor(bob), team.id, "WALRUS")), names({open}));
    EXPECT_EQ(names(lists.autocomplete(store.actor(alice), team.id, "walrus")), names({open, closed}));
    EXPECT_EQ(names(lists.search_public(store.actor(alice), team.id, "walrus")), names({open}));
    EXPECT_EQ(names(lists.autocomplete_own(store.actor(alice), team.id, "walrus")), names({open, closed}));
    EXPECT_EQ(names(lists.autocomplete_own(store.actor(alice), team.id, "bob")), names({dm}));
    EXPECT_TRUE(lists.autocomplete(store.actor(alice), team.id, "%").empty());
    EXPECT_EQ(lists.public_of_team(store.actor(bob), team.id, {0, 2}).size(), 2u);
    EXPECT_EQ(refusal([&] { lists.private_of_team(store.actor(bob), team.id, {}); }), no_rights);
    EXPECT_EQ(names(lists.public_among(store.actor(bob), team.id, {open.id, closed.id})), names({open}));

    storage::ChannelSearch search;
    search.term = "walrus";
    EXPECT_EQ(lists.search_teams(store.actor(bob), search, false).total_count, 1);
    EXPECT_EQ(refusal([&] { lists.search_teams(store.actor(bob), search, true); }), no_rights);
    const auto all = lists.search_teams(store.actor(store.admin()), search, true);
    ASSERT_EQ(all.channels.size(), 2u);
    EXPECT_EQ(all.channels[0].team_name, team.name);

    EXPECT_EQ(lists.member_counts(store.actor(alice), {open.id, closed.id}),
              (std::map<std::string, std::int64_t>{{open.id.text(), 1}, {closed.id.text(), 1}}));
    EXPECT_EQ(refusal([&] { lists.member_counts(store.actor(bob), {closed.id}); }), no_rights);
}

}  // namespace
}  // namespace concordat::messaging
