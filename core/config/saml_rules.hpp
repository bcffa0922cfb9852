// What a SAML provider's settings must be like before it is used. Pure, any thread.
#pragma once
#include <string>
#include <utility>
#include <vector>
#include "core/config/settings.hpp"

namespace concordat {

// Whether the provider's metadata comes from IdpMetadataURL: nothing else describes the provider.
bool is_described_by_address(const SamlSection& section);

// What is wrong with a provider that is to be used, each one line that begins with the key. Empty: nothing.
std::vector<std::string> saml_problems(const SamlSection& section);

// The two parts of NAME=VALUE; both empty when it is not that.
std::pair<std::string, std::string> attribute_rule(const std::string& text);

}  // namespace concordat
