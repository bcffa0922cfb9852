// Provisioning by SCIM 2.0, as an identity system does it.
#include "tests/web/api/node.hpp"

namespace concordat::web {
namespace {

using test::Answer;
using test::Node;

class Scim : public testing::Test {
protected:
    Scim() {
        node.store.db.on_commit(
            [this](const std::vector<storage::Fact>& facts) { node.sessions.on_facts(facts); });
        node.change([](Settings& s) { s.ConcordatSettings.EnableScim = true; });
        node.found();
        token = node.provisioning.add_client("entra", "saml", "").token;
    }
    Answer ask(Verb verb, const std::string& path, const std::string& body = {}) {
        return node.ask(verb, "//scim/v2" + path, {.token = token, .body = body});
    }
    std::string create(const std::string& name, const std::string& external) {
        const auto answer = ask(Verb::post, "/Users",
                                R"({"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":")" +
                                    name + R"(@corp.example","externalId":")" + external +
                                    R"(","name":{"givenName":"Ada","familyName":"Lovelace"},"active":true})");
        EXPECT_EQ(answer.status(), 201) << answer.body;
        return answer.text("id");
    }
    static std::string patch(const std::string& operation) { return R"({"Operations":[)" + operation + "]}"; }
    void expect_error(const Answer& answer, int status, const std::string& type) {
        EXPECT_EQ(answer.status(), status) << answer.body;
        const auto body = answer.parsed();
        EXPECT_EQ(body.at("schemas").at(0).as_string(), "urn:ietf:params:scim:api:messages:2.0:Error");
        EXPECT_EQ(body.at("status").as_string(), std::to_string(status));
        const auto* given = body.as_object().if_contains("scimType");
        EXPECT_EQ(given ? std::string(given->as_string()) : "", type);
    }

    Node node;
    std::string token;
};

TEST_F(Scim, MakesAnAccountThatSignsInByItsProvider) {
    const auto id = create("ada", "subject-1");
    const auto user = node.accounts.get(UserId::from_text(id));
    EXPECT_EQ(user.username, "ada");
    EXPECT_EQ(user.email, "ada@corp.example");
    EXPECT_EQ(user.auth_service, "saml");
    ExternalIdentity identity;
    identity.service = "saml";
    identity.subject = "subject-1";
    identity.username = "ada";
    identity::SignInAttempt attempt;
    attempt.id = "sign-in";
    const auto admitted =
        node.sign_in.with_identity(identity, attempt, identity::Trail("sign_in", "sign-in"));
    EXPECT_EQ(admitted.user.id.text(), id);
    const auto shown = ask(Verb::get, "/Users/" + id);
    EXPECT_EQ(shown.reply.content_type, "application/scim+json");
    EXPECT_EQ(shown.text("userName"), "ada@corp.example");
    EXPECT_EQ(shown.text("externalId"), "subject-1");
}

TEST_F(Scim, SwitchingSomebodyOffEndsTheirSessionsAtOnce) {
    const auto id = create("ada", "subject-1");
    const auto session = node.sessions.start(node.accounts.get(UserId::from_text(id)), {});
    ASSERT_TRUE(node.sessions.by_token(session.token));
    const auto off =
        ask(Verb::patch, "/Users/" + id, patch(R"({"op":"Replace","path":"active","value":"False"})"));
    ASSERT_EQ(off.status(), 200);
    EXPECT_FALSE(off.parsed().at("active").as_bool());
    EXPECT_FALSE(node.sessions.by_token(session.token));
    EXPECT_GT(node.accounts.get(UserId::from_text(id)).delete_at, 0);
    const auto on = ask(Verb::patch, "/Users/" + id, patch(R"({"op":"replace","value":{"active":true}})"));
    EXPECT_TRUE(on.parsed().at("active").as_bool());
    EXPECT_EQ(node.accounts.get(UserId::from_text(id)).delete_at, 0);
    const auto decisions = node.decisions.list({.act = "provisioning"});
    EXPECT_EQ(decisions.size(), 3u);
}

TEST_F(Scim, WhatWasDeactivatedHereStaysSo) {
    const auto id = create("ada", "subject-1");
    node.accounts.set_active(Actor(), UserId::from_text(id), false);
    expect_error(ask(Verb::patch, "/Users/" + id, patch(R"({"op":"replace","path":"active","value":true})")),
                 409, "");
    EXPECT_GT(node.accounts.get(UserId::from_text(id)).delete_at, 0);
}

TEST_F(Scim, ARemovedPersonComesBackByTheirExternalId) {
    const auto id = create("ada", "subject-1");
    EXPECT_EQ(ask(Verb::del, "/Users/" + id).status(), 204);
    expect_error(ask(Verb::get, "/Users/" + id), 404, "");
    expect_error(ask(Verb::del, "/Users/" + id), 404, "");
    EXPECT_GT(node.accounts.get(UserId::from_text(id)).delete_at, 0);
    EXPECT_EQ(create("ada", "subject-1"), id);
    EXPECT_EQ(node.accounts.get(UserId::from_text(id)).delete_at, 0);
}

