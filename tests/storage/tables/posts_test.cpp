#include "storage/tables/posts.hpp"

#include "storage/database/data_keys.hpp"
#include "tests/storage/tables/tables_fixture.hpp"

namespace concordat::storage {
namespace {

class PostRows : public Rows {};
using Ids = std::vector<PostId>;

TEST_F(PostRows, OneStatementWritesPostsTotalsMarksAndJournalOfSeveralChannels) {
    std::vector<NewPost> batch{entry(town, anna, 100), entry(town, bert, 110), entry(side, anna, 105)};
    batch.push_back(entry(town, anna, 120, batch[0].post.id));
    PostCreated fact;
    for (auto& one : batch) {
        fact.post = one.post;
        one.fact = fact_of(fact, one.post.create_at);
    }
    std::vector<std::string> told;
    db.on_commit([&](const std::vector<Fact>& facts) {
        for (const auto& one : facts) told.push_back(one.as<PostCreated>().post.message);
    });
    EXPECT_EQ(insert(batch).size(), 4u);
    EXPECT_EQ(told, (std::vector<std::string>{"at 100", "at 110", "at 105", "at 120"}));
    EXPECT_EQ(base.number("select count(*) from journal"), 4);
    EXPECT_EQ(state(town).total_msg_count, 3);
    EXPECT_EQ(state(town).total_msg_count_root, 2);
    EXPECT_EQ(state(town).last_post_at, 120);
    EXPECT_EQ(state(town).last_root_post_at, 110);
    EXPECT_EQ(state(side).total_msg_count, 1);
    EXPECT_EQ(posts([&](PostTable& t) { return t.revision(town); }), 1) << "one change for all of them";
    EXPECT_EQ(member(town, anna).msg_count, 3);
    EXPECT_EQ(member(town, anna).last_viewed_at, 120);
    EXPECT_EQ(member(side, bert).msg_count, 0);
    for (const auto& one : batch)
        EXPECT_EQ(posts([&](PostTable& t) { return t.find(one.post.id); })->message, one.post.message);
}

TEST_F(PostRows, WhatAPostLacksIsEmptyAgain) {
    const auto one = entry(town, anna, 100);
    insert({one});
    const auto post = *posts([&](PostTable& t) { return t.find(one.post.id); });
    EXPECT_TRUE(post.file_ids.empty());
    EXPECT_TRUE(post.root_id.empty());
    EXPECT_TRUE(post.original_id.empty());
    EXPECT_TRUE(post.props.empty());
    EXPECT_EQ(post.type, "");
    EXPECT_FALSE(post.metadata.has_value());
    EXPECT_EQ(
        base.number(
            "select count(*) from posts where file_ids is null and root_id is null and pending is null"),
        1);
    EXPECT_TRUE(insert({}).empty());
}

TEST_F(PostRows, EverythingOfAPostComesBack) {
    auto one = entry(town, anna, 100);
    one.post.message = std::string("a\0b", 3) + " \"quoted\" {braces} \\ é \xF0\x9F\x98\x80";
    one.post.type = "custom_a\"b\\c,d";
    one.post.props = {{"k", {1, "x", nullptr}}};
    one.post.hashtags = "#one #two";
    one.post.file_ids = {FileId::fresh(), FileId::fresh()};
    one.post.metadata.emplace().priority.emplace();
    insert({one, entry(town, bert, 101)});
    const auto post = *posts([&](PostTable& t) { return t.find(one.post.id); });
    EXPECT_EQ(post.message, one.post.message);
    EXPECT_EQ(post.type, one.post.type);
    EXPECT_EQ(post.props, one.post.props);
    EXPECT_EQ(post.hashtags, one.post.hashtags);
    EXPECT_EQ(post.file_ids, one.post.file_ids);
    EXPECT_TRUE(post.metadata && post.metadata->priority) << "who shows it fills it in";
}

TEST_F(PostRows, WritingClearsTheAuthorsMentionsOnlyWhereItCountsAsReading) {
    db.read([&](Tx& tx) {
        for (const auto& where : {town, side})
            ChannelMemberTable(tx).add_mentions(where, {anna, bert}, true, true, 50);
    });
    auto reading = entry(town, anna, 100), passing = entry(side, anna, 101);
    passing.views = false;
    insert({reading, passing});
    EXPECT_EQ(member(town, anna).mention_count, 0);
    EXPECT_EQ(member(town, anna).urgent_mention_count, 0);
    EXPECT_EQ(member(town, bert).mention_count, 1) << "nobody else's";
    EXPECT_EQ(member(side, anna).mention_count, 1);
    EXPECT_EQ(member(side, anna).msg_count, 0);
    EXPECT_EQ(member(side, anna).last_viewed_at, 0);
}

TEST_F(PostRows, APostThatDoesNotCountMovesOnlyTheTime) {
    auto joined = entry(town, anna, 100);
    joined.post.type = "system_join_channel";
    joined.counts = false;
    insert({joined, entry(town, bert, 90)});
    EXPECT_EQ(state(town).total_msg_count, 1);
    EXPECT_EQ(state(town).last_post_at, 100);
    EXPECT_EQ(posts([&](PostTable& t) { return t.count_from(town, 0); }),
              (std::pair<std::int64_t, std::int64_t>(1, 1)));
}

TEST_F(PostRows, AnOlderPostMovesNoTimeBack) {
    insert({entry(town, anna, 100)});
    insert({entry(town, anna, 50)});
    EXPECT_EQ(state(town).last_post_at, 100);
    EXPECT_EQ(member(town, anna).last_viewed_at, 100);
    EXPECT_EQ(state(town).total_msg_count, 2);
}

TEST_F(PostRows, AKnownPendingKeyOrIdIsNotWrittenAgainAndTellsNothing) {
    auto first = entry(town, anna, 100), again = entry(town, anna, 101), fresh = entry(town, anna, 102);
    first.pending = again.pending = "anna:1";
    PostCreated fact;
    fact.post.channel_id = town;
    for (auto* one : {&first, &again, &fresh}) one->fact = fact_of(fact, 1);
    EXPECT_EQ(insert({first}), Ids{first.post.id});
    EXPECT_EQ(insert({again, fresh}), Ids{fresh.post.id});
    EXPECT_TRUE(insert({first}).empty());
    EXPECT_EQ(base.number("select count(*) from journal"), 2);
    EXPECT_EQ(state(town).total_msg_count, 2);
    EXPECT_EQ(posts([&](PostTable& t) { return t.by_pending("anna:1"); })->id, first.post.id);
    EXPECT_FALSE(posts([&](PostTable& t) { return t.by_pending("bert:1"); }));
}

TEST_F(PostRows, AnEditReplacesTheTextAndTheVersionIsAnotherRow) {
    auto one = entry(town, anna, 100);
    one.post.file_ids = {FileId::fresh()};
    insert({one});
    auto post = *posts([&](PostTable& t) { return t.find(one.post.id); });
    posts([&](PostTable& t) {
        t.keep_version(post, 200);
        return 0;
    });
    post.message = "edited";
    post.edit_at = post.update_at = 200;
    post.file_ids.clear();
    posts([&](PostTable& t) {
        t.update(post);
        return 0;
    });
    const auto now = *posts([&](PostTable& t) { return t.find(post.id); });
    EXPECT_EQ(now.message, "edited");
    EXPECT_EQ(now.edit_at, 200);
    EXPECT_TRUE(now.file_ids.empty());
    const auto history = posts([&](PostTable& t) { return t.history(post.id); });
    ASSERT_EQ(history.size(), 1u);
    EXPECT_EQ(history[0].message, "at 100");
    EXPECT_EQ(history[0].file_ids, one.post.file_ids);
    EXPECT_EQ(history[0].delete_at, 200);
    EXPECT_EQ(posts([&](PostTable& t) {
                  return t.page(town, {false, true}, 0, 10);
              }).size(),
              1u)
        << "no page shows it";
    EXPECT_EQ(posts([&](PostTable& t) { return t.count_from(town, 0).first; }), 1);
}

TEST_F(PostRows, DeletingARootMarksItsLiveRepliesOnly) {
    const auto root = entry(town, anna, 100);
    const auto one = entry(town, bert, 110, root.post.id), two = entry(town, bert, 120, root.post.id),
               other = entry(town, bert, 130);
    insert({root, one, two, other});
    const auto erase = [&](const PostId& id, Millis at) {
        auto ids = posts([&](PostTable& t) { return t.mark_deleted(id, anna, at); });
        std::sort(ids.begin(), ids.end());
        return ids;
    };
    EXPECT_EQ(erase(one.post.id, 200), Ids{one.post.id});
    EXPECT_EQ(erase(root.post.id, 300),
              (Ids{std::min(root.post.id, two.post.id), std::max(root.post.id, two.post.id)}));
    EXPECT_TRUE(erase(root.post.id, 400).empty());
    EXPECT_EQ(posts([&](PostTable& t) { return t.find(one.post.id); })->delete_at, 200);
    EXPECT_EQ(posts([&](PostTable& t) { return t.page(town, {}, 0, 10); }).size(), 1u);
    EXPECT_EQ(posts([&](PostTable& t) { return t.since(town, 250, false, 10); }).size(), 2u);
}

TEST_F(PostRows, CountingFromAMomentLeavesOutOnePersonsPosts) {
    insert({entry(town, anna, 100), entry(town, bert, 110), entry(town, anna, 120)});
    const auto count = [&](Millis from, const UserId& except) {
        return posts([&](PostTable& t) { return t.count_from(town, from, except).first; });
    };
    EXPECT_EQ(count(100, {}), 3);
    EXPECT_EQ(count(101, {}), 2);
    EXPECT_EQ(count(0, anna), 1);
    EXPECT_EQ(count(0, bert), 2);
}

TEST_F(PostRows, RemindersAreTakenOnceWhenTheyAreDue) {
    const auto one = entry(town, anna, 100);
    insert({one});
    posts([&](PostTable& t) {
        t.set_reminder(one.post.id, anna, 50);
        t.set_reminder(one.post.id, bert, 60);
        t.set_reminder(one.post.id, bert, 90);
        return 0;
    });
    const auto due = [&](std::int64_t at) {
        return posts([&](PostTable& t) { return t.take_due_reminders(at, 10); }).size();
    };
    EXPECT_EQ(due(49), 0u);
    EXPECT_EQ(due(70), 1u);
    EXPECT_EQ(due(70), 0u);
    EXPECT_EQ(due(90), 1u);
}

TEST_F(PostRows, AKeyThatIsGoneLosesItsPostsAndNoOthers) {
    const auto lost = entry(town, anna, 100), kept = entry(side, anna, 101);
    insert({lost, kept});
    db.read([&](Tx& tx) { tx.exec("delete from data_keys where scope = $1", town); });
    db.keys().forget();
    EXPECT_EQ(refusal([&] { posts([&](PostTable& t) { return t.find(lost.post.id); }); }),
              "storage.key.missing");
    const auto both = posts([&](PostTable& t) { return t.find(Ids{lost.post.id, kept.post.id}); });
    ASSERT_EQ(both.size(), 2u);
    for (const auto& post : both) EXPECT_EQ(post.message, post.id == kept.post.id ? "at 101" : lost_message);
}

}  // namespace
}  // namespace concordat::storage
