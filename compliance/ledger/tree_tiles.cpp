#include "compliance/ledger/tree_tiles.hpp"

#include <algorithm>
#include <utility>

#include "core/base/error.hpp"

namespace concordat::compliance {
namespace {

constexpr std::size_t most_remembered = 4096;  // tiles; 16 KiB each

// The next level of a tree: of hashes without a neighbour there is none yet.
std::vector<Hash> paired(const std::vector<Hash>& hashes) {
    std::vector<Hash> out;
    for (std::size_t i = 0; i + 1 < hashes.size(); i += 2) out.push_back(node_hash(hashes[i], hashes[i + 1]));
    return out;
}

std::string joined_bytes(const std::vector<Hash>& hashes) {
    std::string out;
    for (const auto& hash : hashes) out += storage::text_of(hash);
    return out;
}

}  // namespace

Hash tile_root(std::vector<Hash> hashes) {
    while (hashes.size() > 1) hashes = paired(hashes);
    return hashes.at(0);
}

std::vector<Hash> TreeTiles::stored(std::int64_t level, std::int64_t tile) {
    const auto bytes = table_.tile(log_, level, tile);
    std::vector<Hash> out(std::min<std::size_t>(bytes.size() / Hash().size(), tile_width));
    for (std::size_t i = 0; i < out.size(); ++i)
        std::copy_n(storage::bytes_of(bytes) + i * out[i].size(), out[i].size(), out[i].begin());
    return out;
}

const TreeTiles::Subtrees& TreeTiles::subtrees(std::int64_t level, std::int64_t tile) {
    const std::pair key(level, tile);
    if (const auto at = read_.find(key); at != read_.end()) return at->second;
    if (read_.size() >= most_remembered) read_.clear();
    Subtrees made{stored(level, tile)};
    while (made.back().size() > 1) made.push_back(paired(made.back()));
    return read_.emplace(key, std::move(made)).first->second;
}

Hash TreeTiles::node(unsigned level, std::uint64_t index) {
    const auto inside = level % tile_levels;
    const auto tile = index >> (tile_levels - inside);
    const auto& all = subtrees(level / tile_levels, static_cast<std::int64_t>(tile));
    const auto place = index - (tile << (tile_levels - inside));
    if (inside >= all.size() || place >= all[inside].size())
        throw Error(Fault::internal, "compliance.ledger.tile", "A part of the tree of records is missing.",
                    "log " + std::to_string(log_) + ", level " + std::to_string(level) + ", node " +
                        std::to_string(index));
    return all[inside][place];
}

Hash TreeTiles::root(std::int64_t size) {
    return root_of(static_cast<std::uint64_t>(size), nodes());
}

Proof TreeTiles::inclusion(std::int64_t leaf, std::int64_t size) {
    return inclusion_proof(static_cast<std::uint64_t>(leaf), static_cast<std::uint64_t>(size), nodes());
}

Proof TreeTiles::consistency(std::int64_t old_size, std::int64_t size) {
    return consistency_proof(static_cast<std::uint64_t>(old_size), static_cast<std::uint64_t>(size), nodes());
}

void TreeTiles::grow(std::int64_t size, std::vector<Hash> leaves) {
    std::vector<storage::AuditTile> changed;
    auto more = std::move(leaves);
    for (std::int64_t level = 0; !more.empty(); ++level, size /= tile_width) {
        auto tile = size / tile_width;
        auto hashes = size % tile_width == 0 ? std::vector<Hash>() : stored(level, tile);
        if (std::ssize(hashes) < size % tile_width)
            throw Error(Fault::internal, "compliance.ledger.tile",
                        "A part of the tree of records is missing.",
                        "log " + std::to_string(log_) + ", tile " + std::to_string(tile));
        hashes.resize(static_cast<std::size_t>(size % tile_width));
        std::vector<Hash> above;
        for (const auto& hash : more) {
            hashes.push_back(hash);
            if (std::ssize(hashes) < tile_width) continue;
            changed.push_back({level, tile++, joined_bytes(hashes)});
            above.push_back(tile_root(std::exchange(hashes, {})));
        }
        if (!hashes.empty()) changed.push_back({level, tile, joined_bytes(hashes)});
        more = std::move(above);
    }
    table_.put(log_, changed);
    read_.clear();
}

}  // namespace concordat::compliance
