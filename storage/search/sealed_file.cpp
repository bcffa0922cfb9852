#include "storage/search/sealed_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>

#include "core/base/error.hpp"
#include "storage/crypto/digest.hpp"

namespace concordat::storage {
namespace {

constexpr std::size_t most_waiting = 64 * index_stride;

std::array<std::uint8_t, 8> associated(std::uint64_t block) {
    std::array<std::uint8_t, 8> out;
    put_u64(out.data(), block);
    return out;
}

std::uint64_t sealed_size(std::uint64_t bytes) {
    const auto blocks = (bytes + index_block - 1) / index_block;
    return bytes + blocks * gcm_overhead;
}

std::size_t used_of(std::uint64_t block, std::uint64_t bytes) {
    return static_cast<std::size_t>(std::min<std::uint64_t>(index_block, bytes - block * index_block));
}

// Reads and opens one block of `used` bytes.
void open_block(int fd, const std::string& path, const Secret& key, std::uint64_t number, std::size_t used,
                std::uint8_t* out) {
    std::array<char, index_stride> raw;
    const auto size = used + gcm_overhead;
    if (read_some_at(fd, raw.data(), size, number * index_stride, path) != size)
        damaged_index("a file ends too early");
    Nonce nonce;
    std::copy_n(reinterpret_cast<const std::uint8_t*>(raw.data()), nonce.size(), nonce.begin());
    const std::string_view sealed(raw.data() + nonce.size(), size - nonce.size());
    if (!gcm_open(key.data(), nonce, text_of(associated(number)), sealed, out))
        damaged_index("a block does not authenticate");
}

Descriptor opened(const std::string& path) {
    auto fd = open_if_there(path, O_RDONLY);
    if (!fd) damaged_index("a file is missing");
    return fd;
}

Descriptor created(const std::string& path) {
    auto fd = create_file(path);
    if (!fd) throw Error(Fault::internal, "storage.file", "", "an index file of that name exists");
    return fd;
}

}  // namespace

void damaged_index(const std::string& why) {
    throw Error(Fault::internal, "search.index.damaged", "The search index is damaged.", why);
}

Secret index_file_key(const Secret& partition_key, const AnyId& file) {
    return hkdf_key(HmacKey(partition_key), "index file " + std::string(text_of(file.bytes())));
}

std::string index_file_path(const std::string& directory, const AnyId& file) {
    return directory + '/' + file.text();
}

std::shared_ptr<const BlockCache::Block> BlockCache::find(std::uint64_t file, std::uint64_t block) {
    auto& share = shares_[block % shares];
    std::lock_guard lock(share.mutex);
    const auto at = share.by_key.find(key_of(file, block));
    if (at == share.by_key.end()) return nullptr;
    share.recent.splice(share.recent.begin(), share.recent, at->second);
    return at->second->second;
}

void BlockCache::add(std::uint64_t file, std::uint64_t block, std::shared_ptr<const Block> bytes) {
    auto& share = shares_[block % shares];
    const auto key = key_of(file, block);
    std::lock_guard lock(share.mutex);
    if (share.by_key.contains(key)) return;
    share.recent.emplace_front(key, std::move(bytes));
    share.by_key[key] = share.recent.begin();
    if (share.recent.size() <= most_) return;
    share.by_key.erase(share.recent.back().first);
    share.recent.pop_back();
}

SealedFile::SealedFile(const std::string& directory, const AnyId& id, const Secret& partition_key,
                       std::uint64_t bytes, BlockCache& cache)
    : path_(index_file_path(directory, id)),
      fd_(opened(path_)),
      key_(index_file_key(partition_key, id)),
      bytes_(bytes),
      cache_(cache),
      serial_(cache.fresh_serial()) {
    struct stat found {};
    if (::fstat(fd_.get(), &found) != 0) fail_io("look at", path_);
    if (static_cast<std::uint64_t>(found.st_size) != sealed_size(bytes))
        damaged_index("a file has another length");
}

std::shared_ptr<const BlockCache::Block> SealedFile::block(std::uint64_t number) const {
    if (auto known = cache_.find(serial_, number)) return known;
    if (number * index_block >= bytes_) damaged_index("a place behind the end is asked for");
    auto block = std::make_shared<BlockCache::Block>();
    open_block(fd_.get(), path_, key_, number, used_of(number, bytes_), block->data());
    cache_.add(serial_, number, block);
    return block;
}

SealedFileWriter::SealedFileWriter(const std::string& directory, const AnyId& id, const Secret& partition_key)
    : path_(index_file_path(directory, id)), fd_(created(path_)), key_(index_file_key(partition_key, id)) {
    current_.number = 1;
}

void SealedFileWriter::write_at(std::uint64_t offset, std::string_view bytes) {
    while (!bytes.empty()) {
        auto& block = turn_to(offset / index_block);
        const auto within = static_cast<std::size_t>(offset % index_block);
        const auto count = std::min(bytes.size(), index_block - within);
        std::copy_n(bytes.data(), count, block.bytes.begin() + static_cast<std::ptrdiff_t>(within));
        block.used = std::max(block.used, within + count);
        block.is_dirty = true;
        offset += count;
        size_ = std::max(size_, offset);
        bytes.remove_prefix(count);
    }
}

SealedFileWriter::Block& SealedFileWriter::turn_to(std::uint64_t number) {
    if (number == 0) return first_;
    if (number != current_.number) {
        put(current_);
        fetch(current_, number);
    }
    return current_;
}

// What the block holds already, when it lies before the end.
void SealedFileWriter::fetch(Block& block, std::uint64_t number) {
    block.number = number;
    block.used = 0;
    if (number * index_block >= size_) return;
    drain();
    block.used = used_of(number, size_);
    open_block(fd_.get(), path_, key_, number, block.used, block.bytes.data());
}

void SealedFileWriter::put(Block& block) {
    if (!block.is_dirty) return;
    const auto at = block.number * index_stride;
    if (!waiting_.empty() && waiting_at_ + waiting_.size() != at) drain();
    if (waiting_.empty()) waiting_at_ = at;
    const auto nonce = fresh_nonce();
    const auto from = waiting_.size();
    waiting_.resize(from + block.used + gcm_overhead);
    auto* out = reinterpret_cast<std::uint8_t*>(waiting_.data()) + from;
    std::copy(nonce.begin(), nonce.end(), out);
    gcm_seal(key_.data(), nonce, text_of(associated(block.number)),
             {reinterpret_cast<const char*>(block.bytes.data()), block.used}, out + nonce.size());
    block.is_dirty = false;
    if (waiting_.size() >= most_waiting) drain();
}

void SealedFileWriter::drain() {
    if (waiting_.empty()) return;
    write_all_at(fd_.get(), waiting_, waiting_at_, path_);
    waiting_.clear();
}

void SealedFileWriter::finish() {
    put(current_);
    put(first_);
    drain();
}

}  // namespace concordat::storage
