// The load program's own HTTP and WebSocket clients, against a small blocking server in a thread.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <unistd.h>
#include <atomic>
#include <thread>
#include "core/base/error.hpp"
#include "tests/bench/http_client.hpp"
#include "tests/bench/measure.hpp"
#include "tests/bench/socket_client.hpp"
#include "tests/bench/world.hpp"

using namespace concordat;
using namespace concordat::bench;

namespace {

// Accepts connections one after the other and gives each to `serve`.
class SmallServer {
public:
    class Peer {
    public:
        Peer(int fd, SSL* tls) : fd_(fd), tls_(tls) {}
        int read(char* out, int size) {
            return tls_ ? SSL_read(tls_, out, size) : static_cast<int>(::read(fd_, out, size));
        }
        void write(std::string_view bytes) {
            if (tls_)
                SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()));
            else
                EXPECT_EQ(::write(fd_, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
        }
        // Up to the end of a request's head; "" when the client has gone.
        std::string head() {
            while (held_.find("\r\n\r\n") == std::string::npos)
                if (!more()) return {};
            return take(held_.find("\r\n\r\n") + 4);
        }
        std::string exactly(std::size_t size) {
            while (held_.size() < size)
                if (!more()) return {};
            return take(size);
        }
        bool resumed() const { return tls_ && SSL_session_reused(tls_); }

    private:
        bool more() {
            char buffer[4096];
            const int got = read(buffer, sizeof buffer);
            if (got > 0) held_.append(buffer, static_cast<std::size_t>(got));
            return got > 0;
        }
        std::string take(std::size_t size) {
            auto front = held_.substr(0, size);
            held_.erase(0, size);
            return front;
        }
        int fd_;
        SSL* tls_;
        std::string held_;
    };

