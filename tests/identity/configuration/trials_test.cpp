#include "identity/configuration/trials.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "identity/configuration/trial_keys.hpp"
#include "identity/decision/decisions.hpp"
#include "tests/support/refusal.hpp"
#include "tests/support/store.hpp"

namespace concordat::identity {
namespace {

constexpr auto wrong_base = R"({"LdapSettings":{"BaseDN":"ou=wrong","BindPassword":"n3w-secret"}})";

class TrialsTest : public testing::Test {
protected:
    TrialsTest() {
        settings.change(
            json::parse(R"({"LdapSettings":{"Enable":true,"LdapServer":"localhost","LdapPort":3890,
            "BaseDN":"ou=people","IdAttribute":"entryUUID","UsernameAttribute":"uid","EmailAttribute":"mail",
            "LoginIdAttribute":"uid","BindUsername":"cn=reader","BindPassword":"0ld-secret"}})")
                .as_object(),
            LiveSettings::From::machine,
            [](const LiveSettings::Change& change) { std::ofstream(change.file) << change.text; });
    }
    SettingsRequest by(const Actor& actor) { return {actor, "attempt", "192.0.2.7"}; }
    SettingsRequest at_the_machine() { return {nobody, "attempt", {}, true}; }
    json::object begin(const std::string& sections, std::int64_t minutes = 10) {
        auto shown = trials.begin(by(admin), json::parse(sections).as_object(), minutes);
        store.wait(Trials::settling + 1);
        return shown;
    }
    std::string refused_begin(const Actor& actor, const std::string& sections, std::int64_t minutes = 10) {
        return test::refusal([&] { trials.begin(by(actor), json::parse(sections).as_object(), minutes); });
    }
    // What SignIn writes down.
    void sign_in(const std::string& attempt, const std::string& service, bool is_admitted = true,
                 const UserId& user = {}, const std::string& provider = {}) {
        Trail trail("sign_in", attempt, "192.0.2.9");
        trail.decision.service = service;
        trail.decision.provider = provider;
        trail.decision.user_id = user;
        trail.decision.session_id = SessionId::fresh(store.now());
        is_admitted ? trail.admitted("session.started") : trail.refused("password.matches");
        decisions.record(trail);
    }
    std::string base() { return settings.current()->LdapSettings.BaseDN; }
    std::string file() {
        std::ifstream in(store.directory.path("config.json"));
        return {std::istreambuf_iterator<char>(in), {}};
    }
    std::vector<std::string> rules() {
        std::vector<std::string> out;
        for (const auto& each : decisions.list({.act = "settings"})) out.push_back(each.rule);
        return out;  // the newest first
    }
    bool is_running() { return trials.show(by(admin)).at("is_running").as_bool(); }
    std::string refused_confirm() {
        return test::refusal([&] { trials.confirm(by(admin), false); });
    }

    test::Store store;
    LiveSettings settings{store.directory.path("config.json"), {}, LiveSettings::File::optional};
    Decisions decisions{store.db};
    Configuration configuration{store.db, settings, store.gate, decisions};
    Trials trials{store.db, settings, store.gate, configuration, decisions};
    const Actor admin = store.actor(store.admin());
    const UserId boss = admin.user_id;
    const Actor member = store.actor(store.user("bob"));
    const Actor nobody;
};

TEST_F(TrialsTest, EachKeyOfTheTableExists) {
    Settings on;
    on.SamlSettings.Enable = true;
    int ways = 0;
    for (const auto& key : setting_keys()) {
        const auto way = trial_way(key, on);
        if (!way) continue;
        ++ways;
        EXPECT_EQ(way->service == "saml", key.section == "SamlSettings") << key.path();
        if (key.section == "LdapSettings") {
            EXPECT_EQ(way->service, TrialWay::administrator);
        }
    }
    EXPECT_GT(ways, 100);
    const auto has = [&](std::string_view path) {
        for (const auto& key : setting_keys())
            if (key.path() == path) return trial_way(key, on).has_value();
        return false;
    };
    EXPECT_TRUE(has("ConcordatSettings.AllowedNetworks"));
    EXPECT_TRUE(has("ServiceSettings.EnforceMultifactorAuthentication"));
    EXPECT_TRUE(has("EmailSettings.EnableSignInWithUsername"));
    EXPECT_FALSE(has("TeamSettings.SiteName"));
    EXPECT_FALSE(has("EmailSettings.SMTPServer"));
}

