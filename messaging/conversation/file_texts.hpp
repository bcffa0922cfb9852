// FileTexts: reads the words inside files after they were uploaded, so that they are found.
//
// An upload does not wait for it. Which files are due is in the database: what a crash interrupted is tried
// again, and files that were there before are read by and by, the newest first. A try is counted before it
// begins; after `most_tries` the file is left alone, with the outcome in its row: that of the reader, "lost"
// when its body or key is gone, "interrupted" when the node ended each time. The text is kept sealed, and
// told to the search index by a fact. Bodies are streamed to a process of their own for each
// (document_reader.hpp); nothing of a file is in logs but its id.
//
// FileSettings.ExtractContent switches it on and off while it runs.
// One thread of its own; wake() is for any.
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "core/base/metrics.hpp"
#include "core/config/live.hpp"
#include "messaging/conversation/sealed_blobs.hpp"
#include "messaging/document_reader/document_reader.hpp"

namespace concordat::storage {
struct FileRow;
}

namespace concordat::messaging {

class FileTexts {
public:
    // All must outlive this object.
    FileTexts(storage::Database& db, storage::BlobStore& store, DocumentReader& reader, Metrics& metrics,
              const LiveSettings& settings);
    ~FileTexts() { stop(); }
    FileTexts(const FileTexts&) = delete;

    void start();
    // The file at hand is left, and is due again: the try does not count.
    void stop();
    // A file may have come.
    void wake();

    // For tests, without a thread: one file. False when none is due.
    bool round();

    static constexpr int most_tries = 3;
    // Until a try that came to no end, or might go better, is due again: times three after each.
    static constexpr Millis first_pause = 10'000;

private:
    void serve();
    DocumentText read(const storage::FileRow& file);
    void keep(const storage::FileRow& file, std::string_view text);
    void settle(const storage::FileRow& file, std::string_view outcome);
    Counter& counted(std::string_view outcome);

    storage::Database& db_;
    SealedBlobs blobs_;
    DocumentReader& reader_;
    Metrics& metrics_;
    Histogram& seconds_;
    const LiveSettings& settings_;

    std::mutex mutex_;  // guards the next two
    std::condition_variable wake_;
    bool is_woken_ = false;
    std::atomic<bool> is_stopping_ = false, is_serving_ = false;
    std::thread thread_;
};

}  // namespace concordat::messaging
