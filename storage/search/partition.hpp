// Partition: the items of one period (an ISO week), in slices (slice.hpp), which are indexes of Lucene's in
// sealed files.
//
// Items are only ever added: an edited message is added again, and what is asked for an id answers once. Old
// versions go when the partition is written anew. A search looks into the newest slice first, and into an
// older one only while that may have something newer than the page that it has already.
//
// Threads: one, the owner's, adds, refreshes, syncs. find() is for any. Errors:
//   internal    search.index.damaged
//   unavailable storage.disk_full, and the others of durable_file.hpp
#pragma once
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "storage/crypto/secret.hpp"
#include "storage/search/index_item.hpp"
#include "storage/search/manifest.hpp"

namespace concordat::storage {

class BlockCache;
class Slice;

class Partition {
public:
    using Clock = std::chrono::steady_clock;
    // Merging so many takes some tenths of a second; looking through so many for a word that is in each of
    // them takes less than a millisecond.
    static constexpr std::int64_t items_of_slice = 16'384;

    // Opens what `slices` name; none: an empty one. `cache` must outlive it. `ram` is what Lucene may
    // gather before it writes a segment.
    Partition(std::string directory, const Secret& key, const std::vector<SliceEntry>& slices,
              BlockCache& cache, std::size_t ram_megabytes, std::int64_t most_of_slice = items_of_slice);
    ~Partition();
    Partition(const Partition&) = delete;

    void add(const IndexItem& item);
    // What was added can be found.
    void refresh();
    // All of it on the disk; the slices for the manifest.
    std::vector<SliceEntry> sync();
    // The manifest names them now.
    void forget_removed();
    // Gives back the memory that adding takes.
    void rest();
    // Gives back the memory of slices that no search has looked into since then.
    void let_go(Clock::time_point since);
    // Every file goes; nothing may be called afterwards but the destructor.
    void remove_all();
    // Items that were added, earlier versions included.
    std::int64_t items() const;

    // The newest of what is in the index, all of them before `before` if there is one. Stops at the deadline
    // with what it has, and says so.
    IndexPage find(const IndexQuery& query, const std::optional<IndexHit>& before, std::size_t at_most,
                   Clock::time_point deadline);

private:
    using Slices = std::vector<std::shared_ptr<Slice>>;
    Slices slices() const;

    const std::string directory_;
    const Secret key_;
    BlockCache& cache_;
    const std::size_t ram_megabytes_;
    const std::int64_t most_of_slice_;

    mutable std::mutex mutex_;  // guards the list, which only the owner changes
    Slices slices_;             // the last one is added to
};

}  // namespace concordat::storage
