#include "compliance/content/held_posts.hpp"

#include "compliance/content/content_rules.hpp"
#include "identity/decision/decisions.hpp"
#include "messaging/screening/screen.hpp"
#include "storage/tables/held_posts.hpp"
#include "tests/messaging/conversation/talk.hpp"

namespace concordat::compliance {
namespace {

using messaging::Screen;
using test::refusal;

// People who talk while a rule holds what names a falcon.
struct Waiting : messaging::Talk {
    Waiting() {
        posts.use_screen(screen);
        store.wait(10);
        const auto actor = store.actor(officer);
        rules.create({actor, "attempt", "127.0.0.1"}, rule("words", "falcon"));
    }
    identity::Decisions decisions{store.db};
    Screen screen{store.db, store.gate, decisions};
    ContentRules rules{store.db, screen, decisions, store.settings};
    HeldPosts held{store.db, store.gate, posts, decisions, store.settings};
    User officer = store.user("conny", "system_user content_officer");

    static ContentRule rule(const std::string& kind, const std::string& content,
                            const std::string& action = "hold") {
        ContentRule out;
        out.name = "birds";
        out.kind = kind;
        out.content = content;
        out.action = action;
        out.message = "Birds are looked at first.";
        out.is_on = true;
        return out;
    }
    template <class Act>
    auto as(const User& who, Act act) {
        const auto actor = store.actor(who);
        return act(Request{actor, "attempt", "127.0.0.1"});
    }
    std::vector<HeldPost> waiting(const std::string& state = "waiting") {
        return as(officer, [&](const Request& r) { return held.list(r, state, 0, 60); });
    }
    HeldPost release(const HeldPostId& id) {
        store.wait(1000);
        return as(officer, [&](const Request& r) { return held.release(r, id); });
    }
    std::string tries(const std::string& text) {
        return refusal([&] { say(alice, text); });
    }
    std::size_t records(const char* rule) {
        identity::DecisionQuery query;
        query.act = "content";
        query.rule = rule;
        return decisions.list(query).size();
    }
    std::int64_t written() { return number("select count(*) from posts"); }
};

TEST(HeldPosts, AMessageWaitsSealedAndIsWrittenWhenItIsReleased) {
    Waiting s;
    const auto before = s.written();
    EXPECT_EQ(s.tries("the falcon flies"), "content.held");
    EXPECT_EQ(s.written(), before);
    EXPECT_EQ(s.number("select count(*) from held_posts where position('falcon'::bytea in body) > 0"), 0);
    const auto all = s.waiting();
    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0].user_id, s.alice.id);
    EXPECT_EQ(all[0].expires_at - all[0].create_at, Screen::held_for);
    const auto own = s.held.own(s.store.actor(s.alice), 0, 60);
    ASSERT_EQ(own.size(), 1u);
    EXPECT_TRUE(s.held.own(s.store.actor(s.bob), 0, 60).empty());
    const auto text = s.as(s.officer, [&](const Request& r) { return s.held.get(r, all[0].id); });
    EXPECT_EQ(text.post->message, "the falcon flies");
    const auto later = s.say(s.bob, "in between");
    const auto released = s.release(all[0].id);
    EXPECT_EQ(released.state, "released");
    const auto post = s.stored(released.post_id);
    EXPECT_EQ(post.message, "the falcon flies");
    EXPECT_EQ(post.user_id, s.alice.id);
    EXPECT_GT(post.create_at, later.create_at);
    EXPECT_TRUE(s.waiting().empty());
    EXPECT_EQ(s.number("select count(*) from held_posts where body is not null"), 0);
    EXPECT_EQ(refusal([&] { s.release(all[0].id); }), "content.held.decided");
    EXPECT_EQ(s.records("content.held"), 1u);
    EXPECT_EQ(s.records("content.held_read"), 1u);
    EXPECT_EQ(s.records("content.held_released"), 1u);
    EXPECT_EQ(s.store.facts<PostCreated>().back().post.id, post.id);
}

