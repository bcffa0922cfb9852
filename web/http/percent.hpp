// Percent-encoding in URLs. Pure functions.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace concordat::web {

// Decodes every %XX. Nothing when an escape is broken.
std::optional<std::string> percent_decoded(std::string_view text);
// As forms and query strings are encoded: '+' is a space, and a broken escape is left as it stands.
std::string form_decoded(std::string_view text);

}  // namespace concordat::web
