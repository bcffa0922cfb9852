// The content of the key store file, and how it is checked. Private to the keyring.
//
// JSON, so that an operator can see what there is; bucket keys in it are wrapped by a key derived
// from the master key, and the whole is authenticated by another. Functions, no state.
#pragma once
#include "storage/crypto/keyring.hpp"

namespace concordat::storage {

struct StoredBucket : BucketStatus {
    std::string wrapped;  // base64; empty unless live
};
BOOST_DESCRIBE_STRUCT(StoredBucket, (BucketStatus), (wrapped))

struct KeyStore {
    std::uint32_t version = 1;
    AnyId id;
    std::uint64_t revision = 0;
    Millis written_at = 0;
    std::uint32_t generation = 1;
    std::string check;  // tells a wrong master key at once
    std::optional<PassphraseRecipe> recipe;
    std::vector<StoredBucket> buckets;
    std::string mac;  // over the text of all of the above with an empty mac

    StoredBucket* find(const BucketId& bucket);
    const StoredBucket* find(const BucketId& bucket) const {
        return const_cast<KeyStore*>(this)->find(bucket);
    }
    // The live bucket of the current generation.
    const StoredBucket* current(std::string_view data_class, std::uint32_t period) const;
};
BOOST_DESCRIBE_STRUCT(KeyStore, (),
                      (version, id, revision, written_at, generation, check, recipe, buckets, mac))

// Throws storage.key_store.missing or .damaged. Does not authenticate.
KeyStore read_key_store(const std::string& path);
bool is_key_of(const KeyStore& store, const Secret& master);
// Throws storage.key_store.damaged.
void authenticate(const KeyStore& store, const Secret& master, const std::string& path);
// Fills in check and mac, and writes the file.
void write_key_store(KeyStore& store, const Secret& master, const std::string& path);

std::string wrap_bucket(const KeyStore& store, const Secret& master, const BucketStatus& bucket,
                        const Secret& key);
Secret unwrap_bucket(const KeyStore& store, const Secret& master, const StoredBucket& bucket,
                     const std::string& path);

// One key wrapped by another: format (1) | nonce (12) | ciphertext (32) | tag (16).
std::string wrap_key(const Secret& by, std::string_view associated, const Secret& key);
std::optional<Secret> unwrap_key(const Secret& by, std::string_view associated, std::string_view wrapped);

}  // namespace concordat::storage
