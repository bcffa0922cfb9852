// Personal access tokens: who makes them, what they are good for, and when they are not.
#include <thread>

#include "core/model/facts.hpp"
#include "tests/web/api/node.hpp"

namespace concordat::web {
namespace {

using test::Answer;
using test::Node;
using test::Person;

class AccessTokenRoutes : public testing::Test {
protected:
    AccessTokenRoutes() {
        node.change([](Settings& s) {
            s.ServiceSettings.EnableUserAccessTokens = true;
            s.ServiceSettings.EnableBotAccountCreation = true;
        });
        admin = node.found();
        ada = node.join("ada");
        node.accounts.set_roles(Actor(), ada.user.id, "system_user system_user_access_token");
        bob = node.join("bob");
    }
    Answer create(const Person& who, const UserId& user, const std::string& description = "a program") {
        return node.post(who, "/users/" + user.text() + "/tokens",
                         R"({"description":")" + description + R"("})");
    }
    Answer with(const std::string& token, const std::string& path = "/users/me") {
        return node.ask(Verb::get, path, {.token = token});
    }
    Answer act(const Person& who, const std::string& what, const std::string& id) {
        return node.post(who, "/users/tokens/" + what, R"({"token_id":")" + id + R"("})");
    }
    std::vector<IdentityDecision> decisions() {
        identity::DecisionQuery query;
        query.act = "token";
        return node.decisions.list(query);
    }

