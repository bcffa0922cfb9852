// What is foretold of rules about second factors is what they do, and each person is told once.
#include "identity/mfa/coverage.hpp"

#include <gtest/gtest.h>

#include "identity/mfa/announcement.hpp"
#include "identity/mfa/policy.hpp"
#include "storage/tables/letters.hpp"
#include "storage/tables/settings_trial.hpp"
#include "storage/tables/system.hpp"
#include "tests/support/store.hpp"

namespace concordat::identity {
namespace {

constexpr Millis week = 7LL * 24 * 3600 * 1000;

template <class Act>
std::string told_refusal(Act act) {
    try {
        act();
        return {};
    } catch (const Error& e) {
        return e.id();
    }
}

class FactorCoverageTest : public testing::Test {
protected:
    FactorCoverageTest() : store(with_mail()) {
        ada = add("ada", "system_admin system_user", "");
        bob = add("bob", "system_user", "");
        add("carol", "system_user", "ldap", true);
        add("dora", "system_user", "ldap");
        add("guest", "system_guest", "");
        change_row(add("robot", "system_user", ""), "is_bot = true");
        change_row(add("gone", "system_user", ""), "delete_at = 5");
        change_row(add("theirs", "system_user", ""), "remote_id = 'northwind'");
    }
    static Settings with_mail() {
        Settings settings;
        settings.ServiceSettings.EnableMultifactorAuthentication = true;
        settings.ServiceSettings.SiteURL = "https://chat.example.org";
        settings.EmailSettings.SMTPServer = "192.0.2.1";
        return settings;
    }
    UserId add(const std::string& name, const std::string& roles, const std::string& service,
               bool has_factor = false) {
        const auto id = store.user(name).id;
        change_row(id, "roles = '" + roles + "', auth_service = '" + service +
                           "', mfa_active = " + (has_factor ? "true" : "false"));
        return id;
    }
    void change_row(const UserId& id, const std::string& how) {
        store.db.transact(
            [&](storage::Tx& tx) { tx.exec("update users set " + how + " where id = $1", id); });
    }
    template <class Change>
    void change(Change how) {
        auto next = *store.settings.current();
        how(next);
        store.settings.replace(next);
    }
    std::int64_t letters() {
        return store.db.read(
            [](storage::Tx& tx) { return storage::LetterTable(tx).count("factor_needed", 1000); });
    }
    FactorReport report(const std::string& sections) {
        return coverage.of(
            with_factor_rules(*store.settings.current(), parse_json_value(sections).as_object()), bob);
    }
    static std::vector<std::string> names(const FactorReport& report) {
        std::vector<std::string> out;
        for (const auto& each : report.affected) out.push_back(each.username);
        return out;
    }

