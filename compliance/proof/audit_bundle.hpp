// Bundles: records of decisions with what proves them, as one JSON file.
//
// A bundle is under one signed checkpoint. It holds any number of records, each with its leaf and the proof
// that the leaf is in the tree; and, when it has an earlier checkpoint, the proof that the tree has only
// grown since. A proof of one record is a bundle with one record, a proof of consistency one with none.
// docs/compliance/audit-log.md has the format.
//
// Pure and thread-safe. What is checked may be hostile: whatever is wrong with it becomes a finding.
#pragma once
#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>
#include "compliance/proof/checkpoint.hpp"
#include "compliance/proof/finding.hpp"

namespace concordat::compliance {

// Bytes of the longest bundle that is checked, and the most records in one.
inline constexpr std::size_t longest_bundle = 256 << 20, most_bundled = 10000;

struct BundledRecord {
    std::int64_t leaf = 0;
    std::string entry;                  // as audit_leaf.hpp says
    std::optional<std::string> record;  // what was sealed, JSON; left out when its key is gone
    std::vector<std::string> proof;     // base64
};
BOOST_DESCRIBE_STRUCT(BundledRecord, (), (leaf, entry, record, proof))

struct AuditBundle {
    std::string format;
    std::string checkpoint;                // a note
    std::optional<std::string> earlier;    // a note
    std::vector<std::string> consistency;  // base64; from `earlier` to `checkpoint`
    std::vector<BundledRecord> records;    // in the order of leaves
};
BOOST_DESCRIBE_STRUCT(AuditBundle, (), (format, checkpoint, earlier, consistency, records))

inline constexpr const char* bundle_format = "concordat-audit/1";

std::vector<std::string> spelled(const Proof& proof);
// Nothing when one of them is no hash, or there are more than a tree can need.
std::optional<Proof> proof_in(const std::vector<std::string>& spelled);

struct CheckedBundle {
    std::string file;
    std::optional<Checkpoint> checkpoint, earlier;  // as far as they can be read
    std::int64_t records = 0, first = 0, last = 0;  // leaves; of no meaning without records
    std::int64_t unreadable = 0;                    // records whose text is not there
    std::vector<Finding> findings;                  // none: it proves what it holds
};

// `keys`: public keys that are trusted, 32 bytes each; with none, signatures are not looked at.
CheckedBundle check_bundle(std::string_view text, const std::vector<std::string>& keys);

// A witness's file: notes, each after the other, parted by empty lines.
struct Witness {
    std::vector<Checkpoint> checkpoints;
    std::vector<Finding> findings;
};
Witness read_witness(std::string_view text, const std::vector<std::string>& keys);

// That bundles, and checkpoints that a witness kept, do not contradict each other: of one tree there is one
// root for each size.
std::vector<Finding> check_agreement(const std::vector<CheckedBundle>& bundles, const Witness& witness);

}  // namespace concordat::compliance
