#include "core/config/load.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdio>
#include <fstream>

#include "core/base/clock.hpp"
#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/config/keys.hpp"

namespace concordat {
namespace {

// What load says about `text`; "" when it takes it.
std::string complaint_about(const std::string& text, const Environment& environment = {}) {
    try {
        parse_settings(text, "config.json", environment);
        return "";
    } catch (const Error& error) {
        EXPECT_EQ(error.fault(), Fault::invalid);
        EXPECT_EQ(error.id(), "config.invalid");
        EXPECT_EQ(error.text().find('\n'), std::string::npos);
        return error.text();
    }
}

TEST(LoadSettings, DefaultsAreValid) {
    EXPECT_EQ(validate(Settings{}), std::vector<std::string>{});
    auto loaded = load_settings("", {});
    EXPECT_EQ(loaded.warnings, std::vector<std::string>{});
    EXPECT_EQ(loaded.settings.FileSettings.MaxFileSize, 104857600);
    EXPECT_EQ(loaded.settings.ServiceSettings.ConnectionSecurity, "TLS");
}

TEST(LoadSettings, TakesWhatTheFileSaysAndKeepsTheRest) {
    auto loaded =
        parse_settings(R"({"ServiceSettings":{"SiteURL":"https://chat.example.org/team","ReadTimeout":12,
        "TrustedProxies":["10.0.0.0/8","::1"],"EnableDeveloper":null},
        "TeamSettings":{"EnableOpenServer":true}})",
                       "x", {});
    const auto& s = loaded.settings;
    EXPECT_EQ(s.ServiceSettings.SiteURL, "https://chat.example.org/team");
    EXPECT_EQ(s.ServiceSettings.ReadTimeout, 12);
    EXPECT_EQ(s.ServiceSettings.TrustedProxies, (std::vector<std::string>{"10.0.0.0/8", "::1"}));
    EXPECT_TRUE(s.TeamSettings.EnableOpenServer);
    EXPECT_EQ(s.ServiceSettings.WriteTimeout, 300);
    EXPECT_TRUE(loaded.warnings.empty());
}

TEST(LoadSettings, TheEnvironmentOverrulesTheFile) {
    Environment environment = {{"MM_SERVICESETTINGS_SITEURL", "https://mm.example.org"},
                               {"MM_TEAMSETTINGS_SITENAME", "From MM"},
                               {"CONCORDAT_TEAMSETTINGS_SITENAME", "From us"},
                               {"CONCORDAT_SERVICESETTINGS_READTIMEOUT", "7"},
                               {"MM_TEAMSETTINGS_ENABLEOPENSERVER", "TRUE"},
                               {"MM_SERVICESETTINGS_TRUSTEDPROXIES", "10.0.0.0/8, ::1"},
                               {"MM_CLIENTREQUIREMENTS_IOSMINVERSION", "2.0"},
                               {"PATH", "/bin"}};
    auto loaded = parse_settings(
        R"({"TeamSettings":{"SiteName":"File"},"ServiceSettings":{"ReadTimeout":5}})", "x", environment);
    EXPECT_EQ(loaded.settings.ServiceSettings.SiteURL, "https://mm.example.org");
    EXPECT_EQ(loaded.settings.TeamSettings.SiteName, "From us");
    EXPECT_EQ(loaded.settings.ServiceSettings.ReadTimeout, 7);
    EXPECT_TRUE(loaded.settings.TeamSettings.EnableOpenServer);
    EXPECT_EQ(loaded.settings.ServiceSettings.TrustedProxies,
              (std::vector<std::string>{"10.0.0.0/8", "::1"}));
    EXPECT_EQ(loaded.settings.ClientRequirements.IosMinVersion, "2.0");
    EXPECT_TRUE(loaded.warnings.empty());
}

TEST(LoadSettings, NamesTheVariableThatIsWrong) {
    EXPECT_EQ(complaint_about("{}", {{"MM_SERVICESETTINGS_READTIMEOUT", "soon"}}),
              "ServiceSettings.ReadTimeout (from MM_SERVICESETTINGS_READTIMEOUT): must be a whole number");
    EXPECT_EQ(complaint_about("{}", {{"CONCORDAT_TEAMSETTINGS_ENABLEOPENSERVER", "yes"}}),
              "TeamSettings.EnableOpenServer (from CONCORDAT_TEAMSETTINGS_ENABLEOPENSERVER): must be true or "
              "false");
}

