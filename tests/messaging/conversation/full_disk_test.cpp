// What remains when the disk is full in the middle of an upload.
#include "tests/messaging/conversation/file_fixture.hpp"

namespace concordat::messaging {
namespace {

// The local store, on a disk with room for so many blobs more.
class NearlyFullStore : public storage::BlobStore {
public:
    NearlyFullStore(storage::BlobStore& store, int room) : store_(store), room_(room) {}
    std::unique_ptr<storage::BlobWriter> create(const BlobId& id, const storage::BlobKey& key) override {
        require(room_-- > 0, Fault::unavailable, "storage.disk_full");
        return store_.create(id, key);
    }
    std::unique_ptr<storage::BlobWriter> resume(const BlobId& id, const storage::BlobKey& key) override {
        return store_.resume(id, key);
    }
    std::unique_ptr<storage::BlobReader> open(const BlobId& id, const storage::BlobKey& key) override {
        return store_.open(id, key);
    }
    std::uint32_t day_of(const BlobId& id) override { return store_.day_of(id); }
    bool exists(const BlobId& id) override { return store_.exists(id); }
    bool remove(const BlobId& id) override { return store_.remove(id); }
    bool remove_partial(const BlobId& id) override { return store_.remove_partial(id); }
    void each(const std::function<void(const storage::BlobEntry&)>& visit) override { store_.each(visit); }
    void each_partial(const std::function<void(const storage::BlobEntry&)>& visit) override {
        store_.each_partial(visit);
    }
    storage::BlobUsage usage() override { return store_.usage(); }

private:
    storage::BlobStore& store_;
    int room_;
};

class FullDiskTest : public FileFixture {};

TEST_F(FullDiskTest, AFileWhosePreviewsDoNotFitLeavesNothing) {
    const auto picture = sample_png(200, 100);
    for (int room_for : {0, 1, 2}) {
        NearlyFullStore full(blobs, room_for);
        Files receiving(store.db, full, store.gate, media_workers(), store.settings);
        EXPECT_EQ(refusal([&] {
                      std::vector<std::unique_ptr<IncomingFile>> all;
                      all.push_back(receiving.receive(store.actor(alice), room.id, "picture.png"));
                      all[0]->write(picture);
                      receiving.add(store.actor(alice), std::move(all));
                  }),
                  "storage.disk_full");
        EXPECT_EQ(blob_count(), 0u) << room_for;
    }
    EXPECT_TRUE(store.kinds().empty());
}

TEST_F(FullDiskTest, AnUploadWhosePreviewsDoNotFitCanBeCompletedLater) {
    const auto picture = sample_png(200, 100);
    NearlyFullStore full(blobs, 0);
    Files receiving(store.db, full, store.gate, media_workers(), store.settings);
    Uploads arriving(store.db, full, receiving);
    UploadSession wanted;
    wanted.channel_id = room.id;
    wanted.filename = "picture.png";
    wanted.file_size = static_cast<std::int64_t>(picture.size());
    const auto session = arriving.create(store.actor(alice), wanted);
    const auto part = arriving.go_on(store.actor(alice), session.id, picture.size());
    part->write(picture);
    EXPECT_EQ(refusal([&] { part->finish(); }), "storage.disk_full");
    const auto file = uploads.go_on(store.actor(alice), session.id, 0)->finish();
    ASSERT_TRUE(file);
    EXPECT_EQ(content(alice, file->id), picture);
    EXPECT_EQ(file->has_preview_image, true);
}

}  // namespace
}  // namespace concordat::messaging
