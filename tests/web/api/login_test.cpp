// Signing up, in and out; sessions and their cookies.
#include "tests/web/api/node.hpp"
#include "web/api/cookies.hpp"
#include "web/api/user_agent.hpp"

namespace concordat::web {
namespace {

using test::good_password;
using test::login_body;
using test::Node;
using test::Person;
using test::With;

With from_browser(std::string body) {
    return {.token = {}, .body = std::move(body), .headers = {{"X-Requested-With", "XMLHttpRequest"}}};
}

bool says(const std::string& line, const char* word) {
    return line.find(word) != std::string::npos;
}

TEST(LogIn, GivesTheOwnAccountATokenAndNoCookies) {
    Node node;
    const auto alice = node.found();
    const auto answer = node.ask(Verb::post, "/users/login", {.token = {}, .body = login_body("FOUNDER")});
    ASSERT_EQ(answer.status(), 200);
    EXPECT_EQ(answer.header("Token").size(), 26u);
    EXPECT_TRUE(answer.cookies().empty());
    EXPECT_EQ(answer.text("id"), alice.user.id.text());
    EXPECT_TRUE(answer.parsed().as_object().contains("notify_props"));
    EXPECT_FALSE(says(answer.body, "argon2"));
    EXPECT_EQ(node.ask(Verb::get, "/users/me", {.token = answer.header("Token")}).status(), 200);
}

TEST(LogIn, SetsThreeCookiesForABrowser) {
    Node node;
    const auto alice = node.found();
    const auto answer = node.ask(Verb::post, "/users/login", from_browser(login_body("founder")));
    EXPECT_EQ(answer.cookies().size(), 3u);
    EXPECT_EQ(answer.cookie("MMAUTHTOKEN"), answer.header("Token"));
    EXPECT_EQ(answer.cookie("MMUSERID"), alice.user.id.text());
    EXPECT_EQ(answer.cookie("MMCSRF"), node.sessions.by_token(answer.header("Token"))->actor().csrf);
    for (const auto& line : answer.cookies()) {
        EXPECT_EQ(says(line, "HttpOnly"), line.starts_with("MMAUTHTOKEN=")) << line;
        EXPECT_TRUE(says(line, "; Path=/;") && says(line, "; Max-Age=2592000;")) << line;
        EXPECT_FALSE(says(line, "Secure") || says(line, "Domain") || says(line, "None")) << line;
    }
}

TEST(LogIn, MarksCookiesSecureOverHttps) {
    Node node;
    node.found();
    auto direct = from_browser(login_body("founder")), by_proxy = direct, embedded = direct;
    direct.is_secure = embedded.is_secure = true;
    by_proxy.headers.emplace_back("X-Forwarded-Proto", "https");
    embedded.headers.emplace_back("Cookie", "MMEMBED=1");
    for (const auto& with : {direct, by_proxy})
        for (const auto& line : node.ask(Verb::post, "/users/login", with).cookies())
            EXPECT_TRUE(says(line, "; Secure") && says(line, "SameSite=Lax")) << line;
    for (const auto& line : node.ask(Verb::post, "/users/login", embedded).cookies())
        EXPECT_TRUE(says(line, "SameSite=None")) << line;
}

TEST(LogIn, KeepsCookiesToTheSubPathOfTheSite) {
    Settings settings;
    settings.ServiceSettings.SiteURL = "https://chat.example.org:8443/team/chat";
    settings.ServiceSettings.AllowCookiesForSubdomains = true;
    EXPECT_EQ(site_path(settings), "/team/chat");
    Node node(settings);
    node.found();
    const auto line =
        node.ask(Verb::post, "/users/login", from_browser(login_body("founder"))).cookie_line("MMUSERID");
    EXPECT_TRUE(says(line, "; Path=/team/chat;") && says(line, "; Domain=chat.example.org;")) << line;
}

TEST(LogIn, WorksByAddressAndById) {
    Node node;
    const auto alice = node.found();
    EXPECT_EQ(node.ask(Verb::post, "/users/login", {.token = {}, .body = login_body("founder@example.org")})
                  .status(),
              200);
    const auto by_id = json_text(StringMap{
        {"id", alice.user.id.text()}, {"password", good_password}, {"ldap_only", "false"}, {"deviceId", ""}});
    EXPECT_EQ(node.ask(Verb::post, "/users/login", {.token = {}, .body = by_id}).status(), 200);
}

TEST(LogIn, RefusesWrongPasswordsAndUnknownNamesAlike) {
    Node node;
    node.found();
    const auto wrong =
        node.ask(Verb::post, "/users/login", {.token = {}, .body = login_body("founder", "not my password")});
    const auto unknown = node.ask(Verb::post, "/users/login", {.token = {}, .body = login_body("nobody")});
    const auto unknown_id =
        node.ask(Verb::post, "/users/login",
                 {.token = {},
                  .body = json_text(StringMap{{"id", std::string(26, 'y')}, {"password", "some password"}})});
    for (const auto* answer : {&wrong, &unknown, &unknown_id}) {
        EXPECT_EQ(answer->status(), 401);
        EXPECT_EQ(answer->error(), "api.user.login.invalid_credentials_email_username");
        EXPECT_EQ(answer->text("message"), wrong.text("message"));
        EXPECT_EQ(answer->header("Token"), "");
    }
}

TEST(LogIn, HoldsAnAccountBackAfterTooManyFailuresWithoutSayingSo) {
    Settings settings;
    settings.ServiceSettings.MaximumLoginAttempts = 2;
    Node node(settings);
    node.found();
    for (int attempt = 0; attempt < 2; ++attempt)
        node.ask(Verb::post, "/users/login", {.token = {}, .body = login_body("founder", "not my password")});
    const auto answer = node.ask(Verb::post, "/users/login", {.token = {}, .body = login_body("founder")});
    EXPECT_EQ(answer.status(), 401);
    EXPECT_EQ(answer.error(), "api.user.login.invalid_credentials_email_username");
    EXPECT_EQ(answer.header("Token"), "");
}

TEST(LogIn, RefusesBodiesThatAreNone) {
    Node node;
    node.found();
    for (const char* body :
         {"", "null", "17", "[]", "\"x\"", "{", R"({"login_id":"founder"})", R"({"password":"x"})"})
        EXPECT_EQ(node.ask(Verb::post, "/users/login", {.token = {}, .body = body}).status(), 400) << body;
    EXPECT_EQ(node.ask(Verb::post, "/users/login",
                       {.token = {}, .body = R"({"login_id":"founder","password":"x","ldap_only":true})"})
                  .status(),
              501);
}

TEST(LogIn, TypeIsNotFoundWithoutABody) {
    Node node;
    const auto answer =
        node.ask(Verb::post, "/users/login/type", {.token = {}, .body = R"({"login_id":"x"})"});
    EXPECT_EQ(answer.status(), 404);
    EXPECT_EQ(answer.body, "");
}

TEST(LogIn, IsHashedOnTheLaneForPasswords) {
    Node node;
    const auto lane = [&](Verb verb, const std::string& path) {
        Head head;
        head.verb = verb;
        head.path = "/api/v4" + path;
        return node.router.plan(head).lane;
    };
    EXPECT_EQ(lane(Verb::post, "/users/login"), Lane::password);
    EXPECT_EQ(lane(Verb::post, "/users"), Lane::password);
    EXPECT_EQ(lane(Verb::put, "/users/me/password"), Lane::password);
    EXPECT_EQ(lane(Verb::post, "/users/logout"), Lane::quick);
}

TEST(LogOut, EndsTheSessionAndTakesTheCookies) {
    Node node;
    const auto alice = node.found();
    const auto answer = node.post(alice, "/users/logout", "");
    EXPECT_EQ(answer.status(), 200);
    EXPECT_EQ(answer.body, R"({"status":"OK"})");
    EXPECT_EQ(answer.cookies().size(), 3u);
    EXPECT_TRUE(says(answer.cookie_line("MMUSERID"), "Max-Age=0"));
    EXPECT_EQ(node.get(alice, "/users/me").status(), 401);
    EXPECT_EQ(node.ask(Verb::post, "/users/logout").status(), 200)
        << "without a session there is nothing to end";
}

// -- the first account ------------------------------------------------------------------------------

With form(const std::string& name, std::string from = "203.0.113.9") {
    return {.token = {},
            .body = json_text(
                StringMap{{"username", name}, {"email", name + "@example.org"}, {"password", good_password}}),
            .headers = {},
            .from = std::move(from)};
}

TEST(FirstAccount, IsNotForStrangers) {
    Node node;
    const auto answer = node.ask(Verb::post, "/users", form("mallory"));
    EXPECT_EQ(answer.status(), 403);
    EXPECT_EQ(answer.error(), "api.user.create_user.setup_code.app_error");
    auto guessing = form("mallory");
    guessing.headers.emplace_back("X-Setup-Code", "a guess");
    EXPECT_EQ(node.ask(Verb::post, "/users", guessing).status(), 403);
    auto behind_a_proxy = form("mallory", "127.0.0.1");
    behind_a_proxy.headers.emplace_back("X-Forwarded-For", "203.0.113.9");
    EXPECT_EQ(node.ask(Verb::post, "/users", behind_a_proxy).status(), 403);
    EXPECT_TRUE(node.accounts.has_none());
}

TEST(FirstAccount, IsMadeOnTheMachineItselfAndAdministers) {
    Node node;
    const auto answer = node.ask(Verb::post, "/users", form("root", "127.0.0.1"));
    ASSERT_EQ(answer.status(), 201);
    EXPECT_EQ(answer.text("roles"), "system_admin system_user");
    EXPECT_FALSE(answer.parsed().as_object().contains("password"));
}

TEST(FirstAccount, IsMadeFromAfarWithTheSetUpCode) {
    for (const bool in_header : {true, false}) {
        Node node;
        auto with = form("root");
        if (in_header) with.headers.emplace_back("X-Setup-Code", node.setup_code);
        EXPECT_EQ(node.ask(Verb::post, in_header ? "/users" : "/users?setup_code=" + node.setup_code, with)
                      .text("roles"),
                  "system_admin system_user");
    }
}

TEST(SetUpCode, IsWorthNothingOnceThereIsAnAccount) {
    Node node;
    node.found();
    auto with = form("second");
    with.headers.emplace_back("X-Setup-Code", node.setup_code);
    const auto answer = node.ask(Verb::post, "/users", with);
    EXPECT_EQ(answer.status(), 403);
    EXPECT_EQ(answer.error(), "api.user.create_user.no_open_server");
    EXPECT_EQ(node.ask(Verb::post, "/users", form("third", "127.0.0.1")).status(), 403)
        << "nor is being on the machine";
}

TEST(SignUp, IsOpenToAdministratorsAndTheirPeopleAreNone) {
    Node node;
    const auto admin = node.found();
    auto with = form("alice");
    with.token = admin.token;
    with.body =
        R"({"username":"Alice","email":"Alice@Example.org","password":"correct horse","roles":"system_admin"})";
    const auto answer = node.ask(Verb::post, "/users", with);
    ASSERT_EQ(answer.status(), 201);
    EXPECT_EQ(answer.text("roles"), "system_user");
    EXPECT_EQ(answer.text("username"), "alice");
    const auto again = node.ask(Verb::post, "/users", with);
    EXPECT_EQ(again.status(), 400);
    EXPECT_EQ(again.error(), "app.user.save.username_exists.app_error");
}

TEST(SignUp, WorksWithAnInvitationAndJoinsTheTeam) {
    Node node;
    node.found();
    const auto team = node.store.team();
    EXPECT_EQ(node.ask(Verb::post, "/users?iid=" + std::string(26, 'y'), form("bob")).status(), 404);
    const auto answer = node.ask(Verb::post, "/users?iid=" + team.invite_id, form("bob"));
    ASSERT_EQ(answer.status(), 201);
    EXPECT_EQ(answer.text("roles"), "system_user");
    EXPECT_TRUE(node.store.gate.is_team_member(UserId::from_text(answer.text("id")), team.id));
}

TEST(SignUp, DoesNotLetAnInvitationMakeTheFirstAccount) {
    Node node;
    const auto team = node.store.team();
    EXPECT_EQ(node.ask(Verb::post, "/users?iid=" + team.invite_id, form("mallory")).error(),
              "api.user.create_user.setup_code.app_error");
}

// -- sessions ---------------------------------------------------------------------------------------

TEST(SessionList, ShowsDevicesAndNoSecrets) {
    Node node;
    const auto alice = node.found();
    const auto body = json_text(
        StringMap{{"login_id", "founder"}, {"password", good_password}, {"device_id", "ios:tablet"}});
    node.ask(Verb::post, "/users/login",
             {.token = {},
              .body = body,
              .headers = {{"User-Agent", "Mozilla/5.0 (iPad; CPU OS 17_0) Mobile Safari"}}});
    const auto answer = node.get(alice, "/users/me/sessions");
    EXPECT_EQ(answer.all("device_id"), (std::vector<std::string>{"", "ios:tablet"}));
    const auto sessions = answer.parsed();
    for (const auto& session : sessions.as_array()) {
        EXPECT_EQ(session.at("token").as_string(), "");
        EXPECT_FALSE(session.at("props").as_object().contains("csrf"));
        EXPECT_TRUE(session.at("team_members").is_null());
    }
    EXPECT_FALSE(says(answer.body, alice.token.c_str()));
}

TEST(SessionList, IsNobodyElsesBusiness) {
    Node node;
    const auto admin = node.found(), alice = node.join("alice"), bob = node.join("bob");
    const auto session = node.get(alice, "/users/me/sessions").all("id")[0];
    const auto body = json_text(StringMap{{"session_id", session}});
    EXPECT_EQ(node.get(bob, "/users/" + alice.user.id.text() + "/sessions").status(), 403);
    EXPECT_EQ(node.post(bob, "/users/" + alice.user.id.text() + "/sessions/revoke", body).status(), 403);
    EXPECT_EQ(node.post(bob, "/users/" + alice.user.id.text() + "/sessions/revoke/all", "").status(), 403);
    EXPECT_EQ(node.post(bob, "/users/me/sessions/revoke", body).status(), 404) << "the session is not bob's";
    EXPECT_EQ(node.get(alice, "/users/me").status(), 200);
    EXPECT_EQ(node.get(admin, "/users/" + alice.user.id.text() + "/sessions").status(), 200);
}

TEST(Revoking, EndsOneSessionOrAll) {
    Node node;
    const auto alice = node.found();
    const auto other = node.sessions.start(alice.user, {});
    const auto body = json_text(StringMap{{"session_id", other.session.id.text()}});
    EXPECT_EQ(node.post(alice, "/users/me/sessions/revoke", body).status(), 200);
    EXPECT_EQ(node.ask(Verb::get, "/users/me", {.token = other.token}).status(), 401);
    EXPECT_EQ(node.get(alice, "/users/me").status(), 200);
    EXPECT_EQ(node.post(alice, "/users/me/sessions/revoke/all", "").status(), 200);
    EXPECT_EQ(node.get(alice, "/users/me").status(), 401);
}

TEST(Device, IsAttachedToASession) {
    Node node;
    const auto alice = node.found();
    EXPECT_EQ(
        node.put(
                alice, "/users/sessions/device",
                R"({"device_id":"android:phone","deviceNotificationDisabled":true,"mobileVersion":"2.30.0"})")
            .status(),
        200);
    const auto sessions = node.get(alice, "/users/me/sessions").parsed();
    const auto& session = sessions.at(0);
    EXPECT_EQ(session.at("device_id").as_string(), "android:phone");
    EXPECT_EQ(session.at("props").at("mobile_version").as_string(), "2.30.0");
    EXPECT_EQ(session.at("props").at("device_notification_disabled").as_string(), "true");
    for (const char* body :
         {"{}", R"({"mobileVersion":"<b>"})", R"({"deviceNotificationDisabled":"perhaps"})"})
        EXPECT_EQ(node.put(alice, "/users/sessions/device", body).status(), 400) << body;
}

TEST(UserAgent, TellsWhatASessionRunsOn) {
    const auto edge = session_props_of(
        "Mozilla/5.0 (Windows NT 10.0; Win64) AppleWebKit/537.36 Chrome/120.0.0.0 Safari/537.36 Edg/120.0.1");
    EXPECT_EQ(edge.at("browser"), "Edge/120.0.1");
    EXPECT_EQ(edge.at("os"), "Windows 10");
    EXPECT_EQ(edge.at("isMobile"), "false");
    const auto mobile = session_props_of("Mozilla/5.0 (Linux; Android 14) Chrome/119.0 Mobile");
    EXPECT_EQ(mobile.at("os"), "Android");
    EXPECT_EQ(mobile.at("isMobile"), "true");
    EXPECT_EQ(session_props_of("").at("browser"), "");
}

}  // namespace
}  // namespace concordat::web
