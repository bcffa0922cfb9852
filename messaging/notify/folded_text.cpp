#include "messaging/notify/folded_text.hpp"
#include "messaging/notify/letters.hpp"

namespace concordat::messaging {
namespace {

// Lower case for letters and digits, 0 for what separates words.
struct AsciiTable {
    char folded[128] = {};
    constexpr AsciiTable() {
        for (char c = '0'; c <= '9'; ++c) folded[static_cast<unsigned char>(c)] = c;
        for (char c = 'a'; c <= 'z'; ++c) folded[static_cast<unsigned char>(c)] = c;
        for (char c = 'A'; c <= 'Z'; ++c) folded[static_cast<unsigned char>(c)] = static_cast<char>(c + 32);
    }
};
constexpr AsciiTable ascii;

}  // namespace

FoldedText::FoldedText(std::string_view text) {
    buffer_.reserve(text.size() + text.size() / 8);
    words_.reserve(text.size() / 5 + 4);
    bool is_open = false;
    Word word{};
    const auto position = [](std::size_t i) { return static_cast<std::uint32_t>(i); };
    const auto open = [&](std::size_t at) {
        word = {position(buffer_.size()), 0, position(at), 0};
        is_open = true;
    };
    const auto close = [&](std::size_t end) {
        if (!is_open) return;
        word.bytes = position(buffer_.size()) - word.at;
        word.source_bytes = position(end) - word.source_at;
        if (word.bytes > 0) words_.push_back(word);
        is_open = false;
    };
    std::size_t i = 0;
    while (i < text.size()) {
        if (const auto byte = static_cast<unsigned char>(text[i]); byte < 0x80) {
            if (const char c = ascii.folded[byte]; c != 0) {
                if (!is_open) open(i);
                buffer_ += c;
            } else {
                close(i);
            }
            ++i;
            continue;
        }
        const auto rune = rune_at(text, i);
        if ((is_ideograph(rune.code) && is_letter(rune.code)) || is_emoji(rune.code)) {
            close(i);
            open(i);
            append_folded(buffer_, rune.code);
            close(i + rune.bytes);
        } else if (is_letter_or_digit(rune.code)) {
            if (!is_open) open(i);
            append_folded(buffer_, rune.code);
        } else if (!is_combining_mark(rune.code) && !is_skin_tone(rune.code)) {
            close(i);
        }
        i += rune.bytes;
    }
    close(text.size());
}

}  // namespace concordat::messaging
