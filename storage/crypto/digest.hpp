// Digests, message authentication codes, key derivation, random bytes, base64.
//
// Functions are thread-safe. An HmacKey may be shared by threads; a Sha256 belongs to one.
#pragma once
#include <openssl/sha.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "storage/crypto/secret.hpp"

namespace concordat::storage {

using Digest = std::array<std::uint8_t, 32>;

inline std::string_view text_of(std::span<const std::uint8_t> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline const std::uint8_t* bytes_of(std::string_view text) {
    return reinterpret_cast<const std::uint8_t*>(text.data());
}

Digest sha256(std::string_view text);
// What is kept of a token that a person or a program holds: the 32 bytes of its SHA-256, so that the database
// never has the token itself. For tokens of at least 128 random bits only.
std::string token_hash(std::string_view token);
Digest hmac_sha256(std::string_view key, std::string_view text);
// Takes the same time wherever the first difference is. Different lengths are unequal at once.
bool constant_time_equal(std::string_view a, std::string_view b);

// SHA-256 of a stream.
class Sha256 {
public:
    Sha256();
    void add(std::string_view text);
    Digest finish();

    // The running state, to go on after a restart. Only at a multiple of 64 bytes.
    std::array<std::uint8_t, 32> state() const;
    Sha256(const std::array<std::uint8_t, 32>& state, std::uint64_t bytes_so_far);

private:
    SHA256_CTX context_;
};

// An HMAC-SHA256 key with the two key blocks already hashed: a short message costs two compressions.
class HmacKey {
public:
    explicit HmacKey(std::string_view key);
    explicit HmacKey(const Secret& key) : HmacKey(text_of(key.bytes())) {}
    // Writes 32 bytes.
    void mac(std::string_view text, std::uint8_t* out) const;

private:
    Secret inner_;
    Secret outer_;
};

// RFC 5869 with SHA-256. `length` is at most 8160.
Digest hkdf_extract(std::string_view salt, std::string_view input);
std::string hkdf_expand(const HmacKey& key, std::string_view info, std::size_t length);
// The first 32 bytes of the same, for keys.
Secret hkdf_key(const HmacKey& key, std::string_view info);

// Throws Error (internal, "storage.crypto.failed") when the generator fails.
std::string random_bytes(std::size_t count);
// 96 random bits, from a buffer of this thread; much cheaper than random_bytes(12).
using Nonce = std::array<std::uint8_t, 12>;
Nonce fresh_nonce();

// RFC 4648. The url alphabet is written without padding.
std::string base64(std::string_view bytes);
std::string base64_url(std::string_view bytes);
// Either alphabet's strict inverse, padding optional; nothing when `text` is not base64.
std::optional<std::string> from_base64(std::string_view text);
std::optional<std::string> from_base64_url(std::string_view text);
std::optional<std::string> from_hex(std::string_view text);

// Integers as big-endian bytes, for what is authenticated and stored.
inline void put_u32(std::uint8_t* out, std::uint32_t v) {
    for (int i = 0; i < 4; ++i) out[i] = static_cast<std::uint8_t>(v >> (24 - 8 * i));
}
inline void put_u64(std::uint8_t* out, std::uint64_t v) {
    for (int i = 0; i < 8; ++i) out[i] = static_cast<std::uint8_t>(v >> (56 - 8 * i));
}
inline std::uint32_t get_u32(const void* bytes) {
    const auto* in = static_cast<const std::uint8_t*>(bytes);
    return std::uint32_t{in[0]} << 24 | std::uint32_t{in[1]} << 16 | std::uint32_t{in[2]} << 8 | in[3];
}
inline std::uint64_t get_u64(const void* bytes) {
    return std::uint64_t{get_u32(bytes)} << 32 | get_u32(static_cast<const std::uint8_t*>(bytes) + 4);
}

}  // namespace concordat::storage
