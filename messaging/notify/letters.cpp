#include "messaging/notify/letters.hpp"
#include <algorithm>
#include <iterator>
#include "core/base/text.hpp"

namespace concordat::messaging {
namespace {

struct Range {
    char32_t from, to;
};

// Above U+007F everything is a letter but these: spaces, punctuation, symbols, marks, pictures.
constexpr Range not_letters[] = {
    {0x80, 0xA9},       {0xAB, 0xB4},       {0xB6, 0xB9},     {0xBB, 0xBF},     {0xD7, 0xD7},
    {0xF7, 0xF7},       {0x2B9, 0x2DF},     {0x37E, 0x37E},   {0x387, 0x387},   {0x55A, 0x55F},
    {0x589, 0x58F},     {0x5BE, 0x5BE},     {0x5F3, 0x5F4},   {0x600, 0x60F},   {0x61B, 0x61F},
    {0x66A, 0x66D},     {0x6D4, 0x6D4},     {0x964, 0x965},   {0xE3F, 0xE3F},   {0xE5A, 0xE5B},
    {0x1680, 0x1680},   {0x2000, 0x2070},   {0x207A, 0x207E}, {0x208A, 0x208F}, {0x20A0, 0x20CF},
    {0x2100, 0x2101},   {0x2190, 0x2BFF},   {0x2E00, 0x2E7F}, {0x2FF0, 0x3004}, {0x3008, 0x3020},
    {0x3030, 0x3030},   {0x303D, 0x303F},   {0x309B, 0x309C}, {0x30A0, 0x30A0}, {0x30FB, 0x30FB},
    {0x3200, 0x33FF},   {0xD800, 0xF8FF},   {0xFD3E, 0xFD3F}, {0xFE00, 0xFE6F}, {0xFEFF, 0xFEFF},
    {0xFF01, 0xFF0F},   {0xFF1A, 0xFF20},   {0xFF3B, 0xFF40}, {0xFF5B, 0xFF65}, {0xFFE0, 0xFFFF},
    {0x1F000, 0x1FBFF}, {0xE0000, 0x10FFFF}};

constexpr Range ideographs[] = {{0xE00, 0xE3E},   {0xE80, 0xEFF},   {0x1000, 0x109F}, {0x1780, 0x17D3},
                                {0x2E80, 0x2FDF}, {0x3005, 0x3007}, {0x3040, 0x30FF}, {0x31F0, 0x31FF},
                                {0x3400, 0x4DBF}, {0x4E00, 0x9FFF}, {0xF900, 0xFAFF}, {0x20000, 0x323AF}};

constexpr Range emoji[] = {{0x2300, 0x23FF}, {0x2600, 0x27BF}, {0x2B00, 0x2BFF}, {0x1F000, 0x1FAFF}};

template <std::size_t N>
bool in(const Range (&ranges)[N], char32_t code) {
    const auto after = std::upper_bound(std::begin(ranges), std::end(ranges), code,
                                        [](char32_t c, const Range& r) { return c < r.from; });
    return after != std::begin(ranges) && code <= std::prev(after)->to;
}

constexpr char folds[][3] = {
#include "messaging/notify/accent_folds.inc"
};
constexpr char32_t first_block = 0xC0, first_end = 0x250, second_block = 0x1E00, second_end = 0x1F00;
static_assert(std::size(folds) == (first_end - first_block) + (second_end - second_block));

const char* fold_of(char32_t code) {
    if (code >= first_block && code < first_end) return folds[code - first_block];
    if (code >= second_block && code < second_end)
        return folds[code - second_block + (first_end - first_block)];
    return "";
}

// Vowels with a tonos, as one lower-case letter without it.
char32_t plain_greek(char32_t code) {
    switch (code) {
        case 0x3AC:
            return 0x3B1;
        case 0x3AD:
            return 0x3B5;
        case 0x3AE:
            return 0x3B7;
        case 0x390:
        case 0x3AF:
        case 0x3CA:
            return 0x3B9;
        case 0x3CC:
            return 0x3BF;
        case 0x3B0:
        case 0x3CB:
        case 0x3CD:
            return 0x3C5;
        case 0x3CE:
            return 0x3C9;
        case 0x3C2:
            return 0x3C3;  // the sigma at a word's end
        default:
            return code;
    }
}

}  // namespace

Rune rune_at(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
    if (byte(0) < 0x80) return {byte(0), 1};
    const auto tail = [&](std::size_t i) { return static_cast<char32_t>(byte(i) & 0x3F); };
    switch (utf8_length_at(text, at)) {
        case 2:
            return {(byte(0) & 0x1Fu) << 6 | tail(1), 2};
        case 3:
            return {(byte(0) & 0x0Fu) << 12 | tail(1) << 6 | tail(2), 3};
        case 4:
            return {(byte(0) & 0x07u) << 18 | tail(1) << 12 | tail(2) << 6 | tail(3), 4};
        default:
            return {};
    }
}

void append_rune(std::string& out, char32_t code) {
    const auto put = [&](char32_t byte) { out += static_cast<char>(byte); };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xC0 | code >> 6);
        put(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        put(0xE0 | code >> 12);
        put(0x80 | (code >> 6 & 0x3F));
        put(0x80 | (code & 0x3F));
    } else {
        put(0xF0 | code >> 18);
        put(0x80 | (code >> 12 & 0x3F));
        put(0x80 | (code >> 6 & 0x3F));
        put(0x80 | (code & 0x3F));
    }
}

