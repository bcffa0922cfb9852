#include "messaging/conversation/threads.hpp"

#include "storage/database/database.hpp"
#include "tests/messaging/conversation/talk.hpp"

namespace concordat::messaging {
namespace {

constexpr const char* not_followed = "app.user.get_thread_membership_for_user.not_found";

ThreadListOptions of(Talk& t, const User& user) {
    ThreadListOptions options;
    options.query.user = user.id;
    options.query.team = t.team.id;
    return options;
}
std::vector<PostId> listed(Talk& t, const User& user, ThreadListOptions options) {
    std::vector<PostId> out;
    const auto list = t.threads.list(t.store.actor(user), options);
    for (const auto& thread : *list.threads) out.push_back(thread.id);
    return out;
}
std::vector<PostId> listed(Talk& t, const User& user) {
    return listed(t, user, of(t, user));
}

TEST(Threads, AThreadBeginsWithTheFirstReply) {
    Talk t;
    const auto root = t.say(t.alice, "root");
    EXPECT_FALSE(t.thread(root.id));
    EXPECT_TRUE(listed(t, t.alice).empty());
    const auto reply = t.say(t.bob, "reply", root.id);
    const auto thread = *t.thread(root.id);
    EXPECT_EQ(thread.reply_count, 1);
    EXPECT_EQ(thread.last_reply_at, reply.create_at);
    EXPECT_EQ(thread.team_id, t.team.id);
    EXPECT_EQ(thread.channel_id, t.room.id);
    EXPECT_EQ(t.stored(root.id).reply_count, 1);
    EXPECT_EQ(t.stored(root.id).last_reply_at, reply.create_at);
    EXPECT_EQ(t.stored(root.id).update_at, reply.create_at) << "so that `since` sends the root again";
}

TEST(Threads, TheMostRecentReplierStandsLast) {
    Talk t;
    const auto carol = t.member("carol");
    const auto root = t.say(t.alice, "root");
    for (const auto& who : {t.bob, carol, t.bob, t.alice, carol}) t.say(who, "x", root.id);
    EXPECT_EQ(t.thread(root.id)->participants, (std::vector{t.bob.id, t.alice.id, carol.id}));
}

TEST(Threads, ReplierAuthorAndNamedPeopleFollow) {
    Talk t;
    const auto carol = t.member("carol"), dave = t.member("dave"), watcher = t.member("watcher"),
               other = t.member("other");
    t.set_channel_notify(watcher, t.room, "channel_auto_follow_threads", "on");
    t.set_channel_notify(other, t.room, "ignore_channel_mentions", "on");
    const auto root = t.say(t.alice, "root for @carol");
    EXPECT_TRUE(listed(t, carol).empty()) << "no thread before the first reply";
    t.say(t.bob, "reply for @dave", root.id);
    for (const auto& user : {t.alice, t.bob, carol, dave, watcher})
        EXPECT_EQ(listed(t, user), std::vector{root.id}) << user.username;
    EXPECT_FALSE(t.following(other, root.id));
    const auto fact = t.store.facts<PostCreated>().back();
    auto followers = fact.followers;
    std::sort(followers.begin(), followers.end());
    EXPECT_EQ(followers, ids({t.alice, t.bob, carol, dave, watcher}));
    EXPECT_EQ(t.following(dave, root.id)->unread_mentions, 1);
    EXPECT_EQ(t.following(carol, root.id)->unread_mentions, 0) << "the root's mention is the channel's";
    EXPECT_EQ(t.following(t.alice, root.id)->unread_replies, 1);
    EXPECT_EQ(t.following(t.bob, root.id)->unread_replies, 0);
}

TEST(Threads, WatchersAreFoundHoweverTheirPropsWereWritten) {
    Talk t;
    const auto watcher = t.member("watcher");
    t.set_channel_notify(watcher, t.room, "channel_auto_follow_threads", "on");
    t.store.db.transact([&](storage::Tx& tx) {
        storage::ChannelMemberTable(tx).set_mark_unread(watcher.id, {t.room.id}, "mention", tx.now());
    });
    const auto root = t.say(t.alice, "root");
    t.say(t.bob, "reply", root.id);
    EXPECT_TRUE(t.following(watcher, root.id)) << "props that the database rewrote have other blanks";
}

TEST(Threads, WithoutAutomaticFollowingNobodyFollowsByReplying) {
    Settings settings;
    settings.ServiceSettings.ThreadAutoFollow = false;
    Talk t(settings);
    const auto root = t.say(t.alice, "root for @bob");
    t.say(t.bob, "reply for @alice", root.id);
    EXPECT_FALSE(t.following(t.alice, root.id));
    EXPECT_FALSE(t.following(t.bob, root.id));
    EXPECT_EQ(t.thread(root.id)->reply_count, 1);
    t.store.wait(10);
    t.threads.follow(t.store.actor(t.alice), t.alice.id, t.team.id, root.id, true);
    t.say(t.bob, "@alice again", root.id);
    EXPECT_EQ(t.following(t.alice, root.id)->unread_mentions, 1);
    EXPECT_EQ(t.following(t.alice, root.id)->unread_replies, 1);
    t.say(t.alice, "seen", root.id);
    EXPECT_EQ(t.following(t.alice, root.id)->unread_mentions, 0) << "who follows and replies has read";
    EXPECT_EQ(t.following(t.alice, root.id)->unread_replies, 0);
}

TEST(Threads, WhoLeftIsBroughtBackByANameOnly) {
    Talk t;
    const auto root = t.say(t.alice, "root");
    t.say(t.bob, "one", root.id);
    t.store.wait(10);
    t.threads.follow(t.store.actor(t.alice), t.alice.id, t.team.id, root.id, false);
    EXPECT_FALSE(t.following(t.alice, root.id)->following);
    t.say(t.bob, "two", root.id);
    EXPECT_FALSE(t.following(t.alice, root.id)->following);
    EXPECT_TRUE(listed(t, t.alice).empty());
    t.say(t.bob, "three, @alice", root.id);
    EXPECT_TRUE(t.following(t.alice, root.id)->following);
    EXPECT_EQ(t.following(t.alice, root.id)->unread_mentions, 1);
}

TEST(Threads, ReplyingReadsTheThreadForItsAuthor) {
    Talk t;
    const auto root = t.say(t.alice, "root");
    t.say(t.bob, "one", root.id);
    t.say(t.bob, "two @alice", root.id);
    EXPECT_EQ(t.following(t.alice, root.id)->unread_replies, 2);
    EXPECT_EQ(t.following(t.alice, root.id)->unread_mentions, 1);
    const auto reply = t.say(t.alice, "three", root.id);
    const auto membership = *t.following(t.alice, root.id);
    EXPECT_EQ(membership.unread_replies, 0);
    EXPECT_EQ(membership.unread_mentions, 0);
    EXPECT_EQ(membership.last_viewed, reply.create_at);
    EXPECT_EQ(t.following(t.bob, root.id)->unread_replies, 1);
}

TEST(Threads, FollowersHearOfEachReplyWithWhatIsUnreadForThem) {
    Talk t;
    const auto root = t.say(t.alice, "root");
    t.say(t.bob, "one", root.id);
    t.say(t.bob, "two @alice", root.id);
    const auto fact = t.store.facts<ThreadUpdated>().back();
    EXPECT_EQ(fact.thread.id, root.id);
    EXPECT_EQ(fact.thread.reply_count, 2);
    EXPECT_EQ((*fact.thread.post).reply_count, 2);
    EXPECT_EQ(fact.thread.participants.at(0).id, t.bob.id);
    ASSERT_EQ(fact.readers.size(), 2u);
    for (const auto& reader : fact.readers) {
        const bool is_alice = reader.user_id == t.alice.id;
        EXPECT_EQ(reader.unread_replies, is_alice ? 2 : 0);
        EXPECT_EQ(reader.previous_unread_replies, is_alice ? 1 : 0);
        EXPECT_EQ(reader.unread_mentions, is_alice ? 1 : 0);
        EXPECT_EQ(reader.previous_unread_mentions, 0);
    }
}

TEST(Threads, ADirectMessagesThreadIsInEveryTeamsListUnlessExcluded) {
    Talk t;
    const auto direct = t.store.direct(t.alice, t.bob);
    const auto root = t.say(t.alice, direct, "root");
    t.say(t.bob, direct, "reply", root.id);
    EXPECT_EQ(t.following(t.alice, root.id)->unread_mentions, 1) << "between people every post is a mention";
    EXPECT_EQ(listed(t, t.alice), std::vector{root.id});
    auto options = of(t, t.alice);
    const auto other = t.store.team();
    options.query.team = other.id;
    EXPECT_EQ(refusal([&] { listed(t, t.alice, options); }), "api.context.permissions.app_error");
    t.store.add(t.alice, other);
    EXPECT_EQ(listed(t, t.alice, options), std::vector{root.id});
    options.query.without_direct = true;
    EXPECT_TRUE(listed(t, t.alice, options).empty());
}

TEST(Threads, TheListIsPagedNewestReplyFirst) {
    Talk t;
    std::vector<PostId> roots;
    for (int i = 0; i < 5; ++i) {
        roots.insert(roots.begin(), t.say(t.alice, "root").id);
        t.say(t.bob, "reply", roots.front());
    }
    auto options = of(t, t.alice);
    options.query.limit = 2;
    EXPECT_EQ(listed(t, t.alice, options), (std::vector{roots[0], roots[1]}));
    options.query.before = roots[1];
    EXPECT_EQ(listed(t, t.alice, options), (std::vector{roots[2], roots[3]}));
    options.query.before = roots[4];
    EXPECT_TRUE(listed(t, t.alice, options).empty());
    options.query.before = {};
    options.query.after = roots[2];
    EXPECT_EQ(listed(t, t.alice, options), (std::vector{roots[1], roots[0]}));
    options.query.before = roots[0];
    EXPECT_EQ(refusal([&] { listed(t, t.alice, options); }), "api.getThreadsForUser.bad_params");
    options = of(t, t.alice);
    options.totals_only = options.threads_only = true;
    EXPECT_EQ(refusal([&] { listed(t, t.alice, options); }), "api.getThreadsForUser.bad_only_params");
}

TEST(Threads, TotalsCountThreadsMentionsAndUrgentOnes) {
    Talk t;
    auto urgent = Talk::draft(t.room, "urgent root");
    urgent.metadata.emplace().priority.emplace().priority = std::string("urgent");
    const auto one = t.say(t.alice, "one"), two = t.put(t.alice, urgent), three = t.say(t.alice, "three");
    t.say(t.bob, "plain", one.id);
    t.say(t.bob, "@alice", two.id);
    t.say(t.bob, "@alice", two.id);
    t.say(t.bob, "@alice", three.id);
    t.say(t.alice, "read", three.id);
    auto totals = t.threads.list(t.store.actor(t.alice), of(t, t.alice));
    EXPECT_EQ(totals.total, 3);
    EXPECT_EQ(totals.total_unread_threads, 2);
    EXPECT_EQ(totals.total_unread_mentions, 2);
    EXPECT_EQ(totals.total_unread_urgent_mentions, 2);
    auto options = of(t, t.alice);
    options.query.unread_only = true;
    totals = t.threads.list(t.store.actor(t.alice), options);
    EXPECT_EQ(totals.total, 2);
    EXPECT_EQ(listed(t, t.alice, options), (std::vector{two.id, one.id}));
    const auto shown = (*totals.threads).at(0);
    EXPECT_TRUE(shown.is_urgent);
    EXPECT_EQ(shown.unread_mentions, 2);
    EXPECT_EQ((*shown.post).message, "urgent root");
    EXPECT_EQ((*shown.post).is_following, true);
    options = of(t, t.alice);
    options.totals_only = true;
    EXPECT_TRUE((*t.threads.list(t.store.actor(t.alice), options).threads).empty());
    options.totals_only = false;
    options.threads_only = true;
    EXPECT_EQ(t.threads.list(t.store.actor(t.alice), options).total, 0);
}

TEST(Threads, ParticipantsShowWhatAnybodyMaySee) {
    Settings settings;
    settings.PrivacySettings.ShowEmailAddress = false;
    Talk t(settings);
    const auto root = t.say(t.alice, "root");
    t.say(t.bob, "reply", root.id);
    auto options = of(t, t.alice);
    auto participant = (*t.threads.list(t.store.actor(t.alice), options).threads).at(0).participants.at(0);
    EXPECT_EQ(participant.id, t.bob.id);
    EXPECT_EQ(participant.username, "");
    options.extended = true;
    participant = (*t.threads.list(t.store.actor(t.alice), options).threads).at(0).participants.at(0);
    EXPECT_EQ(participant.username, "bob");
    EXPECT_EQ(participant.email, "");
    EXPECT_FALSE(participant.notify_props.has_value());
    PageQuery query;
    query.channel = t.room.id;
    query.threads = {.skip_threads = false, .collapsed = true, .extended = true};
    const auto page = *t.pages.page(t.store.actor(t.alice), query, "").text;
    EXPECT_NE(page.find("\"username\":\"bob\""), std::string::npos);
    EXPECT_EQ(page.find("bob@example.org"), std::string::npos);
}

TEST(Threads, FollowingTellsAndReadsAndUnfollowingKeepsTheRow) {
    Talk t;
    const auto carol = t.member("carol");
    const auto root = t.say(t.alice, "root");
    const auto reply = t.say(t.bob, "reply", root.id);
    t.store.wait(10);
    t.store.forget();
    t.threads.follow(t.store.actor(carol), carol.id, t.team.id, root.id, true);
    EXPECT_EQ(t.following(carol, root.id)->unread_replies, 0) << "followed now, viewed now";
    t.threads.follow(t.store.actor(carol), carol.id, t.team.id, root.id, false);
    EXPECT_FALSE(t.following(carol, root.id)->following);
    EXPECT_EQ(refusal([&] { t.threads.get(t.store.actor(carol), carol.id, root.id, false); }), not_followed);
    const auto facts = t.store.facts<ThreadFollowChanged>();
    ASSERT_EQ(facts.size(), 2u);
    EXPECT_TRUE(facts[0].state);
    EXPECT_FALSE(facts[1].state);
    EXPECT_EQ(facts[0].reply_count, 1);
    EXPECT_EQ(facts[0].team_id, t.team.id);
    EXPECT_EQ(refusal([&] { t.threads.follow(t.store.actor(carol), carol.id, t.team.id, reply.id, true); }),
              "api.context.invalid_url_param.app_error");
    EXPECT_EQ(refusal([&] {
                  t.threads.follow(t.store.actor(t.store.user("stranger")), carol.id, t.team.id, root.id,
                                   true);
              }),
              "api.context.permissions.app_error");
    t.remove(t.alice, root.id);
    EXPECT_EQ(refusal([&] { t.threads.follow(t.store.actor(carol), carol.id, t.team.id, root.id, true); }),
              "app.post.get.app_error");
}

TEST(Threads, ReadingUpToAMomentLeavesWhatCameLater) {
    Talk t;
    const auto root = t.say(t.alice, "root");
    const auto one = t.say(t.bob, "one @alice", root.id);
    t.say(t.bob, "two @alice", root.id);
    t.say(t.bob, "three", root.id);
    t.store.forget();
    const auto shown =
        t.threads.mark_read(t.store.actor(t.alice), t.alice.id, t.team.id, root.id, one.create_at);
    EXPECT_EQ(shown.unread_replies, 2);
    EXPECT_EQ(shown.unread_mentions, 1);
    EXPECT_EQ(shown.last_viewed_at, one.create_at);
    const auto facts = t.store.facts<ThreadReadChanged>();
    ASSERT_EQ(facts.size(), 1u);
    EXPECT_EQ(facts[0].previous_unread_replies, 3);
    EXPECT_EQ(facts[0].previous_unread_mentions, 2);
    EXPECT_EQ(facts[0].unread_mentions, 1);
    EXPECT_EQ(facts[0].timestamp, one.create_at);
    EXPECT_EQ(t.threads.mark_read(t.store.actor(t.alice), t.alice.id, t.team.id, root.id, t.store.now())
                  .unread_replies,
              0);
}

TEST(Threads, MarkingUnreadFromAReplyFollowsAndCountsAgain) {
    Talk t;
    const auto carol = t.member("carol");
    const auto root = t.say(t.alice, "root");
    t.say(t.bob, "one", root.id);
    const auto two = t.say(t.bob, "two @carol", root.id);
    t.say(t.bob, "three", root.id);
    t.threads.follow(t.store.actor(carol), carol.id, t.team.id, root.id, false);
    const auto shown = t.threads.set_unread(t.store.actor(carol), carol.id, t.team.id, root.id, two.id);
    EXPECT_EQ(shown.unread_replies, 2);
    EXPECT_EQ(shown.unread_mentions, 1);
    EXPECT_TRUE(t.following(carol, root.id)->following);
    const auto lonely = t.say(t.alice, "no replies");
    EXPECT_EQ(
        refusal([&] { t.threads.set_unread(t.store.actor(carol), carol.id, t.team.id, lonely.id, two.id); }),
        "api.context.invalid_url_param.app_error");
    EXPECT_EQ(refusal([&] { t.threads.mark_read(t.store.actor(carol), carol.id, t.team.id, lonely.id, 1); }),
              not_followed);
    EXPECT_FALSE(t.following(carol, lonely.id)) << "a refusal follows nothing";
}

TEST(Threads, AllThreadsOfATeamAreReadAtOnce) {
    Talk t;
    const auto direct = t.store.direct(t.alice, t.bob);
    std::vector<PostId> roots;
    for (const auto& channel : {t.room, direct}) {
        roots.push_back(t.say(t.alice, channel, "root").id);
        t.say(t.bob, channel, "@alice", roots.back());
    }
    t.store.wait(10);
    t.threads.mark_all_read(t.store.actor(t.alice), t.alice.id, t.team.id);
    for (const auto& root : roots) {
        EXPECT_EQ(t.following(t.alice, root)->unread_replies, 0);
        EXPECT_EQ(t.following(t.alice, root)->unread_mentions, 0);
    }
    const auto fact = t.store.facts<ThreadReadChanged>().back();
    EXPECT_TRUE(fact.thread_id.empty());
    EXPECT_EQ(fact.team_id, t.team.id);
}

TEST(Threads, DeletedThreadsAndLeftChannelsAreNotListed) {
    Talk t;
    const auto root = t.say(t.alice, "root"), other = t.say(t.alice, "other");
    t.say(t.bob, "x", root.id);
    t.say(t.bob, "y", other.id);
    t.remove(t.alice, root.id);
    EXPECT_EQ(listed(t, t.bob), std::vector{other.id});
    auto options = of(t, t.bob);
    options.query.with_deleted = true;
    EXPECT_EQ(listed(t, t.bob, options), (std::vector{other.id, root.id}));
    t.store.db.transact(
        [&](storage::Tx& tx) { storage::ChannelMemberTable(tx).remove(t.room.id, t.bob.id, tx.now()); });
    EXPECT_TRUE(listed(t, t.bob).empty());
    EXPECT_EQ(t.threads.list(t.store.actor(t.bob), of(t, t.bob)).total, 0);
}

TEST(Threads, TeamCountsIncludeUnreadThreads) {
    Talk t;
    const auto root = t.say(t.alice, "root");
    t.say(t.bob, "@alice", root.id);
    const auto counts = t.reading.of_teams(t.alice.id, std::nullopt, true);
    ASSERT_EQ(counts.size(), 1u);
    EXPECT_EQ(counts[0].thread_count, 1);
    EXPECT_EQ(counts[0].thread_mention_count, 1);
    EXPECT_EQ(counts[0].mention_count, 1);
    EXPECT_EQ(counts[0].mention_count_root, 0) << "a reply's mention shows in threads only";
}

class Moving : public testing::Test {
protected:
    Talk t;
    Channel target = t.store.channel(t.team, "target");
    User mod = t.store.user("moderator");
    void SetUp() override {
        t.store.add(mod, t.team, true);
        t.store.add(mod, t.room);
        t.store.add(mod, target);
        t.store.add(t.alice, target);
    }
    PostId move(const PostId& root) {
        t.store.wait(10);
        return t.posts.move_thread(t.store.actor(mod), root, target.id);
    }
};

TEST_F(Moving, AThreadKeepsItsAuthorsTimesAndReactionsAndTellsNobodyAnew) {
    const auto root = t.say(t.alice, "root @bob"), reply = t.say(t.bob, "reply @alice", root.id);
    Reaction reaction;
    reaction.post_id = root.id;
    reaction.emoji_name = "smile";
    t.reactions.add(t.store.actor(t.bob), reaction);
    t.say(mod, target, "unread by alice @alice");
    const auto before = t.membership(t.alice, target);
    t.store.forget();
    const auto moved = move(root.id);
    const auto thread = t.pages.thread(t.store.actor(t.alice), moved, {});
    ASSERT_EQ(thread.order.size(), 2u);
    const auto& new_root = thread.posts.at(moved.text());
    const auto& new_reply = thread.posts.at(thread.order[0].text());
    EXPECT_EQ(new_root.message, root.message);
    EXPECT_EQ(new_root.user_id, t.alice.id);
    EXPECT_EQ(new_root.create_at, root.create_at);
    EXPECT_EQ(new_root.channel_id, target.id);
    EXPECT_EQ(new_root.reply_count, 1);
    EXPECT_EQ(new_root.metadata->reactions->at(0).emoji_name, "smile");
    EXPECT_EQ(new_reply.user_id, t.bob.id);
    EXPECT_EQ(new_reply.root_id, moved);
    EXPECT_EQ(new_reply.create_at, reply.create_at);
    EXPECT_GT(t.stored(root.id).delete_at, 0);
    EXPECT_GT(t.stored(reply.id).delete_at, 0);
    for (const auto& fact : t.store.facts<PostCreated>()) EXPECT_TRUE(fact.mentions.empty());
    EXPECT_EQ(t.store.facts<PostCreated>().size(), 2u);
    EXPECT_EQ(t.store.facts<PostDeleted>().size(), 1u);
    EXPECT_EQ(t.membership(t.alice, target).mention_count, before.mention_count);
    EXPECT_EQ(t.membership(t.alice, target).last_viewed_at, before.last_viewed_at)
        << "she has not read the target by it";
    EXPECT_EQ(t.state(target).total_msg_count, 3);
    EXPECT_TRUE(t.following(t.alice, moved)->following);
    EXPECT_FALSE(t.following(t.bob, moved)) << "he is not in the target";
    EXPECT_EQ(t.thread(moved)->participants, std::vector{t.bob.id});
}

TEST_F(Moving, NothingMovesWhenAnythingSpeaksAgainstIt) {
    const auto root = t.say(t.alice, "root"), reply = t.say(t.bob, "reply", root.id);
    EXPECT_EQ(refusal([&] { t.posts.move_thread(t.store.actor(t.alice), root.id, target.id); }),
              "api.context.permissions.app_error");
    EXPECT_EQ(refusal([&] { t.posts.move_thread(t.store.actor(mod), root.id, t.room.id); }),
              "api.post.move_thread.same_channel");
    EXPECT_EQ(refusal([&] { move(reply.id); }), "app.post.get.app_error");
    EXPECT_EQ(refusal([&] { move(PostId::fresh()); }), "app.post.get.app_error");
    const auto elsewhere = t.store.channel(t.store.team(), "elsewhere");
    t.store.add(mod, elsewhere);
    EXPECT_EQ(refusal([&] { t.posts.move_thread(t.store.actor(mod), root.id, elsewhere.id); }),
              "api.post.move_thread.another_team");
    auto with_file = Talk::draft(t.room, "file", root.id);
    with_file.file_ids = {t.file(t.bob, t.room)};
    t.put(t.bob, with_file);
    EXPECT_EQ(refusal([&] { move(root.id); }), "api.post.move_thread.has_files");
    EXPECT_EQ(t.state(target).total_msg_count, 0);
    EXPECT_EQ(t.stored(root.id).delete_at, 0);
}

}  // namespace
}  // namespace concordat::messaging