TEST(HeldPosts, WhatIsRefusedOrForgottenIsGone) {
    Waiting s;
    s.tries("a falcon");
    s.tries("two falcon");
    const auto all = s.waiting();
    ASSERT_EQ(all.size(), 2u);
    s.as(s.officer, [&](const Request& r) { return s.held.refuse(r, all[0].id); });
    EXPECT_EQ(s.held.sweep(), 0u);
    EXPECT_EQ(s.held.last_count().waiting, 1);
    s.store.wait(Screen::held_for + 1000);
    EXPECT_EQ(s.held.sweep(), 1u);
    EXPECT_EQ(s.held.last_count().waiting, 0);
    EXPECT_EQ(s.waiting("refused").size(), 1u);
    EXPECT_EQ(s.waiting("expired").size(), 1u);
    EXPECT_EQ(s.number("select count(*) from held_posts where body is not null"), 0);
    EXPECT_EQ(s.records("content.held_expired"), 1u);
    EXPECT_EQ(refusal([&] { s.release(all[1].id); }), "content.held.decided");
}

TEST(HeldPosts, TheSameAgainWaitsOnceAndEditsDoNotWait) {
    Waiting s;
    auto post = s.draft(s.room, "falcon");
    post.pending_post_id = "mine:1";
    for (int i = 0; i < 2; ++i) EXPECT_EQ(refusal([&] { s.put(s.alice, post); }), "content.held");
    EXPECT_EQ(s.waiting().size(), 1u);
    const auto fine = s.say(s.alice, "sparrow");
    EXPECT_EQ(refusal([&] { s.edit(s.alice, fine.id, "falcon"); }), "content.blocked");
    EXPECT_EQ(s.waiting().size(), 1u);
}

TEST(HeldPosts, AFileWaitsWithTheMessageThatBringsIt) {
    Waiting s;
    s.as(s.officer, [&](const Request& r) { return s.rules.create(r, Waiting::rule("file", "*.pdf")); });
    const auto file = s.file(s.alice, s.room);
    FileInfo info;
    info.name = "plan.pdf";
    info.channel_id = s.room.id;
    EXPECT_EQ(refusal([&] { s.screen.check_file(s.store.actor(s.alice), info); }), "");
    auto post = s.draft(s.room, "see");
    post.file_ids = {file};
    EXPECT_EQ(refusal([&] { s.put(s.alice, post); }), "content.held");
    const auto all = s.waiting();
    ASSERT_EQ(all.size(), 1u);
    const auto files =
        s.store.db.read([&](storage::Tx& tx) { return storage::HeldPostTable(tx).files_of(s.alice.id); });
    EXPECT_EQ(files, std::vector{file});
    EXPECT_EQ(s.stored(s.release(all[0].id).post_id).file_ids, std::vector{file});
}

TEST(HeldPosts, OnlyAnotherOfficerDecidesAndOnlyWhatMayStillBeWritten) {
    Waiting s;
    s.store.add(s.officer, s.room);
    s.tries("falcon");
    EXPECT_EQ(refusal([&] { s.say(s.officer, "falcon"); }), "content.held");
    const auto all = s.waiting();
    ASSERT_EQ(all.size(), 2u);
    auto admin = s.store.user("root", "system_user system_admin");
    for (const auto* who : {&admin, &s.bob}) {
        EXPECT_EQ(refusal([&] { s.as(*who, [&](const Request& r) { return s.held.get(r, all[0].id); }); }),
                  "api.context.permissions.app_error");
        EXPECT_EQ(
            refusal([&] { s.as(*who, [&](const Request& r) { return s.held.release(r, all[0].id); }); }),
            "api.context.permissions.app_error");
    }
    EXPECT_EQ(refusal([&] { s.release(all[1].id); }), "content.held.own");
    EXPECT_EQ(refusal([&] { s.release(HeldPostId::fresh(s.store.now())); }), "content.held.not_found");
    s.run("delete from channel_members where user_id = '" + s.alice.id.uuid() + "'");
    s.store.db.transact([&](storage::Tx& tx) {
        tx.emit(ChannelLeft{s.room.id, s.team.id, s.alice.id, s.alice.id});
    });
    EXPECT_EQ(refusal([&] { s.release(all[0].id); }), "content.held.author");
    EXPECT_EQ(s.waiting().size(), 2u);
}

}  // namespace
}  // namespace concordat::compliance
