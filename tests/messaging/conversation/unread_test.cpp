// What is unread, after posting, reading and marking: one arithmetic through several services.
#include "messaging/conversation/system_posts.hpp"
#include "storage/database/database.hpp"
#include "tests/messaging/conversation/talk.hpp"

namespace concordat::messaging {
namespace {

Settings without_collapsing() {
    Settings settings;
    settings.ServiceSettings.CollapsedThreads = "disabled";
    return settings;
}

TEST(Unread, APostCountsForEverybodyButItsAuthor) {
    Talk t;
    t.say(t.alice, "one");
    t.say(t.alice, "two");
    EXPECT_EQ(t.unread(t.alice).msg_count, 0);
    EXPECT_EQ(t.unread(t.bob).msg_count, 2);
    EXPECT_EQ(t.unread(t.bob).msg_count_root, 2);
    EXPECT_EQ(t.membership(t.alice).msg_count, 2) << "a member holds the totals it has seen";
    EXPECT_EQ(t.membership(t.alice).last_viewed_at, t.state().last_post_at);
    t.say(t.bob, "three");
    EXPECT_EQ(t.unread(t.bob).msg_count, 0) << "who writes has read";
    EXPECT_EQ(t.unread(t.alice).msg_count, 1);
}

TEST(Unread, ARootCountsTwiceAndAReplyOnce) {
    Talk t;
    const auto root = t.say(t.alice, "root");
    const auto reply = t.say(t.bob, "reply", root.id);
    const auto channel = t.state();
    EXPECT_EQ(channel.total_msg_count, 2);
    EXPECT_EQ(channel.total_msg_count_root, 1);
    EXPECT_EQ(channel.last_post_at, reply.create_at);
    EXPECT_EQ(channel.last_root_post_at, root.create_at);
    EXPECT_EQ(t.unread(t.alice).msg_count, 1);
    EXPECT_EQ(t.unread(t.alice).msg_count_root, 0);
}

TEST(Unread, AReplyMarksTheChannelReadOnlyForThoseWhoDoNotCollapseThreads) {
    Talk collapsing;
    auto root = collapsing.say(collapsing.alice, "root");
    collapsing.say(collapsing.bob, "reply", root.id);
    EXPECT_EQ(collapsing.unread(collapsing.bob).msg_count_root, 1)
        << "the root is still unread in the channel";
    Talk plain(without_collapsing());
    root = plain.say(plain.alice, "root");
    plain.say(plain.bob, "reply", root.id);
    EXPECT_EQ(plain.unread(plain.bob).msg_count, 0);
}

TEST(Unread, ComingAndGoingMovesTheTimeButCountsNothing) {
    Talk t;
    t.say(t.alice, "one");
    t.store.wait(10);
    const auto place = *t.store.gate.place(t.room.id);
    t.store.db.transact([&](storage::Tx& tx) {
        write_system_post(tx, place, t.bob.id, "bob", "system_join_channel", "bob joined");
    });
    EXPECT_EQ(t.state().total_msg_count, 1);
    EXPECT_EQ(t.state().total_msg_count_root, 1);
    EXPECT_GT(t.state().last_post_at, t.membership(t.alice).last_viewed_at);
    EXPECT_EQ(t.unread(t.bob).msg_count, 1) << "joining or letting in is not reading";
    t.store.db.transact([&](storage::Tx& tx) {
        write_system_post(tx, place, t.bob.id, "bob", "system_header_change", "new header");
    });
    EXPECT_EQ(t.state().total_msg_count, 2);
}

TEST(Unread, ViewingClearsEverythingUpToTheTotals) {
    Talk t;
    t.say(t.alice, "@bob one");
    t.say(t.alice, "two");
    t.store.forget();
    const auto viewed = t.reading.view(t.bob.id, {t.room.id}, true);
    const auto member = t.membership(t.bob);
    EXPECT_EQ(t.unread(t.bob).msg_count, 0);
    EXPECT_EQ(member.mention_count, 0);
    EXPECT_EQ(member.mention_count_root, 0);
    EXPECT_EQ(member.last_viewed_at, t.state().last_post_at);
    EXPECT_EQ(viewed.last_viewed_at_times.at(t.room.id.text()), member.last_viewed_at);
    EXPECT_EQ(t.store.facts<ChannelsViewed>().size(), 1u);
    t.reading.view(t.bob.id, {t.room.id}, true);
    EXPECT_EQ(t.store.facts<ChannelsViewed>().size(), 1u) << "nothing was unread";
}

TEST(Unread, DeletingAPostLowersNoTotals) {
    Talk t;
    const auto post = t.say(t.alice, "one");
    t.remove(t.alice, post.id);
    EXPECT_EQ(t.state().total_msg_count, 1);
    EXPECT_EQ(t.unread(t.bob).msg_count, 1);
}

TEST(Unread, MarkingUnreadFromAPostCountsWhatLivesFromThereOn) {
    Talk t;
    t.say(t.alice, "one");
    const auto two = t.say(t.alice, "two @bob");
    const auto gone = t.say(t.alice, "gone @bob");
    const auto four = t.say(t.alice, "four @bob and @bob", two.id);
    t.say(t.bob, "five, mine");
    t.remove(t.alice, gone.id);
    t.reading.view(t.bob.id, {t.room.id}, true);
    t.store.forget();
    const auto unread = t.posts.set_unread(t.bob.id, two.id, false);
    EXPECT_EQ(unread.last_viewed_at, two.create_at - 1);
    EXPECT_EQ(unread.msg_count, 5 - 3) << "two, four and five are unread";
    EXPECT_EQ(unread.msg_count_root, 4 - 2);
    EXPECT_EQ(unread.mention_count, 2);
    EXPECT_EQ(unread.mention_count_root, 1);
    const auto member = t.membership(t.bob);
    EXPECT_EQ(member.msg_count, 2);
    EXPECT_EQ(member.mention_count, 2);
    EXPECT_EQ(member.last_viewed_at, two.create_at - 1);
    EXPECT_EQ(t.unread(t.bob).msg_count, 3);
    ASSERT_EQ(t.store.facts<PostUnreadSet>().size(), 1u);
    EXPECT_EQ(t.store.facts<PostUnreadSet>()[0].post_id, two.id);
    EXPECT_EQ(t.store.facts<PostUnreadSet>()[0].unread.msg_count, 2);
    EXPECT_EQ(four.root_id, two.id);
}

TEST(Unread, ThePostBeforeInTheSameMillisecondApartIsNotCounted) {
    Talk t;
    t.store.wait(10);
    const auto actor = t.store.actor(t.store.admin());
    t.store.add(t.store.user("x"), t.room);
    auto at = [&](Millis time, const std::string& text) {
        auto post = Talk::draft(t.room, text);
        post.create_at = time;
        return t.posts.create(actor, post);
    };
    at(999, "@bob before");
    const auto post = at(1000, "@bob from here");
    const auto unread = t.posts.set_unread(t.bob.id, post.id, false);
    EXPECT_EQ(unread.msg_count, 1);
    EXPECT_EQ(unread.mention_count, 1);
}

TEST(Unread, MarkingUnreadBetweenPeopleCountsTheOthersPostsOnly) {
    Talk t;
    const auto direct = t.store.direct(t.alice, t.bob);
    const auto first = t.say(t.alice, direct, "one");
    t.say(t.bob, direct, "mine");
    auto urgent = Talk::draft(direct, "two");
    urgent.metadata.emplace().priority.emplace().priority = std::string("urgent");
    t.put(t.alice, urgent);
    const auto unread = t.posts.set_unread(t.bob.id, first.id, false);
    EXPECT_EQ(unread.mention_count, 2);
    EXPECT_EQ(unread.mention_count_root, 2);
    EXPECT_EQ(unread.urgent_mention_count, 1);
    EXPECT_EQ(unread.msg_count, 0);
    EXPECT_TRUE(unread.team_id.empty());
}

TEST(Unread, MarkingAReplyUnreadWithCollapsedThreadsLeavesTheChannelAlone) {
    Talk t;
    const auto root = t.say(t.alice, "root");
    t.say(t.bob, "one", root.id);
    const auto two = t.say(t.alice, "two @bob", root.id);
    t.say(t.alice, "three", root.id);
    t.reading.view(t.bob.id, {t.room.id}, false);
    EXPECT_EQ(t.following(t.bob, root.id)->unread_replies, 0);
    const auto before = t.membership(t.bob);
    const auto unread = t.posts.set_unread(t.bob.id, two.id, true);
    EXPECT_EQ(unread.msg_count, before.msg_count);
    EXPECT_EQ(unread.last_viewed_at, before.last_viewed_at);
    const auto thread = *t.following(t.bob, root.id);
    EXPECT_EQ(thread.unread_replies, 2);
    EXPECT_EQ(thread.unread_mentions, 1);
    EXPECT_EQ(thread.last_viewed, two.create_at - 1);
    const auto told = t.store.facts<ThreadReadChanged>().back();
    EXPECT_EQ(told.thread_id, root.id);
    EXPECT_EQ(told.unread_replies, 2);
    EXPECT_EQ(told.previous_unread_replies, 0);
}

TEST(Unread, WhoDoesNotCollapseThreadsMarksTheChannelByAReply) {
    Talk t(without_collapsing());
    const auto root = t.say(t.alice, "root");
    const auto reply = t.say(t.alice, "reply", root.id);
    t.reading.view(t.bob.id, {t.room.id}, true);
    const auto unread = t.posts.set_unread(t.bob.id, reply.id, true);
    EXPECT_EQ(unread.msg_count, 1);
    EXPECT_EQ(unread.last_viewed_at, reply.create_at - 1);
}

TEST(Unread, OnlyAMemberMarksAChannelUnread) {
    Talk t;
    const auto post = t.say(t.alice, "x");
    EXPECT_EQ(refusal([&] { t.posts.set_unread(t.store.user("stranger").id, post.id, false); }),
              "app.channel.get_member.missing.app_error");
}

TEST(Unread, ViewingReadsThreadsUnlessClientAndPersonCollapseThem) {
    Talk t;
    const auto root = t.say(t.bob, "root");
    t.say(t.alice, "reply", root.id);
    t.reading.view(t.bob.id, {t.room.id}, true);
    EXPECT_EQ(t.following(t.bob, root.id)->unread_replies, 1);
    t.store.wait(10);
    t.reading.view(t.bob.id, {t.room.id}, false);
    EXPECT_EQ(t.following(t.bob, root.id)->unread_replies, 0);
}

TEST(Unread, ManyAuthorsAtOnceLoseNoCount) {
    Talk t;
    std::vector<User> people{t.alice, t.bob, t.member("carol"), t.member("dave")};
    std::vector<std::thread> threads;
    for (const auto& who : people)
        threads.emplace_back([&, actor = t.store.actor(who)] {
            for (int i = 0; i < 15; ++i)
                t.posts.create(actor, Talk::draft(t.room, i % 3 ? "plain" : "@bob @carol"));
        });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(t.state().total_msg_count, 60);
    EXPECT_EQ(t.state().total_msg_count_root, 60);
    t.say(t.alice, "last");
    EXPECT_EQ(t.unread(t.alice).msg_count, 0);
    t.reading.view(t.bob.id, {t.room.id}, true);
    EXPECT_EQ(t.membership(t.bob).msg_count, 61);
}

}  // namespace
}  // namespace concordat::messaging
