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
    EXPECT_EQ(count("?admitted=true"), 1u);
    EXPECT_EQ(count("?per_page=2"), 2u);
    EXPECT_EQ(count("?user_id=" + admin.user.id.text()), 4u);
    EXPECT_EQ(node.get(admin, "/concordat/identity/decisions?user_id=x").status(), 400);
    EXPECT_EQ(node.get(admin, "/concordat/identity/decisions?admitted=maybe").status(), 400);
}

}  // namespace
}  // namespace concordat::web
