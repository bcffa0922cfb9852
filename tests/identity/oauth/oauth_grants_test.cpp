#include "identity/oauth/oauth_grants.hpp"

#include <gtest/gtest.h>

#include "core/base/url_escape.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/tables/sessions.hpp"
#include "tests/support/refusal.hpp"
#include "tests/support/store.hpp"

namespace concordat::identity {
namespace {

using test::refusal;

constexpr Millis minute = 60'000, day = 86'400'000;
const std::string verifier(43, 'v');

class OAuthTest : public testing::Test {
protected:
    OAuthTest() {
        store.db.on_commit([this](const std::vector<storage::Fact>& facts) { sessions.on_facts(facts); });
    }
    OAuthApp made(bool is_public = false, bool is_trusted = false) {
        OAuthApp wanted;
        wanted.name = "Timetable";
        wanted.homepage = "https://time.example";
        wanted.callback_urls = {"https://time.example/back", "https://time.example/other"};
        wanted.is_public = is_public;
        wanted.is_trusted = is_trusted;
        return apps.create(admin, wanted, "attempt");
    }
    static OAuthRequest request_of(const OAuthApp& app, bool has_proof = false) {
        OAuthRequest request;
        request.response_type = "code";
        request.client_id = app.id.text();
        request.redirect_uri = app.callback_urls.front();
        request.state = "a state";
        if (has_proof) {
            request.code_challenge = storage::base64_url(storage::text_of(storage::sha256(verifier)));
            request.code_challenge_method = "S256";
        }
        return request;
    }
    static std::string part(const std::string& address, const std::string& name) {
        const auto at = address.find(name + "=");
        if (at == std::string::npos) return {};
        const auto from = at + name.size() + 1;
        return address.substr(from, address.find('&', from) - from);
    }
    OAuthRedemption with_code(const OAuthApp& app, bool has_proof = false) {
        OAuthRedemption brought;
        brought.grant_type = "authorization_code";
        brought.client_id = app.id.text();
        brought.client_secret = app.client_secret;
        brought.redirect_uri = app.callback_urls.front();
        brought.code = part(grants.allow(ada, request_of(app, has_proof), "attempt"), "code");
        if (has_proof) brought.code_verifier = verifier;
        return brought;
    }
    OAuthAnswer redeem(const OAuthRedemption& brought) {
        return grants.redeem(brought, "203.0.113.1", "attempt");
    }
    OAuthRedemption refreshing(const OAuthApp& app, const std::string& token) {
        OAuthRedemption brought;
        brought.grant_type = "refresh_token";
        brought.client_id = app.id.text();
        brought.client_secret = app.client_secret;
        brought.refresh_token = token;
        return brought;
    }
    bool is_good(const std::string& token) { return sessions.by_token(token) != nullptr; }
    std::string last_rule() {
        DecisionQuery query;
        query.act = "oauth";
        query.limit = 1;
        return decisions.list(query).at(0).rule;
    }

