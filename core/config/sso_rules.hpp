// What an OpenID Connect provider's settings must be like before it is used. Pure, any thread.
#pragma once
#include <string>
#include <vector>
#include "core/config/settings.hpp"

namespace concordat {

// What the address of a provider's description ends with (OpenID Connect Discovery 1.0, section 4).
inline constexpr std::string_view oidc_well_known = "/.well-known/openid-configuration";

// What is wrong with a provider that is to be used, each one line that begins with the key. Empty: nothing.
std::vector<std::string> sso_problems(const SsoSection& section);

}  // namespace concordat
