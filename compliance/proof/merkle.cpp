#include "compliance/proof/merkle.hpp"

#include <algorithm>
#include <bit>
#include <string>

#include "core/base/error.hpp"

namespace concordat::compliance {
namespace {

constexpr std::string_view leaf_prefix("\0", 1), node_prefix("\1", 1);

// The largest power of two below n, for n of 2 or more.
std::uint64_t split(std::uint64_t n) {
    return std::bit_floor(n - 1);
}

// Over the leaves from `begin` on. As trees are split, a subtree of 2^k leaves begins at a multiple of 2^k.
Hash subtree(std::uint64_t begin, std::uint64_t count, const Nodes& nodes) {
    if (std::has_single_bit(count)) {
        const auto level = static_cast<unsigned>(std::countr_zero(count));
        return nodes(level, begin >> level);
    }
    const auto left = split(count);
    return node_hash(subtree(begin, left, nodes), subtree(begin + left, count - left, nodes));
}

void add_path(std::uint64_t leaf, std::uint64_t begin, std::uint64_t count, const Nodes& nodes, Proof& out) {
    if (count == 1) return;
    const auto left = split(count);
    if (leaf < left) {
        add_path(leaf, begin, left, nodes, out);
        out.push_back(subtree(begin + left, count - left, nodes));
    } else {
        add_path(leaf - left, begin + left, count - left, nodes, out);
        out.push_back(subtree(begin, left, nodes));
    }
}

// `is_whole`: the old tree is a subtree of this one that whoever checks has already.
void add_old(std::uint64_t old_count, std::uint64_t begin, std::uint64_t count, bool is_whole,
             const Nodes& nodes, Proof& out) {
    if (old_count == count) {
        if (!is_whole) out.push_back(subtree(begin, count, nodes));
        return;
    }
    const auto left = split(count);
    if (old_count <= left) {
        add_old(old_count, begin, left, is_whole, nodes, out);
        out.push_back(subtree(begin + left, count - left, nodes));
    } else {
        add_old(old_count - left, begin + left, count - left, false, nodes, out);
        out.push_back(subtree(begin, left, nodes));
    }
}

}  // namespace

Hash leaf_hash(std::string_view entry) {
    storage::Sha256 sum;
    sum.add(leaf_prefix);
    sum.add(entry);
    return sum.finish();
}

Hash node_hash(const Hash& left, const Hash& right) {
    storage::Sha256 sum;
    sum.add(node_prefix);
    sum.add(storage::text_of(left));
    sum.add(storage::text_of(right));
    return sum.finish();
}

Hash empty_root() {
    return storage::sha256("");
}

Hash root_of(std::uint64_t size, const Nodes& nodes) {
    return size == 0 ? empty_root() : subtree(0, size, nodes);
}

Proof inclusion_proof(std::uint64_t leaf, std::uint64_t size, const Nodes& nodes) {
    require(leaf < size, Fault::invalid, "compliance.proof.range", "The tree has no such leaf.");
    Proof out;
    add_path(leaf, 0, size, nodes, out);
    return out;
}

Proof consistency_proof(std::uint64_t old_size, std::uint64_t size, const Nodes& nodes) {
    require(old_size <= size, Fault::invalid, "compliance.proof.range",
            "The earlier tree is larger than the later one.");
    Proof out;
    if (old_size > 0 && old_size < size) add_old(old_size, 0, size, true, nodes, out);
    return out;
}

// Section 2.1.3.2.
bool is_included(std::uint64_t leaf, std::uint64_t size, const Hash& hash, const Proof& proof,
                 const Hash& root) {
    if (leaf >= size) return false;
    auto at = leaf, last = size - 1;
    auto sum = hash;
    for (const auto& step : proof) {
        if (last == 0) return false;
        if ((at & 1) == 1 || at == last) {
            sum = node_hash(step, sum);
            while ((at & 1) == 0 && at != 0) {
                at >>= 1;
                last >>= 1;
            }
        } else {
            sum = node_hash(sum, step);
        }
        at >>= 1;
        last >>= 1;
    }
    return last == 0 && sum == root;
}

// Section 2.1.4.2.
bool is_consistent(std::uint64_t old_size, std::uint64_t size, const Hash& old_root, const Hash& root,
                   const Proof& proof) {
    if (old_size > size) return false;
    if (old_size == size) return proof.empty() && old_root == root;
    if (old_size == 0) return proof.empty() && old_root == empty_root();
    auto at = old_size - 1, last = size - 1;
    for (; (at & 1) == 1; at >>= 1) last >>= 1;
    auto step = proof.begin();
    auto old_sum = old_root;
    if (!std::has_single_bit(old_size)) {
        if (step == proof.end()) return false;
        old_sum = *step++;
    }
    auto sum = old_sum;
    for (; step != proof.end(); ++step) {
        if (last == 0) return false;
        if ((at & 1) == 1 || at == last) {
            old_sum = node_hash(*step, old_sum);
            sum = node_hash(*step, sum);
            while ((at & 1) == 0 && at != 0) {
                at >>= 1;
                last >>= 1;
            }
        } else {
            sum = node_hash(sum, *step);
        }
        at >>= 1;
        last >>= 1;
    }
    return last == 0 && old_sum == old_root && sum == root;
}

}  // namespace concordat::compliance