    test::Store store;
    Decisions decisions{store.db};
    Sessions sessions{store.db, store.settings, store.roles};
    OAuthApps apps{store.db, store.gate, sessions, decisions, store.settings};
    OAuthGrants grants{store.db, apps, sessions, decisions};
    const Actor admin = store.actor(store.admin());
    const User person = store.user("ada");
    const Actor ada = store.actor(person);
};

TEST_F(OAuthTest, ACodeGivesASessionOfThePersonOnce) {
    const auto app = made();
    ASSERT_EQ(app.client_secret.size(), 52u);
    const auto asked = grants.look(ada, request_of(app));
    EXPECT_TRUE(asked.must_ask);
    EXPECT_EQ(asked.app.client_secret, "");
    const auto brought = with_code(app);
    EXPECT_FALSE(grants.look(ada, request_of(app)).must_ask);
    const auto answer = redeem(brought);
    EXPECT_EQ(answer.expires_in, 720 * 3600);
    EXPECT_EQ(answer.scope, "user");
    const auto session = sessions.by_token(answer.access_token);
    ASSERT_TRUE(session);
    EXPECT_EQ(session->session.user_id, person.id);
    EXPECT_TRUE(session->session.is_oauth);
    EXPECT_TRUE(session->actor().by_application);
    EXPECT_EQ(session->session.props.at("platform"), "Timetable");
    EXPECT_EQ(last_rule(), "oauth.given");
    // A second use ends what the first gave: two have the code.
    EXPECT_EQ(refusal([&] { redeem(brought); }), "api.oauth.get_access_token.bad_code.app_error");
    EXPECT_EQ(last_rule(), "oauth.code_used");
    EXPECT_FALSE(is_good(answer.access_token));
    EXPECT_EQ(refusal([&] { redeem(refreshing(app, *answer.refresh_token)); }),
              "api.oauth.get_access_token.refresh_token.app_error");
}

TEST_F(OAuthTest, WhatIsWrongWithARedemptionIsRefusedAndOnRecord) {
    const auto app = made();
    const auto good = with_code(app);
    const auto refused = [&](auto change) {
        auto brought = good;
        change(brought);
        return refusal([&] { redeem(brought); });
    };
    EXPECT_EQ(refused([](auto& b) { b.grant_type = "password"; }),
              "api.oauth.get_access_token.bad_grant.app_error");
    EXPECT_EQ(refused([](auto& b) { b.code = ""; }), "api.oauth.get_access_token.missing_code.app_error");
    EXPECT_EQ(refused([](auto& b) { b.client_id = "x"; }),
              "api.oauth.get_access_token.bad_client_id.app_error");
    EXPECT_EQ(refused([](auto& b) { b.client_id = new_token(); }), "app.oauth.get_app.find.app_error");
    EXPECT_EQ(refused([](auto& b) { b.client_secret = ""; }),
              "api.oauth.get_access_token.bad_client_secret.app_error");
    EXPECT_EQ(refused([](auto& b) { b.client_secret += "x"; }),
              "api.oauth.get_access_token.credentials.app_error");
    EXPECT_EQ(last_rule(), "oauth.secret");
    EXPECT_EQ(refused([](auto& b) { b.redirect_uri += "?x"; }),
              "api.oauth.get_access_token.redirect_uri.app_error");
    EXPECT_EQ(last_rule(), "oauth.redirect");
    EXPECT_EQ(refused([](auto& b) { b.code_verifier = verifier; }),
              "api.oauth.get_access_token.code_verifier.app_error");
    EXPECT_EQ(refused([](auto& b) { b.resource = "https://elsewhere.example"; }),
              "api.oauth.get_access_token.resource.app_error");
    const auto other = made();
    EXPECT_EQ(refused([&](auto& b) {
                  b.client_id = other.id.text();
                  b.client_secret = other.client_secret;
              }),
              "api.oauth.get_access_token.bad_code.app_error");
    // None of them used it up; time does.
    store.wait(10 * minute);
    EXPECT_EQ(refusal([&] { redeem(good); }), "api.oauth.get_access_token.expired_code.app_error");
    EXPECT_EQ(grants.sweep(), 1);
}

TEST_F(OAuthTest, ARequestOfSomebodyElsesAddressLeadsNowhere) {
    const auto app = made();
    auto request = request_of(app);
    request.redirect_uri = "https://time.example/back/more";
    EXPECT_EQ(refusal([&] { grants.look(ada, request); }),
              "api.oauth.allow_oauth.redirect_callback.app_error");
    EXPECT_EQ(refusal([&] { grants.allow(ada, request, "attempt"); }),
              "api.oauth.allow_oauth.redirect_callback.app_error");
    request = request_of(app);
    request.client_id = new_token();
    EXPECT_EQ(refusal([&] { grants.look(ada, request); }), "app.oauth.get_app.find.app_error");
    request = request_of(app);
    request.response_type = "token";
    EXPECT_EQ(grants.look(ada, request).refusal,
              "https://time.example/back?error=unsupported_response_type&state=a%20state");
    request = request_of(app);
    request.code_challenge = "short";
    EXPECT_EQ(part(grants.allow(ada, request, "attempt"), "error"), "invalid_request");
    request = request_of(app, true);
    request.code_challenge_method = "plain";
    EXPECT_EQ(part(grants.allow(ada, request, "attempt"), "error"), "invalid_request");
    EXPECT_EQ(part(grants.deny(ada, request_of(app), "attempt"), "error"), "access_denied");
    EXPECT_EQ(last_rule(), "oauth.denied");
    auto application = ada;
    application.by_application = true;
    EXPECT_EQ(refusal([&] { grants.allow(application, request_of(app), "attempt"); }),
              "identity.oauth.not_for_applications");
}

TEST_F(OAuthTest, APublicApplicationProvesThatItIsTheOneThatAsked) {
    const auto app = made(true);
    EXPECT_EQ(app.client_secret, "");
    EXPECT_EQ(part(grants.allow(ada, request_of(app), "attempt"), "error"), "invalid_request");
    auto brought = with_code(app, true);
    brought.code_verifier = std::string(43, 'w');
    EXPECT_EQ(refusal([&] { redeem(brought); }), "api.oauth.get_access_token.code_verifier.app_error");
    brought.code_verifier = "";
    EXPECT_EQ(refusal([&] { redeem(brought); }), "api.oauth.get_access_token.code_verifier.app_error");
    brought.code_verifier = verifier;
    brought.client_secret = "one";
    EXPECT_EQ(refusal([&] { redeem(brought); }), "api.oauth.get_access_token.credentials.app_error");
    brought.client_secret = "";
    const auto answer = redeem(brought);
    EXPECT_TRUE(is_good(answer.access_token));
    EXPECT_FALSE(answer.refresh_token);
    // Another program may call itself the same.
    EXPECT_TRUE(grants.look(ada, request_of(app, true)).must_ask);
    EXPECT_TRUE(grants.look(ada, request_of(made(true, true), true)).must_ask);
}

TEST_F(OAuthTest, RefreshingReplacesBothTokensAndAUsedOneEndsAll) {
    const auto app = made();
    const auto first = redeem(with_code(app, true));
    const auto second = redeem(refreshing(app, *first.refresh_token));
    EXPECT_FALSE(is_good(first.access_token));
    EXPECT_TRUE(is_good(second.access_token));
    const auto other = made();
    EXPECT_EQ(refusal([&] { redeem(refreshing(other, *second.refresh_token)); }),
              "api.oauth.get_access_token.refresh_token.app_error");
    EXPECT_TRUE(is_good(second.access_token));
    EXPECT_EQ(refusal([&] { redeem(refreshing(app, *first.refresh_token)); }),
              "api.oauth.get_access_token.refresh_token.app_error");
    EXPECT_EQ(last_rule(), "oauth.refresh_used");
    EXPECT_FALSE(is_good(second.access_token));
    EXPECT_EQ(refusal([&] { redeem(refreshing(app, *second.refresh_token)); }),
              "api.oauth.get_access_token.refresh_token.app_error");
}

TEST_F(OAuthTest, ASessionThatExpiresIsRefreshedOneThatWasEndedIsNot) {
    const auto app = made();
    const auto expired = redeem(with_code(app));
    store.wait(31 * day);
    EXPECT_FALSE(is_good(expired.access_token));
    sessions.sweep();
    const auto again = redeem(refreshing(app, *expired.refresh_token));
    EXPECT_TRUE(is_good(again.access_token));
    sessions.end(person.id, sessions.by_token(again.access_token)->session.id, person.id, "by hand");
    EXPECT_EQ(refusal([&] { redeem(refreshing(app, *again.refresh_token)); }),
              "api.oauth.get_access_token.refresh_token.app_error");
    const auto third = redeem(with_code(app)), fourth = redeem(with_code(app));
    sessions.end_all(person.id, person.id, "password", sessions.by_token(fourth.access_token)->session.id);
    EXPECT_EQ(refusal([&] { redeem(refreshing(app, *third.refresh_token)); }),
              "api.oauth.get_access_token.refresh_token.app_error");
    EXPECT_TRUE(is_good(fourth.access_token));
    sessions.end_everybody(admin.user_id, "everybody");
    EXPECT_EQ(refusal([&] { redeem(refreshing(app, *fourth.refresh_token)); }),
              "api.oauth.get_access_token.refresh_token.app_error");
    const auto fifth = redeem(with_code(app));
    store.wait(91 * day);
    sessions.sweep();
    EXPECT_EQ(refusal([&] { redeem(refreshing(app, *fifth.refresh_token)); }),
              "api.oauth.get_access_token.refresh_token.app_error");
    EXPECT_GE(grants.sweep(), 1);
}

TEST_F(OAuthTest, WhatIsWithdrawnOrRemovedEnds) {
    const auto app = made(), other = made();
    const auto one = redeem(with_code(app)), two = redeem(with_code(other));
    ASSERT_EQ(grants.allowed_by(person.id, 0, 10).size(), 2u);
    grants.withdraw(ada, app.id, "attempt");
    EXPECT_FALSE(is_good(one.access_token));
    EXPECT_TRUE(is_good(two.access_token));
    EXPECT_EQ(refusal([&] { grants.withdraw(ada, app.id, "attempt"); }), "app.oauth.get_app.find.app_error");
    EXPECT_TRUE(grants.look(ada, request_of(app)).must_ask);
    apps.remove(admin, other.id, "attempt");
    EXPECT_FALSE(is_good(two.access_token));
    EXPECT_EQ(grants.allowed_by(person.id, 0, 10).size(), 0u);
    EXPECT_EQ(refusal([&] { redeem(refreshing(other, *two.refresh_token)); }),
              "app.oauth.get_app.find.app_error");
}

TEST_F(OAuthTest, OnlySoManySessionsOfOneApplication) {
    const auto app = made(false, true);
    std::vector<std::string> tokens;
    for (int i = 0; i < OAuthGrants::most_sessions + 1; ++i) {
        store.wait(1);
        tokens.push_back(redeem(with_code(app)).access_token);
    }
    EXPECT_FALSE(is_good(tokens[0]));
    EXPECT_TRUE(is_good(tokens[1]));
    EXPECT_TRUE(is_good(tokens.back()));
}

TEST_F(OAuthTest, ADeactivatedPersonGetsNothing) {
    const auto app = made();
    const auto brought = with_code(app);
    store.db.transact(
        [&](storage::Tx& tx) { tx.exec("update users set delete_at = 1 where id = $1", person.id); });
    EXPECT_EQ(refusal([&] { redeem(brought); }), "api.oauth.get_access_token.inactive.app_error");
    EXPECT_EQ(last_rule(), "account.active");
}

TEST_F(OAuthTest, ApplicationsBelongToWhoMadeThem) {
    const auto app = made();
    EXPECT_EQ(refusal([&] { apps.create(ada, app, "attempt"); }), "api.context.permissions.app_error");
    EXPECT_EQ(refusal([&] { apps.get(ada, app.id); }), "api.context.permissions.app_error");
    auto wanted = app;
    wanted.callback_urls = {"javascript:alert(1)"};
    EXPECT_EQ(refusal([&] { apps.update(admin, app.id, wanted, "attempt"); }),
              "model.oauth.is_valid.callback.app_error");
    wanted.callback_urls = {"https://time.example/#x"};
    EXPECT_EQ(refusal([&] { apps.update(admin, app.id, wanted, "attempt"); }),
              "model.oauth.is_valid.callback.app_error");
    wanted.callback_urls = {"https://time.example/" + std::string(1024, 'x')};
    EXPECT_EQ(refusal([&] { apps.update(admin, app.id, wanted, "attempt"); }),
              "model.oauth.is_valid.callback.app_error");
    wanted = app;
    wanted.name = "Clock";
    wanted.client_secret = "chosen";
    EXPECT_EQ(apps.update(admin, app.id, wanted, "attempt").name, "Clock");
    EXPECT_EQ(apps.get(admin, app.id).client_secret, app.client_secret);
    const auto renewed = apps.renew_secret(admin, app.id, "attempt");
    EXPECT_NE(renewed.client_secret, app.client_secret);
    EXPECT_EQ(refusal([&] { redeem(with_code(app)); }), "api.oauth.get_access_token.credentials.app_error");
    redeem(with_code(renewed));
}

TEST_F(OAuthTest, ApplicationsRegisterThemselvesWhereAllowed) {
    OAuthRegistration wanted;
    wanted.redirect_uris = {"https://tool.example/cb"};
    wanted.token_endpoint_auth_method = "none";
    EXPECT_EQ(refusal([&] { apps.register_itself(wanted, "attempt"); }),
              "api.oauth.register_client.disabled.app_error");
    Settings settings = *store.settings.current();
    settings.ServiceSettings.EnableDynamicClientRegistration = true;
    settings.ServiceSettings.DCRRedirectURIAllowlist = {"https://*.example/*"};
    LiveSettings allowing(settings);
    OAuthApps open(store.db, store.gate, sessions, decisions, allowing);
    const auto app = open.register_itself(wanted, "attempt");
    EXPECT_TRUE(app.is_public);
    EXPECT_TRUE(app.is_dynamically_registered);
    EXPECT_FALSE(app.is_trusted);
    EXPECT_TRUE(grants.look(ada, request_of(app, true)).must_ask);
    wanted.redirect_uris = {"https://tool.example/cb/deeper"};
    EXPECT_EQ(refusal([&] { open.register_itself(wanted, "attempt"); }),
              "model.oauth.is_valid.callback.app_error");
    wanted.redirect_uris = {"http://tool.example/cb"};
    EXPECT_EQ(refusal([&] { open.register_itself(wanted, "attempt"); }),
              "model.oauth.is_valid.callback.app_error");
    wanted.redirect_uris = {};
    EXPECT_EQ(refusal([&] { open.register_itself(wanted, "attempt"); }),
              "model.oauth.is_valid.callback.app_error");
}

}  // namespace
}  // namespace concordat::identity
