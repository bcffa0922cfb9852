// The keyring: bucket keys, which wrap data keys, and the small file that keeps them.
//
//   master key -> bucket keys (key store file) -> data keys (database) -> record keys
//
// A bucket is a class of data ("messages", "files", "accounts", "journal", "config") in one ISO week.
// Destroying a bucket's key makes every data key under it, and so everything sealed with those,
// unreadable, wherever copies of the database lie. That is why the key store is a file of its own,
// always rewritten as a whole: the new file is complete and on the disk before it takes the place of the
// old one, and the old bytes are then overwritten. A tombstone stays for each bucket that is gone.
//
// Keys are replaced in two ways, while the server runs:
//   1. rotate_master(): the bucket keys are wrapped by another master key. Milliseconds.
//   2. start_generation() makes a successor for every live bucket. The caller then moves the data keys in
//      batches: for each row whose bucket is outdated(), rewrap() to successor() and update the row.
//      Work that was interrupted is simply gone on with: outdated() still names what is left. When no row
//      names an outdated bucket any more, retire() drops the old keys. A writer that asked bucket_for()
//      before the new generation may insert its row late, so the caller looks for such rows under a
//      lock that keeps out inserts, after that lock was obtained.
//
// Thread-safe. Calls that change the store write and sync a file; wrap and unwrap do no I/O. A second
// process cannot open the same store.
//
// Errors:
//   invalid    storage.master_key.wrong       the store belongs to another master key; nothing is opened
//   conflict   storage.key_store.in_use       another process has it open
//   conflict   storage.key_store.exists       create() never overwrites
//   internal   storage.key_store.missing      there is no such file
//   internal   storage.key_store.damaged      it was changed by something else, or is of a newer version
//   internal   storage.key_store.restored     refuse_restored() found a bucket that must not exist
//   not_found  storage.key.destroyed          the bucket's key is gone on purpose
//   internal   storage.key.unknown            the store has never held this bucket; it may be too old
//   internal   storage.key.damaged            not what wrap() returned for this scope and day
//   unavailable storage.disk_full             nothing was changed
#pragma once
#include <boost/describe.hpp>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/model/ids.hpp"
#include "storage/crypto/durable_file.hpp"
#include "storage/crypto/master_key.hpp"
#include "storage/crypto/secret.hpp"

namespace concordat::storage {

using BucketId = Id<struct BucketTag>;

// retired: replaced by a newer generation. destroyed: gone, and what it protected with it.
enum class BucketState { live, retired, destroyed };
BOOST_DESCRIBE_ENUM(BucketState, live, retired, destroyed)

struct BucketStatus {
    BucketId id;
    std::string data_class;
    std::uint32_t period = 0;  // week_of_day()
    std::uint32_t generation = 0;
    BucketState state = BucketState::live;
    Millis created_at = 0;
    Millis ended_at = 0;  // 0 while live
};
BOOST_DESCRIBE_STRUCT(BucketStatus, (), (id, data_class, period, generation, state, created_at, ended_at))

// ISO weeks, which begin on Monday, counted from the one 1970-01-01 was in.
constexpr std::uint32_t week_of_day(std::uint32_t day) {
    return (day + 3) / 7;
}

struct KeyStore;

class Keyring {
public:
    static bool exists(const std::string& path);
    // How to make the master key from a passphrase; nothing when no passphrase is used. Throws when the store
    // is missing.
    static std::optional<PassphraseRecipe> recipe_of(const std::string& path);
    // Whether this is the store's master key.
    static bool fits(const std::string& path, const MasterKey& master);
    // An empty store. The directory must exist. The caller makes sure that the database is empty too: data
    // keys without their buckets are lost.
    static void create(const std::string& path, const MasterKey& master, Millis now = wall_clock());

    // Opens an existing store.
    Keyring(std::string path, const MasterKey& master, Clock clock = wall_clock);
    ~Keyring();
    Keyring(const Keyring&) = delete;

    // The newest bucket of the class for the week of `day`; made, durably, when there is none.
    BucketId bucket_for(std::string_view data_class, std::uint32_t day);
    // A data key wrapped by the bucket's key and bound to the bucket, scope and day. 61 bytes.
    std::string wrap(const BucketId& bucket, const Secret& data_key, const IdBytes& scope,
                     std::uint32_t day) const;
    Secret unwrap(const BucketId& bucket, std::string_view wrapped, const IdBytes& scope,
                  std::uint32_t day) const;
    // The same data key, wrapped by another bucket's key.
    std::string rewrap(const BucketId& from, std::string_view wrapped, const BucketId& to,
                       const IdBytes& scope, std::uint32_t day) const;

    // Removes the keys for ever; buckets that are gone already are passed over. All or nothing.
    void destroy(const std::vector<BucketId>& buckets);
    void destroy(const BucketId& bucket) { destroy(std::vector{bucket}); }

    void rotate_master(const MasterKey& next);
    // Whether this is the master key in use now.
    bool is_opened_by(const MasterKey& master) const;

    // Returns the number of the generation begun.
    std::uint32_t start_generation();
    std::uint32_t generation() const;
    // Live buckets of older generations.
    std::vector<BucketId> outdated() const;
    // Where the data keys of an outdated bucket belong now; the bucket itself when it is not outdated.
    BucketId successor(const BucketId& bucket);
    // Removes the keys of outdated buckets to which no data key refers any more. Throws Error (conflict,
    // "storage.key.current") if one of them is of the current generation. All or nothing.
    void retire(const std::vector<BucketId>& buckets);

    std::vector<BucketStatus> status() const;
    // Grows with every change, so a store restored from a backup shows a smaller one.
    std::uint64_t revision() const;
    // Given the buckets that the evidence elsewhere says are destroyed: throws when this store, perhaps
    // restored from a backup, still has the key of one.
    void refuse_restored(const std::vector<BucketId>& destroyed) const;

private:
    const Secret& key_of(const BucketId& bucket) const;
    BucketId add_bucket(KeyStore& store, std::string_view data_class, std::uint32_t period,
                        std::unordered_map<BucketId, Secret>& made) const;
    void end(const std::vector<BucketId>& buckets, BucketState state);
    void commit(KeyStore next);

    const std::string path_;
    const Clock clock_;
    const FileLock lock_;
    mutable std::shared_mutex mutex_;  // guards what follows
    Secret master_;
    std::unique_ptr<KeyStore> store_;
    std::unordered_map<BucketId, Secret> keys_;  // of live buckets
};

// The usual case: the master key is in a file of the same machine.
//
// Opens the store with that file. When neither exists, makes both. When the store exists and its key file
// does not, throws Error (invalid, "storage.master_key.missing"). Finishes a rotate_key_file() that a crash
// interrupted.
std::unique_ptr<Keyring> open_keyring(const std::string& store_path, const std::string& key_path,
                                      Clock clock = wall_clock);
// Makes a new master key, re-wraps the bucket keys and replaces the file. At each moment either `key_path` or
// `key_path`.next fits the store.
void rotate_key_file(Keyring& keyring, const std::string& key_path);

}  // namespace concordat::storage
