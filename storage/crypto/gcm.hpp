// AES-256-GCM, the one cipher everything at rest is sealed with.
//
// Thread-safe: each thread keeps a prepared context of its own. The caller guarantees that a nonce
// is used once per key. The last key a thread used stays expanded in its context.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "storage/crypto/digest.hpp"

namespace concordat::storage {

inline constexpr std::size_t gcm_tag_size = 16;
inline constexpr std::size_t gcm_overhead = sizeof(Nonce) + gcm_tag_size;

// Writes plain.size() + gcm_tag_size bytes: the ciphertext, then the tag. `key` is 32 bytes. Throws
// Error (too_large, "storage.crypto.too_large") above 1 GiB.
void gcm_seal(const std::uint8_t* key, const Nonce& nonce, std::string_view associated,
              std::string_view plain, std::uint8_t* out);
// `sealed` is ciphertext and tag; writes sealed.size() - gcm_tag_size bytes. False when anything
// differs from what was sealed; what was written is then zeroed.
[[nodiscard]] bool gcm_open(const std::uint8_t* key, const Nonce& nonce, std::string_view associated,
                            std::string_view sealed, std::uint8_t* out);

}  // namespace concordat::storage
