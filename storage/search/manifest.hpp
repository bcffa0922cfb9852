// The manifest of the search index: which files there are, what they are, and up to which place of the
// journal they tell. Private to this room.
//
//   file "manifest": magic (8) | version (1) | day of the key (4) | nonce (12) | ciphertext | tag (16)
//
// It is always replaced as a whole, after the files it names are on the disk; so the index is at every moment
// what the last manifest says. Its generation is kept in the database, too: an index that was put back from a
// copy is noticed.
#pragma once
#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/base/clock.hpp"
#include "core/model/ids.hpp"

namespace concordat::storage {

class DataKeys;

// One of Lucene's files.
struct IndexFile {
    std::string name;  // Lucene's
    AnyId id;          // its name on the disk
    std::uint64_t bytes = 0;
};
BOOST_DESCRIBE_STRUCT(IndexFile, (), (name, id, bytes))

// What was added one after the other, a slice at a time.
struct SliceEntry {
    std::int64_t items = 0;      // of Lucene, earlier versions included
    Millis first = 0, last = 0;  // creation times of the oldest and the newest
    std::vector<IndexFile> files;
};
BOOST_DESCRIBE_STRUCT(SliceEntry, (), (items, first, last, files))

struct PartitionEntry {
    std::uint32_t period = 0;   // week_of_day()
    AnyId id;                   // makes its key
    std::uint32_t key_day = 0;  // whose data key makes its key
    std::int64_t items = 0;     // of Lucene, earlier versions included
    std::int64_t stale = 0;     // of them, edited or deleted since
    Millis built_at = 0;        // when it was last written anew
    std::vector<SliceEntry> slices;
};
BOOST_DESCRIBE_STRUCT(PartitionEntry, (), (period, id, key_day, items, stale, built_at, slices))

struct Manifest {
    AnyId id;
    std::uint64_t generation = 0;
    std::string tx = "0";  // the place in the journal
    std::int64_t seq = 0;
    std::vector<std::uint32_t> pending;  // periods to be written anew, in ascending order
    std::uint64_t to_build = 0;          // how many periods `pending` had when it was longest
    std::vector<PartitionEntry> partitions;
};
BOOST_DESCRIBE_STRUCT(Manifest, (), (id, generation, tx, seq, pending, to_build, partitions))

// Nothing when there is no manifest. Throws search.index.damaged when it is not what was written, and what
// DataKeys throw.
std::optional<Manifest> read_manifest(const std::string& directory, DataKeys& keys);
// On the disk when this returns. `today` decides the key.
void write_manifest(const std::string& directory, DataKeys& keys, const Manifest& manifest,
                    std::uint32_t today);

}  // namespace concordat::storage
