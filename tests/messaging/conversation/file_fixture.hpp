// A store with blobs, workers for pictures, and the services of files.
#pragma once
#include <gtest/gtest.h>

#include <string>

#include "messaging/conversation/file_janitor.hpp"
#include "messaging/conversation/files.hpp"
#include "messaging/conversation/uploads.hpp"
#include "messaging/media/image_header.hpp"
#include "messaging/media/media.hpp"
#include "storage/blob/local_blob_store.hpp"
#include "storage/tables/files.hpp"
#include "tests/messaging/media/samples.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/refusal.hpp"
#include "tests/support/store.hpp"

namespace concordat::messaging {

using test::refusal;

// The workers are processes: one pair for the whole program.
inline MediaWorkers& media_workers() {
    static MediaWorkers workers(std::string(test::bin_dir) + "/concordat-media");
    return workers;
}

inline std::string sample_png(std::uint32_t width, std::uint32_t height) {
    return samples::png(width, height, samples::quarters(width, height));
}

inline Settings settings_for_files(std::int64_t most_bytes = 1 << 20) {
    Settings settings;
    settings.FileSettings.MaxFileSize = most_bytes;
    settings.FileSettings.EnablePublicLink = true;
    settings.FileSettings.PublicLinkSalt = "0123456789abcdef0123456789abcdef";
    settings.ServiceSettings.SiteURL = "https://chat.example.org";
    return settings;
}

class FileFixture : public testing::Test {
protected:
    explicit FileFixture(Settings settings = settings_for_files()) : store(std::move(settings)) {
        store.add(alice, room);
        store.add(bob, room);
        store.forget();
    }

    static std::string read_all(FileBody body) {
        std::string out(body.reader->size(), '\0');
        out.resize(body.reader->read_at(0, out));
        return out;
    }
    FileInfo add(const User& user, const std::string& name, std::string_view bytes) {
        auto file = files.receive(store.actor(user), room.id, name);
        file->write(bytes);
        std::vector<std::unique_ptr<IncomingFile>> all;
        all.push_back(std::move(file));
        return files.add(store.actor(user), std::move(all)).at(0);
    }
    PostId attach(const FileInfo& file) {
        const auto post = PostId::fresh(store.now());
        const auto count = store.db.transact([&](storage::Tx& tx) {
            return storage::FileTable(tx).attach({file.id}, post, file.channel_id, file.user_id, tx.now());
        });
        EXPECT_EQ(count, 1u);
        return post;
    }
    std::string content(const User& user, const FileId& id, FileView view = FileView::original) {
        return read_all(files.body(store.actor(user), id, view));
    }
    std::size_t blob_count() {
        std::size_t count = 0;
        blobs.each([&](const storage::BlobEntry&) { ++count; });
        return count;
    }

    test::Store store;
    storage::LocalBlobStore blobs{store.directory.path("files")};
    Files files{store.db, blobs, store.gate, media_workers(), store.settings};
    Uploads uploads{store.db, blobs, files};
    FileJanitor janitor{store.db, blobs};
    const User alice = store.user("alice"), bob = store.user("bob"), carol = store.user("carol");
    const Team team = store.team();
    const Channel room = store.channel(team, "room", "P");
};

}  // namespace concordat::messaging
