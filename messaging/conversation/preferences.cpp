#include "messaging/conversation/preferences.hpp"

#include <algorithm>

#include "core/base/text.hpp"
#include "core/model/facts.hpp"
#include "storage/tables/preferences.hpp"
#include "storage/tables/sidebar.hpp"

namespace concordat::messaging {
namespace {

constexpr std::size_t longest_key = 32;
constexpr std::size_t longest_value = 20000;
constexpr const char* favorite = "favorite_channel";

bool is_theme(const std::string& value) {
    boost::system::error_code failed;
    const auto theme = json::parse(value, failed);
    if (failed || !theme.is_object()) return false;
    return std::all_of(theme.get_object().begin(), theme.get_object().end(),
                       [](const auto& pair) { return pair.value().is_string(); });
}

bool is_text(const std::string& text, std::size_t least, std::size_t most) {
    const auto runes = rune_count(text);
    return runes >= least && runes <= most && is_utf8(text) && text.find('\0') == text.npos;
}

void check(const Preference& p) {
    require(is_text(p.category, 1, longest_key), Fault::invalid,
            "model.preference.is_valid.category.app_error", "The category has 1 to 32 characters.");
    require(is_text(p.name, 0, longest_key), Fault::invalid, "model.preference.is_valid.name.app_error",
            "The name has at most 32 characters.");
    require(is_text(p.value, 0, longest_value), Fault::invalid, "model.preference.is_valid.value.app_error",
            "The value is too long.");
    require(p.category != "theme" || is_theme(p.value), Fault::invalid,
            "model.preference.is_valid.theme.app_error", "A theme is a JSON object of texts.");
}

void check_batch(const UserId& user, const std::vector<Preference>& preferences) {
    if (preferences.empty() || preferences.size() > most_preferences) throw bad_body("preferences");
    for (const auto& p : preferences)
        require(p.user_id == user, Fault::forbidden, "api.preference.update_preferences.set.app_error",
                "These preferences belong to somebody else.");
}

// What favourites mean for the sidebar; an empty list of categories says "look again".
void follow_in_sidebar(storage::Tx& tx, const UserId& user, const std::vector<Preference>& preferences,
                       bool are_removed) {
    bool changed = false;
    for (const auto& p : preferences) {
        if (p.category != favorite || !looks_like_id(p.name)) continue;
        const auto channel = ChannelId::from_text(p.name);
        const bool wanted = !are_removed && p.value == "true";
        changed |= wanted ? storage::SidebarTable(tx).make_favorite(user, channel)
                          : storage::SidebarTable(tx).make_ordinary(user, channel);
    }
    if (changed) tx.emit(CategoriesUpdated{user, {}, {}});
}

}  // namespace

bool collapses_threads(storage::Tx& tx, const Settings& settings, const UserId& user) {
    const auto& mode = settings.ServiceSettings.CollapsedThreads;
    if (mode == "always_on") return true;
    if (mode == "disabled") return false;
    const auto chosen =
        storage::PreferenceTable(tx).find(user, "display_settings", "collapsed_reply_threads");
    return chosen ? chosen->value == "on" : mode == "default_on";
}

std::vector<Preference> Preferences::of_user(const UserId& user) {
    return db_.read([&](storage::Tx& tx) { return storage::PreferenceTable(tx).of_user(user); });
}

std::vector<Preference> Preferences::in_category(const UserId& user, const std::string& category) {
    auto found =
        db_.read([&](storage::Tx& tx) { return storage::PreferenceTable(tx).in_category(user, category); });
    require(!found.empty(), Fault::not_found, "app.preference.get_category.app_error",
            "There are no preferences in this category.");
    return found;
}

Preference Preferences::named(const UserId& user, const std::string& category, const std::string& name) {
    auto found =
        db_.read([&](storage::Tx& tx) { return storage::PreferenceTable(tx).find(user, category, name); });
    require(found.has_value(), Fault::invalid, "app.preference.get.app_error",
            "There is no such preference.");
    return *found;
}

void Preferences::check_saved_post(const Actor& actor, const Preference& p) {
    if (p.category != "flagged_post") return;
    const auto channel = looks_like_id(p.name) ? gate_.channel_of(PostId::from_text(p.name)) : std::nullopt;
    if (!channel) throw bad_body("preference.name");
    gate_.require_read(actor, *channel);
}

void Preferences::set(const Actor& actor, const UserId& user, const std::vector<Preference>& preferences) {
    check_batch(user, preferences);
    for (const auto& p : preferences) {
        check(p);
        check_saved_post(actor, p);
    }
    db_.transact([&](storage::Tx& tx) {
        storage::PreferenceTable(tx).set(preferences);
        follow_in_sidebar(tx, user, preferences, false);
        tx.emit(PreferencesChanged{user, preferences});
    });
}

void Preferences::remove(const UserId& user, const std::vector<Preference>& preferences) {
    check_batch(user, preferences);
    for (const auto& p : preferences)
        require(is_text(p.category, 1, longest_key) && is_text(p.name, 0, longest_key), Fault::invalid,
                "model.preference.is_valid.category.app_error");
    db_.transact([&](storage::Tx& tx) {
        storage::PreferenceTable(tx).remove(preferences);
        follow_in_sidebar(tx, user, preferences, true);
        tx.emit(PreferencesDeleted{user, preferences});
    });
}

}  // namespace concordat::messaging
