// Second factors over the API: setting up, enforcement, showing again, taking away.
#include "identity/mfa/totp.hpp"
#include "storage/tables/identity_factors.hpp"
#include "storage/tables/sessions.hpp"
#include "tests/web/api/node.hpp"

namespace concordat::web {
namespace {

using test::good_password;
using test::Node;
using test::Person;

class FactorRoutes : public testing::Test {
protected:
    FactorRoutes() {
        node.store.db.on_commit(
            [this](const std::vector<storage::Fact>& facts) { node.sessions.on_facts(facts); });
        change([](Settings& s) { s.ServiceSettings.EnableMultifactorAuthentication = true; });
        admin = node.found();
        alice = node.join("alice");
    }
    template <class Change>
    void change(Change change) {
        node.change(change);
    }
    std::string code(const Person& who) {
        const auto factor = node.store.db.read(
            [&](storage::Tx& tx) { return storage::IdentityFactorTable(tx).find(who.user.id); });
        return identity::totp_code(factor->secret, identity::totp_step(node.store.now()));
    }
    void next_step() { node.store.wait(identity::totp_seconds * 1000); }
    static std::string path(const Person& who) { return "/users/" + who.user.id.text() + "/mfa"; }
    void enrol(const Person& who) {
        ASSERT_EQ(node.post(who, path(who) + "/generate", "").status(), 200);
        ASSERT_EQ(node.put(who, path(who), R"({"activate":true,"code":")" + code(who) + "\"}").status(), 200);
        next_step();
    }
    test::Answer login(const std::string& name, const std::string& with_code) {
        return node.ask(Verb::post, "/users/login",
                        {.token = {},
                         .body = json_text(StringMap{
                             {"login_id", name}, {"password", good_password}, {"token", with_code}})});
    }

    Node node;
    Person admin, alice;
};

TEST_F(FactorRoutes, SetUpAFactorAsOfficialClientsDo) {
    const auto enrolment = node.post(alice, path(alice) + "/generate", "");
    ASSERT_EQ(enrolment.status(), 200);
    EXPECT_EQ(enrolment.text("secret").size(), 32u);
    EXPECT_TRUE(enrolment.text("qr_code").starts_with("iVBORw0KGgo"));
    EXPECT_EQ(node.put(alice, path(alice), R"({"activate":true,"code":"000000"})").error(),
              "mfa.activate.bad_token.app_error");
    EXPECT_EQ(node.put(alice, path(alice), R"({"activate":true})").status(), 400);
    EXPECT_EQ(node.put(alice, path(alice), R"({"code":"123456"})").status(), 400);
    EXPECT_EQ(node.put(alice, path(alice), R"({"activate":true,"code":")" + code(alice) + "\"}").status(),
              200);
    next_step();
    EXPECT_EQ(login("alice", "").error(), "mfa.validate_token.authenticate.app_error");
    EXPECT_EQ(login("alice", "000000").error(), "api.user.check_user_mfa.bad_code.app_error");
    const auto answer = login("alice", code(alice));
    ASSERT_EQ(answer.status(), 200);
    EXPECT_TRUE(answer.parsed().at("mfa_active").as_bool());
    EXPECT_FALSE(
        node.get(admin, "/users/" + admin.user.id.text()).parsed().as_object().contains("mfa_active"));
}

TEST_F(FactorRoutes, AreOnesOwnOnly) {
    EXPECT_EQ(node.post(alice, path(admin) + "/generate", "").status(), 403);
    EXPECT_EQ(node.post(admin, path(alice) + "/generate", "").status(),
              403);  // it would show them the secret
    EXPECT_EQ(node.put(admin, path(alice), R"({"activate":true,"code":"123456"})").status(), 403);
    enrol(alice);
    const auto bob = node.join("bob");
    EXPECT_EQ(node.put(bob, path(alice), R"({"activate":false})").status(), 403);
    EXPECT_EQ(node.put(admin, path(alice), R"({"activate":false})").status(), 200);
    EXPECT_EQ(login("alice", "").status(), 200);
}

