// The roles that exist from the first start. Pure data, any thread.
//
// They are written to the roles table when a node finds them missing; afterwards the table rules,
// because administrators may change what a role allows. Their names are part of the protocol.
#pragma once
#include <string>
#include <vector>

namespace concordat::identity {

struct BuiltinRole {
    std::string name;
    std::string display_name;
    std::string description;
    std::vector<std::string> permissions;  // known names, each once, in alphabetical order
    bool scheme_managed = false;
    bool built_in = true;
};

// 25, in alphabetical order of their names.
const std::vector<BuiltinRole>& builtin_roles();
// Null when `name` is not one of them.
const BuiltinRole* builtin_role(const std::string& name);

}  // namespace concordat::identity
