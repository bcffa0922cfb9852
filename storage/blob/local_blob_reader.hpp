// Reads one blob from its file. Private to LocalBlobStore.
#pragma once
#include "storage/blob/blob_format.hpp"
#include "storage/crypto/durable_file.hpp"

namespace concordat::storage {

// The header of an open blob file. Throws storage.blob.damaged.
BlobHeader read_header(int fd, const std::string& path, const BlobId& id);

class LocalBlobReader : public BlobReader {
public:
    // Reads and authenticates the last chunk, and with it the size.
    LocalBlobReader(Descriptor fd, std::string path, const BlobId& id, const BlobKey& key);
    ~LocalBlobReader() override { wipe(plain_.data(), plain_.size()); }

    std::uint64_t size() const override { return extent_.size; }
    std::size_t read_at(std::uint64_t offset, std::span<char> out) override;

private:
    void load(std::uint64_t number);

    const Descriptor fd_;
    const std::string path_;
    const BlobExtent extent_;
    const ChunkCipher cipher_;
    std::uint64_t loaded_ = UINT64_MAX;  // the chunk that is in plain_
    std::string plain_;
    std::string sealed_;
};

}  // namespace concordat::storage
