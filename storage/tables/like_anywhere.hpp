// A pattern for SQL's like: the words anywhere, and nothing in them is a wildcard.
#pragma once
#include <string>

namespace concordat::storage {

inline std::string like_anywhere(const std::string& term) {
    std::string out = "%";
    for (const char c : term) {
        if (c == '%' || c == '_' || c == '\\') out += '\\';
        out += c;
    }
    return out + '%';
}

}  // namespace concordat::storage
