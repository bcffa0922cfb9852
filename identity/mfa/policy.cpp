#include "identity/mfa/policy.hpp"

#include <algorithm>

#include "core/base/addresses.hpp"
#include "core/base/text.hpp"
#include "identity/account/profile.hpp"

namespace concordat::identity {
namespace {

bool holds(const std::vector<std::string>& all, const std::string& one) {
    return std::find(all.begin(), all.end(), one) != all.end();
}

}  // namespace

FactorSubject factor_subject(const User& user) {
    return {split_words(user.roles), user.auth_service, has_role(user, "system_guest"),
            user.is_bot.value_or(false)};
}

bool demands_factor(const Settings& settings, const FactorSubject& who, const std::string& address) {
    const auto& service = settings.ServiceSettings;
    const auto& rules = settings.ConcordatSettings;
    if (!service.EnableMultifactorAuthentication || who.is_bot) return false;
    if (service.EnforceMultifactorAuthentication) return true;
    if (who.is_guest && settings.GuestAccountsSettings.EnforceMultifactorAuthentication) return true;
    for (const auto& role : who.roles)
        if (holds(rules.MfaForRoles, role)) return true;
    if (holds(rules.MfaForServices, who.service.empty() ? "email" : who.service)) return true;
    return !rules.MfaOutsideNetworks.empty() && !AddressList(rules.MfaOutsideNetworks).contains(address);
}

bool are_factors_enforced(const Settings& settings, Millis now) {
    return now >= settings.ConcordatSettings.MfaEnforcedFrom;
}

}  // namespace concordat::identity
