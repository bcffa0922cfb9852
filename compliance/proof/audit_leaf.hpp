// Leaves: what the tree holds of each record of a decision.
//
// An entry is six lines, each with its line feed: "concordat-audit-leaf/1", the record's number, its id, its
// time in milliseconds, and in base64 the SHA-256 of the record as it is stored, sealed, and of what was
// sealed. The last is "-" for a record that could not be opened when it became a leaf. What is sealed has
// a salt in it, so neither digest says anything about a record whose key was destroyed, and the leaf stays
// as it is.
//
// Pure. Parsing takes one spelling only.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include "core/model/ids.hpp"

namespace concordat::compliance {

struct AuditLeaf {
    std::int64_t seq = 0;  // grows from leaf to leaf, sometimes by more than one
    DecisionId id;
    Millis create_at = 0;
    std::string sealed;   // 32 bytes
    std::string content;  // 32 bytes, or empty: it could not be opened
    bool operator==(const AuditLeaf&) const = default;
};

std::string leaf_entry(const AuditLeaf& leaf);
// Nothing when it is no entry.
std::optional<AuditLeaf> leaf_in(std::string_view entry);

}  // namespace concordat::compliance
