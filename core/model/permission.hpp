// What a role may allow. The names are those clients know; permission_list.inc is the one list.
//
// Plain values, any thread. In memory a set of permissions is a bitset, so that the union of a
// person's roles is a few machine words; on the wire and in the database it is a list of names.
#pragma once
#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace concordat {

enum class Permission : std::uint16_t {
#define PERMISSION(name, scope) name,
#include "core/model/permission_list.inc"
#undef PERMISSION
    none,  // held by nobody: a rule that asks for something else
};

inline constexpr std::size_t permission_count = 0
#define PERMISSION(name, scope) +1
#include "core/model/permission_list.inc"
#undef PERMISSION
    ;

// The narrowest thing a permission is about. A role of a wider scope may hold it too: a permission
// of scope `channel` in a team role counts in all channels of the team.
enum class PermissionScope : std::uint8_t { system, team, channel, group, playbook, run };

using Permissions = std::bitset<permission_count>;

std::string_view name_of(Permission permission);
PermissionScope scope_of(Permission permission);
// Nothing when no such permission exists.
std::optional<Permission> permission_from(std::string_view name);

inline bool holds(const Permissions& set, Permission permission) {
    return set.test(static_cast<std::size_t>(permission));
}
inline void grant(Permissions& set, Permission permission) {
    set.set(static_cast<std::size_t>(permission));
}

// In the order of the list, which is not alphabetical.
std::vector<std::string> names_of(const Permissions& set);
// A name that is not a permission (an older or newer node wrote it) grants nothing and is skipped.
Permissions permissions_from(const std::vector<std::string>& names);

}  // namespace concordat