TEST_F(TrialsTest, IsInForceAtOnceAndGoesBackAtItsEnd) {
    const auto shown = begin(wrong_base);
    EXPECT_EQ(base(), "ou=wrong");
    EXPECT_NE(file().find("ou=wrong"), std::string::npos);
    EXPECT_TRUE(shown.at("is_running").as_bool());
    EXPECT_TRUE(trials.is_trying_directories());
    trials.tick();
    EXPECT_EQ(base(), "ou=wrong");
    store.wait(10 * 60'000);
    EXPECT_EQ(refused_confirm(), "config.trial.unproven");
    trials.tick();
    EXPECT_EQ(base(), "ou=people");
    EXPECT_EQ(settings.current()->LdapSettings.BindPassword, "0ld-secret");
    EXPECT_NE(file().find("ou=people"), std::string::npos);
    EXPECT_EQ(file().find("n3w-secret"), std::string::npos);
    EXPECT_FALSE(is_running());
    EXPECT_FALSE(trials.is_trying_directories());
    EXPECT_EQ(rules(), (std::vector<std::string>{"settings.trial.rolled_back", "settings.trial.begun"}));
    EXPECT_EQ(refused_confirm(), "config.trial.none");
    EXPECT_EQ(test::refusal([&] { trials.roll_back(by(admin)); }), "config.trial.none");
}

TEST_F(TrialsTest, ASignInByTheWayThatWasChangedMakesItConfirmable) {
    begin(wrong_base);
    sign_in("own", "", true, boss);
    sign_in("elsewhere", "ldap", true, {}, "branch");
    sign_in("wrong", "ldap", false);
    EXPECT_EQ(refused_confirm(), "config.trial.unproven");
    sign_in("right", "ldap");
    const auto shown = trials.show(by(admin));
    EXPECT_TRUE(shown.at("is_proven").as_bool());
    EXPECT_EQ(shown.at("ways").at(0).at("attempt"), "right");
    EXPECT_EQ(shown.at("admitted"), 3);
    EXPECT_EQ(shown.at("refused"), 1);
    EXPECT_EQ(shown.at("attempts").at(0).at("attempt"), "right");
    EXPECT_TRUE(is_running()) << "it is not made final by itself";
    trials.confirm(by(admin), false);
    EXPECT_FALSE(is_running());
    EXPECT_EQ(base(), "ou=wrong");
    EXPECT_EQ(rules(), (std::vector<std::string>{"settings.trial.final", "settings.trial.seen",
                                                 "settings.trial.begun"}));
    store.wait(3'600'000);
    trials.tick();
    EXPECT_EQ(base(), "ou=wrong");
}

TEST_F(TrialsTest, ASignInThatMayHaveBegunBeforeProvesNothing) {
    trials.begin(by(admin), json::parse(wrong_base).as_object(), 10);
    sign_in("early", "ldap");
    EXPECT_EQ(trials.show(by(admin)).at("admitted"), 1);
    EXPECT_EQ(refused_confirm(), "config.trial.unproven");
}

TEST_F(TrialsTest, AFactorIsProvenByAnAdministratorOnly) {
    begin(
        R"({"ServiceSettings":{"EnforceMultifactorAuthentication":true,"EnableMultifactorAuthentication":true}})");
    sign_in("bob", "", true, member.user_id);
    EXPECT_EQ(refused_confirm(), "config.trial.unproven");
    sign_in("boss", "", true, boss);
    trials.confirm(by(admin), false);
    EXPECT_TRUE(settings.current()->ServiceSettings.EnforceMultifactorAuthentication);
}

TEST_F(TrialsTest, AWayThatIsSwitchedOffIsProvenByAnAdministrator) {
    const auto shown = begin(R"({"LdapSettings":{"Enable":false}})");
    EXPECT_EQ(shown.at("ways").at(0).at("way"), "administrator");
}

TEST_F(TrialsTest, RefusesWhatIsNoTrial) {
    EXPECT_EQ(refused_begin(member, wrong_base), "api.context.permissions.app_error");
    EXPECT_EQ(refused_begin(admin, wrong_base, 0), "config.trial.minutes");
    EXPECT_EQ(refused_begin(admin, wrong_base, 61), "config.trial.minutes");
    EXPECT_EQ(refused_begin(admin, "{}"), "config.trial.key");
    EXPECT_EQ(refused_begin(admin, R"({"TeamSettings":{"SiteName":"Two"}})"), "config.trial.key");
    EXPECT_EQ(refused_begin(admin, R"({"LdapSettings":{"LdapPort":0}})"), "config.invalid");
    EXPECT_EQ(refused_begin(admin, R"({"ConcordatSettings":{"DirectoryFiles":["/x.json"]}})"),
              "config.local");
    EXPECT_EQ(base(), "ou=people");
    EXPECT_FALSE(is_running());
    // Nothing begun; that somebody might not is on record.
    for (const auto& rule : rules()) EXPECT_EQ(rule, "settings.asked");
}

TEST_F(TrialsTest, ThereIsOneAndItsKeysAreNotChangedOtherwise) {
    begin(wrong_base);
    EXPECT_EQ(refused_begin(admin, R"({"SamlSettings":{"LoginButtonText":"x"}})"), "config.trial.running");
    const auto changed = [&](const std::string& sections) {
        return test::refusal([&] { configuration.change(by(admin), json::parse(sections).as_object()); });
    };
    EXPECT_EQ(changed(R"({"LdapSettings":{"BaseDN":"ou=third"}})"), "config.trial.on_trial");
    EXPECT_EQ(base(), "ou=wrong");
    EXPECT_EQ(changed(R"({"LdapSettings":{"PositionAttribute":"title"}})"), "");
    trials.roll_back(by(admin));
    EXPECT_EQ(base(), "ou=people");
    EXPECT_EQ(settings.current()->LdapSettings.PositionAttribute, "title");
}

TEST_F(TrialsTest, NothingIsChangedThatWouldKeepItFromGoingBack) {
    // Without a server the directory cannot be on; off on trial, that would be possible.
    begin(R"({"LdapSettings":{"Enable":false}})");
    EXPECT_EQ(test::refusal([&] {
                  configuration.change(by(admin),
                                       json::parse(R"({"LdapSettings":{"LdapServer":""}})").as_object());
              }),
              "config.trial.blocks");
    trials.roll_back(by(admin));
    EXPECT_TRUE(settings.current()->LdapSettings.Enable);
}

TEST_F(TrialsTest, WhatSomebodyWroteIntoTheFileStays) {
    begin(wrong_base);
    auto text = file();
    text.replace(text.find("ou=wrong"), 8, "ou=third");
    std::ofstream(store.directory.path("config.json")) << text;
    EXPECT_EQ(trials.roll_back(by(admin)), (std::vector<std::string>{"LdapSettings.BindPassword"}));
    EXPECT_EQ(base(), "ou=third");
    const auto record = decisions.list({.act = "settings", .limit = 1}).at(0);
    EXPECT_EQ(record.rule, "settings.trial.rolled_back");
    EXPECT_EQ(record.steps.at(1).rule, "settings.trial.left");
    EXPECT_NE(record.steps.at(1).detail.find("LdapSettings.BaseDN"), std::string::npos);
}

TEST_F(TrialsTest, OutlivesTheEndOfTheNode) {
    begin(wrong_base);
    store.wait(11 * 60'000);
    LiveSettings again(store.directory.path("config.json"), {});
    EXPECT_EQ(again.current()->LdapSettings.BaseDN, "ou=wrong");
    Configuration other(store.db, again, store.gate, decisions);
    Trials resumed(store.db, again, store.gate, other, decisions);
    resumed.resume();
    EXPECT_EQ(again.current()->LdapSettings.BaseDN, "ou=people");
    EXPECT_EQ(test::refusal([&] { resumed.roll_back(by(admin)); }), "config.trial.none");
}

TEST_F(TrialsTest, OneThatHadNotComeIntoForceGoesBackAtTheStart) {
    // The node was killed between the file and the word that it is there.
    begin(wrong_base);
    store.db.transact([](storage::Tx& tx) {
        storage::SettingsTrialTable table(tx);
        auto trial = *trial_record(table.find_and_hold());
        trial.body.in_force_at = 0;
        trial.row.body = json_text(trial.body);
        table.update(trial.row);
    });
    trials.tick();
    EXPECT_EQ(base(), "ou=wrong") << "it may be about to begin";
    trials.resume();
    EXPECT_EQ(base(), "ou=people");
    EXPECT_FALSE(is_running());
}

TEST_F(TrialsTest, WithoutAKeptBeforeOrARecordNothingChanges) {
    for (const auto* table : {"identity_decisions", "settings_trial"}) {
        const std::string name = table;
        store.db.transact([&](storage::Tx& tx) { tx.run_script("alter table " + name + " rename to gone"); });
        EXPECT_NE(refused_begin(admin, wrong_base), "") << name;
        EXPECT_EQ(base(), "ou=people") << name;
        store.db.transact([&](storage::Tx& tx) { tx.run_script("alter table gone rename to " + name); });
        EXPECT_FALSE(is_running()) << name;
    }
}

TEST_F(TrialsTest, AFileThatCannotBeWrittenEndsIt) {
    const auto path = store.directory.path("config.json");
    const auto text = file();
    std::filesystem::remove(path);
    std::filesystem::create_symlink(store.directory.path("missing/config.json"), path);
    EXPECT_NE(refused_begin(admin, wrong_base), "");
    EXPECT_EQ(base(), "ou=people");
    std::filesystem::remove(path);
    std::ofstream(path) << text;
    trials.resume();
    EXPECT_FALSE(is_running());
    EXPECT_EQ(base(), "ou=people");
}

TEST_F(TrialsTest, OnlyTheMachineMakesItFinalWithoutASignIn) {
    begin(wrong_base);
    EXPECT_EQ(test::refusal([&] { trials.confirm(by(admin), true); }), "config.trial.at_the_machine");
    EXPECT_EQ(test::refusal([&] { trials.confirm(by(member), true); }), "api.context.permissions.app_error");
    EXPECT_EQ(test::refusal([&] { trials.roll_back(by(member)); }), "api.context.permissions.app_error");
    EXPECT_EQ(test::refusal([&] { trials.show(by(member)); }), "api.context.permissions.app_error");
    EXPECT_EQ(test::refusal([&] { trials.confirm(at_the_machine(), false); }), "config.trial.unproven");
    trials.confirm(at_the_machine(), true);
    EXPECT_EQ(base(), "ou=wrong");
    EXPECT_FALSE(is_running());
}

TEST_F(TrialsTest, SecretsAreNeitherShownNorKeptInTheClear) {
    const auto shown = json::serialize(begin(wrong_base));
    EXPECT_EQ(shown.find("secret\""), std::string::npos);
    EXPECT_NE(shown.find("ou=people"), std::string::npos);
    const auto row = store.db.read([](storage::Tx& tx) {
        return std::string(tx.exec("select encode(body, 'escape') from settings_trial")[0][0].c_str());
    });
    EXPECT_EQ(row.find("secret"), std::string::npos);
    EXPECT_EQ(row.find("ou="), std::string::npos);
    for (const auto& each : decisions.list({.act = "settings"}))
        for (const auto& step : each.steps) EXPECT_EQ(step.detail.find("secret"), std::string::npos);
}

TEST_F(TrialsTest, TheTimeIsOverEvenBeforeItGoesBack) {
    begin(wrong_base);
    sign_in("right", "ldap");
    store.wait(10 * 60'000);
    EXPECT_EQ(refused_confirm(), "config.trial.over");
}

}  // namespace
}  // namespace concordat::identity