    SmallServer(bool is_tls, std::function<void(Peer&)> serve) : serve_(std::move(serve)) {
        listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
        EXPECT_EQ(listen(listener_, 64), 0);
        getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
        url_ =
            (is_tls ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(ntohs(address.sin_port));
        if (is_tls) make_tls();
        thread_ = std::thread([this] { run(); });
    }
    ~SmallServer() {
        is_stopping_ = true;
        shutdown(listener_, SHUT_RDWR);
        thread_.join();
        close(listener_);
        if (tls_) SSL_CTX_free(tls_);
    }
    const std::string& url() const { return url_; }
    int resumptions() const { return resumptions_; }

private:
    void make_tls() {
        tls_ = SSL_CTX_new(TLS_server_method());
        EVP_PKEY* key = EVP_EC_gen("P-256");
        X509* certificate = X509_new();
        ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
        X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
        X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
        X509_set_pubkey(certificate, key);
        X509_sign(certificate, key, EVP_sha256());
        SSL_CTX_use_certificate(tls_, certificate);
        SSL_CTX_use_PrivateKey(tls_, key);
        X509_free(certificate);
        EVP_PKEY_free(key);
    }
    void run() {
        while (!is_stopping_) {
            const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (fd < 0) continue;
            SSL* tls = nullptr;
            if (tls_) {
                tls = SSL_new(tls_);
                SSL_set_fd(tls, fd);
            }
            if (!tls || SSL_accept(tls) == 1) {
                Peer peer(fd, tls);
                if (peer.resumed()) ++resumptions_;
                serve_(peer);
            }
            if (tls) SSL_shutdown(tls);
            if (tls) SSL_free(tls);
            close(fd);
        }
    }

    std::function<void(Peer&)> serve_;
    int listener_ = -1;
    std::string url_;
    SSL_CTX* tls_ = nullptr;
    std::atomic<bool> is_stopping_ = false;
    std::atomic<int> resumptions_ = 0;
    std::thread thread_;
};

std::string frame(std::string_view text, unsigned first = 0x81) {
    std::string out(1, static_cast<char>(first));
    if (text.size() < 126) {
        out += static_cast<char>(text.size());
    } else if (text.size() < 65536) {
        out += static_cast<char>(126);
        out += static_cast<char>(text.size() >> 8);
        out += static_cast<char>(text.size() & 0xff);
    } else {
        out += static_cast<char>(127);
        for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(text.size() >> shift & 0xff);
    }
    return out.append(text);
}

const std::string hello =
    R"({"event":"hello","data":{"connection_id":"abcdefghijklmnopqrstuvwxyz"},"seq":0})";
const std::string switching =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";

// The payload of a masked frame of less than 126 bytes.
std::string client_frame(SmallServer::Peer& peer) {
    const auto head = peer.exactly(2);
    if (head.empty()) return {};
    const auto size = static_cast<std::size_t>(head[1] & 0x7f);
    const auto mask = peer.exactly(4);
    auto payload = peer.exactly(size);
    for (std::size_t i = 0; i < payload.size(); ++i) payload[i] = static_cast<char>(payload[i] ^ mask[i % 4]);
    return payload;
}

Task<> ask(HttpClient& client, std::vector<std::string> paths, std::vector<Response>& out) {
    for (const auto& path : paths) {
        auto response = co_await client.get(path, Body::keep);
        out.push_back(std::move(response));
    }
}

Task<> open_it(SocketClient& socket, bool& opened) {
    opened = co_await socket.open("secret");
}
Task<> reopen_it(SocketClient& socket, bool& opened) {
    opened = co_await socket.reopen("secret");
}

class Ear : public Audience {
public:
    void heard(SocketClient&, std::string_view text) override { texts.emplace_back(text); }
    void lost(SocketClient& socket) override { reason = socket.failure(); }
    std::vector<std::string> texts;
    std::string reason;
};

template <class Condition>
void turn_until(Loop& loop, Condition condition) {
    const Nanos patience = now() + 60 * one_second;
    while (!condition() && now() < patience) loop.turn(now() + one_second / 100);
    EXPECT_TRUE(condition());
}

class OnBothTransports : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(Bench, OnBothTransports, testing::Bool(),
                         [](const auto& info) { return info.param ? "Tls" : "Plain"; });

}  // namespace

TEST_P(OnBothTransports, ManyRequestsTravelOnOneConnection) {
    std::atomic<int> connections = 0;
    SmallServer server(GetParam(), [&](SmallServer::Peer& peer) {
        ++connections;
        for (int n = 0;; ++n) {
            const auto head = peer.head();
            if (head.empty()) return;
            EXPECT_NE(head.find("Authorization: Bearer secret\r\n"), std::string::npos);
            const std::string body(n == 1 ? 200000 : 10, 'x');
            peer.write("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\nToken: t" +
                       std::to_string(n) + "\r\n\r\n" + body);
        }
    });
    Loop loop;
    const Target target(server.url());
    HttpClient client(loop, target);
    client.set_token("secret");
    std::vector<Response> got;
    loop.run(ask(client, {"/a", "/b", "/c"}, got));
    ASSERT_EQ(got.size(), 3u);
    EXPECT_EQ(got[0].token, "t0");
    EXPECT_EQ(got[1].body, std::string(200000, 'x'));
    EXPECT_EQ(got[2].status, 200);
    EXPECT_GT(got[2].took, 0);
    EXPECT_EQ(connections, 1);
}

TEST_P(OnBothTransports, AClosedConnectionIsOpenedAgain) {
    SmallServer server(GetParam(), [&](SmallServer::Peer& peer) {
        if (peer.head().empty()) return;
        peer.write("HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}");
    });
    Loop loop;
    const Target target(server.url());
    HttpClient client(loop, target);
    std::vector<Response> got;
    loop.run(ask(client, {"/a", "/b"}, got));
    EXPECT_EQ(got[0].status, 403);
    EXPECT_EQ(got[1].status, 403);
    EXPECT_EQ(got[1].body, "{}");
    if (GetParam()) {
        EXPECT_GT(server.resumptions(), 0);
    }
}

TEST_P(OnBothTransports, AMissingAnswerIsAFailureWithAReason) {
    SmallServer server(GetParam(), [&](SmallServer::Peer& peer) {
        if (peer.head().empty()) return;
        peer.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
    });
    Loop loop;
    const Target target(server.url());
    HttpClient client(loop, target);
    std::vector<Response> got;
    loop.run(ask(client, {"/a"}, got));
    EXPECT_EQ(got[0].status, 0);
    EXPECT_EQ(got[0].body, "closed by the node");
}

TEST(Bench, ARefusedConnectionIsAFailureWithAReason) {
    std::string url;
    {
        url = SmallServer(false, [](SmallServer::Peer&) {}).url();
    }
    Loop loop;
    const Target target(url);
    HttpClient client(loop, target);
    SocketClient socket(loop, target, nullptr);
    std::vector<Response> got;
    bool opened = true;
    loop.run(ask(client, {"/a"}, got));
    loop.run(open_it(socket, opened));
    EXPECT_EQ(got[0].status, 0);
    EXPECT_EQ(got[0].body, "connect: Connection refused");
    EXPECT_FALSE(opened);
    EXPECT_EQ(socket.failure(), "connect: Connection refused");
}

TEST_P(OnBothTransports, SocketHearsEventsWhateverTheirFrames) {
    const std::string big = R"({"event":"posted","data":{"post":")" + std::string(70000, 'y') + "\"}}";
    std::string answer, pong;
    SmallServer server(GetParam(), [&](SmallServer::Peer& peer) {
        const auto head = peer.head();
        EXPECT_NE(head.find("GET /api/v4/websocket?connection_id=&sequence_number=0"), std::string::npos);
        peer.write(switching + frame(hello));
        const auto whole = frame(R"({"event":"typing","seq":1})") + frame(big) + frame("beat", 0x89) +
                           frame(R"({"event":"po)", 0x01) + frame(R"(sted","seq":3})", 0x80);
        for (std::size_t at = 0; at < whole.size(); at += 9999) {
            peer.write(std::string_view(whole).substr(at, 9999));
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
        }
        pong = client_frame(peer);
        answer = client_frame(peer);
        peer.write(frame(R"({"status":"OK","seq_reply":1})"));
        peer.write(frame(std::string_view("\x03\xe9", 2), 0x88));
        client_frame(peer);
    });
    Loop loop;
    const Target target(server.url());
    Ear ear;
    SocketClient socket(loop, target, &ear);
    bool opened = false;
    loop.run(open_it(socket, opened));
    ASSERT_TRUE(opened) << socket.failure();
    turn_until(loop, [&] { return ear.texts.size() == 4; });
    EXPECT_EQ(ear.texts[2], big);
    EXPECT_EQ(ear.texts[3], R"({"event":"posted","seq":3})");
    EXPECT_EQ(socket.events(), 4u);
    socket.act("ping", "{}");
    turn_until(loop, [&] { return !ear.reason.empty(); });
    EXPECT_EQ(ear.reason, "closed with 1001");
    EXPECT_EQ(pong, "beat");
    EXPECT_EQ(answer, R"({"seq":1,"action":"ping","data":{}})");
    EXPECT_EQ(socket.events(), 4u);  // the answer was no event
}

