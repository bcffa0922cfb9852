// Passkeys over the API: making and taking away, after a password, alone, and to show a factor again.
#include "storage/tables/sessions.hpp"
#include "tests/support/authenticator.hpp"
#include "tests/web/api/node.hpp"

namespace concordat::web {
namespace {

using concordat::test::Authenticator;
using test::good_password;
using test::Node;
using test::Person;

class PasskeyRoutes : public testing::Test {
protected:
    PasskeyRoutes() {
        node.store.db.on_commit(
            [this](const std::vector<storage::Fact>& facts) { node.sessions.on_facts(facts); });
        node.change([](Settings& s) { s.ServiceSettings.SiteURL = "http://localhost:8065"; });
        admin = node.found();
        alice = node.join("alice");
    }
    static std::string path(const Person& who) {
        return "/concordat/users/" + who.user.id.text() + "/passkeys";
    }
    static std::string challenge_in(const test::Answer& options) {
        return std::string(options.parsed().at("challenge").as_string());
    }
    test::Answer add(const Person& who, Authenticator& device) {
        const auto options = node.post(who, path(who) + "/begin", "{}");
        EXPECT_EQ(options.status(), 200) << options.error();
        device.user_handle =
            storage::from_base64_url(options.parsed().at("user").at("id").as_string()).value();
        return node.post(
            who, path(who),
            R"({"name":"Key","answer":)" + json_text(device.create(challenge_in(options))) + "}");
    }
    test::Answer login(const std::string& passkey = {}) {
        return node.ask(Verb::post, "/users/login",
                        {.token = {},
                         .body = json_text(StringMap{
                             {"login_id", "alice"}, {"password", good_password}, {"passkey", passkey}})});
    }
    test::Answer ask(const std::string& where, const std::string& body) {
        return node.ask(Verb::post, where, {.token = {}, .body = body});
    }
    test::Answer come(Authenticator& device) {
        const auto options = ask("/concordat/passkeys/sign_in/begin", "{}");
        return ask("/concordat/passkeys/sign_in",
                   R"({"answer":)" + json_text(device.use(challenge_in(options))) + "}");
    }

