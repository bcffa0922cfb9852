// Slice: a stretch of a partition's items, in an index of Lucene's of its own. Private to this room.
//
// A partition adds to its newest slice until that is full, of items or of words, which is then merged into
// one segment and only read from there on. So what a message costs, and what a search has to look at before
// it has a page, do not grow with the partition. Items are only ever added: their numbers never change, and
// their columns, which Lucene carries as payloads, are kept in memory in step with the reader.
//
// Threads: one, the owner's, adds, refreshes, syncs. find(), first(), last() are for any; a mutex lets one
// search at a time, or the exchange of readers, in, since readers of this Lucene share the state of their
// files. Debian's reopen() crashes, so each refresh opens a reader anew. Errors as in partition.hpp.
#pragma once
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "storage/crypto/secret.hpp"
#include "storage/search/index_item.hpp"
#include "storage/search/item_analyzer.hpp"
#include "storage/search/lucene.hpp"
#include "storage/search/manifest.hpp"
#include "storage/search/partition_search.hpp"
#include "storage/search/sealed_directory.hpp"

namespace concordat::storage {

class Slice {
public:
    using Clock = std::chrono::steady_clock;
    // Opens what `entry` names; no files: an empty one.
    Slice(std::string directory, const Secret& key, const SliceEntry& entry, BlockCache& cache,
          std::size_t ram_megabytes);
    Slice(const Slice&) = delete;

    void add(const IndexItem& item);
    // Items that were added, found or not.
    std::int64_t items() const { return items_; }
    // Words of those that this object added.
    std::size_t words() const { return words_; }
    // What was added can be found.
    void refresh();
    // One segment, which is quicker to look into. Nothing should be added afterwards.
    void merge();
    // Gives back the memory that adding takes.
    void rest();
    // All of it on the disk.
    SliceEntry sync();
    void forget_removed() { directory_.forget_removed(); }
    void remove_all();
    // Gives back the memory that searching takes, unless a search was here since.
    void let_go(Clock::time_point since);

    // Creation times of what can be found: the oldest and the newest.
    Millis first() const { return first_; }
    Millis last() const { return last_; }
    IndexPage find(const IndexQuery& query, const std::optional<IndexHit>& before, std::size_t at_most,
                   Clock::time_point deadline);

private:
    struct WriterEnd {
        void operator()(lucene::index::IndexWriter* writer) const;
    };
    template <class Body>
    auto translated(Body body);
    lucene::index::IndexWriter& writer();
    void open_reader();

    SealedDirectory directory_;
    const std::size_t ram_megabytes_;
    std::int64_t items_;
    std::size_t words_ = 0;
    bool is_refreshed_ = true;
    ItemAnalyzer analyzer_;
    std::unique_ptr<lucene::index::IndexWriter, WriterEnd> writer_;

    std::atomic<Millis> first_, last_;
    std::atomic<bool> is_empty_;  // Lucene has no index here yet

    std::mutex mutex_;  // guards what follows
    ReaderPointer reader_;
    Columns columns_;
    Clock::time_point looked_at_;
};

}  // namespace concordat::storage