TEST(Bench, AReconnectNamesTheConnectionAndThePlace) {
    std::vector<std::string> heads;
    SmallServer server(false, [&](SmallServer::Peer& peer) {
        heads.push_back(peer.head());
        peer.write(switching);
        if (heads.size() == 1) peer.write(frame(hello) + frame(R"({"event":"posted","seq":1})"));
        client_frame(peer);
    });
    Loop loop;
    const Target target(server.url());
    Ear ear;
    SocketClient socket(loop, target, &ear);
    bool opened = false;
    loop.run(open_it(socket, opened));
    turn_until(loop, [&] { return ear.texts.size() == 2; });
    opened = false;
    loop.run(reopen_it(socket, opened));
    EXPECT_TRUE(opened);
    ASSERT_EQ(heads.size(), 2u);
    EXPECT_NE(heads[1].find("connection_id=abcdefghijklmnopqrstuvwxyz&sequence_number=2"), std::string::npos);
    socket.close();
}

TEST(Bench, ARefusedUpgradeSaysItsStatus) {
    SmallServer server(false, [&](SmallServer::Peer& peer) {
        peer.head();
        peer.write("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
    });
    Loop loop;
    const Target target(server.url());
    SocketClient socket(loop, target, nullptr);
    bool opened = true;
    loop.run(open_it(socket, opened));
    EXPECT_FALSE(opened);
    EXPECT_EQ(socket.failure(), "upgrade refused with 401");
}

TEST(Bench, AReplyIsReadHoweverItIsCut) {
    const std::string chunked =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nTrailer: "
        "z\r\n\r\n";
    for (std::size_t cut = 1; cut < chunked.size(); ++cut) {
        ReplyParser parser;
        parser.expect(true);
        std::string_view front(chunked.data(), cut), back(chunked.data() + cut, chunked.size() - cut);
        EXPECT_FALSE(parser.feed(front));
        EXPECT_TRUE(parser.feed(back));
        EXPECT_EQ(parser.response().body, "hello world");
        EXPECT_EQ(parser.response().size, 11u);
    }
    ReplyParser parser;
    parser.expect(false);
    std::string_view nonsense = "SSH-2.0-x\r\n";
    EXPECT_THROW(parser.feed(nonsense), Error);
}

TEST(Bench, PercentilesAreWithinThreePercent) {
    Histogram histogram;
    for (Nanos micros = 1; micros <= 10000; ++micros) histogram.add(micros * 1000);
    EXPECT_EQ(histogram.count(), 10000u);
    EXPECT_NEAR(histogram.percentile(0.5), 5.0, 0.16);
    EXPECT_NEAR(histogram.percentile(0.99), 9.9, 0.31);
    EXPECT_DOUBLE_EQ(histogram.percentile(1), 10.0);
    EXPECT_DOUBLE_EQ(histogram.longest(), 10.0);
}

TEST(Bench, OnlyTheWindowCounts) {
    Tally tally(Window{now() + one_second, now() + 2 * one_second});
    Response response;
    response.status = 201;
    tally.add("post", response);
    EXPECT_EQ(tally.action("post").latency.count(), 0u);
    tally.add("post", response, now() + one_second + 1000000);
    response.status = 403;
    response.body = R"({"id":"api.context.permissions.app_error"})";
    tally.add("post", response, now() + one_second + 1000000);
    EXPECT_EQ(tally.action("post").latency.count(), 1u);
    EXPECT_EQ(tally.action("post").failed, 1u);
    EXPECT_EQ(tally.failures().begin()->first, "post: 403 api.context.permissions.app_error");
}

TEST(Bench, PendingIdsNeverRepeat) {
    Person person{"u", "n", "t"};
    const auto first = post_body(person, "c", "text"), second = post_body(person, "c", "text");
    EXPECT_NE(first, second);
    EXPECT_EQ(id_in(R"({"user_id":"no","id":"abcdefghijklmnopqrstuvwxyz"})"), "abcdefghijklmnopqrstuvwxyz");
}

TEST(Bench, OwnProcessorTimeIsSeen) {
    const Processes processes(getpid(), 0);
    const auto before = processes.usage();
    const Nanos until = now() + one_second / 5;
    while (now() < until) continue;
    const auto after = processes.usage();
    EXPECT_GT(after.node_cpu, before.node_cpu);
    EXPECT_GT(after.node_rss, 1);
    EXPECT_EQ(after.postgres_cpu, 0);
}
