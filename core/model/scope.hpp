// What a data key covers. A channel is a scope of its own (its id); everything else belongs to one of
// these. The bytes are written into sealed records: never change them.
#pragma once
#include "core/model/ids.hpp"

namespace concordat::scopes {

constexpr IdBytes named(std::uint8_t number) {
    IdBytes bytes{};
    bytes[15] = number;
    return bytes;
}
inline constexpr IdBytes accounts = named(1);       // profiles, credentials, sessions, preferences
inline constexpr IdBytes places = named(2);         // details of teams, channels and sidebar categories
inline constexpr IdBytes configuration = named(3);  // settings and their secrets
inline constexpr IdBytes pictures = named(4);       // profile pictures, team icons, custom emoji
inline constexpr IdBytes drafts = named(5);
inline constexpr IdBytes decisions = named(6);  // of the identity gateway
inline constexpr IdBytes exports = named(7);
inline constexpr IdBytes federation = named(8);

}  // namespace concordat::scopes
