#include "messaging/search/search_feed.hpp"

#include <pthread.h>

#include <algorithm>

#include "core/base/log.hpp"
#include "core/model/facts.hpp"
#include "messaging/search/index_terms.hpp"
#include "storage/tables/file_texts.hpp"
#include "storage/tables/files.hpp"
#include "storage/tables/posts.hpp"
#include "storage/tables/search_source.hpp"
#include "storage/tables/system.hpp"

namespace concordat::messaging {
namespace {

using namespace std::chrono_literals;
constexpr int facts_at_a_time = 500;
constexpr std::size_t built_at_a_time = 1000;  // a tenth of a second or so between two looks at the journal
constexpr std::size_t files_built_at_a_time = 20;  // each may have a book inside it
constexpr Millis between_commits = 5000;
constexpr Millis between_idle_commits = 60'000;  // when facts went by that have nothing to be found in
constexpr std::int64_t most_uncommitted = 20'000;
constexpr Millis between_tidyings = 600'000, oldest_stale = 86'400'000;
constexpr Millis one_week = 7 * 86'400'000ll;
constexpr auto first_pause = 2ms, longest_pause = 250ms, longest_rest = 100ms, first_retry = 100ms,
               longest_retry = 5000ms;
const std::string rebuild_name = "search_rebuild";

}  // namespace

void SearchFeed::start() {
    is_stopping_ = false;
    thread_ = std::thread([this] { serve(); });
}

void SearchFeed::stop() {
    {
        std::lock_guard lock(mutex_);
        is_stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void SearchFeed::wake() {
    {
        std::lock_guard lock(mutex_);
        is_woken_ = true;
    }
    wake_.notify_all();
}

void SearchFeed::rebuild() {
    db_.transact([](storage::Tx& tx) { storage::SystemTable(tx).put(rebuild_name, "asked"); });
    is_rebuild_asked_ = true;
    wake();
}

FeedStatus SearchFeed::status() const {
    FeedStatus out;
    out.index = index_.status();
    std::lock_guard lock(mutex_);
    out.failure = failure_;
    out.committed_at = committed_at_;
    return out;
}

void SearchFeed::serve() {
    pthread_setname_np(pthread_self(), "search");
    auto pause = std::chrono::milliseconds(first_pause), retry = std::chrono::milliseconds(first_retry);
    while (!is_stopping_) {
        try {
            const auto began = std::chrono::steady_clock::now();
            const bool was_busy = round();
            retry = first_retry;
            if (was_busy) {
                pause = first_pause;
                if (!is_behind_) rest_after(std::chrono::steady_clock::now() - began);
                continue;
            }
        } catch (const std::exception& e) {  // comes again; posting goes on without
            const auto* error = dynamic_cast<const Error*>(&e);
            const std::string id = error ? error->id() : "messaging.search.failed";
            close(id);
            log_error(
                "the search index could not be fed; it is tried again",
                {{"id", id}, {"detail", error ? error->detail() : e.what()}, {"pause_ms", retry.count()}});
            pause = retry;
            retry = std::min<std::chrono::milliseconds>(retry * 2, longest_retry);
        }
        std::unique_lock lock(mutex_);
        const bool has_failed = !failure_.empty();
        wake_.wait_for(lock, pause, [&] { return is_stopping_ || (is_woken_ && !has_failed); });
        pause = is_woken_ ? std::chrono::milliseconds(first_pause)
                          : std::min<std::chrono::milliseconds>(2 * pause, longest_pause);
        is_woken_ = false;
    }
    try {
        if (is_open_) commit();
    } catch (const std::exception& e) {  // what is lost is read again
        log_warn("the search index was not committed at the end", {{"what", e.what()}});
    }
}

// A round costs much the same for one fact and for fifty: while facts trickle in, four fifths of the time
// belong to others.
void SearchFeed::rest_after(std::chrono::nanoseconds taken) {
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, std::min<std::chrono::nanoseconds>(4 * taken, longest_rest),
                   [&] { return is_stopping_.load(); });
}

// What was not committed is gone with it.
void SearchFeed::close(const std::string& failure) {
    is_open_ = false;
    is_rebuild_asked_ = true;
    build_ = {};
    std::lock_guard lock(mutex_);
    failure_ = failure;
}

void SearchFeed::open() {
    std::string why;
    if (!index_.load(position_, why)) {
        // What is committed now is read from the tables, what comes later from the journal.
        position_ = journal_.present();
        const auto weeks = db_.read([](storage::Tx& tx) { return storage::SearchSourceTable(tx).weeks(); });
        log_warn("the search index is made anew", {{"why", why}, {"weeks", weeks.size()}});
        index_.begin(position_, weeks);
    }
    committed_ = position_;
    uncommitted_ = 0;
    has_changed_ = false;
    is_open_ = true;
    commit_at_ = db_.now() + between_commits;
}

bool SearchFeed::round() {
    if (!is_open_) open();
    tidy();
    const bool has_taken = take_facts();
    const bool has_built = build_some();
    commit_if_due();
    std::lock_guard lock(mutex_);
    failure_.clear();
    is_behind_ |= has_built;
    return has_taken || has_built;
}

bool SearchFeed::take_facts() {
    storage::Position reached;
    const auto facts = journal_.after(position_, facts_at_a_time, reached);
    for (const auto& fact : facts) take(fact);
    const bool has_moved = reached != position_;
    position_ = reached;
    uncommitted_ += static_cast<std::int64_t>(facts.size());
    is_behind_ = facts.size() == static_cast<std::size_t>(facts_at_a_time);
    if (has_moved) index_.refresh();
    return has_moved;
}

void SearchFeed::take(const storage::Fact& fact) {
    if (fact.is<PostCreated>()) {
        const auto told = fact.as<PostCreated>();
        if (!is_searchable(told.post)) return;
        index_.add(index_item(told.post));
    } else if (fact.is<PostEdited>()) {
        const auto told = fact.as<PostEdited>();
        if (!is_searchable(told.post)) return;
        index_.add(index_item(told.post));
        index_.note_stale(told.post.create_at);
    } else if (fact.is<PostDeleted>()) {
        const auto told = fact.as<PostDeleted>();
        // A thread goes with its root: its weeks hold replies that went.
        const auto last = told.post.root_id.empty() ? told.post.last_reply_at : 0;
        for (auto at = told.post.create_at; at == told.post.create_at || at <= last; at += one_week)
            index_.note_stale(at);
    } else if (fact.is<FileAdded>()) {
        index_.add(index_item(fact.as<FileAdded>().file, {}));
    } else if (fact.is<FileTextRead>()) {
        const auto told = fact.as<FileTextRead>();
        index_.add(
            index_item(told.file, db_.read([&](storage::Tx& tx) { return text_inside(tx, told.file); })));
    } else {
        return;
    }
    has_changed_ = true;
}

// The words inside a file; none where they cannot be read any more.
std::string SearchFeed::text_inside(storage::Tx& tx, const FileInfo& file) {
    try {
        return storage::FileTextTable(tx).text(file);
    } catch (const Error& e) {  // its name is found all the same
        if (!storage::is_lost(e)) throw;
        log_error("the text of a file cannot be read", {{"file", file.id.text()}, {"id", e.id()}});
        return {};
    }
}

// A part of the week that is being written, if any.
bool SearchFeed::build_some() {
    const auto now_built = index_.build();
    if (!now_built) return false;
    if (now_built->id != build_.of) {
        const auto from = storage::period_start(now_built->period),
                   until = storage::period_start(now_built->period + 1);
        build_ = {};
        db_.read([&](storage::Tx& tx) {
            build_.posts = storage::SearchSourceTable(tx).posts(from, until);
            build_.files = storage::SearchSourceTable(tx).files(from, until);
        });
        build_.of = now_built->id;
    }
    db_.read([&](storage::Tx& tx) {
        if (build_.next_post < build_.posts.size()) {
            const auto end = std::min(build_.posts.size(), build_.next_post + built_at_a_time);
            const std::vector<PostId> ids(
                build_.posts.begin() + static_cast<std::ptrdiff_t>(build_.next_post),
                build_.posts.begin() + static_cast<std::ptrdiff_t>(end));
            for (const auto& post : storage::PostTable(tx).find(ids))
                if (is_searchable(post)) index_.add_built(index_item(post));
            build_.next_post = end;
        } else if (build_.next_file < build_.files.size()) {
            const auto end = std::min(build_.files.size(), build_.next_file + files_built_at_a_time);
            const std::vector<FileId> ids(
                build_.files.begin() + static_cast<std::ptrdiff_t>(build_.next_file),
                build_.files.begin() + static_cast<std::ptrdiff_t>(end));
            for (const auto& row : storage::FileTable(tx).find(ids))
                index_.add_built(
                    index_item(row.info, row.has_text ? text_inside(tx, row.info) : std::string()));
            build_.next_file = end;
        }
    });
    if (build_.next_post == build_.posts.size() && build_.next_file == build_.files.size()) {
        build_ = {};
        if (index_.finish(position_)) committed_ = position_;
    }
    return true;
}

// Now and then: weeks with words of what was edited or deleted are written anew, so that these do not stay.
void SearchFeed::tidy() {
    if (is_rebuild_asked_.exchange(false)) {
        const bool is_wanted =
            db_.read([](storage::Tx& tx) { return storage::SystemTable(tx).find(rebuild_name).has_value(); });
        if (is_wanted) {
            auto weeks = db_.read([](storage::Tx& tx) { return storage::SearchSourceTable(tx).weeks(); });
            for (const auto& span : index_.spans(0, std::numeric_limits<Millis>::max()))
                if (span.partition) weeks.insert(span.period);
            index_.renew(weeks);
            commit();  // the index remembers it from here on
            db_.transact([](storage::Tx& tx) { storage::SystemTable(tx).remove(rebuild_name); });
            log_info("the search index is written anew", {{"weeks", weeks.size()}});
        }
    }
    const auto now = db_.now();
    if (now < looked_at_ + between_tidyings) return;
    looked_at_ = now;
    // Where keys of messages were destroyed the words go the same way; what was kept of the week is read
    // anew.
    if (const auto weeks = index_.outlived(); !weeks.empty()) {
        for (const auto week : weeks) index_.drop(week);
        index_.renew(weeks);
    }
    if (const auto worn = index_.worn(now - oldest_stale); !worn.empty()) index_.renew(worn);
}

void SearchFeed::commit() {
    index_.commit(position_);
    committed_ = position_;
    uncommitted_ = 0;
    has_changed_ = false;
    commit_at_ = db_.now() + between_commits;
    std::lock_guard lock(mutex_);
    committed_at_ = db_.now();
}

void SearchFeed::commit_if_due() {
    if (position_ == committed_ && !has_changed_) return;
    const auto now = db_.now();
    const auto due = has_changed_ ? commit_at_ : commit_at_ - between_commits + between_idle_commits;
    if (now >= due || uncommitted_ >= most_uncommitted) commit();
}

}  // namespace concordat::messaging
