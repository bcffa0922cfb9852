#include "messaging/notify/hashtags.hpp"
#include <optional>
#include "messaging/notify/letters.hpp"

namespace concordat::messaging {
namespace {

bool is_blank(char32_t c) {
    return c <= ' ' || c == 0x85 || c == 0xA0 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 ||
           c == 0x202F || c == 0x3000;
}

// The tag in `word`, which has no blanks, with one # in front.
std::optional<std::string_view> tag_in(std::string_view word) {
    std::size_t from = 0;
    while (from < word.size() && word[from] != '#') {
        const auto rune = rune_at(word, from);
        if (is_letter_or_digit(rune.code)) return std::nullopt;
        from += rune.bytes;
    }
    while (from + 1 < word.size() && word[from + 1] == '#') ++from;
    if (from >= word.size()) return std::nullopt;
    auto end = from + 1;  // one past the last letter or digit
    std::size_t letters = 0;
    bool is_broken = false;  // a character no tag may hold; fine as long as no letter follows
    for (auto i = end; i < word.size();) {
        const auto rune = rune_at(word, i);
        i += rune.bytes;
        if (is_letter_or_digit(rune.code)) {
            if (is_broken || (letters == 0 && !is_letter(rune.code))) return std::nullopt;
            ++letters;
            end = i;
        } else if (letters == 0 || (rune.code != '-' && rune.code != '_' && rune.code != '.')) {
            is_broken = true;
        }
    }
    if (letters < 2) return std::nullopt;
    return word.substr(from, end - from);
}

}  // namespace

std::string parse_hashtags(std::string_view message) {
    std::string tags;
    if (message.find('#') == std::string_view::npos) return tags;
    std::size_t from = 0;
    const auto take = [&](std::string_view word) {
        const auto tag = tag_in(word);
        if (!tag) return true;
        if (tags.size() + tag->size() + (tags.empty() ? 0 : 1) > longest_hashtags) return false;
        if (!tags.empty()) tags += ' ';
        tags += *tag;
        return true;
    };
    for (std::size_t i = 0; i < message.size();) {
        const auto rune = rune_at(message, i);
        if (is_blank(rune.code)) {
            if (!take(message.substr(from, i - from))) return tags;
            from = i + rune.bytes;
        }
        i += rune.bytes;
    }
    take(message.substr(from));
    return tags;
}

}  // namespace concordat::messaging
