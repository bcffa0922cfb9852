// What a directory's settings must be like before it is used. Pure, any thread.
#pragma once
#include <string>
#include <vector>
#include "core/config/settings.hpp"

namespace concordat {

// What is wrong with a directory that is to be used, each one line that begins with the key. Empty: nothing.
std::vector<std::string> ldap_problems(const LdapSection& section);

}  // namespace concordat
