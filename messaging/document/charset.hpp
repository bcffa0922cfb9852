// Bytes of a text file as UTF-8. Pure functions.
#pragma once
#include <string>
#include <string_view>

namespace concordat::messaging {

bool is_utf8(std::string_view bytes);
// By the mark at its beginning UTF-8 or UTF-16; else UTF-8 if it is that throughout, else Windows-1252 (of
// which ISO-8859-1 is a part). What stands for no sign becomes U+FFFD. Looks at `at_most` bytes.
std::string utf8_of(std::string_view bytes, std::size_t at_most);
// Whether it may be read by people: no signs that steer machines, but those of lines and of UTF-16 with a
// mark.
bool looks_like_text(std::string_view bytes);

}  // namespace concordat::messaging
