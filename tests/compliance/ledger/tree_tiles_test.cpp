#include "compliance/ledger/tree_tiles.hpp"

#include <gtest/gtest.h>

#include <map>

#include "tests/support/refusal.hpp"
#include "tests/support/store.hpp"

namespace concordat::compliance {
namespace {

using test::refusal;

class TreeTilesTest : public testing::Test {
protected:
    TreeTilesTest() {
        store.db.transact([](storage::Tx& tx) {
            storage::AuditLedgerTable(tx).insert({1, "a-tree", 1, 0, 0});
        });
    }
    void grow(std::int64_t count) {
        std::vector<Hash> more;
        for (std::int64_t i = 0; i < count; ++i)
            more.push_back(leaf_hash("entry " + std::to_string(size + i)));
        store.db.transact([&](storage::Tx& tx) { TreeTiles(tx, 1).grow(size, more); });
        leaves.insert(leaves.end(), more.begin(), more.end());
        size += count;
    }
    // The same without tiles.
    Hash node(unsigned level, std::uint64_t index) {
        if (level == 0) return leaves.at(index);
        const auto [at, is_new] = made.try_emplace({level, index});
        if (is_new) at->second = node_hash(node(level - 1, index * 2), node(level - 1, index * 2 + 1));
        return made.at({level, index});
    }
    Nodes nodes() {
        return [this](unsigned level, std::uint64_t index) { return node(level, index); };
    }

    test::Store store;
    std::int64_t size = 0;
    std::vector<Hash> leaves;
    std::map<std::pair<unsigned, std::uint64_t>, Hash> made;
};

TEST_F(TreeTilesTest, GrowAsATreeDoesWhateverComesAtATime) {
    for (const std::int64_t count : {1, 1, 253, 1, 1, 255, 256, 257, 512, 3000, 61000, 700}) {
        grow(count);
        store.db.read([&](storage::Tx& tx) {
            TreeTiles tiles(tx, 1);
            const auto now = static_cast<std::uint64_t>(size);
            EXPECT_EQ(tiles.root(size), root_of(now, nodes())) << size;
            for (const auto leaf : {std::int64_t{0}, size / 3, size / 2, size - 1}) {
                const auto at = static_cast<std::uint64_t>(leaf);
                const auto proof = tiles.inclusion(leaf, size);
                EXPECT_EQ(proof, inclusion_proof(at, now, nodes()));
                EXPECT_TRUE(is_included(at, now, leaves[at], proof, tiles.root(size)));
                EXPECT_EQ(tiles.consistency(leaf + 1, size), consistency_proof(at + 1, now, nodes()));
                EXPECT_EQ(tiles.root(leaf + 1), root_of(at + 1, nodes()));  // trees of before are still there
            }
        });
    }
    // 65,536 leaves and more: three levels of tiles.
    store.db.read([&](storage::Tx& tx) {
        EXPECT_EQ(TreeTiles(tx, 1).stored(2, 0).size(), 1u);
        EXPECT_EQ(TreeTiles(tx, 1).stored(0, size / tile_width).size(),
                  static_cast<std::size_t>(size % tile_width));
    });
}

TEST_F(TreeTilesTest, WhatIsMissingIsAnError) {
    grow(300);
    store.db.read([&](storage::Tx& tx) {
        TreeTiles tiles(tx, 1);
        EXPECT_EQ(refusal([&] { tiles.root(301); }), "compliance.ledger.tile");
        EXPECT_EQ(refusal([&] { tiles.node(0, 300); }), "compliance.ledger.tile");
        EXPECT_EQ(refusal([&] { tiles.node(8, 1); }), "compliance.ledger.tile");
        EXPECT_TRUE(tiles.stored(3, 0).empty());
    });
    EXPECT_EQ(refusal([&] {
                  store.db.transact(
                      [&](storage::Tx& tx) { TreeTiles(tx, 1).grow(310, {leaf_hash("after a gap")}); });
              }),
              "compliance.ledger.tile");
}

}  // namespace
}  // namespace concordat::compliance
