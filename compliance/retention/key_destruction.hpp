// The destruction of keys: weeks of messages whose time is up become unreadable, wherever copies of the
// database lie, in as long as it takes to write a small file.
//
// A bucket (class "messages", one week, see docs/encryption.md) holds the data keys of all channels. When the
// week is past the time of some of them, the keys that are still needed are wrapped by another bucket, class
// "kept-1", "kept-2", ..., and the bucket's own key is destroyed. Needed are the keys of channels that keep
// longer, those that a legal hold may need, those of pinned messages where pins keep, and of files whose
// message stays. Drafts have a bucket, too: those that are still there are sealed anew, with a key of today.
//
// Two steps, so that a crash between them loses nothing and forgets nothing: a transaction moves the needed
// keys and condemns the bucket; then the key store destroys it, and that is noted. finish() does the second
// step for what was condemned before a crash. While the first runs no hold can come into force.
//
// One thread at a time; blocks. Throws what the database and the key store throw.
#pragma once
#include <functional>
#include <string>
#include <vector>
#include "core/model/job.hpp"
#include "storage/blob/blob_store.hpp"
#include "storage/crypto/keyring.hpp"
#include "storage/tables/destructions.hpp"

namespace concordat::compliance {

struct BucketPreview {
    storage::BucketId id;
    std::string data_class;
    Millis week_begins = 0;
    std::int64_t dies = 0, stays = 0;  // data keys
};
BOOST_DESCRIBE_STRUCT(BucketPreview, (), (id, data_class, week_begins, dies, stays))

// The first millisecond of a bucket's week, and the first after it.
Millis week_begins(std::uint32_t week);
Millis week_ends(std::uint32_t week);

// Throws Error (internal, "storage.key_store.restored") when the key store still has the key of a bucket that
// was destroyed: it is an old copy. What was condemned and not yet destroyed is no such thing.
void refuse_old_key_store(storage::Database& db, const storage::Keyring& keyring);

class KeyDestruction {
public:
    // All must outlive this object.
    KeyDestruction(storage::Database& db, storage::Keyring& keyring, storage::BlobStore& files)
        : db_(db), keyring_(keyring), files_(files) {}

    // What run() would destroy now.
    std::vector<BucketPreview> preview(const storage::ExpiryRules& rules);
    // A second call finds nothing more to do. What is gone stands in DestructionTable::of_job().
    void run(const storage::ExpiryRules& rules, const JobId& job);
    void finish();

    // Told what was just done: "condemned", "destroyed". For tests that interrupt.
    std::function<void(const char*)> after = [](const char*) {};

private:
    struct Plan {
        std::vector<storage::WrappedKey> dies, stays;
        bool is_worth_it = false;
    };
    std::vector<storage::BucketStatus> candidates(const storage::ExpiryRules& rules);
    Plan plan(storage::Tx& tx, const storage::BucketStatus& bucket, const storage::ExpiryRules& rules);
    void add_needed(storage::Tx& tx, const storage::ExpiryRules& rules, std::int64_t first_day,
                    std::int64_t last_day, std::set<storage::ChannelDay>& needed);
    // The bucket that takes what stays of this one.
    std::string class_for_kept(const storage::BucketStatus& bucket) const;
    // False when nothing of it dies after all.
    bool condemn(storage::Tx& tx, const storage::BucketStatus& bucket, const storage::ExpiryRules& rules,
                 const JobId& job);

    storage::Database& db_;
    storage::Keyring& keyring_;
    storage::BlobStore& files_;
};

}  // namespace concordat::compliance
