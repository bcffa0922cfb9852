#include "identity/configuration/key_values.hpp"

#include <filesystem>

#include "core/config/load.hpp"
#include "storage/crypto/durable_file.hpp"

namespace concordat::identity {

json::value plain_value(const Key& key, const Settings& settings) {
    return std::visit([](const auto* value) { return json::value_from(*value); }, key.read(settings));
}

json::value shown_value(const Key& key, const Settings& settings) {
    return masked_value(key, plain_value(key, settings));
}

json::value masked_value(const Key& key, json::value plain) {
    if (key.is_secret() && plain != "") return json::value(secret_mask);
    return plain;
}

const char* kind_of(const Key& key, const Settings& settings) {
    if (key.is_secret()) return "secret";
    if (key.rule.words) return "choice";
    constexpr const char* kinds[] = {"truth", "number", "text", "texts"};  // in the order of Slot
    return kinds[key.read(settings).index()];
}

std::string told_change(const Key& key, const Settings& before, const Settings& now) {
    const std::string kind = kind_of(key, now);
    if (kind != "truth" && kind != "number" && kind != "choice") return key.path() + " is another.";
    return key.path() + ": " + json::serialize(plain_value(key, before)) + " became " +
           json::serialize(plain_value(key, now)) + '.';
}

void write_settings_file(const LiveSettings::Change& change) {
    // Whoever made it a link to somewhere else meant the file there.
    storage::replace_file(std::filesystem::weakly_canonical(change.file), change.text);
}

}  // namespace concordat::identity
