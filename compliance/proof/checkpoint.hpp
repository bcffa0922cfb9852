// Checkpoints: what an organisation signs of its tree of records, as a signed note.
//
// The text is three lines: the origin (the name of the tree), the number of leaves in decimal, the root in
// base64. After an empty line come signatures, each "— NAME BASE64": the name of the key, which is the
// origin here, and the first four bytes of its id before the 64 bytes of an Ed25519 signature over the text,
// the last line's end included. The id of a key is SHA-256 over name, line feed, a byte 1, and the 32 bytes
// of the key. These are the C2SP formats signed-note and tlog-checkpoint.
//
// Pure and thread-safe. Parsing takes what strangers send and takes one spelling only.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>
#include "compliance/proof/merkle.hpp"

namespace concordat::compliance {

struct Checkpoint {
    std::string origin;
    std::uint64_t size = 0;
    Hash root{};
    bool operator==(const Checkpoint&) const = default;
};

// Bytes of the longest note that is read, and the most signatures that are looked at.
inline constexpr std::size_t longest_note = 16384, most_signatures = 16;

// What is signed.
std::string checkpoint_text(const Checkpoint& checkpoint);
// The note. `signature` is 64 bytes, by `public_key` over checkpoint_text().
std::string signed_note(const Checkpoint& checkpoint, std::string_view public_key,
                        std::string_view signature);
// What a note says, whoever signed it; nothing when it is no note. Lines after root are not taken.
std::optional<Checkpoint> checkpoint_in(std::string_view note);
// Whether one of the keys (32 bytes each) has signed it under its origin's name.
bool is_signed_note(std::string_view note, const std::vector<std::string>& public_keys);

}  // namespace concordat::compliance
