// For whom programs act (the account that made a hook or a command, or a bot) and as whom they show
// themselves.
#pragma once
#include <string>
#include "identity/access/acting.hpp"

namespace concordat::messaging {

using identity::acting_for;

// A user name that a program may show: 1 to 64 of a-z, 0-9, '.', '-', '_'.
bool is_shown_name(const std::string& name);

}  // namespace concordat::messaging
