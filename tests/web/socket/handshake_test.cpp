#include "web/socket/handshake.hpp"

#include <gtest/gtest.h>

#include "web/http/call.hpp"

namespace concordat::web {
namespace {

Head good_head() {
    Head head;
    head.path = "/api/v4/websocket";
    head.headers.add("Host", "chat.example.org:8065");
    head.headers.add("Upgrade", "WebSocket");
    head.headers.add("Connection", "keep-alive, Upgrade");
    head.headers.add("Sec-WebSocket-Version", "13");
    head.headers.add("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
    return head;
}

Head head_with(const std::string& name, const std::string& value) {
    Head head;
    const auto good = good_head();
    for (const auto& [key, kept] : good.headers.all())
        if (key != name) head.headers.add(key, kept);
    if (!value.empty()) head.headers.add(name, value);
    return head;
}

TEST(Handshake, AnswersWithTheKeyOfTheStandard) {
    const auto answer = shake_hands(good_head(), {});
    EXPECT_EQ(answer.status, 101);
    EXPECT_NE(answer.response.find("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"),
              std::string::npos);
    EXPECT_TRUE(answer.response.starts_with("HTTP/1.1 101 "));
    EXPECT_TRUE(answer.response.ends_with("\r\n\r\n"));
    EXPECT_EQ(answer.response.find("Extensions"), std::string::npos);
}

TEST(Handshake, RefusesWhatIsNoUpgrade) {
    EXPECT_EQ(shake_hands(head_with("Upgrade", "h2c"), {}).status, 400);
    EXPECT_EQ(shake_hands(head_with("Connection", "keep-alive"), {}).status, 400);
    auto post = good_head();
    post.verb = Verb::post;
    EXPECT_EQ(shake_hands(post, {}).status, 400);
}

TEST(Handshake, RefusesBadKeys) {
    EXPECT_EQ(shake_hands(head_with("Sec-WebSocket-Key", ""), {}).status, 400);
    EXPECT_EQ(shake_hands(head_with("Sec-WebSocket-Key", "c2hvcnQ="), {}).status, 400);
    EXPECT_EQ(shake_hands(head_with("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25j!Q=="), {}).status, 400);
}

TEST(Handshake, NamesTheVersionItSpeaks) {
    const auto answer = shake_hands(head_with("Sec-WebSocket-Version", "8"), {});
    EXPECT_EQ(answer.status, 426);
    EXPECT_NE(answer.response.find("Sec-WebSocket-Version: 13\r\n"), std::string::npos);
}

TEST(Handshake, RefusesForeignOrigins) {
    EXPECT_EQ(shake_hands(head_with("Origin", "https://evil.example"), {}).status, 403);
    EXPECT_EQ(shake_hands(head_with("Origin", "https://chat.example.org:8065"), {}).status, 101);
    EXPECT_EQ(shake_hands(head_with("Origin", "https://other.example"), {"https://other.example"}).status,
              101);
}

TEST(Origin, IsComparedAsHostAndPort) {
    EXPECT_TRUE(is_origin_allowed("", "chat.example.org", {}));
    EXPECT_TRUE(is_origin_allowed("https://Chat.Example.org", "chat.example.org", {}));
    EXPECT_TRUE(is_origin_allowed("https://chat.example.org", "chat.example.org:443", {}));
    EXPECT_TRUE(is_origin_allowed("https://chat.example.org:443", "chat.example.org", {}));
    EXPECT_FALSE(is_origin_allowed("http://chat.example.org", "chat.example.org:443", {}));
    EXPECT_FALSE(is_origin_allowed("https://chat.example.org.evil.example", "chat.example.org", {}));
    EXPECT_FALSE(is_origin_allowed("https://evilchat.example.org", "chat.example.org", {}));
    EXPECT_FALSE(is_origin_allowed("null", "chat.example.org", {}));
    EXPECT_FALSE(is_origin_allowed("https://", "", {}));
}

TEST(Origin, MayBeNamedByTheOperator) {
    EXPECT_TRUE(is_origin_allowed("https://a.example", "b.example", {"*"}));
    EXPECT_TRUE(is_origin_allowed("https://a.example:8443", "b.example",
                                  {"https://c.example", "https://a.example:8443"}));
    EXPECT_TRUE(is_origin_allowed("https://a.example", "b.example", {"a.example"}));
    EXPECT_FALSE(is_origin_allowed("http://a.example", "b.example", {"https://a.example"}));
    EXPECT_FALSE(is_origin_allowed("https://a.example", "b.example", {""}));
}

}  // namespace
}  // namespace concordat::web
