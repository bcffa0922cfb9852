#include "web/outbound/client.hpp"

#include <gtest/gtest.h>

#include "tests/support/refusal.hpp"
#include "tests/web/outbound/receiver.hpp"

namespace concordat::web {
namespace {

using test::Receiver;
using namespace std::chrono_literals;

struct Caller {
    explicit Caller(const std::string& listed = "127.0.0.1") : settings(listing(listed)) {}
    static Settings listing(const std::string& listed) {
        Settings settings;
        settings.ServiceSettings.AllowedUntrustedInternalConnections = listed;
        return settings;
    }
    OutboundAnswer get(const std::string& url) {
        OutboundRequest request;
        request.url = url;
        return client.send(request);
    }
    OutboundAnswer post(const std::string& url, const std::string& body = "{}") {
        OutboundRequest request;
        request.method = "POST";
        request.url = url;
        request.body = body;
        request.content_type = "application/json";
        request.headers = {{"Authorization", "Token abc"}, {"User-Agent", "other"}};
        return client.send(request);
    }
    std::string refused(const std::string& url) {
        return test::refusal([&] { get(url); });
    }
    LiveSettings settings;
    OutboundClient client{settings};
};

TEST(OutboundClient, ARequestArrivesAsItWasMade) {
    Receiver receiver(
        [](const auto&, int) { return Receiver::reply(201, "hello", "Content-Type: text/plain\r\n"); });
    Caller caller;
    const auto answer = caller.post(receiver.url("/a?b=c"), "{\"x\":1}");
    EXPECT_EQ(answer.status, 201);
    EXPECT_EQ(answer.body, "hello");
    EXPECT_EQ(answer.content_type, "text/plain");
    const auto request = receiver.requests().at(0);
    EXPECT_TRUE(request.starts_with("POST /a?b=c HTTP/1.1\r\n"));
    for (const auto& line :
         {std::string("Authorization: Token abc"), std::string("User-Agent: Concordat-Bot/1.0"),
          std::string("Content-Type: application/json"),
          "Host: 127.0.0.1:" + std::to_string(receiver.port())})
        EXPECT_NE(request.find(line + "\r\n"), request.npos) << line;
    EXPECT_TRUE(request.ends_with("\r\n\r\n{\"x\":1}"));
}

TEST(OutboundClient, LoopbackIsNotReachedByAnyName) {
    Receiver receiver([](const auto&, int) { return Receiver::reply(200, "inside"); });
    Caller none("");
    const auto port = std::to_string(receiver.port());
    for (const char* host : {"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0x7f000001",
                             "2130706433", "127.1", "0.0.0.0"})
        EXPECT_EQ(none.refused("http://" + std::string(host) + ":" + port + "/"), "web.outbound.forbidden")
            << host;
    Caller one("127.0.0.1");
    for (const char* host : {"localhost", "[::1]", "[::ffff:127.0.0.1]", "0x7f000001"})
        EXPECT_EQ(one.refused("http://" + std::string(host) + ":" + port + "/"), "web.outbound.forbidden")
            << host;
    EXPECT_TRUE(receiver.requests().empty());
    EXPECT_EQ(one.get(receiver.url()).body, "inside");
    EXPECT_EQ(Caller("127.0.0.0/8").get("http://localhost:" + port + "/").body, "inside");
}

TEST(OutboundClient, ATrustedCallIsNotFiltered) {
    Receiver receiver([](const auto&, int) { return Receiver::reply(200, "inside"); });
    Caller caller("");
    OutboundRequest request;
    request.url = receiver.url();
    request.is_trusted = true;
    EXPECT_EQ(caller.client.send(request).body, "inside");
}

TEST(OutboundClient, RedirectsAreFollowedAndCheckedAgain) {
    Receiver inner([](const auto&, int) { return Receiver::reply(200, "inner"); });
    std::string target;
    Receiver outer([&](const auto& request, int) {
        if (request.find("/end") != request.npos) return Receiver::reply(200, "end");
        return Receiver::reply(request.starts_with("POST /keep") ? 307 : 302, "",
                               "Location: " + target + "\r\n");
    });
    Caller caller;
    target = "/end";
    EXPECT_EQ(caller.post(outer.url("/change")).body, "end");
    EXPECT_TRUE(outer.requests().back().starts_with("GET /end "));
    EXPECT_EQ(caller.post(outer.url("/keep"), "{\"y\":2}").body, "end");
    EXPECT_TRUE(outer.requests().back().starts_with("POST /end "));
    EXPECT_TRUE(outer.requests().back().ends_with("{\"y\":2}"));
    EXPECT_NE(outer.requests().back().find("Token abc"), std::string::npos);
    target = "http://localhost:" + std::to_string(inner.port()) + "/";
    EXPECT_EQ(caller.refused(outer.url()), "web.outbound.forbidden");
    EXPECT_TRUE(inner.requests().empty());
    // Another place is not told what was meant for the first.
    target = inner.url("/x");
    EXPECT_EQ(caller.post(outer.url("/keep")).body, "inner");
    EXPECT_EQ(inner.requests().back().find("Token abc"), std::string::npos);
    target = "/again";
    EXPECT_EQ(caller.refused(outer.url()), "web.outbound.redirects");
    target = "gopher://x";
    EXPECT_EQ(caller.refused(outer.url()), "web.outbound.url");
}

TEST(OutboundClient, WhereOnlyHttpsIsWantedPlainIsForThisMachine) {
    std::string location;
    Receiver receiver([&](const auto& request, int) {
        return request.find("/away") == request.npos
                   ? Receiver::reply(200, "here")
                   : Receiver::reply(302, "", "Location: " + location + "\r\n");
    });
    Caller caller;
    OutboundRequest request;
    request.only_https = true;
    const auto refused = [&](const std::string& url) {
        request.url = url;
        return test::refusal([&] { caller.client.send(request); });
    };
    request.url = receiver.url();
    EXPECT_EQ(caller.client.send(request).body, "here");
    EXPECT_EQ(refused("http://example.com/"), "web.outbound.plain");
    EXPECT_EQ(refused("http://10.0.0.1/"), "web.outbound.plain");
    for (const char* away : {"http://example.com/", "http://192.0.2.1/"}) {
        location = away;
        EXPECT_EQ(refused(receiver.url("/away")), "web.outbound.plain");
    }
    location = "https://192.168.0.1/";
    EXPECT_EQ(refused(receiver.url("/away")), "web.outbound.forbidden");
}

TEST(OutboundClient, ASilentOrSlowReceiverIsGivenUpInTime) {
    Receiver silent([](const auto&, int connection) {
        char byte;
        ::recv(connection, &byte, 1, 0);  // until the caller goes
        return std::string();
    });
    Receiver slow([](const auto&, int connection) {
        const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n";
        ::send(connection, head.data(), head.size(), MSG_NOSIGNAL);
        while (::send(connection, "x", 1, MSG_NOSIGNAL) == 1) ::usleep(20000);
        return std::string();
    });
    Caller caller;
    for (const auto& url : {silent.url(), slow.url()}) {
        OutboundRequest request;
        request.url = url;
        request.timeout = 300ms;
        const auto begun = std::chrono::steady_clock::now();
        EXPECT_EQ(test::refusal([&] { caller.client.send(request); }), "web.outbound.timeout");
        EXPECT_LT(std::chrono::steady_clock::now() - begun, 5s);
    }
}

TEST(OutboundClient, WhatIsTooLongOrNoHttpIsRefused) {
    std::string bytes;
    Receiver receiver([&](const auto&, int) { return bytes; });
    Caller caller;
    bytes = Receiver::reply(200, std::string(10 << 20, 'x'));
    EXPECT_EQ(caller.refused(receiver.url()), "web.outbound.too_large");
    bytes = "HTTP/1.1 200 OK\r\n\r\n" + std::string(2 << 20, 'x');  // of unknown length
    EXPECT_EQ(caller.refused(receiver.url()), "web.outbound.too_large");
    bytes = "HTTP/1.1 200 OK\r\nX: " + std::string(20000, 'x') + "\r\n\r\n";
    EXPECT_EQ(caller.refused(receiver.url()), "web.outbound.protocol");
    for (const char* junk : {"", "SSH-2.0-x\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort"}) {
        bytes = junk;
        const auto id = caller.refused(receiver.url());
        EXPECT_TRUE(id == "web.outbound.protocol" || id == "web.outbound.unreachable") << id;
    }
    bytes = "HTTP/1.1 200 OK\r\n\r\nuntil the end";
    EXPECT_EQ(caller.get(receiver.url()).body, "until the end");
}

TEST(OutboundClient, NobodyThereAndNoTlsAreUnreachable) {
    int port = 0;
    {
        Receiver gone([](const auto&, int) { return std::string(); });
        port = gone.port();
    }
    Caller caller;
    EXPECT_EQ(caller.refused("http://127.0.0.1:" + std::to_string(port) + "/"), "web.outbound.unreachable");
    Receiver plain([](const auto&, int) { return Receiver::reply(200, "x"); });
    // It waits for the end of a request that never comes.
    EXPECT_EQ(caller.refused("https://127.0.0.1:" + std::to_string(plain.port()) + "/"),
              "web.outbound.timeout");
    EXPECT_EQ(caller.refused("ftp://127.0.0.1/"), "web.outbound.url");
}

}  // namespace
}  // namespace concordat::web
