#include "compliance/proof/merkle.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <map>
#include <string>
#include <vector>

#include "core/base/text.hpp"
#include "tests/support/refusal.hpp"

namespace concordat::compliance {
namespace {

using test::refusal;

std::string hex(const Hash& hash) {
    return hex_of(storage::text_of(hash));
}
std::vector<std::string> hex(const Proof& proof) {
    std::vector<std::string> out;
    for (const auto& step : proof) out.push_back(hex(step));
    return out;
}

// The definitions of RFC 9162, section 2.1, word for word, over a list of entries: slow and plain.
using Entries = std::vector<std::string>;

Hash slow_sha(const std::string& text) {
    return storage::sha256(text);
}
std::string bytes(const Hash& hash) {
    return std::string(storage::text_of(hash));
}
std::size_t slow_split(std::size_t n) {
    std::size_t k = 1;
    while (k * 2 < n) k *= 2;
    return k;
}
Entries part(const Entries& all, std::size_t from, std::size_t to) {
    return {all.begin() + static_cast<long>(from), all.begin() + static_cast<long>(to)};
}
Hash slow_root(const Entries& d) {
    if (d.empty()) return slow_sha("");
    if (d.size() == 1) return slow_sha(std::string(1, '\0') + d[0]);
    const auto k = slow_split(d.size());
    return slow_sha("\1" + bytes(slow_root(part(d, 0, k))) + bytes(slow_root(part(d, k, d.size()))));
}
Proof slow_path(std::size_t m, const Entries& d) {
    if (d.size() == 1) return {};
    const auto k = slow_split(d.size());
    auto out = m < k ? slow_path(m, part(d, 0, k)) : slow_path(m - k, part(d, k, d.size()));
    out.push_back(m < k ? slow_root(part(d, k, d.size())) : slow_root(part(d, 0, k)));
    return out;
}
Proof slow_subproof(std::size_t m, const Entries& d, bool b) {
    if (m == d.size()) return b ? Proof{} : Proof{slow_root(d)};
    const auto k = slow_split(d.size());
    auto out =
        m <= k ? slow_subproof(m, part(d, 0, k), b) : slow_subproof(m - k, part(d, k, d.size()), false);
    out.push_back(m <= k ? slow_root(part(d, k, d.size())) : slow_root(part(d, 0, k)));
    return out;
}

// Complete subtrees, each made once.
class Subtrees {
public:
    explicit Subtrees(Entries entries) : entries_(std::move(entries)) {}
    Hash operator()(unsigned level, std::uint64_t index) {
        if (level == 0) return leaf_hash(entries_.at(index));
        const auto [at, is_new] = made_.try_emplace({level, index});
        if (is_new) at->second = node_hash((*this)(level - 1, index * 2), (*this)(level - 1, index * 2 + 1));
        return made_.at({level, index});
    }
    Nodes nodes() {
        return [this](unsigned level, std::uint64_t index) { return (*this)(level, index); };
    }

private:
    Entries entries_;
    std::map<std::pair<unsigned, std::uint64_t>, Hash> made_;
};

Entries counted(std::size_t count) {
    Entries out;
    for (std::size_t i = 0; i < count; ++i) out.push_back("entry " + std::to_string(i));
    return out;
}

// The eight entries, roots and proofs that implementations of certificate transparency are tested with.
const Entries& published() {
    static const Entries entries{
        "",
        std::string(1, '\0'),
        "\x10",
        "\x20\x21",
        "\x30\x31",
        "\x40\x41\x42\x43",
        "\x50\x51\x52\x53\x54\x55\x56\x57",
        "\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
    };
    return entries;
}

TEST(Merkle, RootsAreThosePublished) {
    const std::vector<std::string> roots{
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    };
    Subtrees subtrees(published());
    for (std::size_t size = 0; size < roots.size(); ++size)
        EXPECT_EQ(hex(root_of(size, subtrees.nodes())), roots[size]) << size;
}

TEST(Merkle, ProofsAreThosePublished) {
    const std::string a = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                      b = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                      c = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
                      d = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                      e = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                      f = "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                      g = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a";
    using Words = std::vector<std::string>;
    Subtrees subtrees(published());
    const auto nodes = subtrees.nodes();
    EXPECT_EQ(hex(inclusion_proof(0, 1, nodes)), Words{});
    EXPECT_EQ(hex(inclusion_proof(0, 8, nodes)), (Words{a, b, c}));
    EXPECT_EQ(hex(inclusion_proof(5, 8, nodes)), (Words{d, e, f}));
    EXPECT_EQ(hex(consistency_proof(1, 1, nodes)), Words{});
    EXPECT_EQ(hex(consistency_proof(1, 8, nodes)), (Words{a, b, c}));
    EXPECT_EQ(hex(consistency_proof(6, 8, nodes)), (Words{g, e, f}));
    EXPECT_EQ(hex(consistency_proof(2, 5, nodes)), (Words{b, d}));
}

TEST(Merkle, AgreesWithTheDefinitionsForAllSizesUpToSeventy) {
    const auto entries = counted(70);
    Subtrees subtrees(entries);
    const auto nodes = subtrees.nodes();
    for (std::size_t size = 1; size <= entries.size(); ++size) {
        const auto some = part(entries, 0, size);
        const auto root = slow_root(some);
        ASSERT_EQ(root_of(size, nodes), root) << size;
        for (std::size_t leaf = 0; leaf < size; ++leaf)
            ASSERT_EQ(inclusion_proof(leaf, size, nodes), slow_path(leaf, some)) << leaf << " of " << size;
        for (std::size_t old = 1; old <= size; ++old)
            ASSERT_EQ(consistency_proof(old, size, nodes), slow_subproof(old, some, true))
                << old << " to " << size;
    }
}

TEST(Merkle, EveryProofUpToThreeHundredLeavesHolds) {
    const std::size_t most = 300;
    Subtrees subtrees(counted(most));
    const auto nodes = subtrees.nodes();
    std::vector<Hash> roots;
    for (std::size_t size = 0; size <= most; ++size) roots.push_back(root_of(size, nodes));
    for (std::size_t size = 1; size <= most; ++size) {
        for (std::size_t leaf = 0; leaf < size; ++leaf) {
            const auto proof = inclusion_proof(leaf, size, nodes);
            ASSERT_LE(proof.size(), std::bit_width(size - 1));
            ASSERT_TRUE(is_included(leaf, size, nodes(0, leaf), proof, roots[size])) << leaf << ' ' << size;
        }
        for (std::size_t old = 0; old <= size; ++old)
            ASSERT_TRUE(
                is_consistent(old, size, roots[old], roots[size], consistency_proof(old, size, nodes)))
                << old << ' ' << size;
    }
}

TEST(Merkle, NoOtherPlaceSizeLeafOrRootIsProved) {
    const std::size_t most = 40;
    Subtrees subtrees(counted(most));
    const auto nodes = subtrees.nodes();
    for (std::size_t size = 1; size <= most; ++size) {
        const auto root = root_of(size, nodes);
        for (std::size_t leaf = 0; leaf < size; ++leaf) {
            const auto proof = inclusion_proof(leaf, size, nodes);
            for (std::size_t other = 0; other <= size; ++other)
                ASSERT_EQ(is_included(other, size, nodes(0, leaf), proof, root), other == leaf);
            ASSERT_FALSE(is_included(leaf, size, leaf_hash("another"), proof, root));
            ASSERT_FALSE(is_included(leaf, size, nodes(0, leaf), proof, leaf_hash("another")));
            auto longer = proof;
            longer.push_back(root);
            ASSERT_FALSE(is_included(leaf, size, nodes(0, leaf), longer, root));
            for (std::size_t step = 0; step < proof.size(); ++step) {
                auto changed = proof;
                changed[step][step % 32] ^= 1;
                ASSERT_FALSE(is_included(leaf, size, nodes(0, leaf), changed, root));
                changed = proof;
                changed.erase(changed.begin() + static_cast<long>(step));
                ASSERT_FALSE(is_included(leaf, size, nodes(0, leaf), changed, root));
            }
        }
    }
}

TEST(Merkle, NoOtherHistoryIsProved) {
    const std::size_t most = 40;
    auto entries = counted(most);
    Subtrees subtrees(entries);
    entries[0] = "rewritten";
    Subtrees rewritten(entries);
    const auto nodes = subtrees.nodes(), other = rewritten.nodes();
    for (std::size_t size = 1; size <= most; ++size)
        for (std::size_t old = 1; old <= size; ++old) {
            const auto before = root_of(old, nodes), after = root_of(size, nodes);
            const auto proof = consistency_proof(old, size, nodes);
            ASSERT_FALSE(is_consistent(old, size, before, root_of(size, other), proof));
            ASSERT_FALSE(
                is_consistent(old, size, before, root_of(size, other), consistency_proof(old, size, other)));
            ASSERT_FALSE(is_consistent(old, size, root_of(old, other), after, proof));
            ASSERT_FALSE(is_consistent(size + 1, size, before, after, proof));
            for (std::size_t step = 0; step < proof.size(); ++step) {
                auto changed = proof;
                changed[step][step % 32] ^= 1;
                ASSERT_FALSE(is_consistent(old, size, before, after, changed));
                changed = proof;
                changed.erase(changed.begin() + static_cast<long>(step));
                ASSERT_FALSE(is_consistent(old, size, before, after, changed));
            }
            auto longer = proof;
            longer.push_back(after);
            ASSERT_FALSE(is_consistent(old, size, before, after, longer));
        }
}

TEST(Merkle, AnEmptyTreeBeginsEveryTreeAndHasNoLeaf) {
    Subtrees subtrees(counted(3));
    const auto root = root_of(3, subtrees.nodes());
    EXPECT_TRUE(is_consistent(0, 3, empty_root(), root, {}));
    EXPECT_TRUE(is_consistent(0, 0, empty_root(), empty_root(), {}));
    EXPECT_FALSE(is_consistent(0, 3, root, root, {}));
    EXPECT_FALSE(is_consistent(0, 3, empty_root(), root, {root}));
    EXPECT_FALSE(is_included(0, 0, empty_root(), {}, empty_root()));
    EXPECT_EQ(refusal([&] { inclusion_proof(3, 3, subtrees.nodes()); }), "compliance.proof.range");
    EXPECT_EQ(refusal([&] { consistency_proof(4, 3, subtrees.nodes()); }), "compliance.proof.range");
}

TEST(Merkle, HugeSizesAreOnlyMuchWork) {
    const auto root = empty_root();
    EXPECT_FALSE(is_included(~0ull - 1, ~0ull, root, Proof(64, root), root));
    EXPECT_FALSE(is_consistent(~0ull - 1, ~0ull, root, root, Proof(64, root)));
    EXPECT_FALSE(is_consistent(1ull << 63, ~0ull, root, root, Proof(200, root)));
}

}  // namespace
}  // namespace concordat::compliance
