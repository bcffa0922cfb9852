// What auditors are told of sign-ins.
#include "tests/web/api/node.hpp"

namespace concordat::web {
namespace {

using test::login_body;
using test::Node;

TEST(Decisions, ExplainARefusedSignInToAuditorsOnly) {
    Node node;
    const auto admin = node.found();
    const auto alice = node.join("alice");
    const auto refused =
        node.ask(Verb::post, "/users/login", {.token = {}, .body = login_body("alice", "not my password")});
    const auto path = "/concordat/identity/decisions?attempt=" + refused.text("request_id");
    EXPECT_EQ(node.get(alice, path).status(), 403);
    EXPECT_EQ(node.ask(Verb::get, path).status(), 401);
    const auto answer = node.get(admin, path);
    ASSERT_EQ(answer.status(), 200);
    const auto decisions = answer.parsed();
    ASSERT_EQ(decisions.as_array().size(), 1u);
    const auto& decision = decisions.at(0);
    EXPECT_EQ(decision.at("rule").as_string(), "password.matches");
    EXPECT_EQ(decision.at("is_admitted").as_bool(), false);
    EXPECT_EQ(decision.at("user_id").as_string(), alice.user.id.text());
    EXPECT_EQ(answer.body.find("not my password"), std::string::npos);
}

TEST(Decisions, AreNarrowedAndPaged) {
    Node node;
    const auto admin = node.found();
    for (int i = 0; i < 3; ++i)
        node.ask(Verb::post, "/users/login", {.token = {}, .body = login_body("founder", "wrong one")});
    node.ask(Verb::post, "/users/login", {.token = {}, .body = login_body("founder")});
    const auto count = [&](const std::string& query) {
        return node.get(admin, "/concordat/identity/decisions" + query).parsed().as_array().size();
    };
    EXPECT_EQ(count("?admitted=false"), 3u);
    EXPECT_EQ(count("?admitted=true&act=sign_in"), 1u) << "reading is a record, too";
    EXPECT_EQ(count("?per_page=2"), 2u);
    EXPECT_EQ(count("?user_id=" + admin.user.id.text()), 4u);
    EXPECT_EQ(node.get(admin, "/concordat/identity/decisions?user_id=x").status(), 400);
    EXPECT_EQ(node.get(admin, "/concordat/identity/decisions?admitted=maybe").status(), 400);
}

TEST(Audits, ShowPeopleTheirOwnAndAuditorsAll) {
    Node node;
    const auto admin = node.found();
    const auto alice = node.join("alice");
    node.ask(Verb::post, "/users/login", {.token = {}, .body = login_body("alice", "not my password")});
    node.ask(Verb::post, "/users/login", {.token = {}, .body = login_body("alice")});
    const auto own = "/users/" + alice.user.id.text() + "/audits";
    const auto answer = node.get(alice, own);
    ASSERT_EQ(answer.status(), 200);
    const auto audits = answer.parsed();
    ASSERT_GE(audits.as_array().size(), 2u);
    const auto& newest = audits.at(0).as_object();
    EXPECT_EQ(newest.size(), 7u);
    EXPECT_EQ(newest.at("action").as_string(), "/api/v4/users/login");
    EXPECT_EQ(newest.at("user_id").as_string(), alice.user.id.text());
    EXPECT_TRUE(newest.at("extra_info").as_string().starts_with("success "));
    EXPECT_EQ(audits.at(1).at("extra_info").as_string(), "fail password.matches");
    EXPECT_EQ(node.get(alice, own + "?page=1&per_page=1").parsed().at(0), audits.at(1));
    EXPECT_TRUE(node.get(alice, own + "?page=900&per_page=200").parsed().as_array().empty());
    EXPECT_TRUE(node.get(alice, own + "?per_page=0").parsed().as_array().empty());
    const auto all = node.get(admin, "/audits?per_page=200").parsed().as_array();
    ASSERT_GE(all.size(), 2u);
    // The reading before is the newest of all now.
    EXPECT_EQ(node.get(admin, "/audits?page=1&per_page=1").parsed().at(0), all[0]);
    EXPECT_EQ(node.get(admin, own).parsed().as_array().size(), audits.as_array().size());
    EXPECT_EQ(node.get(node.join("bob"), own).status(), 403);
    EXPECT_EQ(node.get(alice, "/audits").status(), 403);
    EXPECT_GE(node.get(admin, "/audits").parsed().as_array().size(), audits.as_array().size());
}

}  // namespace
}  // namespace concordat::web
