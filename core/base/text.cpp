#include "core/base/text.hpp"

namespace concordat {

std::size_t utf8_length_at(std::string_view text, std::size_t at) {
    auto byte = [&](std::size_t i) -> unsigned {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
    };
    const unsigned a = byte(at);
    auto tail = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xBF) {
        return byte(i) >= low && byte(i) <= high;
    };
    if (at >= text.size()) return 0;
    if (a < 0x80) return 1;
    if (a >= 0xC2 && a <= 0xDF) return tail(at + 1) ? 2 : 0;
    if (a >= 0xE0 && a <= 0xEF)
        return tail(at + 1, a == 0xE0 ? 0xA0 : 0x80, a == 0xED ? 0x9F : 0xBF) && tail(at + 2) ? 3 : 0;
    if (a >= 0xF0 && a <= 0xF4)
        return tail(at + 1, a == 0xF0 ? 0x90 : 0x80, a == 0xF4 ? 0x8F : 0xBF) && tail(at + 2) && tail(at + 3)
                   ? 4
                   : 0;
    return 0;
}

bool is_utf8(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        const auto n = utf8_length_at(text, i);
        if (n == 0) return false;
        i += n;
    }
    return true;
}

std::size_t rune_count(std::string_view text) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < text.size(); ++count) {
        const auto n = utf8_length_at(text, i);
        i += n == 0 ? 1 : n;
    }
    return count;
}

std::string_view rune_prefix(std::string_view text, std::size_t runes) {
    std::size_t i = 0;
    for (; i < text.size() && runes > 0; --runes) {
        const auto n = utf8_length_at(text, i);
        i += n == 0 ? 1 : n;
    }
    return text.substr(0, i);
}

std::string lower_ascii(std::string_view text) {
    std::string out(text);
    for (auto& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blank = " \t\r\n";
    const auto from = text.find_first_not_of(blank);
    if (from == std::string_view::npos) return {};
    return text.substr(from, text.find_last_not_of(blank) - from + 1);
}

std::vector<std::string> split_words(std::string_view text, char separator) {
    std::vector<std::string> words;
    for (std::size_t from = 0; from < text.size();) {
        auto to = text.find(separator, from);
        if (to == std::string_view::npos) to = text.size();
        if (to > from) words.emplace_back(text.substr(from, to - from));
        from = to + 1;
    }
    return words;
}

std::string hex_of(std::string_view bytes) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string out;
    out.reserve(bytes.size() * 2);
    for (const unsigned char c : bytes) {
        out += digits[c >> 4];
        out += digits[c & 15];
    }
    return out;
}

}  // namespace concordat
