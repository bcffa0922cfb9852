// People and bots, as clients see them. What a reader may not see is removed by identity/account.
#pragma once
#include <boost/describe.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>
#include "core/base/json.hpp"
#include "core/model/ids.hpp"

namespace concordat {

using StringMap = std::map<std::string, std::string>;

struct User {
    UserId id;
    Millis create_at = 0;
    Millis update_at = 0;
    Millis delete_at = 0;  // deactivated then
    std::string username;
    std::string auth_data;
    std::string auth_service;
    std::string email;
    std::optional<bool> email_verified;
    std::string nickname;
    std::string first_name;
    std::string last_name;
    std::string position;
    std::string roles;  // separated by spaces
    std::optional<StringMap> props;
    std::optional<StringMap> notify_props;
    std::optional<Millis> last_password_update;
    std::optional<Millis> last_picture_update;
    std::optional<std::int64_t> failed_attempts;
    std::string locale;
    StringMap timezone;
    std::optional<bool> mfa_active;
    std::optional<std::string> remote_id;
    std::optional<bool> is_bot;
    std::optional<std::string> bot_description;
    bool disable_welcome_email = false;
    // Shown to the person only: the terms of service that they accepted last, and when.
    std::optional<std::string> terms_of_service_id;
    std::optional<Millis> terms_of_service_create_at;
};
BOOST_DESCRIBE_STRUCT(User, (),
                      (id, create_at, update_at, delete_at, username, auth_data, auth_service, email,
                       email_verified, nickname, first_name, last_name, position, roles, props, notify_props,
                       last_password_update, last_picture_update, failed_attempts, locale, timezone,
                       mfa_active, remote_id, is_bot, bot_description, disable_welcome_email,
                       terms_of_service_id, terms_of_service_create_at))

// A change of a profile: what is absent stays.
struct UserPatch {
    std::optional<std::string> username;
    std::optional<std::string> password;
    std::optional<std::string> nickname;
    std::optional<std::string> first_name;
    std::optional<std::string> last_name;
    std::optional<std::string> position;
    std::optional<std::string> email;
    std::optional<StringMap> props;
    std::optional<StringMap> notify_props;
    std::optional<std::string> locale;
    std::optional<StringMap> timezone;
};
BOOST_DESCRIBE_STRUCT(UserPatch, (),
                      (username, password, nickname, first_name, last_name, position, email, props,
                       notify_props, locale, timezone))

struct Status {
    UserId user_id;
    std::string status = "offline";  // online, away, dnd, offline, ooo
    bool manual = false;
    Millis last_activity_at = 0;
    std::int64_t dnd_end_time = 0;  // seconds; 0: never
};
BOOST_DESCRIBE_STRUCT(Status, (), (user_id, status, manual, last_activity_at, dnd_end_time))

struct Preference {
    UserId user_id;
    std::string category;
    std::string name;
    std::string value;
};
BOOST_DESCRIBE_STRUCT(Preference, (), (user_id, category, name, value))

}  // namespace concordat
