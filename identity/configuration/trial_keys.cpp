#include "identity/configuration/trial_keys.hpp"

namespace concordat::identity {
namespace {

constexpr auto by_administrator = TrialWay::administrator;

struct TrialKey {
    std::string_view section, name;  // no name: the whole section
    std::string_view service;
    bool is_of_file = false;
    bool (*is_on)(const Settings&) = nullptr;  // none: always
};

#define ENABLED(section) [](const Settings& s) { return s.section.Enable; }
constexpr TrialKey trial_keys[] = {
    {"LdapSettings", "", "ldap", false, ENABLED(LdapSettings)},
    {"SamlSettings", "", "saml", false, ENABLED(SamlSettings)},
    {"GitLabSettings", "", "gitlab", false, ENABLED(GitLabSettings)},
    {"GoogleSettings", "", "google", false, ENABLED(GoogleSettings)},
    {"Office365Settings", "", "office365", false, ENABLED(Office365Settings)},
    {"OpenIdSettings", "", "openid", false, ENABLED(OpenIdSettings)},
    {"ConcordatSettings", "DirectoryFiles", "ldap", true,
     [](const Settings& s) { return !s.ConcordatSettings.DirectoryFiles.empty(); }},
    {"ConcordatSettings", "SamlProviderFiles", "saml", true,
     [](const Settings& s) { return !s.ConcordatSettings.SamlProviderFiles.empty(); }},
    {"ConcordatSettings", "OpenIdProviderFiles", "openid", true,
     [](const Settings& s) { return !s.ConcordatSettings.OpenIdProviderFiles.empty(); }},
    {"ConcordatSettings", "ProviderFetchNetworks", by_administrator},
    {"ConcordatSettings", "RolesFromProviders", by_administrator},
    {"ConcordatSettings", "AllowedNetworks", by_administrator},
    {"ConcordatSettings", "MfaForRoles", by_administrator},
    {"ConcordatSettings", "MfaForServices", by_administrator},
    {"ConcordatSettings", "MfaOutsideNetworks", by_administrator},
    {"ConcordatSettings", "MfaEnforcedFrom", by_administrator},
    {"ConcordatSettings", "StepUpMinutes", by_administrator},
    {"ConcordatSettings", "FirstDelaySeconds", by_administrator},
    {"ConcordatSettings", "LongestDelaySeconds", by_administrator},
    {"ServiceSettings", "SiteURL", by_administrator},
    {"ServiceSettings", "AllowCookiesForSubdomains", by_administrator},
    {"ServiceSettings", "ExperimentalStrictCSRFEnforcement", by_administrator},
    {"ServiceSettings", "MaximumLoginAttempts", by_administrator},
    {"ServiceSettings", "EnableMultifactorAuthentication", by_administrator},
    {"ServiceSettings", "EnforceMultifactorAuthentication", by_administrator},
    {"EmailSettings", "EnableSignInWithEmail", by_administrator},
    {"EmailSettings", "EnableSignInWithUsername", by_administrator},
    {"EmailSettings", "RequireEmailVerification", by_administrator},
    {"GuestAccountsSettings", "", by_administrator},
};
#undef ENABLED

}  // namespace

std::optional<TrialWay> trial_way(const Key& key, const Settings& next) {
    for (const auto& line : trial_keys) {
        if (line.section != key.section || (!line.name.empty() && line.name != key.name)) continue;
        if (line.is_on && !line.is_on(next)) return TrialWay{by_administrator};
        return TrialWay{line.service, line.is_of_file};
    }
    return std::nullopt;
}

bool can_lock_out(const Key& key, const Settings& now) {
    if (key.needs_restart()) return false;
    for (const auto& line : trial_keys)
        if (line.section == key.section && (line.name.empty() || line.name == key.name))
            return !line.is_on || line.is_on(now) || key.name == "Enable" || !line.name.empty();
    return false;
}

}  // namespace concordat::identity
