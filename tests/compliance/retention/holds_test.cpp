#include "tests/compliance/retention/retaining.hpp"

namespace concordat::compliance {
namespace {

TEST(Hold, KeepsAChannelUntilTwoPeopleHaveReleasedItAndTheGraceIsOver) {
    Retaining r;
    const auto post = r.say_with_file(r.alice, "evidence", r.upload(r.alice, "e.txt", "eee"));
    const auto deleted = r.say(r.bob, "taken back");
    r.remove(r.bob, deleted.id);
    const auto elsewhere = r.store.channel(r.team, "elsewhere");
    r.store.add(r.alice, elsewhere);
    const auto other = r.say(r.alice, elsewhere, "small talk");
    const auto kept = r.hold({}, {r.room.id});
    r.store.wait(60 * a_day);
    auto job = r.retain();
    EXPECT_FALSE(r.exists(other.id));
    EXPECT_EQ(r.text_of(post.id), "evidence");
    EXPECT_EQ(r.text_of(deleted.id), "taken back");
    EXPECT_EQ(r.rows("files"), 1);
    EXPECT_GT(r.number("select count(*) from journal where kind = 'post_deleted'"), 0);

    const auto lena = r.store.actor(r.lena), otto = r.store.actor(r.otto);
    r.holds.ask_release({lena, "attempt", ""}, kept.id);
    r.retain();
    EXPECT_TRUE(r.exists(post.id));
    const auto released = r.holds.approve_release({otto, "attempt", ""}, kept.id);
    EXPECT_EQ(released.state, "releasing");
    r.retain();
    EXPECT_TRUE(r.exists(post.id));
    r.store.wait(25 * an_hour);
    job = r.retain();
    EXPECT_FALSE(r.exists(post.id));
    EXPECT_FALSE(r.exists(deleted.id));
    EXPECT_EQ(Retaining::count(job, "data_keys"), 1);
    EXPECT_EQ(r.state_of("kept-1"), storage::BucketState::destroyed);
    EXPECT_EQ(r.rows("files"), 0);
}

TEST(Hold, KeepsWhatAPersonWroteAndWhatTheyCouldReadAmongPeople) {
    Retaining r;
    const auto closed = r.store.channel(r.team, "closed", "P");
    r.store.add(r.alice, closed);
    r.store.add(r.bob, closed);
    const auto before = r.say(r.bob, closed, "before the period");
    r.store.wait(a_day);
    LegalHold wanted;
    wanted.matter_id = r.matter().id;
    wanted.name = "alice";
    wanted.user_ids = {r.alice.id};
    wanted.starts_at = r.store.now();
    wanted.ends_at = r.store.now() + 2 * a_day;
    const auto lena = r.store.actor(r.lena);
    r.holds.create({lena, "attempt", ""}, wanted);
    const auto hers = r.say(r.alice, r.room, "hers in public"), theirs = r.say(r.bob, closed, "to her"),
               public_one = r.say(r.bob, r.room, "not hers, in public");
    r.store.wait(3 * a_day);
    const auto after = r.say(r.alice, r.room, "after the period");
    r.store.wait(60 * a_day);
    r.retain();
    EXPECT_EQ(r.text_of(hers.id), "hers in public");
    EXPECT_EQ(r.text_of(theirs.id), "to her");
    for (const auto& gone : {before, public_one, after}) EXPECT_FALSE(r.exists(gone.id)) << gone.message;
}

TEST(Hold, SeveralKeepTheSameUntilTheLastIsReleased) {
    Retaining r;
    const auto post = r.say(r.alice, "evidence");
    const auto one = r.hold({}, {r.room.id}), two = r.hold({r.alice.id}, {});
    r.store.wait(60 * a_day);
    r.release(one);
    r.store.wait(2 * a_day);
    r.retain();
    EXPECT_EQ(r.text_of(post.id), "evidence");
    r.release(two);
    r.store.wait(2 * a_day);
    r.retain();
    EXPECT_FALSE(r.exists(post.id));
}

TEST(Hold, ARunThatGoesOnSeesItBeforeItsNextBatch) {
    Retaining r;
    std::vector<Post> said;
    for (int i = 0; i < 9; ++i) said.push_back(r.say(r.alice, "words"));
    r.store.wait(30 * a_day + 1000);
    const auto job = r.ask_retention();
    const auto runner = r.new_runner();
    int batches = 0;
    runner->after = [&](const char* step) {
        if (step == std::string("batch") && ++batches == 1) r.hold({}, {r.room.id});
    };
    runner->run_next(r.is_stopping);
    EXPECT_EQ(Retaining::count(r.retention_job(job.id), "posts"), 3);
    EXPECT_EQ(r.rows("posts"), 6);
}

TEST(Hold, AnEditedMessageCanStillBeReadWhenTheWeekOfItsEditIsOver) {
    Retaining r;
    const auto post = r.say(r.alice, "first words");
    LegalHold wanted;
    wanted.matter_id = r.matter().id;
    wanted.name = "one day";
    wanted.channel_ids = {r.room.id};
    wanted.ends_at = r.store.now() + an_hour;
    const auto lena = r.store.actor(r.lena);
    r.holds.create({lena, "attempt", ""}, wanted);
    r.store.wait(10 * a_day);
    r.edit(r.alice, post.id, "second words");
    r.store.wait(60 * a_day);
    r.retain();
    EXPECT_EQ(r.text_of(post.id), "second words");
    const auto versions =
        r.store.db.read([&](storage::Tx& tx) { return storage::PostTable(tx).history(post.id); });
    ASSERT_EQ(versions.size(), 1u);
    EXPECT_EQ(versions[0].message, "first words");
}

}  // namespace
}  // namespace concordat::compliance
