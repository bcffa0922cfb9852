// SealedBlobs: blobs under the right data key, and the removal of those whose row was never written.
//
// Thread-safe; calls block. `kind` is a storage::Kind, `scope` a channel's id or one of core/model/scope.hpp.
// Throws what storage::BlobStore throws.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>
#include "storage/blob/blob_store.hpp"

namespace concordat::storage {
class Database;
}

namespace concordat::messaging {

using storage::BlobId;

class SealedBlobs {
public:
    // Both must outlive this object.
    SealedBlobs(storage::Database& db, storage::BlobStore& store) : db_(db), store_(store) {}

    BlobId put(std::uint8_t kind, const IdBytes& scope, std::string_view bytes);
    std::string get(std::uint8_t kind, const IdBytes& scope, const BlobId& id, std::uint64_t at_most);
    std::unique_ptr<storage::BlobReader> open(std::uint8_t kind, const IdBytes& scope, const BlobId& id);
    std::unique_ptr<storage::BlobWriter> create(std::uint8_t kind, const IdBytes& scope, const BlobId& id);
    // `begun_at` says which day's key: the same each time.
    std::unique_ptr<storage::BlobWriter> resume(std::uint8_t kind, const IdBytes& scope, const BlobId& id,
                                                Millis begun_at);
    bool exists(const BlobId& id) { return store_.exists(id); }
    // After the commit that forgot the blob. A failure is logged, not thrown: the janitor tries again.
    void remove(const BlobId& id) noexcept;

private:
    storage::Database& db_;
    storage::BlobStore& store_;
};

// SHA-256 of all of it, in hex.
std::string digest_of(storage::BlobReader& reader);

// Blobs that were made but that no row names yet: removed again unless keep() is called after the commit.
class NewBlobs {
public:
    explicit NewBlobs(SealedBlobs& blobs) : blobs_(blobs) {}
    ~NewBlobs() {
        for (const auto& id : ids_) blobs_.remove(id);
    }
    NewBlobs(const NewBlobs&) = delete;
    const BlobId& add(const BlobId& id) { return ids_.emplace_back(id); }
    void keep() { ids_.clear(); }

private:
    SealedBlobs& blobs_;
    std::vector<BlobId> ids_;
};

}  // namespace concordat::messaging
