#include "identity/account/profile.hpp"

#include <algorithm>

#include "core/base/text.hpp"

namespace concordat::identity {
namespace {

constexpr std::size_t longest_username = 64, longest_name = 64, longest_position = 128, longest_locale = 5;
constexpr std::size_t longest_map = 65536;  // bytes of props, notify_props, timezone as JSON

bool is_username(const std::string& name) {
    static constexpr std::string_view reserved[] = {"all", "channel", "here", "matterbot", "system"};
    if (name.empty() || name.size() > longest_username ||
        std::find(std::begin(reserved), std::end(reserved), name) != std::end(reserved))
        return false;
    return std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
    });
}

Error invalid(const char* field, const char* text) {
    return {Fault::invalid, std::string("model.user.is_valid.") + field + ".app_error", text};
}

StringMap default_notify_props() {
    return {{"email", "true"},          {"push", "mention"},     {"desktop", "mention"},
            {"desktop_sound", "true"},  {"mention_keys", ""},    {"channel", "true"},
            {"push_status", "online"},  {"comments", "never"},   {"first_name", "false"},
            {"desktop_threads", "all"}, {"push_threads", "all"}, {"email_threads", "all"}};
}

}  // namespace

bool is_email(const std::string& email) {
    const auto at = email.find('@');
    return email.size() <= longest_email && at != std::string::npos && at > 0 && at + 1 < email.size() &&
           email.find('@', at + 1) == std::string::npos &&
           std::none_of(email.begin(), email.end(),
                        [](char c) { return c <= ' ' || c == 127 || c == '<' || c == '>' || c == ','; });
}

bool domain_is_allowed(const std::string& email, const std::string& domains) {
    std::string list = lower_ascii(domains);
    std::replace(list.begin(), list.end(), ',', ' ');
    const auto allowed = split_words(list);
    if (allowed.empty()) return true;
    const auto at = email.rfind('@');
    if (at == email.npos) return false;
    const auto domain = lower_ascii(email.substr(at + 1));
    return std::any_of(allowed.begin(), allowed.end(), [&](const std::string& one) {
        return domain == (one.starts_with('@') ? one.substr(1) : one);
    });
}

void check_profile(const User& u) {
    if (!is_username(u.username))
        throw invalid("username", "Usernames have 1 to 64 lowercase letters, digits and the symbols . - _");
    if (!u.is_bot.value_or(false) && !is_email(u.email))
        throw invalid("email", "The e-mail address is not valid.");
    if (rune_count(u.nickname) > longest_name)
        throw invalid("nickname", "The nickname is longer than 64 characters.");
    if (rune_count(u.first_name) > longest_name)
        throw invalid("first_name", "The first name is longer than 64 characters.");
    if (rune_count(u.last_name) > longest_name)
        throw invalid("last_name", "The last name is longer than 64 characters.");
    if (rune_count(u.position) > longest_position)
        throw invalid("position", "The position is longer than 128 characters.");
    if (u.locale.size() > longest_locale) throw invalid("locale", "The locale is not valid.");
    if (json_text(u.props.value_or(StringMap())).size() > longest_map)
        throw invalid("props", "The properties are too long.");
    if (json_text(u.notify_props.value_or(StringMap())).size() > longest_map)
        throw invalid("notify_props", "The notification properties are too long.");
    if (json_text(u.timezone).size() > longest_map) throw invalid("timezone", "The time zone is too long.");
}

void fill_in(User& u, const Settings& settings) {
    if (u.locale.empty()) u.locale = settings.LocalizationSettings.DefaultClientLocale;
    auto notify = default_notify_props();
    for (const auto& [key, value] : u.notify_props.value_or(StringMap())) notify[key] = value;
    u.notify_props = notify;
    if (!u.props) u.props = StringMap();
    if (u.timezone.empty())
        u.timezone = {{"automaticTimezone", ""}, {"manualTimezone", ""}, {"useAutomaticTimezone", "true"}};
}

void explain_conflict(const Error& e) {
    if (e.detail().find("users_by_email") != std::string::npos)
        throw Error(Fault::invalid, "app.user.save.email_exists.app_error",
                    "An account with that email already exists.");
    throw Error(Fault::invalid, "app.user.save.username_exists.app_error",
                "An account with that username already exists.");
}

bool has_role(const User& user, std::string_view role) {
    const auto roles = split_words(user.roles);
    return std::find(roles.begin(), roles.end(), role) != roles.end();
}

std::string with_role(const std::string& roles, const std::string& role, bool holds) {
    auto words = split_words(roles);
    std::erase(words, role);
    if (holds) words.push_back(role);
    std::sort(words.begin(), words.end());
    std::string out;
    for (const auto& word : words) out += (out.empty() ? "" : " ") + word;
    return out;
}

OwnedFields owned_by_source(const User& user, const Settings& settings) {
    const auto& service = user.auth_service;
    OwnedFields owned;
    auto take = [&](const auto& source) {
        owned.email = !source.EmailAttribute.empty();
        owned.username = !source.UsernameAttribute.empty();
        owned.first_name = !source.FirstNameAttribute.empty();
        owned.last_name = !source.LastNameAttribute.empty();
        owned.nickname = !source.NicknameAttribute.empty();
        owned.position = !source.PositionAttribute.empty();
    };
    if (service == "ldap") {
        take(settings.LdapSettings);
        owned.picture = !settings.LdapSettings.PictureAttribute.empty();
    } else if (service == "saml") {
        take(settings.SamlSettings);
    } else if (!service.empty()) {
        owned.email = owned.username = owned.first_name = owned.last_name = true;
    }
    return owned;
}

}  // namespace concordat::identity
