// The value of a setting as JSON, and as it may be told.
#pragma once
#include <string>
#include "core/base/json.hpp"
#include "core/config/keys.hpp"
#include "core/config/live.hpp"

namespace concordat::identity {

json::value plain_value(const Key& key, const Settings& settings);
// A secret that is set as 32 asterisks.
json::value shown_value(const Key& key, const Settings& settings);
json::value masked_value(const Key& key, json::value plain);
// truth, number, text, choice, texts, secret
const char* kind_of(const Key& key, const Settings& settings);
// What an auditor is told: switches, numbers and choices in full; texts may be secrets of somebody else.
std::string told_change(const Key& key, const Settings& before, const Settings& now);
// Puts the text of a change into the settings file, or whatever that is a link to.
void write_settings_file(const LiveSettings::Change& change);

}  // namespace concordat::identity