TEST_F(FactorRoutes, AreTakenAwayWithAFreshFactorOnly) {
    enrol(alice);
    // Eleven minutes later, by the session's mark.
    node.store.db.transact([&](storage::Tx& tx) {
        storage::SessionTable table(tx);
        auto session = table.of_user(alice.user.id).at(0);
        session.props["factor_at"] = std::to_string(wall_clock() - 11 * 60000);
        table.set_props(session);
        tx.emit(SessionRenewed{session.id, alice.user.id});
    });
    EXPECT_EQ(node.put(alice, path(alice), R"({"activate":false})").error(), "identity.factor.fresh_needed");
    EXPECT_EQ(node.put(alice, path(alice), R"({"activate":false,"code":"000000"})").status(), 401);
    EXPECT_EQ(node.put(alice, path(alice), R"({"activate":false,"code":")" + code(alice) + "\"}").status(),
              200);
    EXPECT_EQ(login("alice", "").status(), 200);
}

TEST_F(FactorRoutes, GiveRecoveryCodesForACode) {
    EXPECT_EQ(
        node.post(alice, "/concordat" + path(alice) + "/recovery_codes", R"({"code":"123456"})").status(),
        401);
    enrol(alice);
    const auto answer = node.post(alice, "/concordat" + path(alice) + "/recovery_codes",
                                  R"({"code":")" + code(alice) + "\"}");
    ASSERT_EQ(answer.status(), 200);
    const auto codes = answer.parsed();
    ASSERT_EQ(codes.at("codes").as_array().size(), 10u);
    EXPECT_EQ(login("alice", std::string(codes.at("codes").at(0).as_string())).status(), 200);
    EXPECT_EQ(node.get(alice, "/concordat" + path(alice)).parsed().at("recovery_codes_left").as_int64(), 9);
    EXPECT_EQ(node.get(node.join("bob"), "/concordat" + path(alice)).status(), 403);
}

TEST_F(FactorRoutes, GiveRecoveryCodesForAFactorThatWasJustShown) {
    const auto at = "/concordat" + path(alice) + "/recovery_codes";
    EXPECT_EQ(node.post(alice, at, R"({"code":""})").error(), "identity.factor.fresh_needed");
    enrol(alice);
    EXPECT_EQ(node.post(alice, at, R"({"code":""})").status(), 200);
    node.store.db.transact([&](storage::Tx& tx) {
        storage::SessionTable table(tx);
        auto session = table.of_user(alice.user.id).at(0);
        session.props["factor_at"] = std::to_string(wall_clock() - 11 * 60000);
        table.set_props(session);
        tx.emit(SessionRenewed{session.id, alice.user.id});
    });
    EXPECT_EQ(node.post(alice, at, R"({"code":""})").error(), "identity.factor.fresh_needed");
}

TEST_F(FactorRoutes, AreDemandedOfSessionsThatWereOpenBefore) {
    change([](Settings& s) { s.ServiceSettings.EnforceMultifactorAuthentication = true; });
    for (const auto* refused : {"/users/me/sessions", "/users", "/roles", "/concordat/identity/decisions"})
        EXPECT_EQ(node.get(alice, refused).error(), "api.context.mfa_required.app_error") << refused;
    EXPECT_EQ(node.get(alice, "/users/" + admin.user.id.text()).error(),
              "api.context.mfa_required.app_error");
    EXPECT_EQ(node.get(alice, "/users/me").status(), 200);
    EXPECT_EQ(node.get(alice, "/users/" + alice.user.id.text()).status(), 200);
    enrol(alice);
    EXPECT_EQ(node.get(alice, "/users/me/sessions").status(), 200);
    EXPECT_EQ(node.post(alice, "/users/logout", "").status(), 200);
}

TEST_F(FactorRoutes, AreDemandedFromTheirDateOn) {
    const auto at = "/concordat" + path(alice);
    EXPECT_FALSE(node.get(alice, at).parsed().at("is_asked").as_bool());
    const auto later = wall_clock() + 3600'000;
    change([&](Settings& s) {
        s.ServiceSettings.EnforceMultifactorAuthentication = true;
        s.ConcordatSettings.MfaEnforcedFrom = later;
    });
    EXPECT_EQ(node.get(alice, "/users/me/sessions").status(), 200);
    const auto told = node.get(alice, at).parsed();
    EXPECT_TRUE(told.at("is_asked").as_bool());
    EXPECT_EQ(told.at("asked_from").as_int64(), later);
    EXPECT_FALSE(node.get(admin, at).parsed().as_object().contains("is_asked"));  // about oneself only
    change([&](Settings& s) { s.ConcordatSettings.MfaEnforcedFrom = wall_clock(); });
    EXPECT_EQ(node.get(alice, "/users/me/sessions").error(), "api.context.mfa_required.app_error");
    EXPECT_EQ(node.get(alice, at).status(), 200);
}

