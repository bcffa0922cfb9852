// Files that hold one section of the settings, JSON with its keys: further directories and providers.
#pragma once
#include <string>
#include "core/config/settings.hpp"

namespace concordat {

struct SectionFile {
    Settings settings;    // defaults, except for the section
    std::string problem;  // a sentence; "" when the file can be used
};
// `section` as in the settings, "LdapSettings". A key that is not known is a problem.
SectionFile read_section(const std::string& section, const std::string& file);

}  // namespace concordat
