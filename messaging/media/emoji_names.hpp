// The emoji every official client knows by name, so that a custom emoji cannot take such a name.
#pragma once
#include <string_view>

namespace concordat::messaging {

// Names without colons, in lower case: "smile", "+1", "wave_dark_skin_tone". Thread-safe.
bool is_builtin_emoji(std::string_view name);

}  // namespace concordat::messaging
