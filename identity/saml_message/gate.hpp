// What a message must look like before anything parses it.
//
// Pure and linear. Messages of providers are plain: elements, attributes and text in UTF-8. Whatever else XML
// can do (document types, entities, comments, processing instructions, CDATA) is refused here, so that two
// parsers cannot see two documents.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace concordat::identity::saml {

inline constexpr std::size_t most_elements = 5000, deepest = 64;

// Base64 with line breaks and blanks, as browsers send it. Nothing when it is not that.
std::optional<std::string> decoded(std::string_view base64);
// Raw DEFLATE, of redirects. Nothing when it is not that, or longer than `most` bytes.
std::optional<std::string> inflated(std::string_view deflated, std::size_t most);

// The issuer that a message which passed the gate claims, for choosing among providers; nothing of it is
// believed. "" when there is none.
std::string claimed_issuer(std::string_view xml);

// A sentence about what is wrong with `xml`, or nothing. An XML declaration at the start is allowed.
std::optional<std::string> gate_problem(std::string_view xml);

}  // namespace concordat::identity::saml
