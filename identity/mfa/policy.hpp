// Who needs a second factor. Pure.
#pragma once
#include <string>
#include <vector>
#include "core/base/clock.hpp"
#include "core/config/settings.hpp"
#include "core/model/user.hpp"

namespace concordat::identity {

// What the rules look at.
struct FactorSubject {
    std::vector<std::string> roles;
    std::string service;  // as User::auth_service
    bool is_guest = false, is_bot = false;
};
FactorSubject factor_subject(const User& user);

// Whether the settings demand a second factor of this person there: of everybody, of guests, of holders of a
// role, of accounts of a service, of those who come from elsewhere. No rule counts while
// ServiceSettings.EnableMultifactorAuthentication is false, since nobody could set one up then. Bots have
// none. `address` "" is unknown, and counts as elsewhere.
bool demands_factor(const Settings& settings, const FactorSubject& who, const std::string& address);

// Whether those whom the rules demand one of are refused without it: until MfaEnforcedFrom they are only
// told.
bool are_factors_enforced(const Settings& settings, Millis now);

}  // namespace concordat::identity