TEST_F(Scim, ListsAndFindsItsOwnPeopleOnly) {
    const auto ada = create("ada", "subject-1");
    create("bob", "subject-2");
    const auto all = ask(Verb::get, "/Users").parsed();
    EXPECT_EQ(all.at("totalResults").as_int64(), 2);
    EXPECT_EQ(all.at("Resources").as_array().size(), 2u);
    const auto second = ask(Verb::get, "/Users?startIndex=2&count=1").parsed();
    EXPECT_EQ(second.at("Resources").as_array().size(), 1u);
    EXPECT_EQ(second.at("startIndex").as_int64(), 2);
    for (const char* filter : {"userName%20eq%20%22ADA@corp.example%22", "externalId%20eq%20%22subject-1%22",
                               "emails.value%20eq%20%22ada@corp.example%22"}) {
        const auto found = ask(Verb::get, std::string("/Users?filter=") + filter).parsed();
        ASSERT_EQ(found.at("totalResults").as_int64(), 1) << filter;
        EXPECT_EQ(found.at("Resources").at(0).at("id").as_string(), ada);
    }
    EXPECT_EQ(
        ask(Verb::get, "/Users?filter=userName%20eq%20%22nobody%22").parsed().at("totalResults").as_int64(),
        0);
    expect_error(ask(Verb::get, "/Users?filter=title%20pr"), 400, "invalidFilter");
    token = node.provisioning.add_client("okta", "openid", "").token;
    EXPECT_EQ(ask(Verb::get, "/Users").parsed().at("totalResults").as_int64(), 0);
    expect_error(ask(Verb::get, "/Users/" + ada), 404, "");
    expect_error(
        ask(Verb::patch, "/Users/" + ada, patch(R"({"op":"replace","path":"active","value":false})")), 404,
        "");
}

TEST_F(Scim, RefusesWhatIsTakenOrMissing) {
    create("ada", "subject-1");
    expect_error(ask(Verb::post, "/Users", R"({"userName":"ada@corp.example","externalId":"other"})"), 409,
                 "uniqueness");
    expect_error(ask(Verb::post, "/Users", R"({"userName":"x@corp.example","externalId":"subject-1"})"), 409,
                 "uniqueness");
    expect_error(ask(Verb::post, "/Users", R"({"userName":"founder@corp.example","externalId":"f"})"), 409,
                 "uniqueness");
    expect_error(ask(Verb::post, "/Users", R"({"userName":"x@corp.example"})"), 400, "invalidValue");
    expect_error(ask(Verb::post, "/Users", R"({"externalId":"x"})"), 400, "invalidValue");
    expect_error(ask(Verb::post, "/Users", "{"), 400, "invalidSyntax");
    const auto bob = create("bob", "subject-2");
    expect_error(ask(Verb::patch, "/Users/" + bob,
                     patch(R"({"op":"replace","path":"externalId","value":"subject-1"})")),
                 409, "uniqueness");
    expect_error(
        ask(Verb::put, "/Users/" + bob, R"({"userName":"ada@corp.example","externalId":"subject-2"})"), 409,
        "uniqueness");
}

TEST_F(Scim, ReplacesAPerson) {
    const auto id = create("ada", "subject-1");
    const auto answer = ask(Verb::put, "/Users/" + id,
                            R"({"userName":"a.king@corp.example","externalId":"subject-9","title":"Countess",
            "emails":[{"value":"king@corp.example","primary":true}]})");
    ASSERT_EQ(answer.status(), 200) << answer.body;
    const auto user = node.accounts.get(UserId::from_text(id));
    EXPECT_EQ(user.username, "a.king");
    EXPECT_EQ(user.email, "king@corp.example");
    EXPECT_EQ(user.position, "Countess");
    EXPECT_EQ(user.auth_data, "subject-9");
}

TEST_F(Scim, LetsInOnlyWhoHoldsAToken) {
    const auto good = token;
    for (const auto& bad : {std::string(), std::string("x"), good + "x", node.join("alice").token}) {
        token = bad;
        expect_error(ask(Verb::get, "/Users"), 401, "");
    }
    token = good;
    const auto renewed = node.provisioning.renew_token("entra");
    expect_error(ask(Verb::get, "/Users"), 401, "");
    token = renewed;
    EXPECT_EQ(ask(Verb::get, "/Users").status(), 200);
    // It opens nothing else.
    EXPECT_EQ(node.ask(Verb::get, "/users/me", {.token = token}).status(), 401);
    node.provisioning.remove_client("entra");
    expect_error(ask(Verb::get, "/Users"), 401, "");
    node.change([](Settings& s) { s.ConcordatSettings.EnableScim = false; });
    expect_error(ask(Verb::get, "/Users"), 404, "");
}

TEST_F(Scim, SaysWhatItCanDo) {
    EXPECT_TRUE(ask(Verb::get, "/ServiceProviderConfig").parsed().at("patch").at("supported").as_bool());
    EXPECT_EQ(ask(Verb::get, "/ResourceTypes").parsed().at("Resources").at(0).at("name").as_string(), "User");
    EXPECT_EQ(ask(Verb::get, "/Schemas").parsed().at("totalResults").as_int64(), 2);
}

}  // namespace
}  // namespace concordat::web
