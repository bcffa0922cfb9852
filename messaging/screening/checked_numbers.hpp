// Numbers that prove themselves: of payment cards (ISO/IEC 7812, check digit of Luhn) and of bank accounts
// (IBAN, ISO 13616, modulo 97). Pure functions, one pass, no allocation that grows with the text.
#pragma once
#include <cstddef>
#include <string_view>
#include <vector>

namespace concordat::messaging {

struct Found {
    std::size_t start = 0, length = 0;  // bytes
};

// 13 to 19 digits, perhaps in groups with single blanks, hyphens or dots between them, that begin with 2 to
// 6. At most `most`.
std::vector<Found> card_numbers(std::string_view text, std::size_t most);
// In any case, perhaps in groups with single blanks between them, of the length that the country has. At most
// `most`.
std::vector<Found> account_numbers(std::string_view text, std::size_t most);

}  // namespace concordat::messaging
