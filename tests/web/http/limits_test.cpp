#include <gtest/gtest.h>

#include "tests/web/http/listener.hpp"

namespace concordat::web::test {
namespace {

using std::chrono::milliseconds;

// What a fresh connection is told after sending `bytes`.
HttpReply reply_to(Listener& listener, const std::string& bytes) {
    HttpClient client(listener.port());
    client.send(bytes);
    auto reply = client.read_reply();
    EXPECT_TRUE(client.is_closed_by_server());
    return reply;
}

TEST(Limits, ALongUrlIs414) {
    Listener listener;
    HttpClient client(listener.port());
    EXPECT_EQ(client.get("/" + std::string(2047, 'a')).status, 200);
    const auto reply = client.get("/" + std::string(2048, 'a'));
    EXPECT_EQ(reply.status, 414);
    EXPECT_EQ(reply.body, "{\"id\":\"api.context.url_too_long.app_error\"}");
    EXPECT_EQ(reply_to(listener, "GET /" + std::string(20000, 'a')).status, 414);
}

TEST(Limits, ALongHeadIs431) {
    Listener listener;
    EXPECT_EQ(
        reply_to(listener, "GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(17000, 'a') + "\r\n\r\n").status,
        431);
    std::string many = "GET / HTTP/1.1\r\nHost: h\r\n";
    for (int i = 0; i < 200; ++i) many += "X: y\r\n";
    EXPECT_EQ(reply_to(listener, many + "\r\n").status, 431);
    HttpClient client(listener.port());
    EXPECT_EQ(client.get("/echo", {{"X", std::string(15000, 'a')}}).status, 200);
}

TEST(Limits, AHeadThatGrowsLineByLineIsBoundedToo) {
    Listener listener;
    HttpClient client(listener.port());
    client.send("GET / HTTP/1.1\r\nHost: h\r\n");
    try {
        for (int i = 0; i < 100; ++i) {
            client.send("X: " + std::string(300, 'a') + "\r\n");
            std::this_thread::sleep_for(std::chrono::microseconds(300));
        }
    } catch (const std::runtime_error&) {
        // the server may be done with us before we are
    }
    EXPECT_EQ(client.read_reply().status, 431);
}

TEST(Limits, ALargeBodyIs413) {
    Listener listener;
    const auto reply = reply_to(listener, "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 300001\r\n\r\n");
    EXPECT_EQ(reply.status, 413);
    EXPECT_EQ(reply.body, "{\"id\":\"api.context.request_body_too_large.app_error\"}");
    HttpClient exact(listener.port());
    EXPECT_EQ(exact.post("/echo", std::string(300000, 'b')).status, 200);
}

TEST(Limits, ALargeChunkedBodyIs413AsSoonAsItShows) {
    Listener listener;
    EXPECT_EQ(
        reply_to(listener, "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFF\r\n")
            .status,
        413);
    std::string creeping = "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (int i = 0; i < 31; ++i) creeping += "2710\r\n" + std::string(10000, 'x') + "\r\n";
    EXPECT_EQ(reply_to(listener, creeping).status, 413);
}

TEST(Limits, MalformedRequestsAreRefusedOnce) {
    Listener listener;
    const std::pair<int, std::string> cases[] = {
        {400, "\x16\x03\x01\x02"},  // TLS to a plain port
        {400, "GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n"},
        {400, "GET /%00 HTTP/1.1\r\nHost: h\r\n\r\n"},
        {400, "GET /%ff HTTP/1.1\r\nHost: h\r\n\r\n"},
        {400, "GET relative HTTP/1.1\r\nHost: h\r\n\r\n"},
        {400, "GET / HTTP/1.1\r\n\r\n"},
        {400, "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"},
        {400, "GET / HTTP/1.1\r\nHost : a\r\n\r\n"},
        {400, "GET / HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n\r\n"},
        {400, std::string("GET / HTTP/1.1\r\nHost: h\r\nX: a") + '\0' + "b\r\n\r\n"},
        {400, "GET / HTTP/1.1\nHost: h\n\r\n\r\n"},
        {400, "GET / HTTP/1.1\r\nHost: h\r\nX: a\rb\r\n\r\n"},
        {400,
         "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
        {400,
         "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"},
        {400, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nabcde"},
        {400, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5, 5\r\n\r\nabcde"},
        {400, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +5\r\n\r\nabcde"},
        {400, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -5\r\n\r\nabcde"},
        {400, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999\r\n\r\nabcde"},
        {501, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"},
        {501, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: identity\r\n\r\n"},
        {501, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
        {400, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"},
        {400, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcX\r\n0\r\n\r\n"},
        {400, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3;" + std::string(9000, 'e')},
        {417, "POST / HTTP/1.1\r\nHost: h\r\nExpect: tea\r\nContent-Length: 1\r\n\r\nx"},
        {505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
        {400, "POST /socket HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"},
        {413, "POST /socket HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"},
    };
    for (const auto& [status, bytes] : cases) EXPECT_EQ(reply_to(listener, bytes).status, status) << bytes;
    EXPECT_EQ(listener.app.runs, 0);
}

TEST(Limits, AClientThatTricklesItsHeadIsCut) {
    ServerOptions options;
    options.head_timeout = milliseconds(150);
    Listener listener(options);
    HttpClient client(listener.port());
    EXPECT_THROW(
        {
            for (int i = 0; i < 6000; ++i) {
                client.send(i == 0 ? "GET / HTTP/1.1\r\n" : "X: y\r\n");
                std::this_thread::sleep_for(milliseconds(10));
            }
        },
        std::runtime_error);
    EXPECT_TRUE(eventually([&] {
        return listener.metric("concordat_http_connections_timed_out_total{listener=\"web\"}") == "1";
    }));
}

TEST(Limits, AClientThatStopsInTheMiddleOfABodyIsCut) {
    ServerOptions options;
    options.body_timeout = milliseconds(150);
    Listener listener(options);
    HttpClient client(listener.port());
    client.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nhalf");
    EXPECT_TRUE(client.is_closed_by_server());
}

TEST(Limits, AnIdleConnectionIsClosed) {
    ServerOptions options;
    options.idle_timeout = milliseconds(800);
    Listener listener(options);
    HttpClient client(listener.port());
    EXPECT_EQ(client.get("/echo").status, 200);
    EXPECT_TRUE(client.is_closed_by_server());
    EXPECT_TRUE(eventually([&] { return listener.server->connections() == 0; }));
}

TEST(Limits, AClientThatDoesNotReadIsCut) {
    ServerOptions options;
    options.write_timeout = milliseconds(200);
    Listener listener(options);
    HttpClient client(listener.port());
    client.send("GET /file?n=500000000 HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_TRUE(eventually([&] {
        return listener.metric("concordat_http_connections_timed_out_total{listener=\"web\"}") == "1";
    }));
    EXPECT_TRUE(eventually([&] { return listener.server->connections() == 0; }));
}

TEST(Limits, ARunningRequestIsNotCutByAnyTimeout) {
    ServerOptions options;
    options.idle_timeout = options.head_timeout = options.body_timeout = options.write_timeout =
        milliseconds(500);
    Listener listener(options);
    HttpClient client(listener.port());
    client.send("POST /wait HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nok");
    std::this_thread::sleep_for(milliseconds(1200));
    listener.app.door.open();
    EXPECT_EQ(client.read_reply().status, 200);
}

TEST(Limits, AFullQueueIs503WithRetryAfter) {
    Listener listener({}, 1, 1);
    HttpClient running(listener.port()), queued(listener.port()), refused(listener.port());
    running.send("GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
    ASSERT_TRUE(eventually([&] { return listener.app.door.waiting == 1; }));
    queued.send("GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
    ASSERT_TRUE(eventually([&] { return listener.password.queued() == 1; }));
    const auto reply = refused.get("/wait");
    EXPECT_EQ(reply.status, 503);
    EXPECT_EQ(reply.header("Retry-After"), "1");
    EXPECT_EQ(reply.body, "{\"id\":\"api.context.server_busy.app_error\"}");
    EXPECT_EQ(refused.get("/echo").status, 200);  // another lane, the same connection
    listener.app.door.open();
    EXPECT_EQ(running.read_reply().status, 200);
    EXPECT_EQ(queued.read_reply().status, 200);
}

TEST(Limits, ConnectionsInAllAreBounded) {
    ServerOptions options;
    options.max_connections = 3;
    Listener listener(options);
    std::vector<std::unique_ptr<HttpClient>> clients;
    for (int i = 0; i < 3; ++i) clients.push_back(std::make_unique<HttpClient>(listener.port()));
    for (auto& client : clients) EXPECT_EQ(client->get("/echo").status, 200);
    EXPECT_TRUE(HttpClient(listener.port()).is_closed_by_server());
    EXPECT_EQ(listener.metric("concordat_http_connections_refused_total{listener=\"web\",bound=\"total\"}"),
              "1");
    clients.pop_back();
    EXPECT_TRUE(eventually([&] { return listener.server->connections() == 2; }));
    EXPECT_EQ(HttpClient(listener.port()).get("/echo").status, 200);
}

TEST(Limits, TheRateLimitRefusesInPlainTextAndTellsWhere) {
    ServerOptions options;
    options.rate_limit.is_on = true;
    options.rate_limit.per_sec = 0.01;
    options.rate_limit.max_burst = 3;
    Listener listener(options);
    HttpClient client(listener.port());
    for (int left = 2; left >= 0; --left) {
        const auto reply = client.get("/echo");
        EXPECT_EQ(reply.status, 200);
        EXPECT_EQ(reply.header("X-RateLimit-Limit"), "3");
        EXPECT_EQ(reply.header("X-RateLimit-Remaining"), std::to_string(left));
    }
    const auto reply = client.get("/echo");
    EXPECT_EQ(reply.status, 429);
    EXPECT_EQ(reply.body, "limit exceeded");
    EXPECT_EQ(reply.header("Content-Type"), "text/plain");
    EXPECT_EQ(reply.header("X-RateLimit-Remaining"), "0");
    EXPECT_GT(std::stoi(reply.header("X-RateLimit-Reset")), 200);
    listener.server->use(RateLimit{});  // off
    EXPECT_EQ(client.get("/echo").status, 200);
}

}  // namespace
}  // namespace concordat::web::test
