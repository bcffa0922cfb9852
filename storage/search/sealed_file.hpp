// Files of the search index: sealed in blocks, read at any place, under names that tell nothing. Private to
// this room.
//
//   file:  block, block, ...    block: nonce (12) | ciphertext (4096, the last one 1 to 4096) | tag (16)
//
// A file has a random id, which is its name on the disk and from which, with the partition's key, comes a key
// of its own; so a block of another file does not open. The associated data is the block's number. How
// long a file is and what Lucene calls it stands in the manifest (manifest.hpp): a file that is exchanged,
// cut, lengthened or older than the manifest says does not open either. A block that was written is not
// written again in practice (Lucene goes back only into the first, which is held until the end); when it is,
// it gets a fresh nonce.
//
// A writer belongs to one thread. A SealedFile and a BlockCache, which must outlive it, may be shared by
// threads. Errors:
//   internal    search.index.damaged   a block is missing or does not authenticate; detail says which
//   unavailable storage.disk_full, internal storage.file as durable_file.hpp
#pragma once
#include <array>
#include <atomic>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/model/ids.hpp"
#include "storage/crypto/durable_file.hpp"
#include "storage/crypto/gcm.hpp"
#include "storage/crypto/secret.hpp"

namespace concordat::storage {

inline constexpr std::size_t index_block = 4096;
inline constexpr std::size_t index_stride = index_block + gcm_overhead;

[[noreturn]] void damaged_index(const std::string& why);

// The key of one file.
Secret index_file_key(const Secret& partition_key, const AnyId& file);
// Where it lies.
std::string index_file_path(const std::string& directory, const AnyId& file);

// Opened blocks, the most recently used of all files, in shares so that threads seldom meet.
class BlockCache {
public:
    using Block = std::array<std::uint8_t, index_block>;
    explicit BlockCache(std::size_t bytes) : most_(bytes / index_block / shares) {}
    std::shared_ptr<const Block> find(std::uint64_t file, std::uint64_t block);
    void add(std::uint64_t file, std::uint64_t block, std::shared_ptr<const Block> bytes);
    // What a file is called in here.
    std::uint64_t fresh_serial() { return ++last_serial_; }

private:
    static constexpr std::size_t shares = 8;
    struct Share {
        std::mutex mutex;
        std::list<std::pair<std::uint64_t, std::shared_ptr<const Block>>> recent;
        std::unordered_map<std::uint64_t, decltype(recent)::iterator> by_key;
    };
    // 2^36 bytes a file are enough.
    static std::uint64_t key_of(std::uint64_t file, std::uint64_t block) { return file << 24 | block; }

    const std::size_t most_;
    std::atomic<std::uint64_t> last_serial_{0};
    std::array<Share, shares> shares_;
};

// A finished file.
class SealedFile {
public:
    // Throws search.index.damaged unless the file has exactly the length that `bytes` of plain text need.
    SealedFile(const std::string& directory, const AnyId& id, const Secret& partition_key,
               std::uint64_t bytes, BlockCache& cache);
    std::uint64_t size() const { return bytes_; }
    std::shared_ptr<const BlockCache::Block> block(std::uint64_t number) const;

private:
    const std::string path_;
    const Descriptor fd_;
    const Secret key_;
    const std::uint64_t bytes_;
    BlockCache& cache_;
    const std::uint64_t serial_;
};

class SealedFileWriter {
public:
    SealedFileWriter(const std::string& directory, const AnyId& id, const Secret& partition_key);
    // At any place up to size().
    void write_at(std::uint64_t offset, std::string_view bytes);
    std::uint64_t size() const { return size_; }
    // All of it is in the file, though not yet on the disk.
    void finish();

private:
    struct Block {
        BlockCache::Block bytes{};
        std::uint64_t number = 0;
        std::size_t used = 0;
        bool is_dirty = false;
    };
    Block& turn_to(std::uint64_t number);
    void put(Block& block);
    void drain();
    void fetch(Block& block, std::uint64_t number);

    const std::string path_;
    const Descriptor fd_;
    const Secret key_;
    std::uint64_t size_ = 0;
    Block first_, current_;
    std::string waiting_;  // sealed blocks in a row, not yet in the file
    std::uint64_t waiting_at_ = 0;
};

}  // namespace concordat::storage
