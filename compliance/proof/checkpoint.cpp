#include "compliance/proof/checkpoint.hpp"

#include <algorithm>
#include <charconv>

#include "storage/crypto/signing.hpp"

namespace concordat::compliance {
namespace {

constexpr std::string_view dash = "\xE2\x80\x94 ";  // an em dash and a blank
constexpr std::size_t longest_origin = 200, key_id_size = 4;

std::string key_id(std::string_view name, std::string_view public_key) {
    storage::Sha256 sum;
    sum.add(name);
    sum.add(std::string_view("\n\1", 2));
    sum.add(public_key);
    return std::string(storage::text_of(sum.finish()).substr(0, key_id_size));
}

// Printable ASCII without blanks and plus signs, as key names must be.
bool is_origin(std::string_view text) {
    return !text.empty() && text.size() <= longest_origin &&
           std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F && c != '+'; });
}

// Up to the next line feed, which is taken, too; nothing when there is none.
std::optional<std::string_view> line_of(std::string_view& text) {
    const auto end = text.find('\n');
    if (end == text.npos) return std::nullopt;
    const auto line = text.substr(0, end);
    text.remove_prefix(end + 1);
    return line;
}

struct Note {
    Checkpoint checkpoint;
    std::string_view signatures;  // lines
};

std::optional<Note> note_in(std::string_view text) {
    if (text.size() > longest_note) return std::nullopt;
    const auto origin = line_of(text), size = line_of(text), root = line_of(text), empty = line_of(text);
    if (!empty || !empty->empty() || !is_origin(*origin)) return std::nullopt;
    Note out;
    out.checkpoint.origin = *origin;
    const auto [end, error] = std::from_chars(size->data(), size->data() + size->size(), out.checkpoint.size);
    if (error != std::errc() || std::to_string(out.checkpoint.size) != *size) return std::nullopt;
    const auto bytes = storage::from_base64(*root);
    if (!bytes || bytes->size() != out.checkpoint.root.size() || storage::base64(*bytes) != *root)
        return std::nullopt;
    std::ranges::copy(*bytes, out.checkpoint.root.begin());
    out.signatures = text;
    return out;
}

}  // namespace

std::string checkpoint_text(const Checkpoint& checkpoint) {
    return checkpoint.origin + '\n' + std::to_string(checkpoint.size) + '\n' +
           storage::base64(storage::text_of(checkpoint.root)) + '\n';
}

std::string signed_note(const Checkpoint& checkpoint, std::string_view public_key,
                        std::string_view signature) {
    return checkpoint_text(checkpoint) + '\n' + std::string(dash) + checkpoint.origin + ' ' +
           storage::base64(key_id(checkpoint.origin, public_key) + std::string(signature)) + '\n';
}

std::optional<Checkpoint> checkpoint_in(std::string_view note) {
    auto found = note_in(note);
    return found ? std::optional(std::move(found->checkpoint)) : std::nullopt;
}

bool is_signed_note(std::string_view note, const std::vector<std::string>& public_keys) {
    const auto found = note_in(note);
    if (!found) return false;
    const auto text = checkpoint_text(found->checkpoint);
    const auto begin = std::string(dash) + found->checkpoint.origin + ' ';
    auto rest = found->signatures;
    bool is_signed = false;
    for (std::size_t count = 0; !rest.empty(); ++count) {
        const auto line = line_of(rest);
        if (!line || !line->starts_with(dash) || count == most_signatures) return false;
        if (!line->starts_with(begin)) continue;  // somebody else's
        const auto spelled = line->substr(begin.size());
        const auto bytes = storage::from_base64(spelled);
        if (!bytes || bytes->size() != key_id_size + storage::signature_size ||
            storage::base64(*bytes) != spelled)
            return false;
        const std::string_view all = *bytes;
        for (const auto& key : public_keys)
            if (all.substr(0, key_id_size) == key_id(found->checkpoint.origin, key))
                is_signed |= storage::is_signed_by(key, text, all.substr(key_id_size));
    }
    return is_signed;
}

}  // namespace concordat::compliance
