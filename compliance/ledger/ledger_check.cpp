#include "compliance/ledger/ledger_check.hpp"

#include <algorithm>

#include "compliance/ledger/tree_tiles.hpp"
#include "compliance/proof/audit_leaf.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/tables/identity_decisions.hpp"

namespace concordat::compliance {
namespace {

constexpr std::int64_t records_at_a_time = 512;

using Leaves = std::vector<storage::AuditLeafRow>;
using Record = storage::IdentityDecisionTable::Link;

class LeafCheck {
public:
    LeafCheck(storage::Tx& tx, const storage::AuditLog& log) : tx_(tx), log_(log), tiles_(tx, log.log) {}

    std::vector<LedgerFault> run(std::int64_t tile) {
        const auto first = tile * tile_width, end = std::min(first + tile_width, log_.leaves);
        if (first >= end) return {};
        std::int64_t after = 0;
        storage::AuditLedgerTable table(tx_);
        if (first > 0)
            if (const auto before = table.leaves(log_.log, first - 1, 1); !before.empty())
                after = before[0].seq;
        auto leaves = table.leaves(log_.log, first, end - first);
        std::erase_if(leaves, [&](const auto& leaf) { return leaf.leaf >= end; });
        for (auto number = first; number < end; ++number)
            if (std::ranges::find(leaves, number, &storage::AuditLeafRow::leaf) == leaves.end())
                found(number, "the leaf is gone");
        check_tree(tile, leaves, end - first);
        check_records(after, leaves);
        return std::move(faults_);
    }

private:
    void found(std::int64_t leaf, const std::string& what) {
        faults_.push_back({leaf, "Leaf " + std::to_string(leaf) + ": " + what + "."});
    }

    void check_tree(std::int64_t tile, const Leaves& leaves, std::int64_t count) {
        const auto hashes = tiles_.stored(0, tile);
        for (const auto& leaf : leaves) {
            const auto place = static_cast<std::size_t>(leaf.leaf - tile * tile_width);
            const auto entry = leaf_entry({leaf.seq, leaf.id, leaf.create_at, leaf.sealed, leaf.content});
            if (place >= hashes.size() || hashes[place] != leaf_hash(entry))
                found(leaf.leaf, "it is not the one that the tree has there");
        }
        auto part = hashes;
        for (std::int64_t level = 0; count == tile_width && std::ssize(part) == tile_width; ++level) {
            const auto above = tiles_.stored(level + 1, tile / tile_width);
            const auto place = static_cast<std::size_t>(tile % tile_width);
            if (place >= above.size() || above[place] != tile_root(part))
                return found(leaves.empty() ? 0 : leaves.back().leaf, "the tree above it, at level " +
                                                                          std::to_string(level + 1) +
                                                                          ", is not that over its leaves");
            if (tile % tile_width != tile_width - 1) return;
            part = above;
            tile /= tile_width;
        }
    }

    void check_records(std::int64_t after, const Leaves& leaves) {
        if (leaves.empty()) return;
        auto leaf = leaves.begin();
        storage::IdentityDecisionTable table(tx_);
        for (;;) {
            const auto page = table.chain(after, records_at_a_time);
            for (const auto& record : page) {
                for (; leaf != leaves.end() && leaf->seq < record.seq; ++leaf) gone(*leaf);
                if (leaf == leaves.end()) return;
                if (leaf->seq == record.seq)
                    compare(*leaf++, record);
                else
                    found(leaf->leaf, "the record " + std::to_string(record.seq) +
                                          " before it is no leaf; it was put in later");
                after = record.seq;
            }
            if (page.empty()) break;
        }
        for (; leaf != leaves.end(); ++leaf) gone(*leaf);
    }

    void gone(const storage::AuditLeafRow& leaf) {
        found(leaf.leaf, "its record, " + std::to_string(leaf.seq) + ", is gone");
    }
    void compare(const storage::AuditLeafRow& leaf, const Record& record) {
        const auto name = "its record, " + std::to_string(leaf.seq) + ", ";
        if (record.digest != storage::base64(leaf.sealed))
            found(leaf.leaf, name + "was changed");
        else if (record.decision.id != leaf.id || record.decision.create_at != leaf.create_at)
            found(leaf.leaf, name + "has another id or time");
        else if (record.is_opened && !record.fault.empty())
            found(leaf.leaf, name + "has columns that do not say what was sealed");
    }

    storage::Tx& tx_;
    const storage::AuditLog& log_;
    TreeTiles tiles_;
    std::vector<LedgerFault> faults_;
};

}  // namespace

std::vector<LedgerFault> check_leaves(storage::Tx& tx, const storage::AuditLog& log, std::int64_t tile) {
    return LeafCheck(tx, log).run(tile);
}

}  // namespace concordat::compliance
