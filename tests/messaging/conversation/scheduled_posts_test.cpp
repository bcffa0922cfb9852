#include "messaging/conversation/scheduled_posts.hpp"

#include "messaging/conversation/channel_members.hpp"
#include "messaging/conversation/channels.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/posts.hpp"
#include "storage/tables/scheduled_posts.hpp"
#include "tests/messaging/conversation/talk.hpp"

namespace concordat::messaging {
namespace {

constexpr Millis a_minute = 60'000;

struct Calendar : Talk {
    using Talk::Talk;
    ScheduledPosts scheduled{store.db, store.gate, posts, store.settings};
    ChannelMembers members{store.db, store.gate};
    Channels channels{store.db, store.gate, store.settings};

    ScheduledPost request(const std::string& text, const PostId& root = {}) {
        ScheduledPost post;
        post.channel_id = room.id;
        post.root_id = root;
        post.message = text;
        post.scheduled_at = store.now() + a_minute;
        return post;
    }
    ScheduledPost plan(const ScheduledPost& post) {
        store.wait(10);
        return scheduled.add(store.actor(alice), post, "socket");
    }
    ScheduledPost plan(const std::string& text) { return plan(request(text)); }
    std::vector<ScheduledPost> all() { return scheduled.of(alice.id, team.id); }
    std::vector<Post> sent() {
        auto posts =
            store.db.read([&](storage::Tx& tx) { return storage::PostTable(tx).page(room.id, {}, 0, 100); });
        std::erase_if(posts, [](const Post& post) { return post.type.starts_with("system_"); });
        return posts;
    }
    // Lets the time come; what clients see of it if it could not be sent.
    std::string word_when_due() {
        store.wait(2 * a_minute);
        scheduled.send_due();
        const auto left = all();
        EXPECT_TRUE(sent().empty());
        if (left.size() != 1) return "none, or many, are left";
        EXPECT_GT(left[0].processed_at, 0);
        return left[0].error_code;
    }
};

TEST(ScheduledPosts, AreSentWhenTheirTimeComesAndOnce) {
    Calendar t;
    const auto later = t.plan("in the morning");
    EXPECT_FALSE(later.id.empty());
    EXPECT_EQ(t.scheduled.send_due(), 0u);
    EXPECT_EQ(t.all().size(), 1u);
    EXPECT_EQ(t.number("select count(*) from scheduled_posts where position('morning'::bytea in body) > 0"),
              0);
    t.store.wait(2 * a_minute);
    EXPECT_EQ(t.scheduled.send_due(), 1u);
    EXPECT_EQ(t.scheduled.send_due(), 0u);
    const auto posts = t.sent();
    ASSERT_EQ(posts.size(), 1u);
    EXPECT_EQ(posts[0].message, "in the morning");
    EXPECT_EQ(posts[0].user_id, t.alice.id);
    EXPECT_GE(posts[0].create_at, later.scheduled_at);
    EXPECT_TRUE(t.all().empty());
    const auto saved = t.store.facts<ScheduledPostSaved>();
    ASSERT_EQ(saved.size(), 1u);
    EXPECT_TRUE(saved[0].is_new);
    EXPECT_EQ(saved[0].connection_id, "socket");
    const auto removed = t.store.facts<ScheduledPostRemoved>();
    ASSERT_EQ(removed.size(), 1u);
    EXPECT_EQ(removed[0].post.id, later.id);
    EXPECT_EQ(removed[0].connection_id, "");
    EXPECT_EQ(t.store.facts<PostCreated>().size(), 1u);
    EXPECT_FALSE(t.store.facts<PostCreated>()[0].set_online);
}

TEST(ScheduledPosts, OneThatWasChangedMeanwhileWaitsForItsNewTime) {
    Calendar t;
    const auto first = t.plan("soon");
    auto wish = first;
    wish.message = "later";
    wish.scheduled_at += 10 * a_minute;
    wish.channel_id = t.store.channel(t.team, "elsewhere").id;  // does not move
    t.store.wait(10);
    const auto changed = t.scheduled.change(t.store.actor(t.alice), first.id, wish, "");
    EXPECT_EQ(changed.channel_id, t.room.id);
    EXPECT_GT(changed.update_at, first.update_at);
    t.store.wait(2 * a_minute);
    EXPECT_EQ(t.scheduled.send_due(), 0u);
    t.store.wait(10 * a_minute);
    t.scheduled.send_due();
    ASSERT_EQ(t.sent().size(), 1u);
    EXPECT_EQ(t.sent()[0].message, "later");
}

TEST(ScheduledPosts, BelongToTheirAuthorAlone) {
    Calendar t;
    const auto mine = t.plan("mine");
    EXPECT_TRUE(t.scheduled.of(t.bob.id, t.team.id).empty());
    EXPECT_EQ(refusal([&] { t.scheduled.change(t.store.actor(t.bob), mine.id, mine, ""); }),
              "app.scheduled_post.not_found.app_error");
    EXPECT_EQ(refusal([&] { t.scheduled.remove(t.store.actor(t.bob), mine.id, ""); }),
              "app.scheduled_post.not_found.app_error");
    EXPECT_EQ(t.scheduled.remove(t.store.actor(t.alice), mine.id, "").message, "mine");
    EXPECT_EQ(refusal([&] { t.scheduled.remove(t.store.actor(t.alice), mine.id, ""); }),
              "app.scheduled_post.not_found.app_error");
    t.store.wait(2 * a_minute);
    EXPECT_EQ(t.scheduled.send_due(), 0u);
}

TEST(ScheduledPosts, AreRefusedWithAReason) {
    Calendar t;
    const auto add = [&](const ScheduledPost& post) { return refusal([&] { t.plan(post); }); };
    auto post = t.request("late");
    post.scheduled_at = t.store.now();
    EXPECT_EQ(add(post), "model.scheduled_post.is_valid.scheduled_at.app_error");
    post.scheduled_at = t.store.now() + 367 * ScheduledPosts::day;
    EXPECT_EQ(add(post), "model.scheduled_post.is_valid.scheduled_at.too_far.app_error");
    EXPECT_EQ(add(t.request("")), "model.scheduled_post.is_valid.empty_post.app_error");
    EXPECT_EQ(add(t.request(std::string(longest_message + 1, 'x'))),
              "model.post.is_valid.message_length.app_error");
    EXPECT_EQ(add(t.request("reply", PostId::fresh())), "api.post.create_post.root_id.app_error");
    post = t.request("typed");
    post.type = "system_join_channel";
    EXPECT_EQ(add(post), "model.scheduled_post.is_valid.type.app_error");
    post = t.request("urgent reply", t.say(t.bob, "root").id);
    post.priority = json::object{{"priority", "urgent"}};
    EXPECT_EQ(add(post), "api.post.post_priority.priority_post_not_allowed.app_error");
    post = t.request("not my file");
    post.file_ids = {t.file(t.bob, t.room)};
    EXPECT_EQ(add(post), "api.post.create_post.attach_files.error");
    post = t.request("closed");
    post.channel_id = t.store.channel(t.team, "closed", "P").id;
    EXPECT_EQ(add(post), "api.context.permissions.app_error");
    EXPECT_EQ(t.number("select count(*) from scheduled_posts"), 0);

    Settings settings;
    settings.ServiceSettings.ScheduledPosts = false;
    Calendar off(settings);
    EXPECT_EQ(refusal([&] { off.plan("off"); }), "api.scheduled_posts.feature_disabled");
}

TEST(ScheduledPosts, ThereIsALimitForEachPerson) {
    Calendar t;
    const auto one = t.plan("one");
    t.store.db.transact([&](storage::Tx& tx) {
        storage::ScheduledPostTable table(tx);
        for (auto i = table.count(t.alice.id); i < ScheduledPosts::most; ++i) {
            auto another = one;
            another.id = ScheduledPostId::fresh();
            table.insert(another);
        }
    });
    EXPECT_EQ(refusal([&] { t.plan("one too many"); }), "app.scheduled_post.limit.app_error");
    EXPECT_EQ(t.all().size(), 500u);
    t.store.wait(2 * a_minute);
    EXPECT_EQ(t.scheduled.send_due(), 100u);  // the others in the next seconds
    EXPECT_EQ(t.all().size(), 400u);
}

TEST(ScheduledPosts, AreNotSentForWhoLeftTheChannel) {
    Calendar t;
    t.plan("gone");
    t.members.remove(t.store.actor(t.alice), t.room.id, t.alice.id);
    EXPECT_EQ(t.word_when_due(), "no_channel_member");
    const auto told = t.store.facts<ScheduledPostSaved>();
    ASSERT_EQ(told.size(), 2u);
    EXPECT_EQ(told[1].post.error_code, "no_channel_member");
    EXPECT_EQ(told[1].post.message, "gone");
    t.store.wait(10 * a_minute);
    EXPECT_EQ(t.scheduled.send_due(), 0u);  // not tried for ever
    t.store.add(t.alice, t.room);
    auto again = t.all()[0];
    again.scheduled_at = t.store.now() + a_minute;
    EXPECT_EQ(t.scheduled.change(t.store.actor(t.alice), again.id, again, "").error_code, "");
    t.store.wait(2 * a_minute);
    t.scheduled.send_due();
    EXPECT_EQ(t.sent().size(), 1u);
}

TEST(ScheduledPosts, AreNotSentForAnAccountThatIsSwitchedOff) {
    Calendar t;
    t.plan("gone");
    t.alice.delete_at = t.store.now();
    t.store.db.transact([&](storage::Tx& tx) { storage::UserTable(tx).update(t.alice); });
    EXPECT_EQ(t.word_when_due(), "user_deleted");
}

TEST(ScheduledPosts, AreNotSentToAnArchivedChannel) {
    Calendar t;
    t.plan("too late");
    t.channels.remove(t.store.actor(t.store.admin()), t.room.id);
    t.store.wait(2 * a_minute);
    t.scheduled.send_due();
    ASSERT_EQ(t.all().size(), 1u);
    EXPECT_EQ(t.all()[0].error_code, "channel_archived");
}

TEST(ScheduledPosts, AReplyToWhatWasDeletedIsNotSent) {
    Calendar t;
    const auto root = t.say(t.bob, "root");
    t.plan(t.request("reply", root.id));
    t.remove(t.bob, root.id);
    EXPECT_EQ(t.word_when_due(), "thread_deleted");
}

TEST(ScheduledPosts, WhatCouldNotBeSentGoesAfterThirtyDays) {
    Calendar t;
    t.plan("gone");
    t.members.remove(t.store.actor(t.alice), t.room.id, t.alice.id);
    EXPECT_EQ(t.word_when_due(), "no_channel_member");
    EXPECT_EQ(t.scheduled.sweep(), 0u);
    t.store.wait(31 * ScheduledPosts::day);
    EXPECT_EQ(t.scheduled.sweep(), 1u);
    EXPECT_TRUE(t.all().empty());
}

TEST(ScheduledPosts, OneThatCannotBeReadIsGivenUpAndHidesNoOther) {
    Calendar t;
    const auto broken = t.plan("broken");
    t.plan("whole");
    t.store.db.read([&](storage::Tx& tx) {
        tx.exec("update scheduled_posts set body = set_byte(body, 40, get_byte(body, 40) # 1) where id = $1",
                broken.id);
    });
    t.store.wait(2 * a_minute);
    t.scheduled.send_due();
    ASSERT_EQ(t.sent().size(), 1u);
    EXPECT_EQ(t.sent()[0].message, "whole");
    EXPECT_EQ(t.number("select count(*) from scheduled_posts where error_code = 'unable_to_send'"), 1);
    t.scheduled.remove(t.store.actor(t.alice), broken.id, "");
    EXPECT_EQ(t.number("select count(*) from scheduled_posts"), 0);
}

TEST(ScheduledPosts, WhatTheNodeCannotDoIsTriedAgainAndThenGivenUp) {
    Calendar t;
    t.plan("trouble");
    t.store.db.read([](storage::Tx& tx) {
        tx.run_script(
            "create function no() returns trigger language plpgsql as $$ begin raise 'no'; end $$; "
            "create trigger no before insert on posts for each row execute function no()");
    });
    t.store.wait(2 * a_minute);
    EXPECT_EQ(t.scheduled.send_due(), 1u);
    EXPECT_EQ(t.scheduled.send_due(), 0u);  // a pause
    EXPECT_EQ(t.all()[0].error_code, "");
    for (int i = 1; i < ScheduledPosts::most_attempts; ++i) {
        t.store.wait(ScheduledPosts::first_pause << i);
        EXPECT_EQ(t.scheduled.send_due(), 1u) << i;
    }
    EXPECT_EQ(t.all()[0].error_code, "unable_to_send");
    EXPECT_TRUE(t.sent().empty());
    t.run("drop trigger no on posts; drop function no()");  // other tests use this database
}

TEST(ScheduledPosts, FilesAndPriorityGoWithThem) {
    Calendar t;
    const auto file = t.file(t.alice, t.room);
    auto post = t.request("look");
    post.file_ids = {file};
    post.metadata.emplace().priority.emplace().priority = std::string("urgent");
    const auto planned = t.plan(post);
    ASSERT_TRUE(planned.metadata && planned.metadata->files);
    EXPECT_EQ(planned.metadata->files->at(0).id, file);
    t.store.wait(2 * a_minute);
    t.scheduled.send_due();
    const auto sent = t.sent();
    ASSERT_EQ(sent.size(), 1u);
    EXPECT_EQ(sent[0].file_ids, std::vector<FileId>{file});
    EXPECT_EQ(t.number("select count(*) from post_priorities"), 1);
}

TEST(ScheduledPosts, ReadNothingForTheirAuthor) {
    Calendar t;
    t.plan("first");
    t.store.wait(2 * a_minute);
    t.scheduled.send_due();
    EXPECT_EQ(t.membership(t.alice, t.room).msg_count, 1);  // nothing was unread before
    t.plan("second");
    t.say(t.bob, "@alice, at night");
    t.store.wait(2 * a_minute);
    t.scheduled.send_due();
    EXPECT_EQ(t.membership(t.alice, t.room).msg_count, 1);
    EXPECT_EQ(t.membership(t.alice, t.room).mention_count, 1);
    EXPECT_EQ(t.sent().size(), 3u);
}

}  // namespace
}  // namespace concordat::messaging
