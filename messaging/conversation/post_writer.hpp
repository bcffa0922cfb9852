// PostWriter: puts new posts into the database, several with one commit when several wait.
//
// Thread-safe; write() blocks until the post is durable. The first caller becomes the leader, writes
// whatever has queued up meanwhile as one statement, and hands the lead to the next who waits. No timer: a
// lone post goes at once. When a batch fails, its posts are tried one by one, so that one bad post spoils no
// other; when it fails because the database is gone, all of them do, so that nobody waits for a deadline
// twice.
#pragma once
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include "storage/tables/posts.hpp"

namespace concordat::messaging {

class PostWriter {
public:
    // `db` must outlive this object.
    explicit PostWriter(storage::Database& db) : db_(db) {}

    // False when a post with this id or pending key was there already; nothing is written then. (With this
    // id: an earlier try was committed although its answer was lost.)
    bool write(storage::NewPost post);
    // Posts that wait for the next batch now.
    std::size_t waiting() const;

private:
    struct Entry {
        storage::NewPost post;
        bool is_done = false, was_written = false;
        std::exception_ptr failure;
        std::condition_variable turn;
    };
    void lead(std::unique_lock<std::mutex>& lock);
    void run(const std::vector<Entry*>& batch);
    void run_together(const std::vector<Entry*>& batch);
    void run_alone(Entry& entry);

    storage::Database& db_;
    mutable std::mutex mutex_;
    std::deque<Entry*> waiting_;
    bool has_leader_ = false;
};

}  // namespace concordat::messaging
