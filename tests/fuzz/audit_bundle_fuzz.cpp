// What an auditor is handed: a bundle, or a witness's notes; and proofs by themselves. The first byte says
// which.
#include "compliance/proof/audit_bundle.hpp"

#include <algorithm>

#include "compliance/proof/audit_leaf.hpp"
#include "compliance/proof/merkle.hpp"

using namespace concordat;
using namespace concordat::compliance;

namespace {

// A proof is taken only with its own leaf and place: what is found true must be false after any change.
void check_proof(std::string_view bytes) {
    if (bytes.size() < 16 + 64) return;
    const auto size = storage::get_u64(bytes.data()), other = storage::get_u64(bytes.data() + 8);
    const auto hash_at = [&](std::size_t at) {
        Hash out{};
        std::ranges::copy(bytes.substr(at, out.size()), out.begin());
        return out;
    };
    const auto one = hash_at(16), two = hash_at(48);
    Proof proof;
    for (std::size_t at = 80; at + 32 <= bytes.size() && proof.size() < 200; at += 32)
        proof.push_back(hash_at(at));
    auto changed = two;
    changed[0] ^= 1;
    if (is_included(other, size, one, proof, two) && is_included(other, size, one, proof, changed))
        __builtin_trap();
    if (is_consistent(other, size, one, two, proof) && other > 0 &&
        is_consistent(other, size, one, changed, proof))
        __builtin_trap();
    if (is_consistent(other, size, one, two, proof) && other > size) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    const std::vector<std::string> keys{std::string(32, 'k')};
    if (data[0] % 3 == 0) {
        check_proof(text);
    } else if (data[0] % 3 == 1) {
        // Nobody has signed for this key, so nothing is good.
        if (check_bundle(text, keys).findings.empty()) __builtin_trap();
        (void)check_bundle(text, {});
    } else {
        if (!read_witness(text, keys).checkpoints.empty()) __builtin_trap();
        (void)read_witness(text, {});
        if (const auto leaf = leaf_in(text); leaf && leaf_entry(*leaf) != text) __builtin_trap();
    }
    return 0;
}
