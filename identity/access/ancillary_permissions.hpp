// What else somebody needs who may open a part of the console: the acts behind its buttons.
//
// Roles are lists of permissions and hold what they list, nothing more; a console that gives somebody a part
// asks for these and puts them into the role, too. Pure.
#pragma once
#include <string>
#include <vector>

namespace concordat::identity {

// These permissions and what belongs to them, each once, in the order of asking. Throws Error invalid,
// api.permission.ancillary.unknown, for a name that is no permission.
std::vector<std::string> with_ancillary(const std::vector<std::string>& permissions);

}  // namespace concordat::identity
