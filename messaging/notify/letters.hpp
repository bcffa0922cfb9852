// What counts as a letter in a message, and what it looks like in lower case or without its accent.
//
// Small tables of our own instead of a locale: the answer is the same on every machine and for every
// thread. Pure functions. Malformed UTF-8 never fails: such a byte is a rune that is no letter.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace concordat::messaging {

struct Rune {
    char32_t code = 0xFFFD;
    std::size_t bytes = 1;
};

// The rune that starts at `at`, which must be inside `text`.
Rune rune_at(std::string_view text, std::size_t at);
void append_rune(std::string& out, char32_t code);

bool is_letter(char32_t code);
bool is_digit(char32_t code);
// An accent of its own, after the letter that bears it.
inline bool is_combining_mark(char32_t code) {
    return code >= 0x300 && code <= 0x36F;
}
inline bool is_letter_or_digit(char32_t code) {
    return is_letter(code) || is_digit(code);
}
// Scripts written without spaces between words: each of their characters is searched as a word.
bool is_ideograph(char32_t code);

// Pictures and signs that people look for by themselves. Tones of skin are not: they change the one before.
bool is_emoji(char32_t code);
bool is_skin_tone(char32_t code);

char32_t lower_rune(char32_t code);
std::string lower_text(std::string_view text);
// Appends the rune in lower case and without accents: É gives e, ß gives ss, a combining mark nothing.
void append_folded(std::string& out, char32_t code);

}  // namespace concordat::messaging
