#include "messaging/conversation/uploads.hpp"
#include "core/model/facts.hpp"
#include "storage/tables/uploads.hpp"
#include "tests/messaging/conversation/file_fixture.hpp"

namespace concordat::messaging {
namespace {

constexpr const char* concurrent = "api.upload.upload_data.concurrent.app_error";

class UploadsTest : public FileFixture {
protected:
    UploadsTest() : FileFixture(settings_for_files(64 << 20)) {}

    UploadSession begin(std::int64_t size, const std::string& name = "big.bin") {
        UploadSession wanted;
        wanted.channel_id = room.id;
        wanted.filename = name;
        wanted.file_size = size;
        return uploads.create(store.actor(alice), wanted);
    }
    std::optional<FileInfo> send(const UploadSession& session, std::string_view bytes) {
        const auto part = uploads.go_on(store.actor(alice), session.id, bytes.size());
        part->write(bytes);
        return part->finish();
    }
    std::int64_t offset(const UploadSession& session) {
        return uploads.get(store.actor(alice), session.id).file_offset;
    }
    static std::string pattern(std::size_t size) {
        std::string out(size, '\0');
        for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<char>(i * 31 + i / 977);
        return out;
    }
};

TEST_F(UploadsTest, AFileArrivesInPieces) {
    const auto bytes = pattern(300'000);
    const auto session = begin(300'000);
    EXPECT_EQ(session.file_offset, 0);
    EXPECT_FALSE(send(session, std::string_view(bytes).substr(0, 100'000)));
    EXPECT_EQ(offset(session), 100'000);
    EXPECT_EQ(uploads.mine(store.actor(alice)).size(), 1u);
    EXPECT_FALSE(send(session, std::string_view(bytes).substr(100'000, 150'000)));
    const auto file = send(session, std::string_view(bytes).substr(250'000));
    ASSERT_TRUE(file);
    EXPECT_EQ(file->name, "big.bin");
    EXPECT_EQ(file->size, 300'000);
    EXPECT_EQ(content(alice, file->id), bytes);
    EXPECT_EQ(store.facts<FileAdded>().size(), 1u);
    EXPECT_TRUE(uploads.mine(store.actor(alice)).empty());
    EXPECT_EQ(refusal([&] { uploads.get(store.actor(alice), session.id); }), "app.upload.get.app_error");
}

TEST_F(UploadsTest, APictureThatArrivesInPiecesGetsItsPreviews) {
    const auto png = sample_png(300, 200);
    const auto session = begin(static_cast<std::int64_t>(png.size()), "photo.png");
    EXPECT_FALSE(send(session, std::string_view(png).substr(0, 100)));
    const auto file = send(session, std::string_view(png).substr(100));
    ASSERT_TRUE(file);
    EXPECT_EQ(file->width, 300);
    EXPECT_EQ(file->has_preview_image, true);
}

TEST_F(UploadsTest, AnUploadGoesOnWhereTheBlobIsEvenIfTheDatabaseKnowsLess) {
    const auto bytes = pattern(200'000);
    const auto session = begin(200'000);
    EXPECT_FALSE(send(session, std::string_view(bytes).substr(0, 120'000)));
    // The node ends between the checkpoint and the note of it.
    store.db.read([&](storage::Tx& tx) { storage::UploadTable(tx).set_offset(session.id, 50'000); });
    EXPECT_EQ(refusal([&] { send(session, std::string_view(bytes).substr(50'000)); }), concurrent);
    EXPECT_EQ(offset(session), 120'000);
    const auto file = send(session, std::string_view(bytes).substr(120'000));
    ASSERT_TRUE(file);
    EXPECT_EQ(content(alice, file->id), bytes);
}

TEST_F(UploadsTest, WhatArrivedBeforeTheClientWentAwayIsKept) {
    const auto bytes = pattern(100'000);
    const auto session = begin(100'000);
    {
        const auto part = uploads.go_on(store.actor(alice), session.id, bytes.size());
        part->write(std::string_view(bytes).substr(0, 70'000));
    }
    EXPECT_EQ(offset(session), 70'000);
    const auto file = send(session, std::string_view(bytes).substr(70'000));
    ASSERT_TRUE(file);
    EXPECT_EQ(content(alice, file->id), bytes);
}

TEST_F(UploadsTest, AFinishedBlobWithoutItsFileIsCompletedByAnEmptyPiece) {
    const auto bytes = pattern(1000);
    const auto session = begin(1000);
    const auto row =
        store.db.read([&](storage::Tx& tx) { return storage::UploadTable(tx).find(session.id); }).value();
    SealedBlobs sealed(store.db, blobs);
    {
        const auto writer =
            sealed.resume(storage::Kind::file, room.id.bytes(), id_as<BlobId>(row.blob), session.create_at);
        writer->write(bytes);
        writer->finish();
    }
    EXPECT_EQ(offset(session), 1000);
    EXPECT_EQ(refusal([&] { send(session, "x"); }), "api.upload.upload_data.invalid_content_length");
    const auto file = send(session, "");
    ASSERT_TRUE(file);
    EXPECT_EQ(content(alice, file->id), bytes);
}

TEST_F(UploadsTest, TwoRequestsAtOnceDoNotMix) {
    const auto session = begin(100);
    const auto first = uploads.go_on(store.actor(alice), session.id, 50);
    EXPECT_EQ(refusal([&] { uploads.go_on(store.actor(alice), session.id, 50); }), concurrent);
    EXPECT_EQ(offset(session), 0);
    first->write(std::string(50, 'x'));
    EXPECT_FALSE(first->finish());
    EXPECT_EQ(offset(session), 50);
}

TEST_F(UploadsTest, MoreThanAnnouncedIsRefused) {
    const auto session = begin(10);
    EXPECT_EQ(refusal([&] { uploads.go_on(store.actor(alice), session.id, 11); }),
              "api.upload.upload_data.invalid_content_length");
    const auto part = uploads.go_on(store.actor(alice), session.id, std::nullopt);
    part->write("12345");
    EXPECT_EQ(refusal([&] { part->write("678901"); }), "api.upload.upload_data.invalid_content_length");
}

TEST_F(UploadsTest, AnUploadIsItsOwners) {
    const auto session = begin(10);
    const auto forbidden = "api.upload.get_upload.forbidden.app_error";
    EXPECT_EQ(refusal([&] { uploads.get(store.actor(bob), session.id); }), forbidden);
    EXPECT_EQ(refusal([&] { uploads.go_on(store.actor(bob), session.id, 10); }), forbidden);
    EXPECT_TRUE(uploads.mine(store.actor(bob)).empty());
}

TEST_F(UploadsTest, SessionsThatMakeNoSenseAreNotBegun) {
    const auto refused = [&](auto change) {
        UploadSession wanted;
        wanted.channel_id = room.id;
        wanted.filename = "x.bin";
        wanted.file_size = 10;
        change(wanted);
        return refusal([&] { uploads.create(store.actor(alice), wanted); });
    };
    EXPECT_EQ(refused([](auto& w) { w.type = "import"; }), "model.upload_session.is_valid.type.app_error");
    EXPECT_EQ(refused([](auto& w) { w.channel_id.reset(); }),
              "model.upload_session.is_valid.channel_id.app_error");
    EXPECT_EQ(refused([](auto& w) { w.filename.clear(); }),
              "model.upload_session.is_valid.filename.app_error");
    EXPECT_EQ(refused([](auto& w) { w.file_size = 0; }), "model.upload_session.is_valid.file_size.app_error");
    EXPECT_EQ(refused([](auto& w) { w.file_size = -1; }),
              "model.upload_session.is_valid.file_size.app_error");
    EXPECT_EQ(refused([](auto& w) { w.file_size = (64 << 20) + 1; }),
              "api.upload.create.upload_too_large.app_error");
    EXPECT_EQ(refused([](auto& w) { w.channel_id = ChannelId::fresh(); }),
              "api.context.permissions.app_error");
}

TEST_F(UploadsTest, NobodyBeginsMoreThanAllowed) {
    for (std::int64_t i = 0; i < Uploads::most_per_user; ++i) begin(10);
    EXPECT_EQ(refusal([&] { begin(10); }), "api.upload.create.too_many.app_error");
}

}  // namespace
}  // namespace concordat::messaging
