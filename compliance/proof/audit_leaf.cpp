#include "compliance/proof/audit_leaf.hpp"

#include <charconv>
#include <vector>

#include "core/base/text.hpp"
#include "storage/crypto/digest.hpp"

namespace concordat::compliance {
namespace {

constexpr std::string_view entry_name = "concordat-audit-leaf/1", nothing_opened = "-";
constexpr std::size_t longest_entry = 512, lines_of_entry = 6;

std::optional<std::int64_t> decimal_in(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

}  // namespace

std::string leaf_entry(const AuditLeaf& leaf) {
    std::string out(entry_name);
    for (const auto& line :
         {std::to_string(leaf.seq), leaf.id.text(), std::to_string(leaf.create_at),
          storage::base64(leaf.sealed),
          leaf.content.empty() ? std::string(nothing_opened) : storage::base64(leaf.content)})
        out += '\n' + line;
    return out + '\n';
}

std::optional<AuditLeaf> leaf_in(std::string_view entry) {
    if (entry.size() > longest_entry) return std::nullopt;
    const auto lines = split_words(entry, '\n');
    if (lines.size() != lines_of_entry || !looks_like_id(lines[2])) return std::nullopt;
    const auto seq = decimal_in(lines[1]), create_at = decimal_in(lines[3]);
    const auto sealed = storage::from_base64(lines[4]);
    const auto content =
        lines[5] == nothing_opened ? std::optional(std::string()) : storage::from_base64(lines[5]);
    if (!seq || !create_at || !sealed || !content) return std::nullopt;
    AuditLeaf out;
    out.seq = *seq;
    out.id = DecisionId::from_text(lines[2]);
    out.create_at = *create_at;
    out.sealed = *sealed;
    out.content = *content;
    // One spelling: what it would be written as is what it is.
    if (out.sealed.size() != storage::Digest().size() ||
        (!out.content.empty() && out.content.size() != storage::Digest().size()) || leaf_entry(out) != entry)
        return std::nullopt;
    return out;
}

}  // namespace concordat::compliance
