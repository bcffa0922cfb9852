// Text in UTF-8: counting, cutting, cleaning. Pure functions.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace concordat {

// Bytes of the well-formed UTF-8 sequence that starts at `at`; 0 when it is not well formed
// (overlong forms, surrogates and values above U+10FFFF are not).
std::size_t utf8_length_at(std::string_view text, std::size_t at);
bool is_utf8(std::string_view text);
// Code points. Malformed bytes count as one each.
std::size_t rune_count(std::string_view text);
// The first `runes` code points.
std::string_view rune_prefix(std::string_view text, std::size_t runes);
// ASCII only; other bytes are left alone.
std::string lower_ascii(std::string_view text);
std::string_view trimmed(std::string_view text);
// "a b  c" -> {a, b, c} for ' '. Empty parts are dropped.
std::vector<std::string> split_words(std::string_view text, char separator = ' ');
std::string hex_of(std::string_view bytes);

}  // namespace concordat
