#include "core/model/permission.hpp"

#include <algorithm>
#include <array>

namespace concordat {
namespace {

struct Entry {
    std::string_view name;
    PermissionScope scope;
};

constexpr std::array<Entry, permission_count> entries{{
#define PERMISSION(name, scope) {#name, PermissionScope::scope},
#include "core/model/permission_list.inc"
#undef PERMISSION
}};

// Numbers of permissions in the order of their names.
constexpr auto by_name = [] {
    std::array<std::uint16_t, permission_count> numbers{};
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<std::uint16_t>(i);
    std::sort(numbers.begin(), numbers.end(),
              [](auto a, auto b) { return entries[a].name < entries[b].name; });
    return numbers;
}();

}  // namespace

std::string_view name_of(Permission permission) {
    return entries[static_cast<std::size_t>(permission)].name;
}

PermissionScope scope_of(Permission permission) {
    return entries[static_cast<std::size_t>(permission)].scope;
}

std::optional<Permission> permission_from(std::string_view name) {
    auto at =
        std::lower_bound(by_name.begin(), by_name.end(), name,
                         [](auto number, std::string_view wanted) { return entries[number].name < wanted; });
    if (at == by_name.end() || entries[*at].name != name) return std::nullopt;
    return static_cast<Permission>(*at);
}

std::vector<std::string> names_of(const Permissions& set) {
    std::vector<std::string> names;
    names.reserve(set.count());
    for (std::size_t i = 0; i < permission_count; ++i) {
        if (set.test(i)) names.emplace_back(entries[i].name);
    }
    return names;
}

Permissions permissions_from(const std::vector<std::string>& names) {
    Permissions set;
    for (const auto& name : names) {
        if (auto permission = permission_from(name)) grant(set, *permission);
    }
    return set;
}

}  // namespace concordat