    Node node;
    Person admin, alice;
};

TEST_F(PasskeyRoutes, GoOnAfterThePassword) {
    Authenticator device;
    ASSERT_EQ(add(alice, device).status(), 201);
    const auto wanted = login();
    EXPECT_EQ(wanted.status(), 401);
    EXPECT_EQ(wanted.error(), "mfa.validate_token.authenticate.app_error");
    const auto options = wanted.parsed().at("passkey");
    EXPECT_EQ(options.at("rpId").as_string(), "localhost");
    EXPECT_EQ(options.at("allowCredentials").at(0).at("id").as_string(),
              storage::base64_url(device.credential_id));
    const auto answer = json_text(device.use(std::string(options.at("challenge").as_string())));
    EXPECT_EQ(login(answer).status(), 200);
    EXPECT_EQ(login(answer).error(), "api.user.check_user_mfa.bad_code.app_error");
    EXPECT_EQ(login("{").status(), 400);
    EXPECT_EQ(login("null").error(), "api.user.check_user_mfa.bad_code.app_error");
    // A wrong password says nothing of passkeys.
    const auto wrong = node.ask(
        Verb::post, "/users/login",
        {.token = {}, .body = json_text(StringMap{{"login_id", "alice"}, {"password", "no such one"}})});
    EXPECT_FALSE(wrong.parsed().as_object().contains("passkey"));
}

TEST_F(PasskeyRoutes, SignInAlone) {
    Authenticator device;
    ASSERT_EQ(add(alice, device).status(), 201);
    const auto answer = come(device);
    ASSERT_EQ(answer.status(), 200) << answer.error();
    EXPECT_EQ(answer.text("username"), "alice");
    EXPECT_EQ(answer.header("Token").size(), 26u);
    Authenticator unknown;
    unknown.user_handle = device.user_handle;
    EXPECT_EQ(come(unknown).error(), "identity.passkey.sign_in_refused");
    EXPECT_EQ(come(unknown).status(), 401);
    EXPECT_EQ(ask("/concordat/passkeys/sign_in", R"({"answer":"x"})").status(), 400);
    EXPECT_EQ(ask("/concordat/passkeys/sign_in", "{}").status(), 401);
    node.change([](Settings& s) { s.ConcordatSettings.PasskeySignInForServices.clear(); });
    EXPECT_EQ(ask("/concordat/passkeys/sign_in/begin", "{}").error(), "identity.passkey.off");
    EXPECT_EQ(ask("/concordat/passkeys/sign_in", "{}").status(), 501);
}

TEST_F(PasskeyRoutes, AreOnesOwnOnly) {
    Authenticator device;
    ASSERT_EQ(add(alice, device).status(), 201);
    EXPECT_EQ(node.get(admin, path(alice)).status(), 403);
    EXPECT_EQ(node.post(admin, path(alice) + "/begin", "{}").status(), 403);
    EXPECT_EQ(node.post(admin, path(alice), "{}").status(), 403);
    const auto list = node.get(alice, path(alice));
    ASSERT_EQ(list.parsed().as_array().size(), 1u);
    const auto id = std::string(list.parsed().at(0).at("id").as_string());
    EXPECT_FALSE(list.parsed().at(0).as_object().contains("public_key"));
    EXPECT_EQ(node.post(admin, path(alice) + "/" + id + "/remove", "{}").status(), 403);
    EXPECT_EQ(node.post(admin, path(admin) + "/" + id + "/remove", "{}").status(), 403);
    EXPECT_EQ(node.put(alice, path(alice) + "/" + id, R"({"name":"Desk"})").text("name"), "Desk");
    // An administrator takes away all that somebody has.
    EXPECT_EQ(node.put(admin, "/users/" + alice.user.id.text() + "/mfa", R"({"activate":false})").status(),
              200);
    EXPECT_TRUE(node.get(alice, path(alice)).parsed().as_array().empty());
    EXPECT_EQ(login().status(), 200);
}

TEST_F(PasskeyRoutes, NeedAFreshProof) {
    Authenticator device, second;
    node.store.wait(-3600'000);
    alice.token = node.sessions.start(alice.user, {}).token;  // an hour ago
    node.store.wait(3600'000);
    EXPECT_EQ(node.post(alice, path(alice) + "/begin", "{}").error(), "identity.factor.fresh_needed");
    EXPECT_EQ(node.post(alice, path(alice) + "/begin", R"({"password":"wrong one"})").error(),
              "api.user.check_user_password.invalid.app_error");
    const auto options =
        node.post(alice, path(alice) + "/begin", R"({"password":")" + std::string(good_password) + "\"}");
    ASSERT_EQ(options.status(), 200) << options.error();
    device.user_handle = storage::from_base64_url(options.parsed().at("user").at("id").as_string()).value();
    const auto made =
        node.post(alice, path(alice),
                  R"({"name":"Key","answer":)" + json_text(device.create(challenge_in(options))) + "}");
    ASSERT_EQ(made.status(), 201) << made.error();
    // From now on it takes the factor.
    node.store.db.transact([&](storage::Tx& tx) {
        storage::SessionTable table(tx);
        auto session = table.of_user(alice.user.id).at(0);
        session.props["factor_at"] = std::to_string(wall_clock() - 11 * 60000);
        table.set_props(session);
        tx.emit(SessionRenewed{session.id, alice.user.id});
    });
    const auto remove = path(alice) + "/" + made.text("id") + "/remove";
    EXPECT_EQ(
        node.post(alice, path(alice) + "/begin", R"({"password":")" + std::string(good_password) + "\"}")
            .error(),
        "identity.factor.fresh_needed");
    EXPECT_EQ(node.post(alice, remove, "{}").error(), "identity.factor.fresh_needed");
    const auto asked = node.post(alice, "/concordat/passkeys/step_up", "{}");
    ASSERT_EQ(asked.status(), 200);
    EXPECT_EQ(node.post(alice, remove, R"({"passkey":)" + json_text(device.use(challenge_in(asked))) + "}")
                  .status(),
              200);
    EXPECT_EQ(node.post(alice, "/concordat/passkeys/step_up", "{}").status(), 404);
}

TEST_F(PasskeyRoutes, AStepUpByPasskeyRenewsTheToken) {
    Authenticator device;
    ASSERT_EQ(add(alice, device).status(), 201);
    const auto asked = node.post(alice, "/concordat/passkeys/step_up", "{}");
    const auto body = R"({"passkey":)" + json_text(device.use(challenge_in(asked))) + "}";
    EXPECT_EQ(node.post(alice, "/concordat/sessions/step_up", body).status(), 200);
    EXPECT_EQ(node.post(alice, "/concordat/sessions/step_up", body).status(),
              401);  // the token is another now
}

TEST_F(PasskeyRoutes, CountForTheRuleThatDemandsAFactor) {
    node.change([](Settings& s) {
        s.ServiceSettings.EnableMultifactorAuthentication = true;
        s.ServiceSettings.EnforceMultifactorAuthentication = true;
    });
    EXPECT_EQ(node.get(alice, "/users/me/sessions").error(), "api.context.mfa_required.app_error");
    Authenticator device;
    ASSERT_EQ(add(alice, device).status(), 201);
    EXPECT_EQ(node.get(alice, "/users/me/sessions").status(), 200);
}

}  // namespace
}  // namespace concordat::web