TEST(LoadSettings, SaysInOneLineWhichKeyIsWrongAndWhy) {
    EXPECT_EQ(complaint_about(R"({"ServiceSettings":{"ListenAddress":"80x"}})"),
              R"(ServiceSettings.ListenAddress: "80x" is not HOST:PORT)");
    EXPECT_EQ(complaint_about(R"({"ServiceSettings":{"ReadTimeout":"12"}})"),
              "ServiceSettings.ReadTimeout: must be a whole number");
    EXPECT_EQ(complaint_about(R"({"ServiceSettings":{"ReadTimeout":0}})"),
              "ServiceSettings.ReadTimeout: 0 is not between 1 and 86400");
    EXPECT_EQ(complaint_about(R"({"ServiceSettings":{"ReadTimeout":1.5}})"),
              "ServiceSettings.ReadTimeout: must be a whole number");
    EXPECT_EQ(complaint_about(R"({"ServiceSettings":{"EnableCustomEmoji":"true"}})"),
              "ServiceSettings.EnableCustomEmoji: must be true or false");
    EXPECT_EQ(complaint_about(R"({"ServiceSettings":{"TrustedProxies":"10.0.0.1"}})"),
              "ServiceSettings.TrustedProxies: must be a list of texts");
    EXPECT_EQ(
        complaint_about(R"({"ServiceSettings":{"TrustedProxies":["10.0.0.1","10.0.0.0/33"]}})"),
        R"(ServiceSettings.TrustedProxies: "10.0.0.0/33" is not an address or a network like 10.0.0.0/8)");
    EXPECT_EQ(complaint_about(R"({"TeamSettings":{"RestrictDirectMessage":"all"}})"),
              R"(TeamSettings.RestrictDirectMessage: "all" is not one of any, team)");
    EXPECT_EQ(complaint_about(R"({"ServiceSettings":{"ConnectionSecurity":"SSL"}})"),
              R"(ServiceSettings.ConnectionSecurity: "SSL" is not one of "", TLS)");
    EXPECT_EQ(complaint_about(R"({"TeamSettings":7})"), "TeamSettings: must be an object");
    EXPECT_EQ(complaint_about("[]"), "config.json: must be a JSON object");
}

TEST(LoadSettings, SaysWhereTheTextIsNotJson) {
    EXPECT_EQ(complaint_about("{\n\"TeamSettings\": {\n  oops\n}}").find("config.json: line 3 is not JSON ("),
              0u);
    EXPECT_EQ(complaint_about("{}\n}").find("config.json: line 2 is not JSON ("), 0u);
    EXPECT_EQ(complaint_about("").find("config.json: line 1 is not JSON ("), 0u);
    EXPECT_EQ(complaint_about(std::string(1000, '[')).find("config.json: line 1 is not JSON ("), 0u);
}

TEST(LoadSettings, CountsFurtherProblemsAndListsThemForTheLog) {
    try {
        parse_settings(R"({"ServiceSettings":{"ReadTimeout":0,"IdleTimeout":0}})", "x", {});
        FAIL() << "taken";
    } catch (const Error& error) {
        EXPECT_EQ(error.text(), "ServiceSettings.ReadTimeout: 0 is not between 1 and 86400 (and 1 more)");
        EXPECT_NE(error.detail().find("IdleTimeout"), std::string::npos);
    }
}

TEST(LoadSettings, SeesWhatOnlyTwoKeysTogetherTell) {
    EXPECT_NE(complaint_about(R"({"ServiceSettings":{"TLSCertFile":"/etc/cert.pem"}})"), "");
    EXPECT_NE(complaint_about(R"({"ServiceSettings":{"EnforceMultifactorAuthentication":true}})"), "");
    const auto factors_from = [](Millis at) {
        return complaint_about(R"({"ConcordatSettings":{"MfaEnforcedFrom":)" + std::to_string(at) + "}}");
    };
    constexpr Millis day = 24LL * 3600 * 1000;
    EXPECT_EQ(factors_from(wall_clock() + 365 * day), "");
    EXPECT_NE(factors_from(wall_clock() + 367 * day), "");
    EXPECT_NE(factors_from(-1), "");
    EXPECT_NE(complaint_about(R"({"EmailSettings":{"SendEmailNotifications":true}})"), "");
    EXPECT_NE(complaint_about(
                  R"({"EmailSettings":{"EnableSignInWithEmail":false,"EnableSignInWithUsername":false}})"),
              "");
    EXPECT_NE(complaint_about(R"({"ServiceSettings":{"AllowCorsFrom":"*","CorsAllowCredentials":true}})"),
              "");
    EXPECT_NE(complaint_about(R"({"FileSettings":{"EnablePublicLink":true}})"), "");
    EXPECT_NE(complaint_about(R"({"ConcordatSettings":{"Argon2MemoryKiB":8192}})"), "");
    EXPECT_EQ(complaint_about(R"({"ConcordatSettings":{"Argon2MemoryKiB":8192,"Argon2Iterations":5}})"), "");
    EXPECT_NE(complaint_about(R"({"ConcordatSettings":{"AuditSyslogCertificateFile":"/a.pem"}})"), "");
    EXPECT_NE(complaint_about(R"({"ExperimentalAuditSettings":{"FileEnabled":true}})"), "");
    EXPECT_EQ(complaint_about(R"({"ExperimentalAuditSettings":{"FileEnabled":true,"FileName":"/a.jsonl"}})"),
              "");
}

