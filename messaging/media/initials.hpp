// The picture of someone who has uploaded none: one or two initials on a colour of their own.
//
// Drawn from strokes kept in this room, so it looks the same on every machine and needs no fonts.
// Pure, thread-safe; about a millisecond.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace concordat::messaging {

inline constexpr std::uint32_t initials_side = 128;

// A PNG of 128x128. Of `initials` the first two letters or digits are drawn, as capitals without accents;
// when there is none that can be drawn, the outline of a person. The same `seed` (a user id) always gives the
// same colour.
std::string png_initials(std::string_view initials, std::string_view seed);

}  // namespace concordat::messaging
