// Who is calling, and who gets in.
#include "web/api/doorkeeper.hpp"

#include "tests/support/refusal.hpp"
#include "tests/web/api/node.hpp"

namespace concordat::web {
namespace {

using test::Node;
using test::Person;
using test::With;

constexpr const char* session_expired = "api.context.session_expired.app_error";
constexpr const char* forbidden = "api.context.permissions.app_error";

Head head_from(const std::string& address, std::vector<std::pair<std::string, std::string>> headers = {}) {
    Head head;
    head.remote_address = address;
    for (auto& [name, value] : headers) head.headers.add(name, value);
    return head;
}

TEST(ThisMachine, IsALoopbackAddressCallingDirectly) {
    EXPECT_TRUE(is_from_this_machine(head_from("127.0.0.1", {{"Host", "localhost:8065"}})));
    EXPECT_TRUE(is_from_this_machine(head_from("::1", {{"Host", "[::1]:8065"}})));
    EXPECT_TRUE(is_from_this_machine(head_from("127.0.0.1")));
    EXPECT_FALSE(is_from_this_machine(head_from("192.0.2.1", {{"Host", "localhost:8065"}})));
}

TEST(ThisMachine, IsNotSomebodyBehindAProxyOnIt) {
    for (const char* header : {"X-Forwarded-For", "X-Forwarded-Proto", "Forwarded", "X-Real-IP", "Via"})
        EXPECT_FALSE(
            is_from_this_machine(head_from("127.0.0.1", {{"Host", "localhost"}, {header, "203.0.113.9"}})))
            << header;
}

TEST(ThisMachine, IsNotAPageElsewhereWhoseNamePointsHere) {
    EXPECT_FALSE(is_from_this_machine(head_from("127.0.0.1", {{"Host", "rebound.example.org:8065"}})));
}

TEST(TokenOfARequest, IsTheCookieBeforeTheHeaderBeforeTheQuery) {
    using Place = PresentedToken::Place;
    auto head = head_from(
        "192.0.2.1", {{"Cookie", "a=b; MMAUTHTOKEN=from-cookie"}, {"Authorization", "Bearer from-header"}});
    head.query = "access_token=from-query";
    EXPECT_EQ(token_in(head)->token, "from-cookie");
    EXPECT_EQ(token_in(head)->place, Place::cookie);
    head.headers = {};
    head.headers.add("authorization", "TOKEN from-header");
    EXPECT_EQ(token_in(head)->token, "from-header");
    head.headers = {};
    EXPECT_EQ(token_in(head)->place, Place::query);
    head.query.clear();
    EXPECT_FALSE(token_in(head));
    head.headers.add("Authorization", "Basic bmFtZTpwYXNz");
    EXPECT_FALSE(token_in(head));
}

TEST(Identity, OfACookieWinsOverTheHeader) {
    Node node;
    const auto alice = node.found(), bob = node.join("bob");
    const auto answer = node.ask(Verb::get, "/users/me",
                                 {.token = bob.token, .headers = {{"Cookie", "MMAUTHTOKEN=" + alice.token}}});
    EXPECT_EQ(answer.text("id"), alice.user.id.text());
}

TEST(Identity, CannotBeAQueryParameterForAnOrdinarySession) {
    Node node;
    const auto alice = node.found();
    const auto answer = node.ask(Verb::get, "/users/me?access_token=" + alice.token);
    EXPECT_EQ(answer.status(), 401);
    EXPECT_EQ(answer.error(), "api.context.token_provided.app_error");
}

TEST(Identity, OfATokenNobodyHasIsAnExpiredSession) {
    Node node;
    node.found();
    for (const auto& token : {std::string("x"), std::string(26, 'y'), std::string(5000, 'z')})
        EXPECT_EQ(node.ask(Verb::get, "/users/me", {.token = token}).error(), session_expired);
    EXPECT_EQ(node.ask(Verb::get, "/users/me").error(), session_expired);
}

class CookieSession : public ::testing::Test {
protected:
    CookieSession() : CookieSession(Settings()) {}
    explicit CookieSession(Settings settings) : node(std::move(settings)), alice(node.found()) {
        csrf = node.sessions.by_token(alice.token)->actor().csrf;
    }
    test::Answer patch(std::vector<std::pair<std::string, std::string>> headers) {
        headers.emplace_back("Cookie", "MMAUTHTOKEN=" + alice.token);
        return node.ask(Verb::put, "/users/me/patch",
                        {.token = {}, .body = R"({"nickname":"al"})", .headers = std::move(headers)});
    }
    Node node;
    Person alice;
    std::string csrf;
};

TEST_F(CookieSession, WritesWithTheCsrfHeaderOnly) {
    EXPECT_EQ(patch({{"X-CSRF-Token", csrf}}).status(), 200);
    for (const auto& wrong : {std::string(), std::string("wrong"), alice.token}) {
        const auto answer = patch({{"X-CSRF-Token", wrong}});
        EXPECT_EQ(answer.status(), 401);
        EXPECT_EQ(answer.error(), session_expired);
        EXPECT_NE(answer.cookie_line("MMAUTHTOKEN").find("Max-Age=0"), std::string::npos)
            << "the cookies are cleared";
        EXPECT_EQ(answer.cookies().size(), 3u);
    }
}

TEST_F(CookieSession, ReadsWithoutTheCsrfHeader) {
    EXPECT_EQ(node.ask(Verb::get, "/users/me",
                       {.token = {}, .body = {}, .headers = {{"Cookie", "MMAUTHTOKEN=" + alice.token}}})
                  .status(),
              200);
}

TEST_F(CookieSession, IsTrustedWhenAScriptOfOurOwnSaysSo) {
    EXPECT_EQ(patch({{"X-Requested-With", "XMLHttpRequest"}}).status(), 200);
}

TEST_F(CookieSession, NeedsNoCsrfHeaderForBeacons) {
    const With beacon{.token = {}, .body = "{}", .headers = {{"Cookie", "MMAUTHTOKEN=" + alice.token}}};
    EXPECT_EQ(node.ask(Verb::post, "/client_perf", beacon).status(), 200);
}

TEST_F(CookieSession, IsExemptWhenTheTokenComesInAHeader) {
    EXPECT_EQ(node.put(alice, "/users/me/patch", R"({"nickname":"al"})").status(), 200);
}

Settings strict() {
    Settings settings;
    settings.ServiceSettings.ExperimentalStrictCSRFEnforcement = true;
    return settings;
}

class StrictCookieSession : public CookieSession {
protected:
    StrictCookieSession() : CookieSession(strict()) {}
};

TEST_F(StrictCookieSession, TrustsTheCsrfHeaderOnly) {
    EXPECT_EQ(patch({{"X-Requested-With", "XMLHttpRequest"}}).error(), session_expired);
    EXPECT_EQ(patch({{"X-CSRF-Token", csrf}}).status(), 200);
}

TEST(ExpiredCookies, AreTakenFromTheBrowserAndNotFromOthers) {
    Node node;
    node.found();
    const auto browser =
        node.ask(Verb::get, "/users/me",
                 {.token = {}, .body = {}, .headers = {{"Cookie", "MMAUTHTOKEN=" + std::string(26, 'y')}}});
    EXPECT_EQ(browser.cookies().size(), 3u);
    EXPECT_TRUE(node.ask(Verb::get, "/users/me", {.token = std::string(26, 'y')}).cookies().empty());
}

// Asks the doorkeeper itself, for rules of places.
class Places : public ::testing::Test {
protected:
    Places() {
        room = node.store.channel(team, "room");
        closed = node.store.channel(team, "closed", "P");
        node.store.add(alice, room);
        node.store.add(alice, closed);
        node.store.add(bob, team);
    }
    std::string refusal(const User& who, Scope scope, Permission permission, const std::string& id) {
        Call call;
        call.actor = node.store.actor(who);
        try {
            node.doorkeeper.admit(call, scope, permission, id);
            return {};
        } catch (const Error& error) {
            return error.id();
        }
    }
    Node node;
    User alice = node.store.user("alice"), bob = node.store.user("bob"),
         stranger = node.store.user("stranger"), admin = node.store.admin();
    Team team = node.store.team();
    Channel room, closed;
};

TEST_F(Places, NobodyGetsInWithoutASession) {
    for (const auto scope : {Scope::signed_in, Scope::checked_inside, Scope::system, Scope::team,
                             Scope::channel, Scope::post, Scope::self_or}) {
        Call call;
        EXPECT_EQ(concordat::test::refusal(
                      [&] { node.doorkeeper.admit(call, scope, Permission::view_team, room.id.text()); }),
                  session_expired);
    }
    Call call;
    node.doorkeeper.admit(call, Scope::anyone, Permission::none, "");
}

TEST_F(Places, MembersReadAndOthersDoNot) {
    const auto read = Permission::read_channel_content;
    EXPECT_EQ(refusal(alice, Scope::channel, read, closed.id.text()), "");
    EXPECT_EQ(refusal(bob, Scope::channel, read, closed.id.text()), forbidden);
    EXPECT_EQ(refusal(stranger, Scope::channel, read, room.id.text()), forbidden);
    EXPECT_EQ(refusal(admin, Scope::channel, read, closed.id.text()), "");
}

TEST_F(Places, PublicChannelsAreReadInTheTeamButNotWrittenTo) {
    EXPECT_EQ(refusal(bob, Scope::channel, Permission::read_channel_content, room.id.text()), "");
    EXPECT_EQ(refusal(bob, Scope::channel, Permission::read_channel, room.id.text()), "");
    EXPECT_EQ(refusal(bob, Scope::channel, Permission::create_post, room.id.text()), forbidden);
    EXPECT_EQ(refusal(alice, Scope::channel, Permission::create_post, room.id.text()), "");
}

TEST_F(Places, WhatDoesNotExistIsNotFound) {
    const auto nothing = std::string(26, 'y');
    EXPECT_EQ(refusal(admin, Scope::channel, Permission::read_channel, nothing),
              "app.channel.get.existing.app_error");
    EXPECT_EQ(refusal(alice, Scope::post, Permission::read_channel, nothing), "app.post.get.app_error");
    EXPECT_EQ(refusal(alice, Scope::team, Permission::view_team, nothing), "app.team.get.find.app_error");
}

TEST_F(Places, TeamsAdmitTheirMembers) {
    EXPECT_EQ(refusal(bob, Scope::team, Permission::view_team, team.id.text()), "");
    EXPECT_EQ(refusal(bob, Scope::team, Permission::manage_team, team.id.text()), forbidden);
    EXPECT_EQ(refusal(stranger, Scope::team, Permission::view_team, team.id.text()), forbidden);
}

TEST_F(Places, PeopleAreThemselvesOrAdministrators) {
    const auto edit = Permission::edit_other_users;
    EXPECT_EQ(refusal(alice, Scope::self_or, edit, alice.id.text()), "");
    EXPECT_EQ(refusal(alice, Scope::self_or, edit, bob.id.text()), forbidden);
    EXPECT_EQ(refusal(admin, Scope::self_or, edit, bob.id.text()), "");
    EXPECT_EQ(refusal(alice, Scope::system, Permission::manage_system, ""), forbidden);
}

}  // namespace
}  // namespace concordat::web
