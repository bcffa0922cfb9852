// Bots: making them, whose they are, and what becomes of them.
#include "tests/web/api/node.hpp"

namespace concordat::web {
namespace {

using test::Answer;
using test::good_password;
using test::Node;
using test::Person;

class BotRoutes : public testing::Test {
protected:
    BotRoutes() {
        node.change([](Settings& s) { s.ServiceSettings.EnableBotAccountCreation = true; });
        admin = node.found();
        ada = node.join("ada");
    }
    std::string bot(const std::string& name = "robot") {
        const auto made = node.post(
            admin, "/bots", R"({"username":")" + name + R"(","display_name":"Robbie","description":"digs"})");
        EXPECT_EQ(made.status(), 201) << made.body;
        return made.text("user_id");
    }
    std::string token_of(const std::string& id) {
        return node.post(admin, "/users/" + id + "/tokens", R"({"description":"x"})").text("token");
    }
    Node node;
    Person admin, ada;
};

TEST_F(BotRoutes, ABotIsMadeShownAndChanged) {
    const auto id = bot();
    const auto shown = node.get(admin, "/bots/" + id);
    EXPECT_EQ(shown.text("username"), "robot");
    EXPECT_EQ(shown.text("display_name"), "Robbie");
    EXPECT_EQ(shown.text("description"), "digs");
    EXPECT_EQ(shown.text("owner_id"), admin.user.id.text());
    const auto user = node.get(ada, "/users/" + id).parsed();
    EXPECT_TRUE(user.at("is_bot").as_bool());
    EXPECT_EQ(user.at("bot_description").as_string(), "digs");
    const auto changed = node.put(admin, "/bots/" + id, R"({"username":"Digger","description":""})");
    EXPECT_EQ(changed.text("username"), "digger");
    EXPECT_FALSE(changed.parsed().as_object().contains("description"));
    EXPECT_EQ(changed.text("display_name"), "Robbie");
    EXPECT_EQ(node.get(admin, "/bots").parsed().as_array().size(), 1u);
}

TEST_F(BotRoutes, WhatIsWrongIsSaid) {
    bot();
    EXPECT_EQ(node.post(admin, "/bots", R"({"username":"robot"})").error(),
              "app.user.save.username_exists.app_error");
    EXPECT_EQ(node.post(admin, "/bots", R"({"username":"no bot"})").error(),
              "model.user.is_valid.username.app_error");
    EXPECT_EQ(node.post(admin, "/bots", "{}").error(), "api.context.invalid_body_param.app_error");
    EXPECT_EQ(
        node.post(admin, "/bots", R"({"username":"b2","description":")" + std::string(1025, 'x') + R"("})")
            .error(),
        "model.bot.is_valid.description.app_error");
    EXPECT_EQ(
        node.post(admin, "/bots", R"({"username":"b2","display_name":")" + std::string(65, 'x') + R"("})")
            .error(),
        "model.bot.is_valid.display_name.app_error");
    EXPECT_EQ(node.get(admin, "/bots/" + ada.user.id.text()).error(), "store.sql_bot.get.missing.app_error");
    node.change([](Settings& s) { s.ServiceSettings.EnableBotAccountCreation = false; });
    EXPECT_EQ(node.post(admin, "/bots", R"({"username":"b3"})").error(), "api.bot.create_disabled");
}

TEST_F(BotRoutes, OthersNeitherSeeNorChangeIt) {
    const auto id = bot();
    EXPECT_EQ(node.post(ada, "/bots", R"({"username":"mine"})").status(), 403);
    EXPECT_EQ(node.get(ada, "/bots/" + id).status(), 404);
    EXPECT_EQ(node.get(ada, "/bots").status(), 403);
    EXPECT_EQ(node.put(ada, "/bots/" + id, R"({"username":"stolen"})").status(), 404);
    for (const char* what : {"/disable", "/enable", "/convert_to_user"})
        EXPECT_GE(node.post(ada, "/bots/" + id + what, "{}").status(), 403) << what;
    EXPECT_EQ(node.post(ada, "/bots/" + id + "/assign/" + ada.user.id.text(), "").status(), 404);
    EXPECT_EQ(node.post(ada, "/users/" + id + "/tokens", R"({"description":"x"})").status(), 403);
    EXPECT_EQ(node.get(admin, "/bots/" + id).text("username"), "robot");
}

TEST_F(BotRoutes, NobodySignsInToIt) {
    bot();
    const auto answer =
        node.ask(Verb::post, "/users/login",
                 {.body = std::string(R"({"login_id":"robot","password":")") + good_password + R"("})"});
    EXPECT_EQ(answer.status(), 401);
}

TEST_F(BotRoutes, DisabledItsTokensAreRefused) {
    const auto id = bot();
    const auto token = token_of(id);
    EXPECT_EQ(node.ask(Verb::get, "/users/me", {.token = token}).text("username"), "robot");
    EXPECT_GT(node.post(admin, "/bots/" + id + "/disable", "").parsed().at("delete_at").as_int64(), 0);
    EXPECT_EQ(node.ask(Verb::get, "/users/me", {.token = token}).status(), 401);
    EXPECT_EQ(node.get(admin, "/bots/" + id).status(), 404);
    EXPECT_EQ(node.get(admin, "/bots/" + id + "?include_deleted=true").status(), 200);
    EXPECT_EQ(node.get(admin, "/bots").parsed().as_array().size(), 0u);
    EXPECT_EQ(node.get(admin, "/bots?include_deleted=true").parsed().as_array().size(), 1u);
    node.post(admin, "/bots/" + id + "/enable", "");
    EXPECT_EQ(node.ask(Verb::get, "/users/me", {.token = token}).status(), 200);
}

TEST_F(BotRoutes, ItGoesWithItsOwnerWhoeverDeactivatesThem) {
    const auto id = bot();
    node.post(admin, "/bots/" + id + "/assign/" + ada.user.id.text(), "");
    const auto token = token_of(id);
    EXPECT_EQ(node.ask(Verb::get, "/users/me", {.token = token}).status(), 200);
    node.accounts.set_active(Actor(), ada.user.id, false);
    EXPECT_EQ(node.ask(Verb::get, "/users/me", {.token = token}).status(), 401);
    EXPECT_EQ(node.get(admin, "/bots?include_deleted=true&only_orphaned=true").parsed().as_array().size(),
              1u);

    // A directory or provisioning does it by another way.
    const auto second = bot("second");
    const auto eve = node.join("eve");
    node.post(admin, "/bots/" + second + "/assign/" + eve.user.id.text(), "");
    node.admissions.link(Actor(), eve.user.id, "ldap", "", "subject-eve", "link");
    node.store.db.transact([&](storage::Tx& tx) {
        identity::Trail trail("directory_sync", "sync");
        const auto link = node.admissions.link_of(tx, eve.user.id);
        EXPECT_TRUE(node.admissions.deactivate(tx, *link, trail));
    });
    EXPECT_EQ(node.get(admin, "/bots/" + second).status(), 404);
}

TEST_F(BotRoutes, ItStaysWhereTheSettingSaysSo) {
    node.change([](Settings& s) {
        s.ServiceSettings.EnableBotAccountCreation = true;
        s.ServiceSettings.DisableBotsWhenOwnerIsDeactivated = false;
    });
    const auto id = bot();
    node.post(admin, "/bots/" + id + "/assign/" + ada.user.id.text(), "");
    node.accounts.set_active(Actor(), ada.user.id, false);
    EXPECT_EQ(node.get(admin, "/bots/" + id).status(), 200);
}

TEST_F(BotRoutes, AnotherOwnerSeesAndManagesIt) {
    const auto id = bot();
    EXPECT_EQ(node.post(admin, "/bots/" + id + "/assign/" + id, "").status(), 403) << "a bot owns no bots";
    EXPECT_EQ(node.post(admin, "/bots/" + id + "/assign/" + UserId::fresh().text(), "").status(), 404);
    EXPECT_EQ(node.post(admin, "/bots/" + id + "/assign/" + ada.user.id.text(), "").text("owner_id"),
              ada.user.id.text());
}

TEST_F(BotRoutes, APersonBecomesABotAndABotAPerson) {
    const auto made = node.post(admin, "/users/" + ada.user.id.text() + "/convert_to_bot", "");
    ASSERT_EQ(made.status(), 200) << made.body;
    EXPECT_EQ(made.text("owner_id"), admin.user.id.text());
    EXPECT_EQ(node.get(ada, "/users/me").status(), 401) << "sessions ended";
    const auto sign_in = [&](const std::string& password) {
        return node
            .ask(Verb::post, "/users/login",
                 {.body = R"({"login_id":"ada","password":")" + password + R"("})"})
            .status();
    };
    EXPECT_EQ(sign_in(good_password), 401);
    EXPECT_EQ(node.post(admin, "/users/" + ada.user.id.text() + "/convert_to_bot", "").status(), 400);
    EXPECT_EQ(node.post(admin, "/users/" + admin.user.id.text() + "/convert_to_bot", "").status(), 400);
    EXPECT_EQ(node.post(admin, "/bots/" + ada.user.id.text() + "/convert_to_user", "{}").error(),
              "api.context.invalid_body_param.app_error");
    const auto person = node.post(admin, "/bots/" + ada.user.id.text() + "/convert_to_user",
                                  R"({"password":"another horse battery","email":"ada@example.org"})");
    EXPECT_EQ(person.status(), 200) << person.body;
    EXPECT_FALSE(person.parsed().as_object().contains("is_bot"));
    EXPECT_EQ(sign_in("another horse battery"), 200);
    EXPECT_EQ(node.get(admin, "/bots/" + ada.user.id.text()).status(), 404);
}

}  // namespace
}  // namespace concordat::web
