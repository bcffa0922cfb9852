// The text of a settings file, and how it is changed: whoever wrote it finds it as it was, but for what was
// changed. Pure; any thread.
#pragma once
#include <string>
#include <string_view>
#include "core/base/json.hpp"

namespace concordat {

struct Key;

// Bytes of the longest file that is read.
inline constexpr std::size_t largest_settings_file = 4 << 20;

// Throws Error (invalid, "config.invalid") when it cannot be read or is longer.
std::string read_settings_text(const std::string& file);

// The tree of a file. Throws Error (invalid, "config.invalid") that names the line.
json::object settings_tree(std::string_view text, const std::string& name);

// `sections` without what says nothing: null, and secrets that were not changed. Throws Error (invalid):
// "config.unknown" for a section or key that is not known, "config.invalid" for a section that is none.
json::object told_settings(const json::object& sections);

// The tree with these values in it; the order of what was there stays.
json::object with_settings(json::object tree, const json::object& sections);

// What refuses a change of such a key to all but whoever runs the machine: forbidden, config.local.
Error changed_at_the_machine(const Key& key);

// One key a line.
std::string spelled_settings(const json::object& tree);

}  // namespace concordat
