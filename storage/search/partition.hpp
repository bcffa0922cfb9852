// Partition: the items of one period (an ISO week), in an index of Lucene's in sealed files.
//
// Items are only ever added: an edited message is added again, and what is asked for an id twice answers
// once. So the number of an item never changes and its columns (id, channel, author, time), which Lucene
// carries as a payload, are kept in memory, 48 bytes an item, in step with the reader. Old versions go when
// the partition is written anew.
//
// Threads: one, the owner's, adds, refreshes, syncs. find() is for any; a mutex lets one search at a time, or
// the exchange of readers, into a partition, since readers of this Lucene share the state of their files.
// Debian's reopen() crashes, so each refresh opens a reader anew. Errors:
//   internal    search.index.damaged
//   unavailable storage.disk_full, and the others of durable_file.hpp
#pragma once
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "storage/crypto/secret.hpp"
#include "storage/search/index_item.hpp"

namespace concordat::storage {

class BlockCache;
struct IndexFile;

class Partition {
public:
    using Deadline = std::chrono::steady_clock::time_point;
    // Opens what `files` name; no files: an empty one. `cache` must outlive it. `ram` is what Lucene may
    // gather before it writes a segment.
    Partition(std::string directory, const Secret& key, const std::vector<IndexFile>& files,
              BlockCache& cache, std::size_t ram_megabytes);
    ~Partition();
    Partition(const Partition&) = delete;

    void add(const IndexItem& item);
    // What was added can be found.
    void refresh();
    // All of it on the disk; the files for the manifest.
    std::vector<IndexFile> sync();
    // The manifest names them now.
    void forget_removed();
    // Gives back the memory that adding takes.
    void rest();
    // Every file goes; nothing may be called afterwards but the destructor.
    void remove_all();

    // What is in the index, in no order, an id once for each version of it. Stops at the deadline with what
    // it has, and says so.
    struct Found {
        std::vector<IndexHit> hits;
        bool is_whole = true;
    };
    Found find(const IndexQuery& query, Deadline deadline);
    // Items that can be found, earlier versions included.
    std::int64_t items();

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace concordat::storage
