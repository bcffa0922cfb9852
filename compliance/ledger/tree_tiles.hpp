// The hashes of a tree as they are stored: in tiles of 256, the first level over leaves, each further one
// over the complete tiles of the level below. So a proof reads a tile or two for each eight levels of the
// tree.
//
// Lives in a transaction and dies with it; remembers the tiles that it has read. Throws Error (internal,
// compliance.ledger.tile) when a hash that must be there is not, and what the database throws.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>
#include "compliance/proof/merkle.hpp"
#include "storage/tables/audit_ledger.hpp"

namespace concordat::compliance {

inline constexpr std::int64_t tile_width = 256;
inline constexpr unsigned tile_levels = 8;  // of the tree, in a tile

class TreeTiles {
public:
    TreeTiles(storage::Tx& tx, std::int64_t log) : table_(tx), log_(log) {}

    // Of a complete subtree.
    Hash node(unsigned level, std::uint64_t index);
    Hash root(std::int64_t size);
    Proof inclusion(std::int64_t leaf, std::int64_t size);
    Proof consistency(std::int64_t old_size, std::int64_t size);
    // As it is stored; nothing is wrong with what is missing.
    std::vector<Hash> stored(std::int64_t level, std::int64_t tile);
    // Adds the hashes of leaves after the first `size` ones.
    void grow(std::int64_t size, std::vector<Hash> leaves);

private:
    // The tile's subtrees: at 0 its hashes, at n those of 2^n of them.
    using Subtrees = std::vector<std::vector<Hash>>;
    const Subtrees& subtrees(std::int64_t level, std::int64_t tile);
    Nodes nodes() {
        return [this](unsigned level, std::uint64_t index) { return node(level, index); };
    }

    storage::AuditLedgerTable table_;
    const std::int64_t log_;
    std::map<std::pair<std::int64_t, std::int64_t>, Subtrees> read_;
};

// Of a whole tile.
Hash tile_root(std::vector<Hash> hashes);

}  // namespace concordat::compliance
