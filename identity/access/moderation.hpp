// Moderation: what a scheme of one channel may take from its members and guests. Pure, any thread.
#pragma once
#include <array>
#include <string_view>
#include <vector>
#include "core/model/permission.hpp"

namespace concordat::identity {

struct Moderated {
    std::string_view name;  // as clients know it
    // What it stands for, in an open and in a private channel.
    std::vector<Permission> in_open, in_private;
    bool is_for_guests;  // else guests never may
    const std::vector<Permission>& in(bool is_private) const { return is_private ? in_private : in_open; }
};
// In the order in which they are shown.
const std::array<Moderated, 5>& moderated();

// What a role of a channel's scheme allows: of what is moderated only what both it and the role above hold,
// and else what the role above holds.
Permissions within(const Permissions& role, const Permissions& above);

}  // namespace concordat::identity
