// Reading, checking and writing settings. Any thread; reads files, so not on a network thread.
//
// A value comes from, the later the stronger: the default, the JSON file, the environment. The
// variable of a key is its path in upper case after MM_ or CONCORDAT_ (which wins), for example
// MM_SERVICESETTINGS_SITEURL; truth is "true" or "false", lists are separated by commas or spaces.
//
// No message quotes the value of a secret.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>
#include "core/config/settings.hpp"

namespace concordat {

struct Key;

using Environment = std::map<std::string, std::string>;
Environment process_environment();

struct LoadedSettings {
    Settings settings;
    // One readable line each: keys nobody knows, a file everybody may read, TLS that is off.
    std::vector<std::string> warnings;
};

// An empty `file` means defaults and environment only. Throws Error (invalid, "config.invalid"):
// the text is one line that begins with the key's path, the detail lists all problems.
LoadedSettings load_settings(const std::string& file, const Environment& environment);
// The same for text at hand; `name` stands for the file in messages.
LoadedSettings parse_settings(std::string_view text, const std::string& name, const Environment& environment);

// The keys that a variable of `environment` decides.
std::vector<const Key*> keys_of(const Environment& environment);

// All problems, each one line: `ServiceSettings.ListenAddress: "80x" is not HOST:PORT`. Empty: valid.
std::vector<std::string> validate(const Settings& settings);

// What stands for a secret that is not shown.
inline constexpr std::string_view secret_mask = "********************************";
// As JSON, by sections, every key. Hidden secrets are 32 asterisks, or "" when there is none.
enum class Secrets { hidden, shown };
std::string settings_text(const Settings& settings, Secrets secrets);

// 32 hex digits that change when a setting does (secrets aside), equal on nodes with equal settings.
std::string settings_hash(const Settings& settings);

}  // namespace concordat
