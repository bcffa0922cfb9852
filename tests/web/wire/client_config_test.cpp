#include "web/wire/client_config.hpp"

#include <gtest/gtest.h>

#include <set>

#include "core/base/json.hpp"
#include "core/config/load.hpp"

namespace concordat::web {
namespace {

json::object config(bool signed_in, const Settings& settings = {}, const ClientFacts& facts = {},
                    const Features& features = {}) {
    return parse_json_value(client_config(settings, facts, features, signed_in)).get_object();
}

json::object licence(bool in_full, const Features& features = {}) {
    return parse_json_value(client_licence({}, {}, features, in_full)).get_object();
}

std::string value(const json::object& object, std::string_view key) {
    auto* found = object.if_contains(key);
    return found ? std::string(found->as_string()) : "(missing)";
}

TEST(ClientConfig, ShowsTheKeysClientsKnowBeforeAndAfterLogIn) {
    auto before = config(false), after = config(true);
    EXPECT_EQ(before.size(), 137u);
    EXPECT_EQ(after.size(), 277u);
    std::size_t flags = 0;
    for (const auto& member : before) {
        flags += member.key().starts_with("FeatureFlag");
        EXPECT_EQ(value(after, member.key()), std::string(member.value().as_string())) << member.key();
    }
    EXPECT_EQ(flags, 35u);
}

TEST(ClientConfig, AllValuesAreStrings) {
    for (const auto& member : config(true)) EXPECT_TRUE(member.value().is_string()) << member.key();
    for (const auto& member : licence(true)) {
        EXPECT_TRUE(member.value().is_string()) << member.key();
    }
}

TEST(ClientConfig, HasWhatClientsCannotDoWithout) {
    auto before = config(false), after = config(true);
    for (const char* key : {"Version",
                            "BuildNumber",
                            "BuildHash",
                            "BuildDate",
                            "BuildEnterpriseReady",
                            "SiteURL",
                            "SiteName",
                            "DiagnosticId",
                            "TelemetryId",
                            "WebsocketURL",
                            "WebsocketPort",
                            "WebsocketSecurePort",
                            "DefaultClientLocale",
                            "EnableSignInWithEmail",
                            "EnableSignInWithUsername",
                            "EnableSignUpWithEmail",
                            "EnableUserCreation",
                            "EnableOpenServer",
                            "NoAccounts",
                            "PasswordMinimumLength",
                            "PasswordRequireLowercase",
                            "PasswordRequireUppercase",
                            "PasswordRequireNumber",
                            "PasswordRequireSymbol",
                            "EnableLdap",
                            "LdapLoginFieldName",
                            "EnableSaml",
                            "SamlLoginButtonText",
                            "EnableMultifactorAuthentication",
                            "EnforceMultifactorAuthentication",
                            "HasImageProxy",
                            "PluginsEnabled"}) {
        EXPECT_TRUE(before.contains(key)) << key;
    }
    for (const char* key : {"AvailableLocales",
                            "MaxFileSize",
                            "MaxPostSize",
                            "CollapsedThreads",
                            "TeammateNameDisplay",
                            "RestrictDirectMessage",
                            "PostEditTimeLimit",
                            "MinimumHashtagLength",
                            "TimeBetweenUserTypingUpdatesMilliseconds",
                            "EnableUserTypingMessages",
                            "EnableFileAttachments",
                            "EnableCustomEmoji",
                            "EnableEmojiPicker",
                            "EnableLinkPreviews",
                            "MaxNotificationsPerChannel",
                            "EnableUserStatuses",
                            "EnableCustomUserStatuses",
                            "MaxMarkdownNodes",
                            "CustomUrlSchemes",
                            "ExperimentalGroupUnreadChannels",
                            "PostPriority",
                            "PostAcknowledgements",
                            "ScheduledPosts",
                            "AllowSyncedDrafts",
                            "EnableThemeSelection",
                            "UniqueEmojiReactionLimitPerPost",
                            "InstallationDate",
                            "SchemaVersion",
                            "SQLDriverName"}) {
        EXPECT_TRUE(after.contains(key)) << key;
    }
}

TEST(ClientConfig, DefaultsAreTheOnesClientsExpect) {
    auto after = config(true);
    EXPECT_EQ(value(after, "Version"), "11.6.0");
    EXPECT_EQ(value(after, "BuildEnterpriseReady"), "true");
    EXPECT_EQ(value(after, "MaxFileSize"), "104857600");
    EXPECT_EQ(value(after, "MaxPostSize"), "16383");
    EXPECT_EQ(value(after, "CollapsedThreads"), "always_on");
    EXPECT_EQ(value(after, "TeammateNameDisplay"), "username");
    EXPECT_EQ(value(after, "RestrictDirectMessage"), "any");
    EXPECT_EQ(value(after, "PostEditTimeLimit"), "-1");
    EXPECT_EQ(value(after, "MinimumHashtagLength"), "3");
    EXPECT_EQ(value(after, "TimeBetweenUserTypingUpdatesMilliseconds"), "5000");
    EXPECT_EQ(value(after, "WebsocketPort"), "80");
    EXPECT_EQ(value(after, "WebsocketSecurePort"), "443");
    EXPECT_EQ(value(after, "PasswordMinimumLength"), "8");
    EXPECT_EQ(value(after, "SQLDriverName"), "postgres");
    EXPECT_EQ(value(after, "DefaultClientLocale"), "en");
    EXPECT_EQ(value(after, "EnableUserCreation"), "true");
}

TEST(ClientConfig, FollowsSettingsAndFacts) {
    Settings settings;
    settings.ServiceSettings.SiteURL = "https://chat.example.org";
    settings.TeamSettings.SiteName = "Quotes \" and \\ and é";
    settings.DisplaySettings.CustomURLSchemes = {"git", "smtp"};
    settings.PasswordSettings.Number = true;
    ClientFacts facts;
    facts.diagnostic_id = "8c3j9xsm9tgx5krfyhfmx3yoch";
    facts.installation_date = 1790000000123;
    facts.schema_version = 7;
    facts.no_accounts = true;
    auto after = config(true, settings, facts);
    EXPECT_EQ(value(after, "SiteURL"), "https://chat.example.org");
    EXPECT_EQ(value(after, "SiteName"), "Quotes \" and \\ and é");
    EXPECT_EQ(value(after, "CustomUrlSchemes"), "git,smtp");
    EXPECT_EQ(value(after, "PasswordRequireNumber"), "true");
    EXPECT_EQ(value(after, "DiagnosticId"), facts.diagnostic_id);
    EXPECT_EQ(value(after, "TelemetryId"), facts.diagnostic_id);
    EXPECT_EQ(value(after, "InstallationDate"), "1790000000123");
    EXPECT_EQ(value(after, "SchemaVersion"), "7");
    EXPECT_EQ(value(after, "NoAccounts"), "true");
    EXPECT_FALSE(after.contains("AsymmetricSigningPublicKey"));
    facts.signing_key = "MFkw";
    facts.site_url = "https://elsewhere.example.org";
    EXPECT_EQ(value(config(false, settings, facts), "AsymmetricSigningPublicKey"), "MFkw");
    EXPECT_EQ(value(config(false, settings, facts), "SiteURL"), "https://elsewhere.example.org");
}

TEST(ClientConfig, DemandsNoFactorBeforeTheDate) {
    Settings settings;
    settings.ServiceSettings.EnforceMultifactorAuthentication = true;
    settings.GuestAccountsSettings.EnforceMultifactorAuthentication = true;
    settings.ConcordatSettings.MfaEnforcedFrom = 1790000000123;
    Features features;
    features.mfa = true;
    ClientFacts facts;
    EXPECT_EQ(value(config(true, settings, facts, features), "EnforceMultifactorAuthentication"), "true");
    EXPECT_FALSE(config(true, settings, facts, features).contains("ConcordatFactorsFrom"));
    facts.factors_wait = true;
    const auto waiting = config(true, settings, facts, features);
    EXPECT_EQ(value(waiting, "EnforceMultifactorAuthentication"), "false");
    EXPECT_EQ(value(waiting, "GuestAccountsEnforceMultifactorAuthentication"), "false");
    EXPECT_EQ(value(waiting, "ConcordatFactorsFrom"), "1790000000123");
    EXPECT_FALSE(config(false, settings, facts, features).contains("ConcordatFactorsFrom"));
}

TEST(ClientConfig, NeedsBothTheFeatureAndTheSetting) {
    Settings settings;
    Features features;
    features.scheduled_posts = false;
    settings.ServiceSettings.ScheduledPosts = true;
    EXPECT_EQ(value(config(true, settings, {}, features), "ScheduledPosts"), "false");
    features.scheduled_posts = true;
    EXPECT_EQ(value(config(true, settings, {}, features), "ScheduledPosts"), "true");
    settings.ServiceSettings.ScheduledPosts = false;
    EXPECT_EQ(value(config(true, settings, {}, features), "ScheduledPosts"), "false");
}

TEST(ClientConfig, LeadsNowhereElseAndReportsNothing) {
    auto after = config(true);
    for (const auto& member : after) {
        std::string_view text = member.value().as_string();
        EXPECT_EQ(text.find("://"), text.npos) << member.key();
    }
    for (const char* key : {"EnableDiagnostics", "DiagnosticsEnabled", "PluginsEnabled", "EnableMarketplace",
                            "AppsPluginEnabled", "EnableAskCommunityLink", "EnableGifPicker"}) {
        EXPECT_EQ(value(after, key), "false") << key;
    }
    for (const char* key : {"AppDownloadLink", "HelpLink", "AboutLink", "CWSURL", "ReportAProblemLink"}) {
        EXPECT_EQ(value(after, key), "") << key;
    }
}

TEST(ClientConfig, TellsNoSecret) {
    Settings settings;
    settings.SqlSettings.DataSource = "postgresql://u:hunter2@db/x";
    settings.FileSettings.PublicLinkSalt = "hunter2hunter2hunter2hunter2hunter2";
    settings.EmailSettings.SMTPPassword = "hunter2";
    EXPECT_EQ(client_config(settings, {}, {}, true).find("hunter2"), std::string::npos);
}

TEST(ClientLicence, IsThereAndPromisesOnlyWhatThereIs) {
    auto plain = licence(false);
    EXPECT_EQ(value(plain, "IsLicensed"), "true");
    EXPECT_EQ(value(plain, "SkuShortName"), "enterprise");
    EXPECT_EQ(value(plain, "Cloud"), "false");
    EXPECT_EQ(value(plain, "IsTrial"), "false");
    EXPECT_GT(std::stoll(value(plain, "ExpiresAt")), wall_clock());
    for (const char* key : {"Cluster", "OutgoingOAuthConnections", "IDLoadedPushNotifications",
                            "EmailNotificationContents", "Elasticsearch", "MHPNS"}) {
        EXPECT_EQ(value(plain, key), "false") << key;
    }
    for (const char* key :
         {"Announcement", "Compliance", "DataRetention", "GuestAccounts", "LDAP", "LDAPGroups",
          "CustomPermissionsSchemes", "GuestAccountsPermissions", "LockTeammateNameDisplay", "Metrics", "MFA",
          "SAML", "OpenId", "CustomTermsOfService", "GoogleOAuth", "Office365OAuth", "SharedChannels",
          "RemoteClusterService"})
        EXPECT_EQ(value(plain, key), "true");
    Features features;
    features.saml = false;
    features.open_id = false;
    features.guest_accounts = false;
    auto more = licence(false, features);
    EXPECT_EQ(value(more, "SAML"), "false");
    EXPECT_EQ(value(more, "GuestAccounts"), "false");
    EXPECT_EQ(value(more, "OpenId"), "false");
}

TEST(ClientLicence, KeepsItsHolderFromThoseWhoMayNotReadIt) {
    auto limited = licence(false);
    auto full = licence(true);
    for (const char* key : {"Id", "Name", "Email", "Company", "SkuName"}) {
        EXPECT_FALSE(limited.contains(key)) << key;
        EXPECT_TRUE(full.contains(key)) << key;
    }
    EXPECT_EQ(full.size(), limited.size() + 5);
}

TEST(VersionHeader, ChangesWithTheSettingsAndOnlyThen) {
    ClientFacts facts;
    facts.build_number = "0.1.0";
    Settings settings;
    EXPECT_EQ(version_header(facts, "abc"), "11.6.0.0.1.0.abc.true");
    auto before = version_header(facts, settings_hash(settings));
    EXPECT_EQ(before, version_header(facts, settings_hash(settings)));
    settings.TeamSettings.SiteName = "Other";
    EXPECT_NE(before, version_header(facts, settings_hash(settings)));
}

}  // namespace
}  // namespace concordat::web