    test::Store store;
    Metrics metrics;
    PostOffice office{store.db, metrics, store.settings};
    FactorCoverage coverage{store.db};
    FactorAnnouncement announcement{store.db, office, store.settings};
    UserId ada, bob;
};

TEST_F(FactorCoverageTest, CountsPeopleByWhatRulesLookAt) {
    const auto now = coverage.of(*store.settings.current(), bob);
    EXPECT_EQ(now.people.people, 5);
    EXPECT_EQ(now.people.with_factor, 1);
    EXPECT_EQ(now.people.affected, 0);
    EXPECT_EQ(now.guests.people, 1);
    EXPECT_EQ(now.bots, 1);
    ASSERT_EQ(now.services.size(), 2u);
    EXPECT_EQ(now.services[1].name, "ldap");
    EXPECT_EQ(now.services[1].people, 2);
    EXPECT_EQ(now.services[1].with_factor, 1);
    ASSERT_EQ(now.roles.size(), 3u);
    EXPECT_EQ(now.roles[2].name, "system_user");
    EXPECT_EQ(now.roles[2].people, 4);
    EXPECT_TRUE(now.affected.empty());
    EXPECT_FALSE(now.includes_you);
}

TEST_F(FactorCoverageTest, ForetellsWhomARuleHoldsUp) {
    auto all = report(R"({"ServiceSettings":{"EnforceMultifactorAuthentication":true}})");
    EXPECT_EQ(names(all), (std::vector<std::string>{"ada", "bob", "dora", "guest"}));
    EXPECT_EQ(all.affected_everywhere, 4);
    EXPECT_EQ(all.affected_elsewhere, 0);
    EXPECT_TRUE(all.includes_you);
    auto admins = report(R"({"ConcordatSettings":{"MfaForRoles":["system_admin"]}})");
    EXPECT_EQ(names(admins), std::vector<std::string>{"ada"});
    EXPECT_FALSE(admins.includes_you);
    auto outside = report(
        R"({"ConcordatSettings":{"MfaForServices":["ldap"],"MfaOutsideNetworks":["10.0.0.0/8"],"MfaEnforcedFrom":7}})");
    EXPECT_EQ(outside.affected_everywhere, 1);
    EXPECT_EQ(outside.affected_elsewhere, 3);
    EXPECT_EQ(outside.enforced_from, 7);
    EXPECT_TRUE(outside.affected[0].is_elsewhere_only);   // ada
    EXPECT_FALSE(outside.affected[2].is_elsewhere_only);  // dora
    EXPECT_TRUE(outside.includes_you);
    EXPECT_TRUE(names(report(R"({"ServiceSettings":{"EnableMultifactorAuthentication":false},
                                 "ConcordatSettings":{"MfaForServices":["ldap"]}})"))
                    .empty());
}

TEST_F(FactorCoverageTest, TakesRulesAboutSecondFactorsOnly) {
    EXPECT_EQ(told_refusal([&] { report(R"({"TeamSettings":{"SiteName":"x"}})"); }),
              "identity.factor.not_a_rule");
    EXPECT_EQ(told_refusal([&] { report(R"({"ConcordatSettings":7})"); }), "identity.factor.not_a_rule");
    EXPECT_EQ(told_refusal([&] { report(R"({"ConcordatSettings":{"MfaForRole":["a"]}})"); }),
              "identity.factor.not_a_rule");
    EXPECT_EQ(told_refusal([&] { report(R"({"ConcordatSettings":{"MfaOutsideNetworks":["nowhere"]}})"); }),
              "config.invalid");
    EXPECT_EQ(told_refusal([&] { report(R"({"ConcordatSettings":{"MfaEnforcedFrom":99999999999999}})"); }),
              "config.invalid");
    EXPECT_NE(told_refusal([&] { report(R"({"ConcordatSettings":{"MfaForRoles":"system_admin"}})"); }), "");
}

TEST_F(FactorCoverageTest, RulesHoldFromTheirDate) {
    Settings s;
    EXPECT_TRUE(are_factors_enforced(s, 1));
    s.ConcordatSettings.MfaEnforcedFrom = 1000;
    EXPECT_FALSE(are_factors_enforced(s, 999));
    EXPECT_TRUE(are_factors_enforced(s, 1000));
}

TEST_F(FactorCoverageTest, TellsEachPersonOnceForEachDate) {
    EXPECT_EQ(announcement.tick(), 0u);  // no date
    const auto from = store.now() + week;
    change([&](Settings& s) { s.ConcordatSettings.MfaEnforcedFrom = from; });
    EXPECT_EQ(announcement.tick(), 0u);  // no rule
    change([&](Settings& s) { s.ConcordatSettings.MfaForServices = {"email"}; });
    EXPECT_EQ(announcement.tick(), 3u);  // ada, bob, guest
    EXPECT_EQ(letters(), 3);
    EXPECT_EQ(announcement.tick(), 0u);
    EXPECT_EQ(letters(), 3);
    change([&](Settings& s) { s.ConcordatSettings.MfaEnforcedFrom = from + week; });
    change_row(bob, "mfa_active = true");
    EXPECT_EQ(announcement.tick(), 2u);
    EXPECT_EQ(letters(), 5);
}

TEST_F(FactorCoverageTest, TellsManyAFewAtATimeAndNobodyTwice) {
    for (int n = 0; n < 150; ++n) add("person" + std::to_string(n), "system_user", "saml");
    change([&](Settings& s) {
        s.ConcordatSettings.MfaForServices = {"saml"};
        s.ConcordatSettings.MfaEnforcedFrom = store.now() + week;
    });
    EXPECT_EQ(announcement.tick(), 100u);
    FactorAnnouncement after_a_restart(store.db, office, store.settings);
    EXPECT_EQ(after_a_restart.tick(), 50u);
    EXPECT_EQ(letters(), 150);
    EXPECT_EQ(after_a_restart.tick(), 0u);
}

TEST_F(FactorCoverageTest, TellsNobodyOfWhatIsOnTrialOrPast) {
    change([&](Settings& s) {
        s.ConcordatSettings.MfaForServices = {"email"};
        s.ConcordatSettings.MfaEnforcedFrom = store.now() - 1;
    });
    EXPECT_EQ(announcement.tick(), 0u);
    change([&](Settings& s) { s.ConcordatSettings.MfaEnforcedFrom = store.now() + week; });
    store.db.transact([&](storage::Tx& tx) {
        storage::SettingsTrialRow row;
        row.create_at = store.now();
        row.ends_at = store.now() + 1000;
        row.body = "{}";
        storage::SettingsTrialTable(tx).insert(row);
    });
    EXPECT_EQ(announcement.tick(), 0u);
    EXPECT_EQ(letters(), 0);
    store.db.transact([&](storage::Tx& tx) { tx.exec("delete from settings_trial"); });
    EXPECT_EQ(announcement.tick(), 3u);
}

TEST_F(FactorCoverageTest, TellsNobodyWhileLettersCannotBeSent) {
    change([&](Settings& s) {
        s.ConcordatSettings.MfaForServices = {"email"};
        s.ConcordatSettings.MfaEnforcedFrom = store.now() + week;
        s.EmailSettings.SMTPServer = "";
    });
    EXPECT_EQ(announcement.tick(), 0u);
    change([&](Settings& s) { s.EmailSettings.SMTPServer = "192.0.2.1"; });
    EXPECT_EQ(announcement.tick(), 3u);
}

}  // namespace
}  // namespace concordat::identity
