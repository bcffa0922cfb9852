#include "storage/blob/local_blob_reader.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cstring>

namespace concordat::storage {
namespace {

std::uint64_t length_of(int fd, const std::string& path) {
    struct stat status {};
    if (fstat(fd, &status) != 0) fail_io("look at", path);
    return static_cast<std::uint64_t>(status.st_size);
}

}  // namespace

BlobHeader read_header(int fd, const std::string& path, const BlobId& id) {
    std::string head(BlobHeader::size, '\0');
    head.resize(read_some_at(fd, head.data(), head.size(), 0, path));
    return BlobHeader::parse(head, id);
}

LocalBlobReader::LocalBlobReader(Descriptor fd, std::string path, const BlobId& id, const BlobKey& key)
    : fd_(std::move(fd)),
      path_(std::move(path)),
      extent_(extent_of(length_of(fd_.get(), path_), id)),
      cipher_(read_header(fd_.get(), path_, id), key) {
    load(extent_.chunks - 1);
}

std::size_t LocalBlobReader::read_at(std::uint64_t offset, std::span<char> out) {
    if (offset >= extent_.size) return 0;
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), extent_.size - offset));
    for (std::size_t done = 0; done < wanted;) {
        load((offset + done) / chunk_size);
        const auto within = static_cast<std::size_t>((offset + done) % chunk_size);
        const auto count = std::min(wanted - done, plain_.size() - within);
        std::memcpy(out.data() + done, plain_.data() + within, count);
        done += count;
    }
    return wanted;
}

void LocalBlobReader::load(std::uint64_t number) {
    if (loaded_ == number) return;
    loaded_ = UINT64_MAX;
    const bool is_last = number + 1 == extent_.chunks;
    const auto plain = is_last ? extent_.size - number * chunk_size : chunk_size;
    sealed_.resize(static_cast<std::size_t>(plain) + gcm_overhead);
    if (read_some_at(fd_.get(), sealed_.data(), sealed_.size(), chunk_offset(number), path_) !=
        sealed_.size())
        damaged_blob(cipher_.header().id, "it is cut off");
    cipher_.open(number, is_last ? ChunkMark::last : ChunkMark::inner, sealed_, plain_);
    loaded_ = number;
}

}  // namespace concordat::storage
