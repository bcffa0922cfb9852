// SearchFeed: keeps the search index in step with the journal, and writes its weeks anew.
//
// It reads the journal for itself, since its place in it is part of the index: what the last commit of the
// index holds and where reading goes on are one file, so a crash at any moment loses nothing and adds nothing
// twice that could be told apart. An index that is missing, damaged, older than the database says or of
// another database is made anew, the newest week first; so is every week that was asked for. Meanwhile facts
// go on being taken, and what is indexed already is searched.
//
// Posting does not know it: what fails here is logged and tried again after a pause that grows to 5 s.
// One thread of its own; rebuild(), wake() and status() are for any.
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>
#include "core/model/file_info.hpp"
#include "storage/database/database.hpp"
#include "storage/journal/journal.hpp"
#include "storage/search/search_index.hpp"

namespace concordat::messaging {

struct FeedStatus {
    storage::IndexStatus index;
    std::string failure;      // the id of the last error, until a round went well
    Millis committed_at = 0;  // 0 before the first commit since the start
};

class SearchFeed {
public:
    // All must outlive this object.
    SearchFeed(storage::Database& db, storage::Journal& journal, storage::SearchIndex& index)
        : db_(db), journal_(journal), index_(index) {}
    ~SearchFeed() { stop(); }
    SearchFeed(const SearchFeed&) = delete;

    void start();
    // What was read is committed.
    void stop();
    // Something was committed to the database.
    void wake();
    // All weeks are written anew; searches go on. Survives a restart, and may be asked for while nothing
    // runs.
    void rebuild();
    FeedStatus status() const;

    // For tests, without a thread: what there is to do now. False when there was nothing.
    bool round();
    void commit();

private:
    void serve();
    void rest_after(std::chrono::nanoseconds taken);
    void open();
    void close(const std::string& failure);
    bool take_facts();
    void take(const storage::Fact& fact);
    std::string text_inside(storage::Tx& tx, const FileInfo& file);
    bool build_some();
    void tidy();
    void commit_if_due();

    // The week that is being written: what of it is left.
    struct Build {
        AnyId of{};
        std::vector<PostId> posts{};
        std::vector<FileId> files{};
        std::size_t next_post = 0, next_file = 0;
    };

    storage::Database& db_;
    storage::Journal& journal_;
    storage::SearchIndex& index_;

    // Of the thread.
    bool is_open_ = false, has_changed_ = false, is_behind_ = false;
    storage::Position position_, committed_;
    std::int64_t uncommitted_ = 0;
    Millis looked_at_ = 0, commit_at_ = 0;
    Build build_;

    mutable std::mutex mutex_;  // guards what follows
    std::condition_variable wake_;
    bool is_woken_ = false;
    std::string failure_;
    Millis committed_at_ = 0;
    std::atomic<bool> is_stopping_ = false, is_rebuild_asked_ = true;
    std::thread thread_;
};

}  // namespace concordat::messaging
