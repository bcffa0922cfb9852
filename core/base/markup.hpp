// Text for XML and HTML. Pure.
#pragma once
#include <string>
#include <string_view>

namespace concordat {

// Escaped for text and for attributes in quotes.
std::string escaped_markup(std::string_view text);

}  // namespace concordat
