// Hashtags of a message: `#` and a letter, then letters, digits, `- _ .`, ending in a letter or digit.
//
// They are looked for in the message as written, code included, because clients show them so. Punctuation
// round a word is ignored and `##tag` is `#tag`. Pure, thread-safe.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace concordat::messaging {

inline constexpr std::size_t longest_hashtags = 1000;  // bytes

// "#one #two" in order of appearance, cut between two tags at `longest_hashtags`.
std::string parse_hashtags(std::string_view message);

}  // namespace concordat::messaging
