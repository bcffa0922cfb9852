// Profiles: what an account needs to be one, and which parts of it somebody else owns.
//
// Pure functions.
#pragma once
#include <string>
#include <string_view>
#include "core/base/error.hpp"
#include "core/config/settings.hpp"
#include "core/model/user.hpp"

namespace concordat::identity {

inline constexpr std::size_t longest_email = 128;  // bytes
// Something that may be an address: one "@" with something on both sides, no spaces, at most 128 bytes.
bool is_email(const std::string& email);
// Whether the address is in one of the domains, separated by commas or spaces; none named: any.
// "a.org, b.org" admits ada@a.org, but not ada@x.a.org.
bool domain_is_allowed(const std::string& email, const std::string& domains);
// Throws Error invalid, model.user.is_valid.FIELD.app_error, for what is too long or not allowed.
void check_profile(const User& user);
// Gives what is unset its first value: locale, notifications, props, time zone.
void fill_in(User& user, const Settings& settings);
// Which unique key refused the row, in the words clients test for.
[[noreturn]] void explain_conflict(const Error& e);

bool has_role(const User& user, std::string_view role);
// The list with or without that role, sorted.
std::string with_role(const std::string& roles, const std::string& role, bool holds);

// What a directory or identity provider says of a person, and nobody may change here.
struct OwnedFields {
    bool username = false, email = false, nickname = false, first_name = false, last_name = false,
         position = false, picture = false;
};
OwnedFields owned_by_source(const User& user, const Settings& settings);

}  // namespace concordat::identity
