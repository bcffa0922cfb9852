#include "messaging/conversation/post_writer.hpp"

#include <unordered_set>

namespace concordat::messaging {
namespace {

constexpr std::size_t largest_batch = 64;

}  // namespace

bool PostWriter::write(storage::NewPost post) {
    Entry mine;
    mine.post = std::move(post);
    std::unique_lock lock(mutex_);
    waiting_.push_back(&mine);
    while (!mine.is_done) {
        mine.turn.wait(lock, [&] { return mine.is_done || !has_leader_; });
        if (!mine.is_done) lead(lock);
    }
    if (mine.failure) std::rethrow_exception(mine.failure);
    return mine.was_written;
}

std::size_t PostWriter::waiting() const {
    std::lock_guard lock(mutex_);
    return waiting_.size();
}

void PostWriter::lead(std::unique_lock<std::mutex>& lock) {
    std::vector<Entry*> batch;
    batch.reserve(largest_batch);
    while (!waiting_.empty() && batch.size() < largest_batch) {
        batch.push_back(waiting_.front());
        waiting_.pop_front();
    }
    has_leader_ = true;
    lock.unlock();
    run(batch);
    lock.lock();
    has_leader_ = false;
    for (auto* entry : batch) {
        entry->is_done = true;
        entry->turn.notify_one();
    }
    if (!waiting_.empty()) waiting_.front()->turn.notify_one();
}

// Never throws: whatever goes wrong is told to those it concerns.
void PostWriter::run(const std::vector<Entry*>& batch) {
    if (batch.size() == 1) return run_alone(*batch[0]);
    try {
        run_together(batch);
    } catch (const Error& e) {
        const bool is_gone = e.fault() == Fault::unavailable;
        for (auto* entry : batch) {
            if (is_gone)
                entry->failure = std::current_exception();  // rethrown to its caller by write()
            else
                run_alone(*entry);  // so that each gets its own answer
        }
    } catch (...) {
        for (auto* entry : batch) run_alone(*entry);
    }
}

void PostWriter::run_together(const std::vector<Entry*>& batch) {
    std::vector<storage::NewPost> posts;
    posts.reserve(batch.size());
    for (const auto* entry : batch) posts.push_back(entry->post);
    const auto written = db_.read([&](storage::Tx& tx) { return storage::PostTable(tx).insert(posts); });
    const std::unordered_set<PostId> ids(written.begin(), written.end());
    for (auto* entry : batch) entry->was_written = ids.contains(entry->post.post.id);
}

void PostWriter::run_alone(Entry& entry) {
    try {
        entry.was_written =
            !db_.read([&](storage::Tx& tx) { return storage::PostTable(tx).insert({entry.post}); }).empty();
    } catch (...) {
        entry.failure = std::current_exception();  // rethrown to its caller by write()
    }
}

}  // namespace concordat::messaging
