// FileJanitor: takes away files and blobs that nothing needs any more.
//
// run() is meant for every hour, on one thread; it blocks, and may run on several nodes at once.
//
// It removes files that were never attached and are in no draft and no scheduled post, uploads that were
// never finished, partial blobs without an upload, and blobs that no row names: what a crash between writing
// a blob and its row left behind.
#pragma once
#include <cstddef>
#include "messaging/conversation/sealed_blobs.hpp"

namespace concordat::messaging {

class FileJanitor {
public:
    // Both must outlive this object.
    FileJanitor(storage::Database& db, storage::BlobStore& store)
        : db_(db), store_(store), blobs_(db, store) {}

    struct Removed {
        std::size_t files = 0, uploads = 0, partial_blobs = 0, blobs = 0;
    };
    Removed run();

    static constexpr Millis day = 24 * 3600 * 1000;
    static constexpr Millis files_wait = 30 * day;    // for a post
    static constexpr Millis uploads_wait = 7 * day;   // for their last byte
    static constexpr Millis youngest_blob = day / 8;  // a request may still be about to name it
    static constexpr Millis oldest_blob = 7 * day;    // what is older was looked at before
    static constexpr std::int64_t most_at_once = 1000;

private:
    std::size_t remove_files();
    std::size_t remove_uploads();
    std::size_t remove_partial_blobs();
    std::size_t remove_unnamed_blobs();

    storage::Database& db_;
    storage::BlobStore& store_;
    SealedBlobs blobs_;
};

}  // namespace concordat::messaging
