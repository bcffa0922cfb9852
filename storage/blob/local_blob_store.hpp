// Blobs as files of this machine.
//
//   <directory>/blobs/5f/a0/<id>       finished; by the two last, random bytes of the id
//   <directory>/partial/<id>[.state]   uploads that may go on, and how far they have come
//   <directory>/temporary/<random>     being written; what a crash left is removed at the next start
//
// Several processes may use the same directory at once.
#pragma once
#include "storage/blob/blob_store.hpp"

namespace concordat::storage {

class LocalBlobStore : public BlobStore {
public:
    // Makes the directory (mode 0700) if its parent exists, and clears away what nobody writes any more.
    explicit LocalBlobStore(std::string directory);

    std::unique_ptr<BlobWriter> create(const BlobId& id, const BlobKey& key) override;
    std::unique_ptr<BlobWriter> resume(const BlobId& id, const BlobKey& key) override;
    std::unique_ptr<BlobReader> open(const BlobId& id, const BlobKey& key) override;
    std::uint32_t day_of(const BlobId& id) override;
    bool exists(const BlobId& id) override;
    bool remove(const BlobId& id) override;
    bool remove_partial(const BlobId& id) override;
    void each(const std::function<void(const BlobEntry&)>& visit) override;
    void each_partial(const std::function<void(const BlobEntry&)>& visit) override;
    BlobUsage usage() override;

    // Where a finished blob is or would be, for backups that copy the sealed file as it stands.
    std::string file_of(const BlobId& id) const;

private:
    std::string partial_of(const BlobId& id) const;
    void clear_temporary();

    const std::string directory_;
};

}  // namespace concordat::storage
