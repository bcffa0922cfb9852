// How a blob looks where it is kept. Private to the stores. No I/O; an object belongs to one thread.
//
//   header: magic (8) | version (1) | kind (1) | 0 0 | chunk size (4) | day (4) | blob id (16) | salt (16)
//   chunk:  nonce (12) | ciphertext (65536, the last one 0 to 65536) | tag (16)
//
// Every blob has at least one chunk; only an empty blob has an empty one. The key is
// HKDF-Expand(data key, "blob" | kind | scope | blob id | salt), so each blob has its own. The associated
// data of a chunk is header | chunk number (8) | mark (1). Nonces are random and not counted: when an upload
// goes on after a crash, a chunk number may be sealed again with other content.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "storage/blob/blob_store.hpp"
#include "storage/crypto/gcm.hpp"
#include "storage/crypto/secret.hpp"

namespace concordat::storage {

inline constexpr std::size_t chunk_size = 64 * 1024;
inline constexpr std::size_t chunk_stride = chunk_size + gcm_overhead;

struct BlobHeader {
    static constexpr std::size_t size = 52;
    std::uint8_t kind = 0;
    std::uint32_t day = 0;
    IdBytes id{};
    IdBytes salt{};

    static BlobHeader fresh(const BlobId& id, const BlobKey& key);
    std::array<std::uint8_t, size> bytes() const;
    // Throws storage.blob.damaged when `bytes` is not a header, or that of another blob.
    static BlobHeader parse(std::string_view bytes, const BlobId& id);
};

// What a chunk is, besides its number.
enum class ChunkMark : std::uint8_t { inner = 0, last = 1, unfinished = 2 };

class ChunkCipher {
public:
    // Throws storage.blob.damaged when the header is not one for this key's kind and day.
    ChunkCipher(const BlobHeader& header, const BlobKey& key);
    // Replaces `out` by the sealed chunk; returns it for convenience.
    std::string_view seal(std::uint64_t number, ChunkMark mark, std::string_view plain,
                          std::string& out) const;
    // Replaces `out` by the plain text. Throws storage.blob.damaged.
    void open(std::uint64_t number, ChunkMark mark, std::string_view sealed, std::string& out) const;
    const BlobHeader& header() const { return header_; }

private:
    using Associated = std::array<std::uint8_t, BlobHeader::size + 9>;
    Associated associated(std::uint64_t number, ChunkMark mark) const;

    BlobHeader header_;
    Secret key_;
};

// How many chunks and bytes of plain text a stored blob of `stored_bytes` has.
struct BlobExtent {
    std::uint64_t chunks = 0;
    std::uint64_t size = 0;
};
// Throws storage.blob.damaged when no blob can have that length.
BlobExtent extent_of(std::uint64_t stored_bytes, const BlobId& id);
inline std::uint64_t chunk_offset(std::uint64_t number) {
    return BlobHeader::size + number * chunk_stride;
}

[[noreturn]] void damaged_blob(const IdBytes& id, const char* why);

}  // namespace concordat::storage
