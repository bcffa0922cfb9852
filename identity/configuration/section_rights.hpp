// Which permission opens a section of the settings for reading, and which for changing.
#pragma once
#include <string_view>
#include "core/model/permission.hpp"

namespace concordat::identity {

struct SectionRight {
    std::string_view section;
    Permission read, write;
};

// A section that is not in the table, and what `write` says manage_system for, is for administrators. So are
// ServiceSettings and ConcordatSettings: rules about second factors and sessions stand between other keys
// there.
SectionRight right_over(std::string_view section);

}  // namespace concordat::identity
