#include "identity/configuration/configuration.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "identity/configuration/section_rights.hpp"
#include "identity/decision/decisions.hpp"
#include "tests/support/refusal.hpp"
#include "tests/support/store.hpp"

namespace concordat::identity {
namespace {

class ConfigurationTest : public testing::Test {
protected:
    ConfigurationTest() {
        manager.roles.push_back("system_manager");
        settings.change(json::parse(R"({"EmailSettings":{"SMTPPassword":"s3cret-password"}})").as_object(),
                        LiveSettings::From::machine, [](const LiveSettings::Change& change) {
                            std::ofstream(change.file) << change.text;
                        });
    }
    std::vector<std::string> change(const Actor& actor, const std::string& sections) {
        return configuration.change({actor, "attempt", "192.0.2.7"}, json::parse(sections).as_object());
    }
    std::string text_of(const Actor& actor) {
        return json::serialize(configuration.read({actor, "attempt", {}}));
    }
    json::object line(const Actor& actor, const std::string& name) {
        for (const auto& each : configuration.list({actor, "attempt", {}}))
            if (each.at("name").as_string() == name) return each.as_object();
        return {};
    }
    std::vector<IdentityDecision> records() { return decisions.list({.attempt = "attempt"}); }

    test::Store store;
    LiveSettings settings{store.directory.path("config.json"),
                          {{"MM_TEAMSETTINGS_MAXUSERSPERTEAM", "70"}},
                          LiveSettings::File::optional};
    Decisions decisions{store.db};
    Configuration configuration{store.db, settings, store.gate, decisions};
    const Actor admin = store.actor(store.admin());
    const Actor member = store.actor(store.user("bob"));
    Actor manager = store.actor(store.user("mira"));
};

TEST_F(ConfigurationTest, SectionsAreOpenedByTheirPermissions) {
    EXPECT_EQ(test::refusal([&] { text_of(member); }), "api.context.permissions.app_error");
    EXPECT_EQ(test::refusal([&] {
                  configuration.list({member, "attempt", {}});
              }),
              "api.context.permissions.app_error");
    const auto all = configuration.read({admin, "attempt", {}});
    EXPECT_TRUE(all.contains("ConcordatSettings"));
    const auto some_of_them = configuration.read({manager, "attempt", {}});
    EXPECT_TRUE(some_of_them.contains("EmailSettings"));
    EXPECT_TRUE(some_of_them.contains("ServiceSettings"));
    EXPECT_FALSE(some_of_them.contains("ConcordatSettings"));
}

TEST_F(ConfigurationTest, SecretsAreNeverShown) {
    EXPECT_EQ(text_of(admin).find("s3cret-password"), std::string::npos);
    EXPECT_EQ(json::serialize(configuration.list({admin, "attempt", {}})).find("s3cret-password"),
              std::string::npos);
    EXPECT_EQ(line(admin, "SMTPPassword").at("value").as_string(), secret_mask);
    EXPECT_EQ(line(admin, "BindPassword").at("value"), "");
}

TEST_F(ConfigurationTest, AChangeIsInForceInTheFileAndOnRecord) {
    EXPECT_EQ(
        change(admin, R"({"TeamSettings":{"SiteName":"Two"},"ServiceSettings":{"MaximumLoginAttempts":5}})"),
        (std::vector<std::string>{"ServiceSettings.MaximumLoginAttempts", "TeamSettings.SiteName"}));
    EXPECT_EQ(settings.current()->ServiceSettings.MaximumLoginAttempts, 5);
    std::ifstream in(store.directory.path("config.json"));
    const std::string file{std::istreambuf_iterator<char>(in), {}};
    EXPECT_NE(file.find("\"MaximumLoginAttempts\": 5"), std::string::npos);
    EXPECT_NE(file.find("s3cret-password"), std::string::npos);
    ASSERT_EQ(records().size(), 1u);
    const auto record = records().at(0);
    EXPECT_EQ(record.act, "settings");
    EXPECT_EQ(record.rule, "settings.asked");
    EXPECT_EQ(record.actor_id, admin.user_id);
    EXPECT_EQ(record.address, "192.0.2.7");
    EXPECT_EQ(record.steps.at(0).detail, "ServiceSettings.MaximumLoginAttempts: 10 became 5.");
    EXPECT_EQ(record.steps.at(1).detail, "TeamSettings.SiteName is another.");
}

TEST_F(ConfigurationTest, WhoMayNotChangeASectionChangesNothingOfIt) {
    const auto both =
        R"({"EmailSettings":{"FeedbackName":"Us"},"ServiceSettings":{"MaximumLoginAttempts":5}})";
    EXPECT_EQ(test::refusal([&] { change(manager, both); }), "api.context.permissions.app_error");
    EXPECT_EQ(settings.current()->EmailSettings.FeedbackName, Settings().EmailSettings.FeedbackName);
    ASSERT_EQ(records().size(), 1u);
    const auto refusal = records().at(0);
    EXPECT_FALSE(refusal.is_admitted);
    EXPECT_EQ(refusal.rule, "settings.asked");
    EXPECT_EQ(refusal.actor_id, manager.user_id);
    std::set<std::string> told;
    for (const auto& step : refusal.steps) told.insert(step.detail);
    EXPECT_TRUE(told.count("EmailSettings.FeedbackName"));
    EXPECT_TRUE(told.count("ServiceSettings.MaximumLoginAttempts"));
    EXPECT_EQ(change(manager, R"({"EmailSettings":{"FeedbackName":"Us"}})").size(), 1u);
    EXPECT_EQ(test::refusal([&] { change(member, R"({"EmailSettings":{"FeedbackName":"Them"}})"); }),
              "api.context.permissions.app_error");
    EXPECT_EQ(settings.current()->EmailSettings.FeedbackName, "Us");
}

TEST_F(ConfigurationTest, NoAnswerTellsWhetherAGuessIsRight) {
    const auto refused = [&](const Actor& actor, const std::string& sections) {
        return test::refusal([&] { change(actor, sections); });
    };
    // What the environment decides, what is not valid and what is unknown are told to those who may see it.
    for (const auto* sections :
         {R"({"TeamSettings":{"MaxUsersPerTeam":70}})", R"({"TeamSettings":{"MaxUsersPerTeam":71}})",
          R"({"TeamSettings":{"MaxUsersPerTeam":"x"}})", R"({"Odd":{"Key":1}})",
          R"({"EmailSettings":{"SMTPPassword":"s3cret-password"}})",
          R"({"EmailSettings":{"SMTPPassword":"a guess"}})"})
        EXPECT_EQ(refused(member, sections), "api.context.permissions.app_error") << sections;
    // Nor a secret to those who may read its section and not change it.
    const auto reader = [&] {
        auto actor = store.actor(store.user("rae"));
        actor.roles.push_back("system_read_only_admin");
        return actor;
    }();
    EXPECT_EQ(refused(reader, R"({"EmailSettings":{"SMTPPassword":"s3cret-password"}})"),
              "api.context.permissions.app_error");
    EXPECT_EQ(refused(reader, R"({"EmailSettings":{"SMTPPassword":"a guess"}})"),
              "api.context.permissions.app_error");
    EXPECT_EQ(refused(reader, R"({"EmailSettings":{"SMTPPassword":"********************************"}})"),
              "");
    // A database's password is not even for administrators, right or wrong.
    const auto source = Settings().SqlSettings.DataSource;
    EXPECT_EQ(refused(admin, R"({"SqlSettings":{"DataSource":")" + source + "\"}}"), "config.local");
    EXPECT_EQ(refused(admin, R"({"SqlSettings":{"DataSource":"a guess"}})"), "config.local");
}

TEST_F(ConfigurationTest, AFileThatIsALinkStaysOne) {
    const auto real = store.directory.path("elsewhere.json"), link = store.directory.path("link.json");
    std::ofstream(real) << "{}";
    std::filesystem::create_symlink(real, link);
    LiveSettings linked(link, {});
    Configuration(store.db, linked, store.gate, decisions)
        .change({admin, "attempt", {}}, json::parse(R"({"TeamSettings":{"SiteName":"Two"}})").as_object());
    EXPECT_TRUE(std::filesystem::is_symlink(link));
    EXPECT_EQ(linked.current()->TeamSettings.SiteName, "Two");
}

TEST_F(ConfigurationTest, WithoutARecordThereIsNoChange) {
    store.db.transact(
        [](storage::Tx& tx) { tx.run_script("alter table identity_decisions rename to gone"); });
    EXPECT_NE(test::refusal([&] { change(admin, R"({"TeamSettings":{"SiteName":"Two"}})"); }), "");
    store.db.transact(
        [](storage::Tx& tx) { tx.run_script("alter table gone rename to identity_decisions"); });
    EXPECT_EQ(settings.current()->TeamSettings.SiteName, "Concordat");
}

TEST_F(ConfigurationTest, TheListSaysWhatMayBeDoneWithAKey) {
    EXPECT_EQ(line(admin, "CollapsedThreads").at("kind"), "choice");
    EXPECT_EQ(line(admin, "CollapsedThreads").at("choices").as_array().size(), 4u);
    EXPECT_EQ(line(admin, "MaximumLoginAttempts").at("most"), 10000);
    EXPECT_TRUE(line(admin, "TLSCertFile").at("is_local").as_bool());
    EXPECT_FALSE(line(admin, "TLSCertFile").at("may_change").as_bool());
    EXPECT_TRUE(line(admin, "MaxUsersPerTeam").at("is_decided").as_bool());
    EXPECT_FALSE(line(admin, "MaxUsersPerTeam").at("may_change").as_bool());
    EXPECT_TRUE(line(manager, "FeedbackName").at("may_change").as_bool());
    EXPECT_FALSE(line(manager, "MaximumLoginAttempts").at("may_change").as_bool());
    EXPECT_FALSE(line(admin, "Workers").at("is_waiting").as_bool());
    change(admin, R"({"ConcordatSettings":{"Workers":3}})");
    EXPECT_TRUE(line(admin, "Workers").at("is_waiting").as_bool());
    EXPECT_EQ(json::serialize(configuration.environment({admin, "attempt", {}})),
              R"({"TeamSettings":{"MaxUsersPerTeam":true}})");
}

TEST_F(ConfigurationTest, ReloadingSaysWhatIsWrongWithTheFile) {
    EXPECT_EQ(test::refusal([&] {
                  configuration.reload({member, "attempt", {}});
              }),
              "api.context.permissions.app_error");
    std::ofstream(store.directory.path("config.json")) << R"({"TeamSettings":{"SiteName":"Three"}})";
    configuration.reload({admin, "attempt", {}});
    EXPECT_EQ(settings.current()->TeamSettings.SiteName, "Three");
    std::ofstream(store.directory.path("config.json")) << "{";
    EXPECT_EQ(test::refusal([&] { configuration.reload({admin, "attempt", {}}); }), "config.invalid");
    EXPECT_EQ(settings.current()->TeamSettings.SiteName, "Three");
}

}  // namespace
}  // namespace concordat::identity
