// Names of teams and channels: what is allowed, what is composed. Pure functions.
//
// The checks throw Error (invalid) with the ids clients know.
#pragma once
#include <string>
#include <string_view>
#include <vector>
#include "core/model/channel.hpp"
#include "core/model/team.hpp"
#include "core/model/user.hpp"

namespace concordat::messaging {

// The channel of a team that everybody is in and that cannot be left, renamed, archived or made private.
inline constexpr const char* town_square = "town-square";
inline constexpr const char* off_topic = "off-topic";

// Without characters that are not seen but reorder or join the text around them.
std::string visible_text(std::string_view text);

void check_team(const Team& team);
void check_channel(const Channel& channel);

// Both ids in the order of their texts, joined by "__".
std::string direct_channel_name(const UserId& a, const UserId& b);
// 40 hexadecimal digits that depend on who is in it only.
std::string group_channel_name(const std::vector<UserId>& members);
// The sorted user names, cut to 64 bytes.
std::string group_channel_display_name(const std::vector<User>& members);
// Whether a name is that of a direct or group channel.
bool is_between_people(std::string_view channel_name);

// A search term or name from outside, fit for the database. Throws bad_url(parameter).
std::string checked_term(std::string text, const char* parameter);

}  // namespace concordat::messaging
