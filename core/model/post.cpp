#include "core/model/post.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace concordat {

bool is_join_or_leave(const std::string& post_type) {
    static constexpr std::array<std::string_view, 10> types{
        "system_join_leave",         "system_add_remove",       "system_join_channel",
        "system_leave_channel",      "system_join_team",        "system_leave_team",
        "system_add_to_team",        "system_remove_from_team", "system_add_to_channel",
        "system_remove_from_channel"};
    return std::find(types.begin(), types.end(), post_type) != types.end();
}

}  // namespace concordat