    Node node;
    Person admin, ada, bob;
};

TEST_F(AccessTokenRoutes, AProgramActsAsItsPerson) {
    const auto made = create(ada, ada.user.id);
    ASSERT_EQ(made.status(), 201) << made.body;
    const auto token = made.text("token");
    EXPECT_EQ(token.size(), 26u);
    EXPECT_EQ(with(token).text("username"), "ada");
    const auto listed = node.get(ada, "/users/" + ada.user.id.text() + "/tokens").parsed();
    ASSERT_EQ(listed.as_array().size(), 1u);
    EXPECT_FALSE(listed.at(0).as_object().contains("token"));
    EXPECT_EQ(listed.at(0).at("description").as_string(), "a program");
    EXPECT_TRUE(listed.at(0).at("is_active").as_bool());
    EXPECT_EQ(node.get(ada, "/users/tokens/" + made.text("id")).text("user_id"), ada.user.id.text());
    bool is_listed = false;
    for (const auto& session : node.sessions.of_user(ada.user.id))
        is_listed |= session.props.contains("user_access_token_id");
    EXPECT_TRUE(is_listed) << "the session is shown among the person's";
    ASSERT_EQ(decisions().size(), 1u);
    EXPECT_EQ(decisions()[0].rule, "token.created");
    EXPECT_EQ(decisions()[0].actor_id, ada.user.id);
}

TEST_F(AccessTokenRoutes, WhoLacksThePermissionMakesNone) {
    EXPECT_EQ(create(bob, bob.user.id).status(), 403);
    EXPECT_EQ(create(ada, bob.user.id).status(), 403) << "one's own only";
    EXPECT_EQ(create(admin, bob.user.id).status(), 201);
    EXPECT_EQ(create(ada, admin.user.id).status(), 403);
    const auto of_admin = create(admin, admin.user.id).text("id");
    for (const char* what : {"revoke", "disable", "enable"})
        EXPECT_EQ(act(ada, what, of_admin).status(), 403) << what;
    EXPECT_EQ(node.get(ada, "/users/tokens/" + of_admin).status(), 403);
    EXPECT_EQ(node.get(ada, "/users/tokens").status(), 403);
    EXPECT_EQ(node.get(ada, "/users/" + admin.user.id.text() + "/tokens").status(), 403);
    EXPECT_EQ(node.post(ada, "/users/tokens/search", R"({"term":"ada"})").status(), 403);
}

TEST_F(AccessTokenRoutes, WhatIsWrongIsSaid) {
    EXPECT_EQ(create(ada, ada.user.id, "").error(), "api.context.invalid_body_param.app_error");
    EXPECT_EQ(create(ada, ada.user.id, std::string(256, 'x')).error(),
              "model.user_access_token.is_valid.description.app_error");
    EXPECT_EQ(act(admin, "revoke", "").error(), "api.context.invalid_body_param.app_error");
    EXPECT_EQ(act(admin, "revoke", new_token()).status(), 404);
    EXPECT_EQ(node.get(admin, "/users/tokens/" + new_token()).status(), 404);
    const auto past =
        node.post(ada, "/users/" + ada.user.id.text() + "/tokens", R"({"description":"x","expires_at":5})");
    EXPECT_EQ(past.error(), "identity.token.expires_at");
    EXPECT_EQ(create(admin, UserId::fresh()).status(), 404);
    node.change([](Settings& s) { s.ServiceSettings.EnableUserAccessTokens = false; });
    EXPECT_EQ(create(ada, ada.user.id).error(), "app.user_access_token.disabled");
    EXPECT_EQ(create(ada, ada.user.id).status(), 501);
}

TEST_F(AccessTokenRoutes, ATokenThatIsSwitchedOffIsRefusedAtOnceAndComesBack) {
    const auto made = create(ada, ada.user.id);
    const auto id = made.text("id"), token = made.text("token");
    EXPECT_EQ(with(token).status(), 200);
    EXPECT_EQ(act(ada, "disable", id).status(), 200);
    EXPECT_EQ(with(token).status(), 401);
    EXPECT_FALSE(node.get(ada, "/users/tokens/" + id).parsed().at("is_active").as_bool());
    EXPECT_EQ(act(ada, "enable", id).status(), 200);
    EXPECT_EQ(with(token).status(), 200);
}

TEST_F(AccessTokenRoutes, SwitchedOnItIsGoodAgainAlthoughItWasRefusedMeanwhile) {
    const auto made = create(admin, ada.user.id);
    const auto id = made.text("id"), token = made.text("token");
    act(admin, "disable", id);
    EXPECT_EQ(with(token).status(), 401);
    EXPECT_EQ(act(admin, "enable", id).status(), 200);
    EXPECT_EQ(with(token).status(), 200);
    act(admin, "revoke", id);
    EXPECT_EQ(with(token).status(), 401);
    EXPECT_EQ(act(admin, "enable", id).status(), 404);
    EXPECT_EQ(node.get(admin, "/users/tokens/" + id).status(), 404);
}

TEST_F(AccessTokenRoutes, EndingItsSessionEndsTheSessionAndNotTheToken) {
    const auto token = create(ada, ada.user.id).text("token");
    const auto first = node.sessions.by_token(token)->session.id;
    node.sessions.end_all(ada.user.id, admin.user.id, "revoked");
    const auto again = node.sessions.by_token(token);
    ASSERT_TRUE(again);
    EXPECT_NE(again->session.id, first);
}

TEST_F(AccessTokenRoutes, ItObeysItsPersonsDeactivation) {
    const auto token = create(ada, ada.user.id).text("token");
    EXPECT_EQ(with(token).status(), 200);
    node.accounts.set_active(Actor(), ada.user.id, false);
    EXPECT_EQ(with(token).status(), 401);
    node.accounts.set_active(Actor(), ada.user.id, true);
    EXPECT_EQ(with(token).status(), 200);
}

TEST_F(AccessTokenRoutes, TheSettingSwitchesPeoplesTokensOffAndNotThoseOfBots) {
    const auto persons = create(ada, ada.user.id).text("token");
    const auto bot = node.post(admin, "/bots", R"({"username":"robot"})").text("user_id");
    const auto bots = create(admin, UserId::from_text(bot)).text("token");
    node.change([](Settings& s) { s.ServiceSettings.EnableUserAccessTokens = false; });
    EXPECT_EQ(with(persons).status(), 401);
    EXPECT_EQ(with(bots).text("username"), "robot");
    EXPECT_EQ(create(admin, UserId::from_text(bot)).status(), 201);
    node.change([](Settings& s) { s.ServiceSettings.EnableUserAccessTokens = true; });
    EXPECT_EQ(with(persons).status(), 200);
}

TEST_F(AccessTokenRoutes, ItEndsWhenItIsToEndWhateverItIsUsedFor) {
    node.change([](Settings& s) { s.ServiceSettings.ExtendSessionLengthWithActivity = true; });
    const auto ends = wall_clock() + 2000;
    const auto made = node.post(ada, "/users/" + ada.user.id.text() + "/tokens",
                                R"({"description":"short","expires_at":)" + std::to_string(ends) + "}");
    ASSERT_EQ(made.status(), 201) << made.body;
    const auto token = made.text("token");
    if (wall_clock() < ends) {
        if (const auto known = node.sessions.by_token(token)) {
            EXPECT_EQ(known->session.expires_at, ends);
        }
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(std::max<Millis>(1, ends + 50 - wall_clock())));
    EXPECT_EQ(with(token).status(), 401);
    node.sessions.sweep();
    EXPECT_EQ(with(token).status(), 401) << "no session is begun anew";
}

TEST_F(AccessTokenRoutes, WhereAFactorIsDemandedThePersonOfATokenHasToHaveOne) {
    const auto token = create(ada, ada.user.id).text("token");
    const auto bot = node.post(admin, "/bots", R"({"username":"robot"})").text("user_id");
    const auto bots = create(admin, UserId::from_text(bot)).text("token");
    node.change([](Settings& s) {
        s.ServiceSettings.EnableMultifactorAuthentication = true;
        s.ServiceSettings.EnforceMultifactorAuthentication = true;
    });
    EXPECT_EQ(with(token, "/users/me/sessions").error(), "api.context.mfa_required.app_error");
    EXPECT_EQ(with(bots, "/users/me/sessions").status(), 200) << "a bot has no telephone";
}

TEST_F(AccessTokenRoutes, AreSearchedByNameAndId) {
    const auto made = create(ada, ada.user.id);
    create(admin, admin.user.id);
    const auto search = [&](const std::string& term) {
        return node.post(admin, "/users/tokens/search", R"({"term":")" + term + R"("})").parsed().as_array();
    };
    EXPECT_EQ(search("ad").size(), 1u);
    EXPECT_EQ(search(made.text("id")).size(), 1u);
    EXPECT_EQ(search(admin.user.id.text()).size(), 1u);
    EXPECT_EQ(search("nobody").size(), 0u);
    EXPECT_EQ(node.get(admin, "/users/tokens?per_page=1").parsed().as_array().size(), 1u);
    EXPECT_EQ(node.get(admin, "/users/tokens").parsed().as_array().size(), 2u);
}

TEST_F(AccessTokenRoutes, ATokenIsNotLeftBehindByASessionThatBeginsWhileItIsSwitchedOff) {
    for (int round = 0; round < 20; ++round) {
        const auto made = create(admin, ada.user.id);
        const auto id = made.text("id"), token = made.text("token");
        std::vector<std::thread> users;
        for (int i = 0; i < 3; ++i) users.emplace_back([&] { node.sessions.by_token(token); });
        act(admin, round % 2 ? "disable" : "revoke", id);
        for (auto& user : users) user.join();
        EXPECT_FALSE(node.sessions.by_token(token)) << round;
    }
}

TEST_F(AccessTokenRoutes, ManyUsesAtOnceBeginOneSession) {
    const auto token = create(ada, ada.user.id).text("token");
    std::vector<std::thread> users;
    std::atomic<int> good{0};
    for (int i = 0; i < 4; ++i) users.emplace_back([&] { good += node.sessions.by_token(token) ? 1 : 0; });
    for (auto& user : users) user.join();
    EXPECT_EQ(good, 4);
    int sessions = 0;
    for (const auto& session : node.sessions.of_user(ada.user.id))
        sessions += session.props.contains("user_access_token_id") ? 1 : 0;
    EXPECT_EQ(sessions, 1);
}

}  // namespace
}  // namespace concordat::web
