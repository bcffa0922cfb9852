// What was said before a channel was shared, at partners whose policies differ.
#include "federation/stream/history.hpp"

#include <gtest/gtest.h>

#include "messaging/screening/screen.hpp"
#include "storage/tables/content_rules.hpp"
#include "storage/tables/federation.hpp"
#include "storage/tables/reactions.hpp"
#include "storage/tables/threads.hpp"
#include "tests/federation/link/organisations.hpp"
#include "tests/support/refusal.hpp"

namespace concordat::federation {
namespace {

constexpr Millis a_day = 24LL * 3600 * 1000;

void set_history(Org& org, const std::string& partner, std::int64_t days) {
    auto policy = org.partners.by_name(partner).policy;
    policy.history_days = days;
    org.partners.set_policy(partner, policy);
}

std::optional<Stream> stream_of(Org& at, Org& origin, const ChannelId& channel) {
    return at.store.db.read(
        [&](storage::Tx& tx) { return storage::StreamTable(tx).find(origin.own.id(), channel); });
}

bool is_the_same(Org& one, Org& other, Org& origin, const ChannelId& channel) {
    return becomes([&] {
        const auto here = stream_of(one, origin, channel), there = stream_of(other, origin, channel);
        return here && there && here->head == there->head && there->applied_seq == here->next_seq - 1;
    });
}

// Ana's channel at alpha with a past; gamma is a partner of alpha, too.
struct Past : Pair {
    Past() {
        c.start();
        c.partners.accept(a.partners.invite({"gamma"}, 24).word, {"alpha"});
        EXPECT_TRUE(becomes([&] { return a.partners.all().size() == 2; }));
        const auto number = a.partners.number_of(a.partners.by_name("gamma"));
        a.partners.confirm("gamma", number);
        c.partners.confirm("alpha", number);
        a.store.add(ana, room, true);
    }
    ~Past() { c.stop(); }
    Post wrote(const std::string& text, std::int64_t days_ago, const PostId& root = {}) {
        Post post;
        post.channel_id = room.id;
        post.message = text;
        post.root_id = root;
        post.create_at = a.store.now() - days_ago * a_day + ++written;
        auto actor = a.store.actor(ana);
        actor.is_admin = true;
        return a.posts.create(actor, post);
    }
    void react(Org& org, const User& who, const Post& post, const std::string& emoji) {
        Reaction reaction;
        reaction.post_id = post.id;
        reaction.user_id = who.id;
        reaction.emoji_name = emoji;
        org.reactions.add(org.store.actor(who), reaction);
    }
    void join(Org& org, const std::string& name, const User& who) {
        a.shares.share(a.store.actor(ana), room.id, name);
        ASSERT_TRUE(becomes([&] { return org.shares.all().size() == 1; }));
        const auto team = org.store.team("team");
        org.shares.join(org.store.actor(who), room.id, team.id, "");
        org.store.add(who, org.store.channel_named(team, "room"));
    }
    bool is_told() {
        return becomes([&] {
            const auto history = a.shares.history_of(room.id);
            return history && history->done_at > 0;
        });
    }
    ChannelMember member(Org& org, const User& who) {
        return org.store.db.read(
            [&](storage::Tx& tx) { return *storage::ChannelMemberTable(tx).find(room.id, who.id); });
    }
    Org c{"Gamma AG"};
    User cleo = c.store.user("cleo");
    Millis written = 0;
};

TEST(LinkHistory, ComesAsFarAsThePolicyOfEachPartnerGoesAndNobodyHasItUnread) {
    Past p;
    const auto old = p.wrote("from long ago", 40);
    const auto late_reply = p.wrote("a late reply", 1, old.id);
    const auto root = p.wrote("@channel the plan", 10);
    const auto reply = p.wrote("and its start", 9, root.id);
    p.react(p.a, p.ana, root, "thumbsup");
    p.a.posts.set_pinned(p.a.store.actor(p.ana), root.id, true);
    p.a.posts.patch(p.a.store.actor(p.ana), reply.id, {std::nullopt, "and its end", {}, {}, {}});
    const auto gone = p.wrote("not for long", 5);
    p.a.posts.remove(p.a.store.actor(p.ana), gone.id);

    set_history(p.a, "beta", 30);
    p.join(p.b, "beta", p.bob);
    ASSERT_TRUE(becomes([&] { return p.b.post(reply.id).has_value(); }));
    const auto there = *p.b.post(root.id);
    EXPECT_EQ(there.message, "@channel the plan");
    EXPECT_EQ(there.create_at, root.create_at);
    EXPECT_TRUE(there.is_pinned);
    EXPECT_EQ(there.reply_count, 1);
    EXPECT_EQ(p.b.post(reply.id)->message, "and its end");
    EXPECT_EQ(p.b.post(reply.id)->edit_at, p.a.post(reply.id)->edit_at);
    const auto reactions = p.b.reactions.of_post(root.id);
    ASSERT_EQ(reactions.size(), 1u);
    EXPECT_EQ(reactions[0].create_at, p.a.reactions.of_post(root.id)[0].create_at);
    ASSERT_TRUE(p.is_told());
    EXPECT_EQ(p.a.shares.history_of(p.room.id)->told, 2);
    ASSERT_TRUE(is_the_same(p.a, p.b, p.a, p.room.id));
    // The thread of what is too old stays where it is, with all its replies.
    for (const auto& id : {old.id, late_reply.id, gone.id}) EXPECT_FALSE(p.b.post(id)) << id.text();
    const auto author =
        p.b.store.db.read([&](storage::Tx& tx) { return *storage::UserTable(tx).find(there.user_id); });
    EXPECT_EQ(author.username, "ana:alpha");
    // Nobody is told of it and nobody has it unread.
    const auto room =
        p.b.store.db.read([&](storage::Tx& tx) { return *storage::ChannelTable(tx).find(p.room.id); });
    EXPECT_EQ(room.total_msg_count, p.member(p.b, p.bob).msg_count);
    EXPECT_EQ(p.member(p.b, p.bob).mention_count, 0);
    for (const auto& fact : p.b.store.facts<PostCreated>())
        if (!fact.post.type.starts_with("system_")) {
            EXPECT_TRUE(fact.is_history);
            EXPECT_TRUE(fact.mentions.empty());
        }

    // What is said now is said to both; gamma gets nothing of before it came, by its policy, and has the same
    // stream.
    const auto between = p.a.say(p.ana, p.room.id, "before gamma came");
    ASSERT_TRUE(becomes([&] { return p.b.post(between.id).has_value(); }));
    std::this_thread::sleep_for(5ms);  // of another millisecond
    p.join(p.c, "gamma", p.cleo);
    const auto now = p.a.say(p.ana, p.room.id, "with gamma");
    ASSERT_TRUE(becomes([&] { return p.c.post(now.id).has_value(); }));
    ASSERT_TRUE(is_the_same(p.a, p.c, p.a, p.room.id));
    for (const auto& post : {root, reply, between}) EXPECT_FALSE(p.c.post(post.id)) << post.message;
    const auto kept = p.c.store.db.read([&](storage::Tx& tx) {
        return storage::StreamTable(tx).events(p.a.own.id(), p.room.id, 1, 100, 1 << 20);
    });
    for (const auto& event : kept) {
        EXPECT_EQ(event.body.find("the plan"), std::string::npos);
        EXPECT_TRUE(event.body.empty() || event.kind != kinds::post_history);
    }
}

TEST(LinkHistory, ALaterPartnerGetsWhatIsOlderToo) {
    Past p;
    const auto old = p.wrote("from long ago", 40);
    const auto newer = p.wrote("from last week", 7);
    set_history(p.a, "beta", 30);
    p.join(p.b, "beta", p.bob);
    ASSERT_TRUE(becomes([&] { return p.b.post(newer.id).has_value(); }));
    ASSERT_TRUE(p.is_told());
    const auto between = p.a.say(p.ana, p.room.id, "before gamma came");
    const auto of_bob = p.b.say(p.bob, p.room.id, "beta speaks");
    ASSERT_TRUE(becomes([&] { return p.a.post(of_bob.id).has_value(); }));
    set_history(p.a, "gamma", -1);
    p.join(p.c, "gamma", p.cleo);
    for (const auto& post : {old, newer, between, of_bob})
        EXPECT_TRUE(becomes([&] { return p.c.post(post.id).has_value(); })) << post.message;
    ASSERT_TRUE(is_the_same(p.a, p.c, p.a, p.room.id));
    ASSERT_TRUE(is_the_same(p.a, p.b, p.a, p.room.id));
    EXPECT_FALSE(p.b.post(old.id));
}

TEST(LinkHistory, GoesOnAfterAnyStepAndShowsWhatHappenedMeanwhile) {
    Past p;
    std::vector<Post> posts;
    for (int i = 0; i < 300; ++i) posts.push_back(p.wrote("number " + std::to_string(i), 20));
    std::vector<Post> replies;
    for (int i = 0; i < 150; ++i) replies.push_back(p.wrote("reply " + std::to_string(i), 10, posts[100].id));
    set_history(p.a, "beta", -1);
    p.a.publisher.stop();
    p.join(p.b, "beta", p.bob);
    // A publisher that does one step and is gone.
    const auto step = [&] {
        Publisher one(p.a.store.db, p.a.journal, p.a.own, p.a.files, p.a.history, p.a.emoji);
        return one.publish();
    };
    ASSERT_TRUE(step());
    const auto told = [&] { return p.a.shares.history_of(p.room.id)->told; };
    ASSERT_GT(told(), 0);
    ASSERT_LT(told(), 100);
    const auto actor = p.a.store.actor(p.ana);
    // Of those that were told, and of those that were not.
    for (const int at : {3, 290}) {
        p.a.posts.patch(actor, posts[at].id, {std::nullopt, "edited", {}, {}, {}});
        p.a.posts.remove(actor, posts[at + 1].id);
        p.react(p.a, p.ana, posts[at + 2], "wave");
    }
    p.a.posts.remove(actor, replies[149].id);
    int steps = 0;
    for (; p.a.shares.history_of(p.room.id)->done_at == 0 && steps < 1000; ++steps) step();
    ASSERT_LT(steps, 1000);
    while (p.a.publisher.publish()) continue;
    EXPECT_GT(steps, 4);
    EXPECT_GT(p.a.shares.history_of(p.room.id)->done_at, 0);
    p.a.link.streams_changed();
    ASSERT_TRUE(becomes([&] { return p.b.post(posts[299].id) && p.b.post(replies[148].id); }, 30s));
    ASSERT_TRUE(is_the_same(p.a, p.b, p.a, p.room.id));
    for (const auto* all : {&posts, &replies})
        for (const auto& post : *all) {
            const auto here = p.a.post(post.id), there = p.b.post(post.id);
            ASSERT_TRUE(here);
            if (here->delete_at > 0) {
                EXPECT_TRUE(!there || there->delete_at > 0) << post.message;
                continue;
            }
            ASSERT_TRUE(there) << post.message;
            EXPECT_EQ(there->message, here->message);
            EXPECT_EQ(there->create_at, here->create_at);
            EXPECT_EQ(there->has_reactions.value_or(false), here->has_reactions.value_or(false))
                << post.message;
        }
    EXPECT_EQ(p.b.post(posts[100].id)->reply_count, 149);
    const auto taken = p.b.store.db.read([&](storage::Tx& tx) {
        return storage::StreamTable(tx).events(p.a.own.id(), p.room.id, 1, 1000, 8 << 20);
    });
    for (const auto& event : taken) EXPECT_NE(event.state, EventState::waiting) << event.kind << event.seq;
    EXPECT_TRUE(p.a.shares.refusals_of(p.b.own.id(), 10).empty());
}

TEST(LinkHistory, AStreamHoldsForWhoComesLaterAfterBodiesAreGone) {
    Past p;
    p.join(p.b, "beta", p.bob);
    const auto gone = p.a.say(p.ana, p.room.id, "its time is up");
    ASSERT_TRUE(becomes([&] { return p.b.post(gone.id).has_value(); }));
    ASSERT_TRUE(is_the_same(p.a, p.b, p.a, p.room.id));
    p.a.store.db.transact([](storage::Tx& tx) {
        tx.exec("update federation_events set body = null where kind = 'post.create'");
    });
    set_history(p.a, "gamma", -1);
    p.join(p.c, "gamma", p.cleo);
    const auto now = p.a.say(p.ana, p.room.id, "and on");
    ASSERT_TRUE(becomes([&] { return p.c.post(now.id) && p.b.post(now.id); }));
    for (auto* org : {&p.b, &p.c}) EXPECT_TRUE(is_the_same(p.a, *org, p.a, p.room.id));
    EXPECT_TRUE(p.b.post(gone.id));
    EXPECT_FALSE(p.c.post(gone.id));
}

TEST(LinkHistory, NoneIsToldUnlessThePolicySaysSo) {
    Past p;
    const auto old = p.wrote("from yesterday", 1);
    p.join(p.b, "beta", p.bob);
    const auto now = p.a.say(p.ana, p.room.id, "hello");
    ASSERT_TRUE(becomes([&] { return p.b.post(now.id).has_value(); }));
    EXPECT_FALSE(p.b.post(old.id));
    EXPECT_FALSE(p.a.shares.history_of(p.room.id));
    EXPECT_EQ(test::refusal([&] { set_history(p.a, "beta", -2); }), "federation.policy.history");
    EXPECT_EQ(test::refusal([&] { set_history(p.a, "beta", 36501); }), "federation.policy.history");
}

TEST(LinkHistory, WhatRulesKeepStaysHereWithItsThread) {
    Past p;
    const auto root = p.wrote("the code word is narwhal", 3);
    const auto reply = p.wrote("noted", 2, root.id);
    const auto other = p.wrote("a fine day", 1);
    p.a.store.db.transact([&](storage::Tx& tx) {
        ContentRule rule;
        rule.id = ContentRuleId::fresh(tx.now());
        rule.name = "whales";
        rule.kind = "words";
        rule.content = "narwhal";
        rule.where = "shared";
        rule.action = "block";
        rule.message = "not this";
        rule.is_on = true;
        storage::ContentRuleTable(tx).insert(rule);
    });
    messaging::Screen screen(p.a.store.db, p.a.store.gate, p.a.decisions);
    p.a.publisher.stop();
    p.a.history.use_screen(screen);
    set_history(p.a, "beta", -1);
    p.a.publisher.start();
    p.join(p.b, "beta", p.bob);
    ASSERT_TRUE(becomes([&] { return p.b.post(other.id).has_value(); }));
    ASSERT_TRUE(p.is_told());
    EXPECT_FALSE(p.b.post(root.id));
    EXPECT_FALSE(p.b.post(reply.id));
    EXPECT_EQ(p.a.shares.history_of(p.room.id)->kept_back, 1);
    EXPECT_EQ(p.a.shares.history_of(p.room.id)->told, 1);
    p.a.publisher.stop();
}

}  // namespace
}  // namespace concordat::federation
