#include <gtest/gtest.h>

#include "tests/web/http/listener.hpp"

namespace concordat::web::test {
namespace {

TEST(Server, AnswersOneRequestAfterAnotherOnOneConnection) {
    Listener listener;
    HttpClient client(listener.port());
    for (int i = 0; i < 20; ++i) {
        const auto reply = client.post("/echo?i=" + std::to_string(i), "body " + std::to_string(i));
        EXPECT_EQ(reply.status, 200);
        EXPECT_EQ(reply.body,
                  "POST /echo?i=" + std::to_string(i) + " 127.0.0.1 plain body " + std::to_string(i));
        EXPECT_EQ(reply.header("Content-Type"), "application/json");
        EXPECT_EQ(reply.header("Connection"), "");
        EXPECT_EQ(reply.header("X-Request-Id").size(), 26u);
        EXPECT_TRUE(reply.header("Date").ends_with(" GMT"));
    }
    EXPECT_EQ(listener.metric("concordat_http_connections_total{listener=\"web\"}"), "1");
    EXPECT_EQ(listener.metric("concordat_http_requests_total{listener=\"web\",class=\"2xx\"}"), "20");
    EXPECT_EQ(listener.metric("concordat_http_connections_open{listener=\"web\"}"), "1");
}

TEST(Server, AnswersPipelinedRequestsInOrder) {
    Listener listener;
    HttpClient client(listener.port());
    std::string all;
    for (int i = 0; i < 300; ++i)
        all += "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n" + std::to_string(100 + i);
    client.send(all);
    for (int i = 0; i < 300; ++i)
        EXPECT_EQ(client.read_reply().body, "POST /echo? 127.0.0.1 plain " + std::to_string(100 + i));
}

TEST(Server, ReadsARequestThatArrivesByteByByte) {
    Listener listener;
    HttpClient client(listener.port());
    const std::string request =
        "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: "
        "chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: r\r\n\r\n";
    for (const char c : request) {
        client.send({&c, 1});
        std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
    EXPECT_EQ(client.read_reply().body, "POST /echo? 127.0.0.1 plain abcde");
    EXPECT_EQ(client.get("/echo").status, 200);
}

TEST(Server, DecodesThePathAndKeepsTheQueryRaw) {
    Listener listener;
    HttpClient client(listener.port());
    EXPECT_EQ(client.get("/echo/%C3%A9%20x?q=a%20b").body, "GET /echo/\xC3\xA9 x?q=a%20b 127.0.0.1 plain ");
    EXPECT_EQ(client.get("http://localhost:1/abs?x").body, "GET /abs?x 127.0.0.1 plain ");
}

TEST(Server, HeadHasTheLengthButNoBody) {
    Listener listener;
    HttpClient client(listener.port());
    const auto reply = client.request("HEAD", "/size?n=98");
    EXPECT_EQ(reply.header("Content-Length"), "100");
    EXPECT_EQ(client.request("HEAD", "/file?n=5000").header("Content-Length"), "5000");
    EXPECT_EQ(client.get("/size?n=1").body, "\"x\"");
}

TEST(Server, NoContentHasNeitherBodyNorLength) {
    Listener listener;
    HttpClient client(listener.port());
    const auto reply = client.get("/empty");
    EXPECT_EQ(reply.status, 204);
    EXPECT_EQ(reply.header("Content-Length"), "");
    EXPECT_EQ(client.get("/echo").status, 200);
}

TEST(Server, EndsTheConnectionWhenAsked) {
    Listener listener;
    HttpClient client(listener.port());
    EXPECT_EQ(client.get("/echo", {{"Connection", "close"}}).header("Connection"), "close");
    EXPECT_TRUE(client.is_closed_by_server());
}

TEST(Server, SpeaksHttp10) {
    Listener listener;
    HttpClient brief(listener.port());
    brief.send("GET /echo HTTP/1.0\r\n\r\n");
    EXPECT_EQ(brief.read_reply().header("Connection"), "close");
    EXPECT_TRUE(brief.is_closed_by_server());

    HttpClient lasting(listener.port());
    lasting.send("GET /echo HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_EQ(lasting.read_reply().header("Connection"), "keep-alive");
    EXPECT_EQ(lasting.get("/echo").status, 200);
}

TEST(Server, InvitesTheBodyOfAClientThatAsksFirst) {
    Listener listener;
    HttpClient client(listener.port());
    client.send("POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    EXPECT_EQ(client.receive(), "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("ok");
    EXPECT_EQ(client.read_reply().body, "POST /echo? 127.0.0.1 plain ok");
}

TEST(Server, DoesNotInviteABodyThatIsTooLarge) {
    Listener listener;
    HttpClient client(listener.port());
    client.send("POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 300001\r\n\r\n");
    EXPECT_TRUE(client.receive().starts_with("HTTP/1.1 413 "));
}

TEST(Server, ReplyHeadersCannotBeSplit) {
    Listener listener;
    HttpClient client(listener.port());
    const auto reply = client.get("/headers");
    EXPECT_EQ(reply.header("X-Injected"), "");
    EXPECT_EQ(reply.header("X-Odd"), "a  X-Injected: yes");
}

TEST(Server, ABodyForARouteWithoutOneIsDropped) {
    Listener listener;
    HttpClient client(listener.port());
    EXPECT_EQ(client.post("/none", "ignored").body, "POST /none? 127.0.0.1 plain ");
    EXPECT_EQ(client.get("/echo").status, 200);
}

TEST(Server, HandsAnUpgradedConnectionOverWithTheBytesAfterTheHead) {
    Listener listener;
    HttpClient client(listener.port());
    client.send("GET /socket HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: test\r\n\r\nearly");
    const std::string greeting = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\r\n";
    EXPECT_EQ(client.receive_exactly(greeting.size() + 5), greeting + "early");
    client.send("later");
    EXPECT_EQ(client.receive_exactly(5), "later");
    EXPECT_EQ(listener.server->connections(), 1u);
    client.finish_sending();
    EXPECT_TRUE(client.is_closed_by_server());
    EXPECT_TRUE(eventually([&] { return listener.server->connections() == 0; }));
}

TEST(Server, ServesUnderASubPathOnly) {
    ServerOptions options;
    options.sub_path = "/chat/";
    Listener listener(options);
    HttpClient client(listener.port());
    EXPECT_EQ(client.get("/chat/echo?x").body, "GET /echo?x 127.0.0.1 plain ");
    EXPECT_EQ(client.get("/chat").body, "GET /? 127.0.0.1 plain ");
    EXPECT_EQ(client.get("/chatter").status, 404);
    EXPECT_EQ(client.get("/echo").body, "{\"id\":\"api.context.404.app_error\"}");
}

TEST(Server, BelievesForwardedHeadersOfTrustedProxiesOnly) {
    const HttpClient::Fields fields{{"X-Forwarded-For", "6.6.6.6, 203.0.113.9, 10.1.2.3"},
                                    {"X-Forwarded-Proto", "https"}};
    Listener plain;
    EXPECT_EQ(HttpClient(plain.port()).get("/echo", fields).body, "GET /echo? 127.0.0.1 plain ");

    ServerOptions options;
    options.trusted_proxies = {"127.0.0.0/8", "10.0.0.0/8"};
    Listener behind(options);
    HttpClient client(behind.port());
    EXPECT_EQ(client.get("/echo", fields).body,
              "GET /echo? 203.0.113.9 secure ");  // not the 6.6.6.6 the client made up
    EXPECT_EQ(client.get("/echo", {{"X-Real-IP", "2001:db8::1"}}).body, "GET /echo? 2001:db8::1 plain ");
    EXPECT_EQ(client.get("/echo", {{"X-Forwarded-For", "garbage"}}).body, "GET /echo? 127.0.0.1 plain ");
}

TEST(Server, SpreadsConnectionsOverItsNetworkThreads) {
    Listener listener({}, 3);
    std::vector<std::unique_ptr<HttpClient>> clients;
    for (int i = 0; i < 9; ++i) clients.push_back(std::make_unique<HttpClient>(listener.port()));
    for (int round = 0; round < 20; ++round)
        for (auto& client : clients) EXPECT_EQ(client->get("/echo").status, 200);
    EXPECT_EQ(listener.server->connections(), 9u);
}

TEST(Server, StopLetsARunningRequestFinishAndClosesIdleConnections) {
    Listener listener;
    HttpClient idle(listener.port()), running(listener.port());
    idle.get("/echo");
    running.send("GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
    ASSERT_TRUE(eventually([&] { return listener.app.door.waiting == 1; }));
    bool is_clean = false;
    std::thread stopping([&] { is_clean = listener.server->stop(); });
    EXPECT_TRUE(idle.is_closed_by_server());
    EXPECT_TRUE(eventually([&] {
        try {
            HttpClient late(listener.port());
            return false;
        } catch (const std::runtime_error&) {
            return true;  // nobody listens any more
        }
    }));
    listener.app.door.open();
    const auto reply = running.read_reply();
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.header("Connection"), "close");
    stopping.join();
    EXPECT_TRUE(is_clean);
}

TEST(Server, StopCutsWhatDoesNotFinishInTime) {
    ServerOptions options;
    options.stop_timeout = std::chrono::milliseconds(200);
    Listener listener(options);
    HttpClient slow(listener.port());
    slow.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf");
    ASSERT_TRUE(eventually([&] { return listener.server->connections() == 1; }));
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    EXPECT_TRUE(listener.server->stop());
    EXPECT_TRUE(slow.is_closed_by_server());
}

TEST(Server, SaysWhyItCannotListen) {
    Listener listener;
    ServerOptions options;
    options.port = listener.port();
    try {
        Listener second(options);
        FAIL() << "two listeners on one port";
    } catch (const Error& e) {
        EXPECT_EQ(e.id(), "web.listen");
        EXPECT_EQ(e.text(), "Cannot listen on 127.0.0.1 port " + std::to_string(listener.port()) +
                                ": Address already in use.");
    }
}

}  // namespace
}  // namespace concordat::web::test
