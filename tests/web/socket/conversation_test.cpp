// One client: the upgrade, signing in, actions, the end.
#include <gtest/gtest.h>

#include "tests/web/socket/rig.hpp"

namespace concordat::web {
namespace {

using namespace testing;
using namespace std::chrono_literals;

TEST(Conversation, GreetsWithNumberZero) {
    SocketRig rig;
    const auto anna = rig.town.user();
    auto client = rig.connect(anna);
    EXPECT_EQ(client.status(), 101);
    const auto hello = client.text();
    EXPECT_EQ(hello.at("event"), "hello");
    EXPECT_EQ(seq_of(hello), 0);
    const auto& data = hello.at("data").as_object();
    EXPECT_EQ(data.at("server_version"), "1.2.3.4.hash.true");
    EXPECT_EQ(data.at("server_hostname"), "node-a");
    EXPECT_TRUE(looks_like_id(connection_of(hello)));
    EXPECT_EQ(hello.at("broadcast").as_object().at("user_id").as_string(), anna.text());
    EXPECT_TRUE(rig.hub().is_connected(anna));
    EXPECT_EQ(rig.metric("concordat_socket_connections"), 1);
}

TEST(Conversation, TakesTheCookieBeforeTheHeader) {
    SocketRig rig;
    const auto anna = rig.town.user(), bert = rig.town.user();
    auto options = rig.options(anna);
    options.headers.emplace_back("Cookie", "x=1; MMAUTHTOKEN=" + Town::token(bert));
    SocketClient client(options);
    EXPECT_EQ(client.text().at("broadcast").as_object().at("user_id").as_string(), bert.text());
}

TEST(Conversation, AnswersPing) {
    SocketRig rig;
    auto client = rig.connect(rig.town.user());
    client.ask(1, "ping");
    const auto reply = client.reply(1);
    EXPECT_EQ(reply.at("status"), "OK");
    EXPECT_FALSE(reply.contains("seq"));
    const auto& data = reply.at("data").as_object();
    EXPECT_EQ(data.at("text"), "pong");
    EXPECT_EQ(data.at("version"), "1.2.3");
    EXPECT_EQ(data.at("node_id"), "");
    EXPECT_NEAR(data.at("server_time").to_number<double>(), static_cast<double>(wall_clock()), 10'000);
}

TEST(Conversation, RepliesDoNotUseUpNumbers) {
    SocketRig rig;
    auto client = rig.connect(rig.town.user());
    EXPECT_EQ(seq_of(client.event("hello")), 0);
    for (int i = 1; i < 4; ++i) {
        client.ask(i, "ping");
        client.reply(i);
    }
    rig.hub().publish(numbered("x", 1));
    EXPECT_EQ(seq_of(client.event("x")), 1);
}

TEST(Conversation, ReadsMessagePack) {
    SocketRig rig;
    auto client = rig.connect(rig.town.user());
    client.send_binary(
        "\x82\xA3seq\x09\xA6"
        "action\xA4ping");
    EXPECT_EQ(client.reply(9).at("status"), "OK");
}

TEST(Conversation, RefusesBadRequestsAndGoesOn) {
    SocketRig rig;
    auto client = rig.connect(rig.town.user());
    auto error_of = [&](std::int64_t seq) {
        return std::string(client.reply(seq).at("error").as_object().at("id").as_string());
    };
    client.ask(1, "no_such_thing");
    EXPECT_EQ(error_of(1), "api.web_socket_router.bad_action.app_error");
    client.ask(0, "ping");
    EXPECT_EQ(error_of(0), "api.web_socket_router.bad_seq.app_error");
    client.ask(-5, "ping");
    EXPECT_EQ(error_of(-5), "api.web_socket_router.bad_seq.app_error");
    client.ask(2, "");
    EXPECT_EQ(error_of(2), "api.web_socket_router.no_action.app_error");
    client.ask(3, "custom_plugin_thing");  // no reply
    client.ask(4, "ping");
    EXPECT_EQ(client.text().at("seq_reply"), 4);
}

TEST(Conversation, RunsActionsForTheSession) {
    SocketRig rig;
    const auto anna = rig.town.user();
    auto client = rig.connect(anna);
    client.ask(1, "get_statuses");
    const auto statuses = client.reply(1);
    EXPECT_EQ(statuses.at("data"), (json::object{{anna.text(), "online"}}));
    client.ask(2, "user_update_active_status", {{"user_is_active", true}});
    const auto done = client.reply(2);
    EXPECT_EQ(done.at("status"), "OK");
    EXPECT_FALSE(done.contains("data"));
    client.ask(3, "user_typing", {{"channel_id", "c"}});
    const auto refused = client.reply(3);
    EXPECT_EQ(refused.at("status"), "FAIL");
    EXPECT_EQ(refused.at("error").as_object().at("id"), "api.context.permissions.app_error");
    EXPECT_EQ(refused.at("error").as_object().at("status_code"), 403);
    client.ask(4, "posted_notify_ack");
    EXPECT_EQ(client.reply(4).at("error").as_object().at("status_code"), 500);
    EXPECT_EQ(rig.town.ran().at(1), R"(user_update_active_status {"user_is_active":true} )" + anna.text());
}

TEST(Conversation, SignsInByChallengeWithHelloBeforeTheReply) {
    SocketRig rig;
    const auto anna = rig.town.user();
    auto client = rig.connect();
    EXPECT_TRUE(client.is_quiet(50ms));
    client.ask(1, "get_statuses");
    EXPECT_EQ(client.reply(1).at("error").as_object().at("id"),
              "api.web_socket_router.not_authenticated.app_error");
    client.ask(2, "authentication_challenge", {{"token", Town::token(anna)}});
    EXPECT_EQ(client.text().at("event"), "hello");
    const auto reply = client.text();
    EXPECT_EQ(reply.at("status"), "OK");
    EXPECT_EQ(reply.at("seq_reply"), 2);
    client.ask(3, "get_statuses");
    EXPECT_EQ(client.reply(3).at("status"), "OK");
}

TEST(Conversation, IgnoresAChallengeWhenSignedIn) {
    SocketRig rig;
    auto client = rig.connect(rig.town.user());
    client.event("hello");
    client.ask(1, "authentication_challenge", {{"token", "nonsense"}});
    client.ask(2, "ping");
    EXPECT_EQ(client.text().at("seq_reply"), 2);
}

TEST(Conversation, ClosesOnABadToken) {
    SocketRig rig;
    auto client = rig.connect();
    client.ask(1, "authentication_challenge", {{"token", "nonsense"}});
    EXPECT_EQ(client.closing().close_code, 1008);
    auto other = rig.connect();
    other.ask(1, "authentication_challenge");
    EXPECT_EQ(other.closing().close_code, 1008);
    EXPECT_EQ(rig.metric("concordat_socket_closes_total{reason=\"bad_token\"}"), 2);
}

TEST(Conversation, LetsAStaleCookieBeFollowedByAChallenge) {
    SocketRig rig;
    const auto anna = rig.town.user();
    auto options = rig.options({});
    options.headers.emplace_back("Cookie", "MMAUTHTOKEN=stale");
    SocketClient client(options);
    client.ask(1, "authentication_challenge", {{"token", Town::token(anna)}});
    client.event("hello");
}

TEST(Conversation, ClosesWhenNobodySignsInInTime) {
    auto settings = quick_settings();
    settings.challenge_time = 1s;
    SocketRig rig(settings);
    auto client = rig.connect();
    auto signed_in = rig.connect(rig.town.user());
    EXPECT_EQ(client.closing().close_code, 1008);
    signed_in.event("hello");
    signed_in.ask(1, "ping");
    signed_in.reply(1);
    EXPECT_EQ(rig.metric("concordat_socket_closes_total{reason=\"no_challenge\"}"), 1);
}

TEST(Conversation, RefusesForeignOriginsWithAnHttpError) {
    SocketRig rig;
    auto options = rig.options(rig.town.user());
    options.headers.emplace_back("Origin", "https://evil.example");
    SocketClient client(options);
    EXPECT_EQ(client.status(), 403);
    EXPECT_EQ(json::parse(client.rest()).at("status_code"), 403);
    rig.hub().set_allowed_origins({"https://evil.example"});
    EXPECT_EQ(SocketClient(options).status(), 101);
    EXPECT_EQ(rig.metric("concordat_socket_refused_total"), 1);
}

TEST(Conversation, RefusesConnectionsBeyondTheLimit) {
    auto settings = quick_settings();
    settings.most_connections = 2;
    SocketRig rig(settings);
    auto one = rig.connect(), two = rig.connect();
    EXPECT_EQ(one.status(), 101);
    EXPECT_EQ(two.status(), 101);
    EXPECT_EQ(rig.connect().status(), 503);
    one.drop();
    EXPECT_TRUE(eventually([&] { return rig.hub().connections() == 1; }));
    EXPECT_EQ(rig.connect().status(), 101);
}

TEST(Conversation, RefusesAUsersConnectionsBeyondTheLimit) {
    auto settings = quick_settings();
    settings.most_per_user = 2;
    SocketRig rig(settings);
    const auto anna = rig.town.user();
    auto one = rig.connect(anna), two = rig.connect(anna);
    one.event("hello");
    two.event("hello");
    auto three = rig.connect(anna);
    EXPECT_EQ(three.closing().close_code, 1008);
    three.drop();
    auto other = rig.connect(rig.town.user());
    other.event("hello");
    one.drop();
    EXPECT_TRUE(eventually([&] { return rig.hub().connections() == 2; }));
    auto four = rig.connect(anna);
    four.event("hello");
}

TEST(Conversation, AnswersProtocolPingsAndCloses) {
    SocketRig rig;
    auto client = rig.connect(rig.town.user());
    client.event("hello");
    client.send_frame(9, "abc");
    const auto pong = client.next();
    EXPECT_EQ(pong->opcode, 10);
    EXPECT_EQ(pong->payload, "abc");
    client.send_close(4000);
    EXPECT_EQ(client.closing().close_code, 4000);
    EXPECT_EQ(client.next()->opcode, -1);
    EXPECT_TRUE(eventually([&] { return rig.hub().connections() == 0; }));
}

TEST(Conversation, ClosesOnBrokenFramesWithTheRightCode) {
    SocketRig rig;
    auto code = [&](const std::string& bytes) {
        auto client = rig.connect(rig.town.user());
        client.event("hello");
        client.send_raw(bytes);
        return client.closing().close_code;
    };
    EXPECT_EQ(code(std::string("\x81\x02hi", 4)), 1002);
    EXPECT_EQ(code(SocketClient::frame(3, "")), 1002);
    EXPECT_EQ(code(SocketClient::frame(1, std::string(8193, ' '))), 1009);
    EXPECT_EQ(code(SocketClient::frame(1, "\xFF")), 1007);
    EXPECT_EQ(code(SocketClient::frame(1, "not json")), 1007);
    EXPECT_EQ(code(SocketClient::frame(2, "\xC1")), 1007);
    EXPECT_TRUE(eventually([&] { return rig.hub().connections() == 0; }));
}

TEST(Conversation, PingsAndCutsTheSilent) {
    auto settings = quick_settings();
    settings.ping_every = 30ms;
    settings.silence = 1500ms;
    SocketRig rig(settings);
    auto silent = rig.connect(rig.town.user());
    auto lively = rig.connect(rig.town.user());
    silent.event("hello");
    lively.event("hello");
    const auto is_silent_one_cut = [&] {
        return rig.metric("concordat_socket_closes_total{reason=\"silent\"}") == 1;
    };
    const auto until = std::chrono::steady_clock::now() + 60s;
    int pings = 0;
    while (!is_silent_one_cut() && std::chrono::steady_clock::now() < until) {
        const auto message = lively.next(20ms);
        if (!message) continue;
        ASSERT_EQ(message->opcode, 9);
        lively.send_frame(10, message->payload);
        ++pings;
    }
    EXPECT_GE(pings, 5);
    EXPECT_EQ(silent.closing().opcode, -1);
    EXPECT_TRUE(is_silent_one_cut());
    EXPECT_TRUE(eventually([&] { return rig.hub().connections() == 1; }));
}

TEST(Conversation, EndsWithItsSession) {
    SocketRig rig;
    const auto anna = rig.town.user();
    auto one = rig.connect(anna), two = rig.connect(anna), other = rig.connect(rig.town.user());
    one.event("hello");
    two.event("hello");
    other.event("hello");
    rig.hub().session_ended(SessionId::fresh());
    rig.hub().session_ended(rig.town.session(anna).session_id);
    EXPECT_EQ(one.closing().close_code, 1008);
    EXPECT_EQ(two.closing().close_code, 1008);
    other.ask(1, "ping");
    other.reply(1);
}

TEST(Conversation, EndsWithAllSessionsOfTheUser) {
    SocketRig rig;
    const auto anna = rig.town.user();
    auto one = rig.connect(anna);
    one.event("hello");
    rig.hub().user_sessions_ended(anna);
    EXPECT_EQ(one.closing().close_code, 1008);
    EXPECT_EQ(rig.metric("concordat_socket_closes_total{reason=\"session_ended\"}"), 1);
}

TEST(Conversation, NoticesASessionThatEndsWhileItSignsIn) {
    SocketRig rig;
    const auto anna = rig.town.user();
    const auto session = rig.town.session(anna);
    rig.town.before_load([&](const UserId&) {  // after the token was looked up
        rig.town.end_session(anna);
        rig.hub().session_ended(session.session_id, anna);
    });
    auto client = rig.connect(anna);
    const auto end = client.closing();
    EXPECT_EQ(end.close_code, 1008);
}

TEST(Conversation, AsksAgainWhenASessionExpires) {
    SocketRig rig;
    const auto anna = rig.town.user(), bert = rig.town.user();
    for (const auto& user : {anna, bert}) {
        auto session = rig.town.session(user);
        session.expires_at = wall_clock() + 1500;
        rig.town.set_session(session);
    }
    auto extended = rig.connect(anna), expired = rig.connect(bert);
    extended.event("hello");
    expired.event("hello");
    auto session = rig.town.session(anna);
    session.expires_at = wall_clock() + 100'000;
    rig.town.set_session(session);
    EXPECT_EQ(expired.closing().close_code, 1008);
    extended.ask(1, "ping");
    extended.reply(1);
    EXPECT_TRUE(eventually([&] { return rig.town.renewals() >= 4; }));
    EXPECT_TRUE(extended.is_quiet(50ms));
}

TEST(Conversation, TellsWhoIsThere) {
    SocketRig rig;
    const auto anna = rig.town.user();
    auto one = rig.connect(anna), two = rig.connect(anna);
    one.event("hello");
    two.event("hello");
    one.drop();
    two.ask(1, "ping");
    two.reply(1);
    EXPECT_TRUE(rig.hub().is_connected(anna));
    two.drop();
    EXPECT_TRUE(eventually([&] { return rig.town.attendance().size() == 3; }));
    EXPECT_EQ(rig.town.attendance(),
              (std::vector<std::string>{"+" + anna.text(), "+" + anna.text(), "-" + anna.text()}));
    EXPECT_FALSE(rig.hub().is_connected(anna));
}

TEST(Conversation, MovesClientsAwayWhenTheNodeGoesDown) {
    SocketRig rig;
    std::vector<SocketClient> clients;
    for (int i = 0; i < 5; ++i) {
        clients.push_back(rig.connect(rig.town.user()));
        clients.back().event("hello");
    }
    rig.hub().drain();
    for (auto& client : clients) EXPECT_EQ(client.closing().close_code, 1012);
    EXPECT_EQ(rig.connect(rig.town.user()).status(), 503);
}

}  // namespace
}  // namespace concordat::web
