// SearchIndex: where posts and files are found by their words. Sealed, cut into weeks, and never asked who
// may see what.
//
// Each ISO week of creation times is a partition with a key of its own, under the bucket of the class
// "search" and that week; so what is forgotten of a week goes as a whole: drop(). It keeps terms and ids, and
// what it answers are candidates: who searches opens each where it is kept, and decides there. An index that
// is behind, or holds words of an earlier version, can therefore show nothing that is not so.
//
// What is added can be found after refresh() and survives after commit(), which writes down the place in the
// journal with it: after a crash the index is what the last commit said, and is fed on from there. A week
// that is missing, damaged or to be written anew is pending; until it is, a search is told the span of
// time that it has to look through by itself. Nothing is lost with the index but time.
//
// Threads: spans(), status(), report_damage() are for any. All others write; a mutex lets one of them at a
// time in, and they belong to the feeding thread, but for drop() and renew(). Errors:
//   conflict    search.index.in_use    another process has the directory
//   unavailable storage.disk_full, storage.database_unavailable; internal storage.file: try again after
//   load()
// Damage is never thrown from here: the week becomes pending, the log says so.
#pragma once
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/base/error.hpp"
#include "storage/crypto/durable_file.hpp"
#include "storage/database/position.hpp"
#include "storage/search/index_item.hpp"
#include "storage/search/manifest.hpp"
#include "storage/search/partition.hpp"
#include "storage/search/sealed_file.hpp"

namespace concordat::storage {

class Database;
class Keyring;

// The week that a creation time falls into, and when a week begins.
std::uint32_t index_period(Millis time);
Millis period_start(std::uint32_t period);

struct IndexStatus {
    bool is_loaded = false;
    std::uint64_t generation = 0;
    std::int64_t items = 0, stale = 0;
    std::uint64_t bytes = 0;
    std::size_t partitions = 0, pending = 0;  // weeks
    std::uint64_t to_build = 0;               // what `pending` was when it was longest
};

class SearchIndex {
public:
    // Makes the directory. The others must outlive this object.
    SearchIndex(Database& db, Keyring& keyring, std::string directory);
    SearchIndex(const SearchIndex&) = delete;

    // A stretch of time, newest first, and where to look for what was written in it. No partition: it is not
    // indexed now.
    struct Span {
        Millis from = 0, until = 0;
        std::uint32_t period = 0;
        std::shared_ptr<Partition> partition{};
    };
    std::vector<Span> spans(Millis from, Millis until) const;
    IndexStatus status() const;
    // A search met damage there: it is written anew.
    void report_damage(const Span& span, const Error& error);

    // What the disk holds. False when it cannot be used (`why` says it in words): begin() then. May be called
    // again after a failure; what was not committed is gone.
    bool load(Position& reached, std::string& why);
    // An empty index from this place on; these weeks are pending.
    void begin(const Position& reached, const std::set<std::uint32_t>& periods);
    // These weeks are written anew from what is kept then, which is how single items are forgotten; until it
    // is done they answer as they are. On the disk when this returns. Not inside a transaction.
    void renew(const std::set<std::uint32_t>& periods);
    void add(const IndexItem& item);
    // What was created then has been edited or deleted.
    void note_stale(Millis create_at);
    void refresh();
    // All that was added tells what the journal holds up to `reached`.
    void commit(const Position& reached);

    // Writing a week anew: build() for the newest one that is pending, add_built() for each item, finish().
    // `id` changes when it begins again.
    struct Build {
        std::uint32_t period = 0;
        AnyId id;
    };
    std::optional<Build> build();
    void add_built(const IndexItem& item);
    // False when the week was dropped or damaged meanwhile.
    bool finish(const Position& reached);
    // Weeks that have more than one stale item and were built before `before`, or have many.
    std::set<std::uint32_t> worn(Millis before) const;
    // Weeks whose messages lost their key since they were built.
    std::set<std::uint32_t> outlived() const;

    // Destroys the week: its keys, then its files. What was found in it is not found from now on, and nothing
    // that was copied from the disk can be read. Not inside a transaction.
    void drop(std::uint32_t period);

private:
    struct Part {
        PartitionEntry entry;
        std::shared_ptr<Partition> partition;
        bool is_dirty = false;
    };
    std::shared_ptr<Partition> open(const PartitionEntry& entry, bool is_new, bool is_built);
    PartitionEntry fresh_entry(std::uint32_t period);
    void condemn(std::uint32_t period);
    void damaged(std::uint32_t period, const Error& error);
    void record();
    void write(const Position& reached);
    void clear_away(const Manifest& manifest);
    std::string usable(const std::optional<Manifest>& manifest);
    template <class Body>
    void guarded(std::uint32_t period, Body body);

    Database& db_;
    Keyring& keyring_;
    const std::string directory_;
    BlockCache cache_;
    std::optional<FileLock> lock_;

    std::mutex writing_;  // one writer; guards what follows up to state_
    std::uint64_t recorded_ = 0;
    Position reached_;
    std::optional<Part> shadow_;  // the week that is being built
    std::vector<std::shared_ptr<Partition>> condemned_;

    mutable std::mutex state_;  // guards what follows; taken after writing_
    bool is_loaded_ = false;
    Manifest manifest_;  // the last one; its lists are only made when it is written
    std::map<std::uint32_t, Part> parts_;
    std::set<std::uint32_t> pending_;
};

}  // namespace concordat::storage
