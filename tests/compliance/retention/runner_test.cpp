#include "storage/tables/drafts.hpp"
#include "tests/compliance/retention/retaining.hpp"

namespace concordat::compliance {
namespace {

TEST(Retention, WhatIsPastItsTimeGoesWithAllThatHangsOnIt) {
    Retaining r;
    const auto file = r.upload(r.alice, "plan.txt", "the plan");
    const auto old = r.say_with_file(r.alice, "old words", file);
    r.edit(r.alice, old.id, "other old words");
    r.react(r.bob, old);
    r.store.db.read([&](storage::Tx& tx) {
        storage::PreferenceTable(tx).set({{r.bob.id, "flagged_post", old.id.text(), "true"}});
        storage::PostTable(tx).set_reminder(old.id, r.bob.id, 1);
    });
    r.store.wait(20 * a_day);
    const auto young = r.say(r.alice, "young words");
    r.store.wait(11 * a_day);
    const auto revision = r.number("select max(revision) from channels");

    const auto job = r.retain();
    EXPECT_EQ(job.status, "success");
    EXPECT_EQ(Retaining::count(job, "posts"), 1);
    EXPECT_EQ(Retaining::count(job, "versions"), 1);
    EXPECT_EQ(Retaining::count(job, "reactions"), 1);
    EXPECT_EQ(Retaining::count(job, "files"), 1);
    EXPECT_EQ(Retaining::count(job, "bytes_of_files"), 8);
    EXPECT_FALSE(r.exists(old.id));
    EXPECT_EQ(r.text_of(young.id), "young words");
    for (const char* table : {"reactions", "files", "post_reminders", "destroyed_blobs"})
        EXPECT_EQ(r.rows(table), 0) << table;
    EXPECT_EQ(r.rows("posts"), 1);
    EXPECT_EQ(r.number("select count(*) from preferences where category = 'flagged_post'"), 0);
    EXPECT_EQ(r.blob_count(r.files), 0u);
    EXPECT_GT(r.number("select max(revision) from channels"), revision);
}

TEST(Retention, TheChannelsPolicyGoesBeforeTheTeamsAndThatBeforeTheSettings) {
    Retaining r;
    const auto other = r.store.team();
    const auto strict = r.store.channel(other, "strict"), plain = r.store.channel(other, "plain"),
               forever = r.store.channel(other, "forever");
    for (const auto& channel : {strict, plain, forever}) r.store.add(r.alice, channel);
    r.limit(10, {}, {other.id});
    r.limit(5, {strict.id});
    r.limit(-1, {forever.id});
    const auto by_settings = r.say(r.alice, r.room, "thirty"), by_channel = r.say(r.alice, strict, "five"),
               by_team = r.say(r.alice, plain, "ten"), kept = r.say(r.alice, forever, "for ever");
    const auto there = [&] {
        return std::vector<bool>{r.exists(by_settings.id), r.exists(by_channel.id), r.exists(by_team.id),
                                 r.exists(kept.id)};
    };
    r.store.wait(4 * a_day);
    r.retain();
    EXPECT_EQ(there(), (std::vector<bool>{true, true, true, true}));
    r.store.wait(2 * a_day);
    r.retain();
    EXPECT_EQ(there(), (std::vector<bool>{true, false, true, true}));
    r.store.wait(5 * a_day);
    r.retain();
    EXPECT_EQ(there(), (std::vector<bool>{true, false, false, true}));
    r.store.wait(60 * a_day);
    r.retain();
    EXPECT_EQ(there(), (std::vector<bool>{false, false, false, true}));
    EXPECT_EQ(r.text_of(kept.id), "for ever");
}

TEST(Retention, ARootIsEmptiedWhileItsRepliesStay) {
    Retaining r;
    const auto root = r.say(r.alice, "the question");
    r.store.wait(20 * a_day);
    const auto reply = r.say(r.bob, "the answer", root.id);
    r.store.wait(11 * a_day);
    auto job = r.retain();
    EXPECT_EQ(Retaining::count(job, "posts"), 0);
    EXPECT_EQ(Retaining::count(job, "emptied"), 1);
    const auto empty = r.store.db.read([&](storage::Tx& tx) { return storage::PostTable(tx).find(root.id); });
    ASSERT_TRUE(empty);
    EXPECT_EQ(empty->message, storage::emptied_message);
    EXPECT_TRUE(empty->props.contains(storage::emptied_prop));
    EXPECT_EQ(empty->reply_count, 1);
    EXPECT_EQ(r.text_of(reply.id), "the answer");
    job = r.retain();
    EXPECT_EQ(Retaining::count(job, "emptied"), 0);  // once is enough

    r.store.wait(20 * a_day);
    job = r.retain();
    EXPECT_EQ(Retaining::count(job, "posts"), 1);
    EXPECT_EQ(r.rows("posts"), 0);
    EXPECT_EQ(r.rows("threads"), 0);
    EXPECT_EQ(r.rows("thread_memberships"), 0);
}

TEST(Retention, AThreadCountsTheRepliesThatAreLeft) {
    auto settings = thirty_days();
    settings.DataRetentionSettings.PreservePinnedPosts = true;
    Retaining r(settings);
    const auto root = r.say(r.alice, "pinned");
    r.say(r.bob, "old answer", root.id);
    r.posts.set_pinned(r.store.actor(r.alice), root.id, true);
    r.store.wait(20 * a_day);
    r.say(r.bob, "new answer", root.id);
    r.store.wait(11 * a_day);
    r.retain();
    EXPECT_EQ(r.text_of(root.id), "pinned");
    EXPECT_EQ(r.number("select reply_count from threads"), 1);
    r.store.wait(90 * a_day);  // the weeks of all three are over; the pinned one can still be read
    r.retain();
    EXPECT_EQ(r.text_of(root.id), "pinned");
    EXPECT_EQ(r.number("select reply_count from threads"), 0);
    EXPECT_EQ(r.rows("posts"), 1);
}

TEST(Retention, WhatIsGoneIsNotUnread) {
    Retaining r;
    for (int i = 0; i < 4; ++i) r.say(r.alice, "old @bob");
    r.store.wait(20 * a_day);
    r.say(r.alice, "new");
    r.store.wait(11 * a_day);
    EXPECT_EQ(r.unread(r.bob).msg_count, 5);
    r.retain();
    const auto left = r.unread(r.bob);
    EXPECT_EQ(left.msg_count, 1);
    EXPECT_LE(left.mention_count, 1);
    EXPECT_EQ(r.unread(r.alice).msg_count, 0);
}

TEST(Retention, NothingGoesThatNoExportHasCovered) {
    auto settings = thirty_days();
    settings.DataRetentionSettings.MessageRetentionHours = 1;
    settings.MessageExportSettings.EnableExport = true;
    settings.MessageExportSettings.ExportFormat = "csv";
    Retaining r(settings);
    const auto post = r.say(r.alice, "evidence");
    r.store.wait(2 * an_hour);
    auto job = r.retain();
    EXPECT_EQ(job.status, "warning");
    EXPECT_EQ(Retaining::count(job, "posts"), 0);
    EXPECT_EQ(Retaining::count(job, "blocked_by_export"), 1);
    EXPECT_TRUE(r.exists(post.id));

    EXPECT_EQ(r.run().status, "success");
    job = r.retain();
    EXPECT_EQ(job.status, "success");
    EXPECT_EQ(Retaining::count(job, "posts"), 1);
    EXPECT_FALSE(r.exists(post.id));

    // What happens to a message later has to be covered, too.
    const auto edited = r.say(r.alice, "first words");
    r.store.wait(2 * an_hour);
    r.run();
    r.edit(r.alice, edited.id, "second words");
    r.store.wait(an_hour);
    EXPECT_EQ(Retaining::count(r.retain(), "posts"), 0);
    r.store.wait(an_hour);
    r.run();
    EXPECT_EQ(Retaining::count(r.retain(), "posts"), 1);
}

TEST(Retention, AMessageThatIsDatedBackIsNotTakenForAnExportedOne) {
    auto settings = thirty_days();
    settings.MessageExportSettings.EnableExport = true;
    settings.MessageExportSettings.ExportFormat = "csv";
    Retaining r(settings);
    r.store.add(r.admin, r.room);
    r.say(r.alice, "something");
    r.store.wait(40 * a_day);
    r.run();
    r.store.wait(2 * a_day);
    auto backdated = Retaining::draft(r.room, "as if it were old");
    backdated.create_at = r.store.now() - 41 * a_day;
    const auto post = r.put(r.admin, backdated);
    r.retain();
    EXPECT_TRUE(r.exists(post.id));
    r.store.wait(2 * a_day);
    r.run();
    r.retain();
    EXPECT_FALSE(r.exists(post.id));
}

TEST(Retention, FilesMayEndBeforeTheirMessages) {
    auto settings = thirty_days();
    settings.DataRetentionSettings.EnableFileDeletion = true;
    settings.DataRetentionSettings.FileRetentionHours = 24;
    Retaining r(settings);
    const auto post = r.say_with_file(r.alice, "see file", r.upload(r.alice, "a.txt", "aaa"));
    r.store.wait(2 * a_day);
    const auto job = r.retain();
    EXPECT_EQ(Retaining::count(job, "files"), 1);
    EXPECT_EQ(Retaining::count(job, "posts"), 0);
    const auto left = r.store.db.read([&](storage::Tx& tx) { return storage::PostTable(tx).find(post.id); });
    ASSERT_TRUE(left);
    EXPECT_EQ(left->message, "see file");
    EXPECT_TRUE(left->file_ids.empty());
    EXPECT_EQ(r.blob_count(r.files), 0u);
}

TEST(Retention, EveryBatchTellsWhichMessagesAreGone) {
    Retaining r;
    std::set<PostId> said;
    for (int i = 0; i < 7; ++i) said.insert(r.say(r.alice, "word").id);
    r.store.wait(31 * a_day);
    r.store.forget();
    r.retain();
    const auto told = r.store.facts<PostsDestroyed>();
    ASSERT_EQ(told.size(), 4u);  // three batches of at most three, and the end
    std::set<PostId> gone;
    for (const auto& fact : told) gone.insert(fact.post_ids.begin(), fact.post_ids.end());
    EXPECT_EQ(gone, said);
    EXPECT_TRUE(told.back().post_ids.empty());
}

TEST(Retention, ThePreviewSaysWhatGoesAndTakesNothing) {
    Retaining r;
    r.say_with_file(r.alice, "one", r.upload(r.alice, "a.txt", "aaaa"));
    r.say(r.alice, "two");
    r.store.wait(40 * a_day);
    r.say(r.alice, "young");
    const auto kept = r.hold({}, {r.room.id});
    auto preview = r.retention_jobs.preview();
    EXPECT_EQ(preview.posts, 2);
    EXPECT_EQ(preview.held, 2);
    EXPECT_TRUE(preview.buckets.empty());
    r.release(kept);
    r.store.wait(2 * a_day);
    preview = r.retention_jobs.preview();
    EXPECT_EQ(preview.posts, 2);
    EXPECT_EQ(preview.held, 0);
    EXPECT_EQ(preview.files, 1);
    EXPECT_EQ(preview.bytes_of_files, 4);
    ASSERT_EQ(preview.channels.size(), 1u);
    EXPECT_EQ(preview.channels[0].channel_id, r.room.id);
    ASSERT_GE(preview.buckets.size(), 1u);
    EXPECT_EQ(r.rows("posts"), 3);
    const auto job = r.retain();
    EXPECT_EQ(Retaining::count(job, "posts"), 2);
    EXPECT_EQ(Retaining::count(job, "buckets"), static_cast<std::int64_t>(preview.buckets.size()));
}

TEST(RetentionJobs, NeedTheirPermissionsAndSomethingToDo) {
    Retaining r;
    const auto alice = r.store.actor(r.alice);
    const Request request{alice, "attempt", ""};
    const char* forbidden = "api.context.permissions.app_error";
    const auto job = r.ask_retention();
    EXPECT_EQ(refusal([&] { r.retention_jobs.create(request); }), forbidden);
    EXPECT_EQ(refusal([&] { r.retention_jobs.list(request, "", 0, 10); }), forbidden);
    EXPECT_EQ(refusal([&] { r.retention_jobs.get(request, job.id); }), forbidden);
    EXPECT_EQ(refusal([&] { r.retention_jobs.cancel(request, job.id); }), forbidden);
    EXPECT_EQ(refusal([&] { r.ask_retention(); }), "ent.data_retention.already_waiting");
    EXPECT_EQ(refusal([&] { r.retention_job(JobId::fresh()); }), "app.job.get.app_error");

    const auto admin = r.store.actor(r.admin);
    r.retention_jobs.cancel({admin, "attempt", ""}, job.id);
    EXPECT_TRUE(r.new_runner()->run_next(r.is_stopping));
    EXPECT_EQ(r.retention_job(job.id).status, "canceled");
    EXPECT_EQ(refusal([&] {
                  r.retention_jobs.cancel({admin, "attempt", ""}, job.id);
              }),
              "app.job.cancel.app_error");

    Retaining unlimited{Settings()};
    EXPECT_EQ(refusal([&] { unlimited.ask_retention(); }), "ent.data_retention.disabled");
    unlimited.limit(-1, {unlimited.room.id});
    EXPECT_EQ(refusal([&] { unlimited.ask_retention(); }), "ent.data_retention.disabled");
}

TEST(RetentionJobs, OneADayComesByItself) {
    auto settings = thirty_days();
    settings.DataRetentionSettings.DeletionJobStartTime = "00:00";
    Retaining r(settings);
    r.retention_jobs.add_daily();
    r.retention_jobs.add_daily();
    EXPECT_EQ(r.number("select count(*) from jobs where type = 'data_retention'"), 1);
    EXPECT_TRUE(r.new_runner()->run_next(r.is_stopping));
    r.store.wait(a_day);
    r.retention_jobs.add_daily();
    EXPECT_EQ(r.number("select count(*) from jobs where type = 'data_retention'"), 2);
}

}  // namespace
}  // namespace concordat::compliance
