#include "messaging/screening/checked_numbers.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace concordat::messaging {
namespace {

constexpr std::size_t least_card = 13, longest_card = 19, longest_account = 34;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_letter(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}
char upper(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

// Countries and the length of their numbers, as the registry of ISO 13616 has them.
struct Country {
    char code[3];
    std::uint8_t length;
};
constexpr auto countries = std::to_array<Country>(
    {{"AD", 24}, {"AE", 23}, {"AL", 28}, {"AT", 20}, {"AZ", 28}, {"BA", 20}, {"BE", 16}, {"BG", 22},
     {"BH", 22}, {"BI", 27}, {"BR", 29}, {"BY", 28}, {"CH", 21}, {"CR", 22}, {"CY", 28}, {"CZ", 24},
     {"DE", 22}, {"DJ", 27}, {"DK", 18}, {"DO", 28}, {"EE", 20}, {"EG", 29}, {"ES", 24}, {"FI", 18},
     {"FO", 18}, {"FR", 27}, {"GB", 22}, {"GE", 22}, {"GI", 23}, {"GL", 18}, {"GR", 27}, {"GT", 28},
     {"HR", 21}, {"HU", 28}, {"IE", 22}, {"IL", 23}, {"IQ", 23}, {"IS", 26}, {"IT", 27}, {"JO", 30},
     {"KW", 30}, {"KZ", 20}, {"LB", 28}, {"LC", 32}, {"LI", 21}, {"LT", 20}, {"LU", 20}, {"LV", 21},
     {"LY", 25}, {"MC", 27}, {"MD", 24}, {"ME", 22}, {"MK", 19}, {"MR", 27}, {"MT", 31}, {"MU", 30},
     {"NL", 18}, {"NO", 15}, {"PK", 24}, {"PL", 28}, {"PS", 29}, {"PT", 25}, {"QA", 29}, {"RO", 24},
     {"RS", 22}, {"RU", 33}, {"SA", 24}, {"SC", 31}, {"SD", 18}, {"SE", 24}, {"SI", 19}, {"SK", 24},
     {"SM", 27}, {"SO", 23}, {"ST", 25}, {"SV", 28}, {"TL", 23}, {"TN", 24}, {"TR", 26}, {"UA", 29},
     {"VA", 22}, {"VG", 24}, {"XK", 20}});

std::size_t length_in(char first, char second) {
    for (const auto& country : countries)
        if (country.code[0] == first && country.code[1] == second) return country.length;
    return 0;
}

bool is_card(std::string_view digits) {
    if (digits.size() < least_card || digits[0] < '2' || digits[0] > '6') return false;
    int sum = 0;
    bool is_doubled = false;
    for (auto at = digits.rbegin(); at != digits.rend(); ++at, is_doubled = !is_doubled) {
        const int digit = *at - '0';
        sum += is_doubled ? digit * 2 - (digit > 4 ? 9 : 0) : digit;
    }
    return sum % 10 == 0;
}

bool is_account(std::string_view number) {
    int rest = 0;
    const auto add = [&](char c) {
        rest = is_digit(c) ? (rest * 10 + (c - '0')) % 97 : (rest * 100 + (c - 'A' + 10)) % 97;
    };
    for (std::size_t i = 4; i < number.size(); ++i) add(number[i]);
    for (std::size_t i = 0; i < 4; ++i) add(number[i]);
    return rest == 1;
}

// The card that begins at `at`, the first digit of a group, and ends with one; its bytes, 0: none.
std::size_t card_at(std::string_view text, std::size_t at) {
    std::array<char, longest_card> digits{};
    std::size_t count = 0;
    for (auto end = at; end < text.size(); ++end) {
        if (!is_digit(text[end])) {
            const bool is_gap = text[end] == ' ' || text[end] == '-' || text[end] == '.';
            if (!is_gap || end + 1 == text.size() || !is_digit(text[end + 1])) return 0;
            continue;
        }
        if (count == digits.size()) return 0;
        digits[count++] = text[end];
        const bool ends_group = end + 1 == text.size() || !is_digit(text[end + 1]);
        if (ends_group && is_card({digits.data(), count})) return end + 1 - at;
    }
    return 0;
}

std::size_t account_at(std::string_view text, std::size_t at) {
    if (text.size() - at < 15 || !is_digit(text[at + 2]) || !is_digit(text[at + 3])) return 0;
    const auto wanted = length_in(upper(text[at]), upper(text[at + 1]));
    if (wanted == 0) return 0;
    std::array<char, longest_account> number{};
    std::size_t count = 0;
    for (auto end = at; end < text.size(); ++end) {
        const char c = text[end];
        if (c == ' ') {
            if (text[end - 1] == ' ') return 0;
            continue;
        }
        if (!is_digit(c) && !is_letter(c)) return 0;
        number[count++] = upper(c);
        if (count < wanted) continue;
        const bool ends = end + 1 == text.size() || !(is_digit(text[end + 1]) || is_letter(text[end + 1]));
        return ends && is_account({number.data(), count}) ? end + 1 - at : 0;
    }
    return 0;
}

}  // namespace

std::vector<Found> card_numbers(std::string_view text, std::size_t most) {
    std::vector<Found> out;
    for (std::size_t at = 0; at < text.size() && out.size() < most; ++at) {
        if (!is_digit(text[at]) || (at > 0 && (is_digit(text[at - 1]) || is_letter(text[at - 1])))) continue;
        const auto length = card_at(text, at);
        if (length == 0) continue;
        out.push_back({at, length});
        at += length - 1;
    }
    return out;
}

std::vector<Found> account_numbers(std::string_view text, std::size_t most) {
    std::vector<Found> out;
    for (std::size_t at = 0; at + 1 < text.size() && out.size() < most; ++at) {
        if (!is_letter(text[at]) || !is_letter(text[at + 1])) continue;
        if (at > 0 && (is_digit(text[at - 1]) || is_letter(text[at - 1]))) continue;
        const auto length = account_at(text, at);
        if (length == 0) continue;
        out.push_back({at, length});
        at += length - 1;
    }
    return out;
}

}  // namespace concordat::messaging