TEST(LoadSettings, AReceiverNeedsAHostAndAPort) {
    for (const char* address : {":6514", "siem.example.org", "siem.example.org:0", "siem:99999"})
        EXPECT_NE(complaint_about(std::string(R"({"ConcordatSettings":{"AuditSyslogAddress":")") + address +
                                  R"("}})"),
                  "")
            << address;
    for (const char* address : {"", "siem.example.org:6514", "[::1]:6514"})
        EXPECT_EQ(complaint_about(std::string(R"({"ConcordatSettings":{"AuditSyslogAddress":")") + address +
                                  R"("}})"),
                  "")
            << address;
}

TEST(LoadSettings, WarnsOfWhatItDoesNotKnow) {
    auto loaded = parse_settings(
        R"({"PluginSettings":{"Enable":true},"ServiceSettings":{"SiteUrl":"x","LicenseFileLocation":""}})",
        "x", {{"MM_SERVICESETTINGS_SITEULR", "x"}, {"MM_CONFIG", "x"}});
    EXPECT_EQ(
        loaded.warnings,
        (std::vector<std::string>{
            "PluginSettings: this section is ignored, it is not known here",
            "ServiceSettings: ignored, not known here: SiteUrl (is SiteURL meant?), LicenseFileLocation",
            "MM_SERVICESETTINGS_SITEULR: ignored, no such setting"}));
}

TEST(LoadSettings, WarnsWhenTlsIsOffWhereOthersCanReach) {
    EXPECT_EQ(parse_settings(R"({"ServiceSettings":{"ConnectionSecurity":""}})", "x", {}).warnings.size(),
              1u);
    EXPECT_EQ(parse_settings(
                  R"({"ServiceSettings":{"ConnectionSecurity":"","ListenAddress":"127.0.0.1:80"}})", "x", {})
                  .warnings.size(),
              0u);
}

TEST(LoadSettings, NeverQuotesASecret) {
    auto said = complaint_about(R"({"FileSettings":{"PublicLinkSalt":"hunter2"}})");
    EXPECT_EQ(said, "FileSettings.PublicLinkSalt: the value is shorter than 32 characters");
    Settings settings;
    settings.EmailSettings.SMTPPassword = "hunter2";
    settings.SqlSettings.DataSource = "postgresql://u:hunter2@db/x";
    auto hidden = settings_text(settings, Secrets::hidden);
    EXPECT_EQ(hidden.find("hunter2"), std::string::npos);
    EXPECT_NE(hidden.find(R"("SMTPPassword":"********************************")"), std::string::npos);
    EXPECT_NE(settings_text(settings, Secrets::shown).find("hunter2"), std::string::npos);
    for (const auto& key : setting_keys()) {
        bool sounds_secret =
            key.name.ends_with("Password") || key.name.ends_with("Salt") || key.name == "DataSource";
        EXPECT_TRUE(!sounds_secret || key.is_secret()) << key.path();
    }
}

TEST(LoadSettings, WhatIsWrittenIsReadBackTheSame) {
    Settings settings;
    settings.TeamSettings.SiteName = "Zoë & \"friends\"";
    settings.ServiceSettings.TrustedProxies = {"10.0.0.0/8"};
    settings.PasswordSettings.Number = true;
    settings.PasswordSettings.MinimumLength = 12;
    auto again = parse_settings(settings_text(settings, Secrets::shown), "x", {});
    EXPECT_TRUE(changed_keys(settings, again.settings).empty());
    EXPECT_TRUE(again.warnings.empty());
    EXPECT_EQ(settings_hash(settings), settings_hash(again.settings));
    EXPECT_NE(settings_hash(settings), settings_hash(Settings{}));
    EXPECT_EQ(settings_hash(settings).size(), 32u);
}

TEST(LoadSettings, ReadsAFileAndSaysWhenItCannot) {
    auto path = ::testing::TempDir() + "load_test_config.json";
    std::ofstream(path) << R"({"TeamSettings":{"SiteName":"Here"}})";
    ::chmod(path.c_str(), 0600);
    auto loaded = load_settings(path, {});
    EXPECT_EQ(loaded.settings.TeamSettings.SiteName, "Here");
    EXPECT_TRUE(loaded.warnings.empty());
    ::chmod(path.c_str(), 0644);
    EXPECT_EQ(load_settings(path, {}).warnings.size(), 1u);
    std::remove(path.c_str());
    try {
        load_settings(path, {});
        FAIL() << "read a file that is not there";
    } catch (const Error& error) {
        EXPECT_EQ(error.text(), path + ": cannot be read: No such file or directory");
    }
}

TEST(SettingKeys, EachStandsThereOnce) {
    std::map<std::string, int> seen;
    std::map<std::string_view, int> runs;
    std::string_view section;
    for (const auto& key : setting_keys()) {
        EXPECT_EQ(++seen[key.path()], 1) << key.path();
        if (key.section == section) continue;
        section = key.section;
        EXPECT_EQ(++runs[section], 1) << "scattered: " << section;
    }
    Settings settings;
    std::map<const void*, std::string> members;
    for (const auto& key : setting_keys()) {
        auto* member = std::visit([](auto* at) -> const void* { return at; }, key.read(settings));
        EXPECT_TRUE(members.emplace(member, key.path()).second) << key.path() << " is " << members[member];
    }
}

}  // namespace
}  // namespace concordat
