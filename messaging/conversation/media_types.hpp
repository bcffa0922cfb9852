// What kind of content a file is: from its first bytes and its name, never from what the sender claims.
// Pure functions.
#pragma once
#include <string>
#include <string_view>

namespace concordat::messaging {

inline constexpr std::size_t media_type_bytes = 512;  // of the file's beginning; more are not looked at

// In lower case, without the dot; "" when there is none.
std::string extension_of(std::string_view file_name);

// "image/png" ...; "application/octet-stream" when it is not known. A file that is named as a picture, film
// or sound and does not begin like one is not called one.
std::string media_type_of(std::string_view file_name, std::string_view first_bytes);

// May be shown inside a page of ours: still pictures, films and sound, which cannot run anything.
bool is_safe_inline(std::string_view media_type);
// Could run in the reader's browser: pages, scripts, style, XML with its many faces (SVG among them).
bool is_active_content(std::string_view media_type);

// A name that is safe to show and to store: no directories, no control characters, valid UTF-8, at most
// `longest_file_name` runes with the extension kept. "file" when nothing is left.
inline constexpr std::size_t longest_file_name = 255;
std::string clean_file_name(std::string_view name);

}  // namespace concordat::messaging
