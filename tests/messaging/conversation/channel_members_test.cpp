#include "messaging/conversation/channel_members.hpp"

#include <gtest/gtest.h>

#include "messaging/conversation/reading.hpp"
#include "storage/tables/posts.hpp"
#include "storage/tables/preferences.hpp"
#include "storage/tables/threads.hpp"
#include "tests/support/refusal.hpp"
#include "tests/support/store.hpp"

namespace concordat::messaging {
namespace {

using test::refusal;
constexpr const char* forbidden = "api.context.permissions.app_error";

struct MembersFixture : testing::Test {
    test::Store store;
    ChannelMembers members{store.db, store.gate};
    Reading reading{store.db, store.gate, store.settings};
    User alice = store.user("alice"), bob = store.user("bob"), carol = store.user("carol");
    Team team = store.team();
    Channel room = store.channel(team, "room"), closed = store.channel(team, "closed", "P");

    MembersFixture() {
        for (const auto* user : {&bob, &carol}) store.add(*user, team);
        store.add(alice, room, true);
        store.add(alice, closed, true);
    }
    static std::string prop(const Post& post, const char* key) {
        return std::string(post.props.at(key).as_string());
    }
    Post newest(const ChannelId& channel) {
        return store.db.read([&](storage::Tx& tx) { return storage::PostTable(tx).page(channel, {}, 0, 1); })
            .at(0);
    }
    // Plain row work: what posting does to the counts is the posts' own test.
    PostId say(const User& who, const Channel& where, const PostId& root = {}) {
        storage::NewPost entry;
        entry.post.id = PostId::fresh(store.now());
        entry.post.create_at = entry.post.update_at = store.now();
        entry.post.channel_id = where.id;
        entry.post.user_id = who.id;
        entry.post.root_id = root;
        entry.post.message = "text";
        store.db.transact([&](storage::Tx& tx) { storage::PostTable(tx).insert({entry}); });
        return entry.post.id;
    }
    ChannelMember member(const User& user, const Channel& channel) {
        return store.db
            .read([&](storage::Tx& tx) { return storage::ChannelMemberTable(tx).find(channel.id, user.id); })
            .value();
    }
    std::int64_t history(const User& user, const char* condition) {
        return store.db.read([&](storage::Tx& tx) {
            return storage::int_in(tx.exec(
                std::string(
                    "select count(*) from channel_member_history where user_id = $1 and leave_at is ") +
                    condition,
                user.id)[0][0]);
        });
    }
};
using ChannelMembersTest = MembersFixture;
using ReadingTest = MembersFixture;

TEST_F(ChannelMembersTest, JoiningAPublicChannelIsToldInIt) {
    store.forget();
    const auto joined = members.add(store.actor(bob), room.id, {bob.id});
    ASSERT_EQ(joined.size(), 1u);
    EXPECT_EQ(joined[0].roles, "channel_user");
    EXPECT_EQ(store.kinds(), (std::vector<std::string>{"channel_joined", "post_created"}));
    EXPECT_EQ(newest(room.id).type, "system_join_channel");
    EXPECT_EQ(prop(newest(room.id), "username"), "bob");
    EXPECT_EQ(history(bob, "null"), 1);
    members.add(store.actor(bob), room.id, {bob.id});
    EXPECT_EQ(store.kinds().size(), 2u);  // twice is once
}

TEST_F(ChannelMembersTest, BeingAddedIsAMention) {
    store.forget();
    members.add(store.actor(alice), closed.id, {bob.id});
    const auto post = newest(closed.id);
    EXPECT_EQ(post.type, "system_add_to_channel");
    EXPECT_EQ(post.user_id, alice.id);
    EXPECT_EQ(prop(post, "addedUsername"), "bob");
    EXPECT_EQ(prop(post, "addedUserId"), bob.id.text());
    EXPECT_EQ(prop(post, "username"), "alice");
    EXPECT_EQ(store.facts<PostCreated>().at(0).mentions, std::vector<UserId>{bob.id});
    EXPECT_EQ(member(bob, closed).mention_count, 1);
    EXPECT_EQ(member(bob, closed).msg_count, 0);
    reading.view(bob.id, {closed.id}, true);
    EXPECT_EQ(member(bob, closed).mention_count, 0);
}

TEST_F(ChannelMembersTest, WhatWasSaidBeforeIsRead) {
    say(alice, room);
    say(alice, room);
    members.add(store.actor(bob), room.id, {bob.id});
    EXPECT_EQ(reading.of_channel(store.actor(bob), bob.id, room.id).msg_count, 0);
    EXPECT_GT(member(bob, room).last_viewed_at, 0);
}

TEST_F(ChannelMembersTest, TheTeamComesFirst) {
    const auto stranger = store.user("stranger");
    EXPECT_EQ(refusal([&] { members.add(store.actor(alice), room.id, {stranger.id}); }),
              "app.team.get_member.missing.app_error");
    EXPECT_EQ(refusal([&] { members.add(store.actor(stranger), room.id, {stranger.id}); }), forbidden);
    EXPECT_EQ(refusal([&] { members.add(store.actor(bob), closed.id, {bob.id}); }), forbidden);
    EXPECT_EQ(refusal([&] { members.add(store.actor(bob), room.id, {carol.id}); }), forbidden);
    EXPECT_EQ(refusal([&] { members.add(store.actor(alice), store.direct(alice, bob).id, {carol.id}); }),
              "api.channel.add_user_to_channel.type.app_error");
}

TEST_F(ChannelMembersTest, LeavingAndBeingRemovedAreToldApart) {
    store.add(bob, room);
    store.add(carol, room);
    store.forget();
    members.remove(store.actor(bob), room.id, bob.id);
    EXPECT_EQ(newest(room.id).type, "system_leave_channel");
    EXPECT_EQ(store.facts<ChannelLeft>().at(0).actor_id, bob.id);
    EXPECT_EQ(history(bob, "not null"), 1);
    EXPECT_FALSE(store.gate.is_member(bob.id, room.id));

    store.wait(5);
    members.remove(store.actor(alice), room.id, carol.id);
    const auto post = newest(room.id);
    EXPECT_EQ(post.type, "system_remove_from_channel");
    EXPECT_EQ(prop(post, "removedUserId"), carol.id.text());
    EXPECT_EQ(store.facts<ChannelLeft>().at(1).actor_id, alice.id);
    EXPECT_EQ(refusal([&] { members.remove(store.actor(alice), room.id, carol.id); }),
              "app.channel.get_member.missing.app_error");
    EXPECT_EQ(refusal([&] { members.get(store.actor(carol), room.id, carol.id); }),
              "app.channel.get_member.missing.app_error");
}

TEST_F(ChannelMembersTest, OnlyGuestsLeaveTownSquare) {
    const auto town = store.channel_named(team, "town-square");
    const auto guest = store.guest("gus");
    store.add(bob, town);
    store.add(guest, town);
    EXPECT_EQ(refusal([&] { members.remove(store.actor(bob), town.id, bob.id); }),
              "api.channel.leave.default.app_error");
    store.add(alice, town);
    EXPECT_EQ(refusal([&] { members.remove(store.actor(store.admin()), town.id, bob.id); }),
              "api.channel.remove.default.app_error");
    members.remove(store.actor(guest), town.id, guest.id);
    EXPECT_FALSE(store.gate.is_member(guest.id, town.id));
}

TEST_F(ChannelMembersTest, NotifySettingsAreOnesOwn) {
    store.forget();
    members.set_notify_props(store.actor(alice), room.id, alice.id,
                             {{"mark_unread", "mention"}, {"desktop", "none"}, {"channel_id", "x"}});
    const auto changed = member(alice, room);
    EXPECT_EQ(changed.notify_props.at("mark_unread"), "mention");
    EXPECT_EQ(changed.notify_props.at("push"), "default");
    EXPECT_FALSE(changed.notify_props.contains("channel_id"));
    ASSERT_EQ(store.facts<ChannelMemberUpdated>().size(), 1u);
    EXPECT_EQ(refusal([&] {
                  members.set_notify_props(store.actor(alice), room.id, alice.id, {{"mark_unread", "often"}});
              }),
              "api.context.invalid_body_param.app_error");
    EXPECT_EQ(refusal([&] {
                  members.set_notify_props(store.actor(bob), room.id, alice.id, {{"desktop", "all"}});
              }),
              forbidden);
    EXPECT_EQ(refusal([&] {
                  members.set_notify_props(store.actor(bob), room.id, bob.id, {{"desktop", "all"}});
              }),
              "app.channel.get_member.missing.app_error");
}

TEST_F(ChannelMembersTest, AdministratorsMakeAdministrators) {
    store.add(bob, room);
    EXPECT_EQ(refusal([&] {
                  members.set_scheme_roles(store.actor(bob), room.id, bob.id, {true, true, false});
              }),
              forbidden);
    members.set_scheme_roles(store.actor(alice), room.id, bob.id, {true, true, false});
    EXPECT_EQ(member(bob, room).roles, "channel_user channel_admin");
    members.set_scheme_roles(store.actor(bob), room.id, bob.id, {false, true, false});
    EXPECT_EQ(member(bob, room).roles, "channel_user");
    EXPECT_EQ(refusal([&] {
                  members.set_scheme_roles(store.actor(alice), room.id, bob.id, {false, true, true});
              }),
              "api.channel.update_channel_member_roles.guest.app_error");
}

TEST_F(ChannelMembersTest, OthersDoNotSeeWhenOneLooked) {
    store.add(bob, room);
    EXPECT_EQ(members.get(store.actor(bob), room.id, alice.id).last_viewed_at, -1);
    EXPECT_EQ(members.get(store.actor(bob), room.id, alice.id).last_update_at, -1);
    for (const auto& each : members.page(store.actor(bob), room.id, 0, 60))
        EXPECT_EQ(each.last_viewed_at == -1, each.user_id != bob.id);
    EXPECT_EQ(members.among(store.actor(bob), room.id, {alice.id, UserId::fresh()}).size(), 1u);
    EXPECT_EQ(refusal([&] { members.page(store.actor(bob), closed.id, 0, 60); }), forbidden);
    EXPECT_EQ(members.page(store.actor(carol), room.id, 0, 1).size(), 1u);  // public: visible in the team
}

TEST_F(ChannelMembersTest, MembershipsOfOnePersonComeWithTheirTeams) {
    const auto dm = store.direct(alice, bob);
    const auto all = members.of_user(store.actor(alice), alice.id, 0, 1000);
    ASSERT_EQ(all.size(), 3u);
    for (const auto& each : all) EXPECT_EQ(each.team_name, each.channel_id == dm.id ? "" : team.name);
    EXPECT_EQ(members.of_user(store.actor(alice), alice.id, 2, 2).size(), 1u);
    EXPECT_EQ(refusal([&] { members.of_user(store.actor(bob), alice.id, 0, 10); }), forbidden);
    EXPECT_EQ(members.of_user_in_team(store.actor(alice), alice.id, team.id).size(), 3u);
}

TEST_F(ChannelMembersTest, AreCounted) {
    store.add(bob, room);
    store.add(store.guest("gus"), room);
    const auto stats = members.stats(store.actor(alice), room.id, false);
    EXPECT_EQ(stats.member_count, 3);
    EXPECT_EQ(stats.guest_count, 1);
    EXPECT_EQ(stats.files_count, -1);
    EXPECT_EQ(members.stats(store.actor(alice), room.id, true).files_count, 0);
    EXPECT_TRUE(members.timezones(store.actor(alice), room.id).empty());
}

TEST_F(ReadingTest, ViewingClearsWhatWasUnreadAndTellsItOnce) {
    store.add(bob, room);
    say(alice, room);
    say(alice, room);
    EXPECT_EQ(reading.of_channel(store.actor(bob), bob.id, room.id).msg_count, 2);
    store.forget();
    const auto viewed = reading.view(bob.id, {room.id, closed.id}, true);
    EXPECT_EQ(viewed.status, "OK");
    ASSERT_EQ(viewed.last_viewed_at_times.size(), 1u);
    EXPECT_EQ(viewed.last_viewed_at_times.at(room.id.text()), member(bob, room).last_viewed_at);
    ASSERT_EQ(store.facts<ChannelsViewed>().size(), 1u);
    EXPECT_EQ(store.facts<ChannelsViewed>()[0].channel_times, viewed.last_viewed_at_times);
    EXPECT_EQ(reading.of_channel(store.actor(bob), bob.id, room.id).msg_count, 0);
    EXPECT_TRUE(reading.view(bob.id, {room.id}, true).last_viewed_at_times.empty());
    EXPECT_EQ(store.kinds().size(), 1u);
    EXPECT_EQ(reading.view(bob.id, {}, true).status, "OK");  // the window lost the focus
}

TEST_F(ReadingTest, ThreadsAreReadToo) {
    store.add(bob, room);
    const auto root = say(bob, room);
    store.db.transact([&](storage::Tx& tx) {
        storage::ThreadTable(tx).add_reply(root, room.id, team.id, alice.id, store.now() + 5);
        storage::ThreadTable(tx).mention(root, {bob.id}, store.now());
    });
    const auto mentions = [&] {
        return store.db.read([&](storage::Tx& tx) {
            return storage::ThreadTable(tx).membership(root, bob.id)->unread_mentions;
        });
    };
    const auto of_team = reading.of_teams(bob.id, std::nullopt, true).at(0);
    EXPECT_EQ(of_team.thread_count, 1);
    EXPECT_EQ(of_team.thread_mention_count, 1);
    say(alice, room);
    reading.view(bob.id, {room.id}, true);
    EXPECT_EQ(mentions(), 1);  // replies are collapsed and the client knows it
    say(alice, room);
    store.wait(10);
    reading.view(bob.id, {room.id}, false);
    EXPECT_EQ(mentions(), 0);
    EXPECT_EQ(store.facts<ThreadReadChanged>().size(), 1u);
}

TEST_F(ReadingTest, TheCountOfATeamLeavesMutedMessagesAndDirectChannelsOut) {
    store.add(bob, room);
    store.add(bob, closed);
    const auto dm = store.direct(alice, bob);
    members.set_notify_props(store.actor(bob), closed.id, bob.id, {{"mark_unread", "mention"}});
    say(alice, room);
    say(alice, closed);
    say(alice, dm);
    store.db.transact([&](storage::Tx& tx) {
        storage::ChannelMemberTable(tx).add_mentions(closed.id, {bob.id}, true, false, store.now());
    });
    const auto unread = reading.of_team(store.actor(bob), bob.id, team.id);
    EXPECT_EQ(unread.msg_count, 1);
    EXPECT_EQ(unread.mention_count, 1);
    EXPECT_EQ(unread.mention_count_root, 1);
    const auto all = reading.of_teams(bob.id, std::nullopt, false);
    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0].msg_count, 1);
    EXPECT_TRUE(reading.of_teams(bob.id, team.id, false).empty());
}

}  // namespace
}  // namespace concordat::messaging
