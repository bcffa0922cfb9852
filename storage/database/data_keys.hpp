// Data keys: one random 256-bit key per scope and day, kept wrapped in the table data_keys.
//
// Thread-safe. Unwrapped keys stay in memory (at most 65,536; the oldest use goes first). Creating
// a key is a statement of its own on a connection of its own, so it never waits for the pool and
// outlives a rollback, which is harmless.
#pragma once
#include <atomic>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>
#include "core/base/clock.hpp"
#include "storage/crypto/keyring.hpp"
#include "storage/crypto/seal.hpp"
#include "storage/database/pool.hpp"

namespace concordat::storage {

// Days since 1970-01-01, UTC.
inline std::uint32_t day_of(Millis time) {
    return static_cast<std::uint32_t>(time / 86400000);
}

class DataKeys {
public:
    DataKeys(const std::string& dsn, std::chrono::milliseconds deadline, Keyring& keyring);

    // The key to seal with on `day`; made when it does not exist yet.
    std::shared_ptr<const DataKey> writing(const IdBytes& scope, std::uint32_t day);
    // The key something was sealed with. Throws Error (internal, "storage.key.missing") when there is none.
    std::shared_ptr<const DataKey> reading(const IdBytes& scope, std::uint32_t day);

    // Re-wraps up to `at_most` keys whose bucket is of an older generation; how many are left.
    std::size_t rewrap(std::size_t at_most);
    // Drops outdated buckets that no key refers to any more. Holds off writers of new keys while it looks, so
    // a key that was wrapped by an old bucket and inserted late is not lost: such a bucket stays for the next
    // time.
    void retire_outdated();
    // Keys in the table by bucket id.
    std::unordered_map<std::string, std::size_t> count_by_bucket();
    // Forgets all unwrapped keys.
    void forget();

    // Sealed texts that could not be opened, each time one was asked for; counted by Tx::open.
    void note_lost() { ++lost_; }
    std::uint64_t lost() const { return lost_.load(); }

private:
    struct Name {
        IdBytes scope;
        std::uint32_t day;
        bool operator==(const Name&) const = default;
    };
    struct NameHash {
        std::size_t operator()(const Name& n) const noexcept {
            return std::hash<AnyId>()(AnyId(n.scope)) ^ n.day * 2654435761u;
        }
    };
    using Recent = std::list<std::pair<Name, std::shared_ptr<const DataKey>>>;

    std::shared_ptr<const DataKey> cached(const Name& name);
    std::shared_ptr<const DataKey> remember(const Name& name, std::shared_ptr<const DataKey> key);
    std::shared_ptr<const DataKey> load(const Name& name, bool create);

    Keyring& keyring_;
    std::atomic<std::uint64_t> lost_{0};
    Pool pool_;
    std::mutex mutex_;
    Recent recent_;
    std::unordered_map<Name, Recent::iterator, NameHash> by_name_;
};

}  // namespace concordat::storage