bool is_letter(char32_t code) {
    if (code < 0x80) return (code | 0x20) >= 'a' && (code | 0x20) <= 'z';
    return !in(not_letters, code) && !is_digit(code) && !is_combining_mark(code);
}

bool is_digit(char32_t code) {
    if (code < 0x80) return code >= '0' && code <= '9';
    return (code >= 0x660 && code <= 0x669) || (code >= 0x6F0 && code <= 0x6F9) ||
           (code >= 0x966 && code <= 0x96F) || (code >= 0xFF10 && code <= 0xFF19);
}

bool is_ideograph(char32_t code) {
    return code >= 0xE00 && in(ideographs, code);
}

bool is_emoji(char32_t code) {
    return code >= 0x2300 && in(emoji, code) && !is_skin_tone(code);
}

bool is_skin_tone(char32_t code) {
    return code >= 0x1F3FB && code <= 0x1F3FF;
}

char32_t lower_rune(char32_t c) {
    const auto between = [c](char32_t from, char32_t to) { return c >= from && c <= to; };
    if (c < 0x80) return between('A', 'Z') ? c + 32 : c;
    if (between(0xC0, 0xDE)) return c == 0xD7 ? c : c + 32;
    if (between(0x100, 0x17E)) {
        if (c == 0x130) return 'i';
        if (c == 0x131 || c == 0x138 || c == 0x149) return c;
        if (c == 0x178) return 0xFF;
        const bool odd_is_capital = between(0x139, 0x148) || between(0x179, 0x17E);
        return odd_is_capital ? c + (c & 1) : c | 1;
    }
    if (between(0x1CD, 0x1DC)) return c + (c & 1);
    if (between(0x1DE, 0x1EF) || between(0x1F8, 0x21F) || between(0x222, 0x233)) return c | 1;
    if (c == 0x1A0 || c == 0x1AF) return c + 1;
    if (c == 0x386) return 0x3AC;
    if (between(0x388, 0x38A)) return c + 37;
    if (c == 0x38C) return 0x3CC;
    if (between(0x38E, 0x38F)) return c + 63;
    if (between(0x391, 0x3AB)) return c + 32;
    if (between(0x400, 0x40F)) return c + 80;
    if (between(0x410, 0x42F)) return c + 32;
    if (between(0x460, 0x481) || between(0x48A, 0x4BF) || between(0x4D0, 0x52F)) return c | 1;
    if (between(0x531, 0x556)) return c + 48;
    if (between(0x1E00, 0x1E95) || between(0x1EA0, 0x1EFF)) return c | 1;
    if (c == 0x1E9E) return 0xDF;
    if (between(0xFF21, 0xFF3A)) return c + 32;
    return c;
}

std::string lower_text(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size();) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte < 0x80) {
            out += static_cast<char>(lower_rune(byte));
            ++i;
            continue;
        }
        const auto rune = rune_at(text, i);
        if (const auto low = lower_rune(rune.code); low != rune.code)
            append_rune(out, low);
        else
            out.append(text, i, rune.bytes);
        i += rune.bytes;
    }
    return out;
}

void append_folded(std::string& out, char32_t code) {
    if (code < 0x80) {
        out += static_cast<char>(lower_rune(code));
    } else if (const char* plain = fold_of(code); *plain != '\0') {
        out += plain;
    } else if (!is_combining_mark(code)) {
        append_rune(out, plain_greek(lower_rune(code)));
    }
}

}  // namespace concordat::messaging
