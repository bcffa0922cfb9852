// The Merkle tree of RFC 9162, section 2.1, with SHA-256: roots, inclusion proofs, consistency proofs.
//
// A tree of n leaves is split at the largest power of two below n; a proof is a list of hashes, nearest to
// the leaves first. Nothing else is ever taken for a proof. Making one asks for complete subtrees only, so a
// store that has those needs a number of look-ups that grows with the logarithm of the size.
//
// Pure and thread-safe. Checking takes whatever strangers send: anything that is no proof is false, and the
// work is bounded by the 64 bits of a size.
#pragma once
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>
#include "storage/crypto/digest.hpp"

namespace concordat::compliance {

using Hash = storage::Digest;
using Proof = std::vector<Hash>;

Hash leaf_hash(std::string_view entry);
Hash node_hash(const Hash& left, const Hash& right);
// The root of a tree without leaves.
Hash empty_root();

// The hash of the complete subtree over the 2^level leaves from index * 2^level on. Asked only for subtrees
// inside of the tree in question.
using Nodes = std::function<Hash(unsigned level, std::uint64_t index)>;

Hash root_of(std::uint64_t size, const Nodes& nodes);
// Throw Error (invalid, compliance.proof.range) unless leaf < size, or old_size <= size.
Proof inclusion_proof(std::uint64_t leaf, std::uint64_t size, const Nodes& nodes);
// Empty when one of the trees is empty or both are the same.
Proof consistency_proof(std::uint64_t old_size, std::uint64_t size, const Nodes& nodes);

// Whether `hash` is that of leaf number `leaf` in the tree of `size` leaves under `root`.
bool is_included(std::uint64_t leaf, std::uint64_t size, const Hash& hash, const Proof& proof,
                 const Hash& root);
// Whether the tree under `root` begins with all leaves of the tree under `old_root`. An empty old tree is the
// beginning of every tree, when its root is that of an empty tree.
bool is_consistent(std::uint64_t old_size, std::uint64_t size, const Hash& old_root, const Hash& root,
                   const Proof& proof);

}  // namespace concordat::compliance