TEST_F(FactorRoutes, ArePreviewedByAdministrators) {
    const auto rule = R"({"sections":{"ServiceSettings":{"EnforceMultifactorAuthentication":true}}})";
    EXPECT_EQ(node.get(alice, "/concordat/mfa/coverage").status(), 403);
    EXPECT_EQ(node.post(alice, "/concordat/mfa/preview", rule).status(), 403);
    const auto now = node.get(admin, "/concordat/mfa/coverage").parsed();
    EXPECT_EQ(now.at("people").at("people").as_int64(), 2);
    EXPECT_EQ(now.at("affected_everywhere").as_int64(), 0);
    EXPECT_FALSE(now.at("sends_letters").as_bool());
    const auto then = node.post(admin, "/concordat/mfa/preview", rule).parsed();
    EXPECT_EQ(then.at("affected_everywhere").as_int64(), 2);
    EXPECT_TRUE(then.at("includes_you").as_bool());
    EXPECT_EQ(node.get(alice, "/users/me/sessions").status(), 200);  // nothing changed
    EXPECT_EQ(node.post(admin, "/concordat/mfa/preview", R"({"sections":{"TeamSettings":{"SiteName":"x"}}})")
                  .error(),
              "identity.factor.not_a_rule");
    EXPECT_EQ(node.post(admin, "/concordat/mfa/preview", R"({"sections":7})").status(), 400);
}

TEST_F(FactorRoutes, AreDemandedByRoleAndPlace) {
    change([](Settings& s) { s.ConcordatSettings.MfaForRoles = {"system_admin"}; });
    EXPECT_EQ(node.get(admin, "/users/me/sessions").error(), "api.context.mfa_required.app_error");
    EXPECT_EQ(node.get(alice, "/users/me/sessions").status(), 200);
    change([](Settings& s) {
        s.ConcordatSettings.MfaForRoles.clear();
        s.ConcordatSettings.MfaOutsideNetworks = {"10.0.0.0/8"};
    });
    EXPECT_EQ(node.ask(Verb::get, "/users/me/sessions", {.token = alice.token, .from = "10.1.1.1"}).status(),
              200);
    EXPECT_EQ(node.ask(Verb::get, "/users/me/sessions", {.token = alice.token, .from = "192.0.2.1"}).error(),
              "api.context.mfa_required.app_error");
}

TEST_F(FactorRoutes, AreShownAgainForAdministrativeChanges) {
    change([](Settings& s) { s.ConcordatSettings.StepUpMinutes = 5; });
    const auto demote = "/users/" + alice.user.id.text() + "/roles";
    const auto body = R"({"roles":"system_user"})";
    EXPECT_EQ(node.put(admin, demote, body).error(), "identity.step_up.needed");
    EXPECT_EQ(node.get(admin, "/roles").status(), 200);  // looking is no change
    enrol(admin);
    EXPECT_EQ(node.put(admin, demote, body).status(), 200);  // just shown
    node.store.db.transact([&](storage::Tx& tx) {
        storage::SessionTable table(tx);
        auto session = table.of_user(admin.user.id).at(0);
        session.props["factor_at"] = std::to_string(wall_clock() - 6 * 60000);
        table.set_props(session);
        tx.emit(SessionRenewed{session.id, admin.user.id});
    });
    EXPECT_EQ(node.put(admin, demote, body).error(), "identity.step_up.needed");
    EXPECT_EQ(node.post(admin, "/concordat/sessions/step_up", R"({"code":"000000"})").status(), 401);
    const auto up = node.post(admin, "/concordat/sessions/step_up", R"({"code":")" + code(admin) + "\"}");
    ASSERT_EQ(up.status(), 200);
    const Person renewed{admin.user, up.header("Token")};
    EXPECT_EQ(node.put(renewed, demote, body).status(), 200);
    EXPECT_EQ(node.get(admin, "/users/me").status(), 401);  // the token before is worth nothing
}

}  // namespace
}  // namespace concordat::web
