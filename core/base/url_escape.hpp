// Text inside a URL's query, or in a form: all but letters, digits and -._~ becomes %XX (RFC 3986, section
// 2).
#pragma once
#include <string>
#include <string_view>

namespace concordat {

std::string url_escaped(std::string_view text);

}  // namespace concordat
