#include "identity/configuration/section_rights.hpp"

namespace concordat::identity {
namespace {

#define BOTH(name) Permission::sysconsole_read_##name, Permission::sysconsole_write_##name
constexpr SectionRight rights[] = {
    {"ServiceSettings", Permission::sysconsole_read_environment_web_server, Permission::manage_system},
    {"TeamSettings", BOTH(site_users_and_teams)},
    {"SqlSettings", BOTH(environment_database)},
    {"FileSettings", BOTH(environment_file_storage)},
    {"EmailSettings", BOTH(environment_smtp)},
    {"PasswordSettings", BOTH(authentication_password)},
    {"RateLimitSettings", BOTH(environment_rate_limiting)},
    {"PrivacySettings", BOTH(site_users_and_teams)},
    {"LogSettings", BOTH(environment_logging)},
    {"SupportSettings", BOTH(site_customization)},
    {"LocalizationSettings", BOTH(site_localization)},
    {"MetricsSettings", BOTH(environment_performance_monitoring)},
    {"DisplaySettings", BOTH(site_posts)},
    {"GuestAccountsSettings", BOTH(authentication_guest_access)},
    {"LdapSettings", BOTH(authentication_ldap)},
    {"SamlSettings", BOTH(authentication_saml)},
    {"GitLabSettings", BOTH(authentication_openid)},
    {"GoogleSettings", BOTH(authentication_openid)},
    {"Office365Settings", BOTH(authentication_openid)},
    {"OpenIdSettings", BOTH(authentication_openid)},
    {"ImageProxySettings", BOTH(environment_image_proxy)},
    {"AnnouncementSettings", BOTH(site_announcement_banner)},
    {"ThemeSettings", BOTH(site_customization)},
    {"ExperimentalSettings", BOTH(experimental_features)},
    {"NativeAppSettings", BOTH(site_customization)},
    {"MessageExportSettings", BOTH(compliance_compliance_export)},
    {"DataRetentionSettings", BOTH(compliance_data_retention_policy)},
    {"ComplianceSettings", BOTH(compliance_compliance_monitoring)},
};
#undef BOTH

}  // namespace

SectionRight right_over(std::string_view section) {
    for (const auto& right : rights)
        if (right.section == section) return right;
    return {section, Permission::manage_system, Permission::manage_system};
}

}  // namespace concordat::identity
