#include "storage/tables/drafts.hpp"
#include "storage/tables/scheduled_posts.hpp"
#include "tests/messaging/conversation/file_fixture.hpp"

namespace concordat::messaging {
namespace {

class FileJanitorTest : public FileFixture {};

TEST_F(FileJanitorTest, TakesFilesThatWereNeverAttachedAndSparesTheOthers) {
    const auto attached = add(alice, "attached.txt", "x");
    attach(attached);
    const auto left = add(alice, "left.png", sample_png(30, 30));
    EXPECT_EQ(janitor.run().files, 0u);
    store.wait(FileJanitor::files_wait + 1);
    EXPECT_EQ(janitor.run().files, 1u);
    EXPECT_EQ(refusal([&] { files.info(store.actor(alice), left.id); }), "app.file_info.get.app_error");
    EXPECT_EQ(content(bob, attached.id), "x");
    EXPECT_EQ(blob_count(), 1u);
}

TEST_F(FileJanitorTest, SparesFilesOfDrafts) {
    const auto file = add(alice, "for later.txt", "x");
    Draft draft;
    draft.user_id = alice.id;
    draft.channel_id = room.id;
    draft.update_at = store.now();
    draft.message = "soon";
    draft.file_ids = {file.id};
    store.db.transact([&](storage::Tx& tx) { storage::DraftTable(tx).upsert(draft); });
    store.wait(FileJanitor::files_wait + 1);
    EXPECT_EQ(janitor.run().files, 0u);
    EXPECT_EQ(content(alice, file.id), "x");
}

TEST_F(FileJanitorTest, SparesFilesOfScheduledPosts) {
    const auto file = add(alice, "much later.txt", "x");
    ScheduledPost post;
    post.id = ScheduledPostId::fresh();
    post.user_id = alice.id;
    post.channel_id = room.id;
    post.scheduled_at = store.now() + 2 * FileJanitor::files_wait;
    post.file_ids = {file.id};
    store.db.transact([&](storage::Tx& tx) { storage::ScheduledPostTable(tx).insert(post); });
    store.wait(FileJanitor::files_wait + 1);
    EXPECT_EQ(janitor.run().files, 0u);
    EXPECT_EQ(content(alice, file.id), "x");
}

TEST_F(FileJanitorTest, TakesUploadsThatWereNeverFinished) {
    UploadSession wanted;
    wanted.channel_id = room.id;
    wanted.filename = "half.bin";
    wanted.file_size = 100;
    const auto session = uploads.create(store.actor(alice), wanted);
    const auto part = uploads.go_on(store.actor(alice), session.id, 50);
    part->write(std::string(50, 'x'));
    EXPECT_FALSE(part->finish());
    EXPECT_EQ(janitor.run().uploads, 0u);
    store.wait(FileJanitor::uploads_wait + 1);
    EXPECT_EQ(janitor.run().uploads, 1u);
    EXPECT_TRUE(uploads.mine(store.actor(alice)).empty());
    std::size_t partial = 0;
    blobs.each_partial([&](const storage::BlobEntry&) { ++partial; });
    EXPECT_EQ(partial, 0u);
}

TEST_F(FileJanitorTest, TakesBlobsThatNoRowNamesOnceTheyAreOldEnough) {
    SealedBlobs sealed(store.db, blobs);
    const auto orphan = sealed.put(storage::Kind::file, room.id.bytes(), "left by a crash");
    const auto named = add(alice, "named.png", sample_png(30, 30));
    EXPECT_EQ(janitor.run().blobs, 0u);
    store.wait(FileJanitor::youngest_blob + 1000);
    EXPECT_EQ(janitor.run().blobs, 1u);
    EXPECT_FALSE(blobs.exists(orphan));
    EXPECT_TRUE(image_header(content(alice, named.id, FileView::preview)));
}

TEST_F(FileJanitorTest, TakesPartialBlobsWithoutAnUpload) {
    SealedBlobs sealed(store.db, blobs);
    {
        const auto writer = sealed.resume(storage::Kind::file, room.id.bytes(), BlobId::fresh(), store.now());
        writer->write("begun");
        writer->checkpoint();
    }
    EXPECT_EQ(janitor.run().partial_blobs, 0u);
    store.wait(FileJanitor::day + 1000);
    EXPECT_EQ(janitor.run().partial_blobs, 1u);
}

}  // namespace
}  // namespace concordat::messaging
