#include <gtest/gtest.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include "tests/support/temporary_directory.hpp"
#include "tests/web/http/listener.hpp"
#include "web/http/tls.hpp"

namespace concordat::web::test {
namespace {

namespace fs = std::filesystem;
constexpr auto tls = HttpClient::Mode::tls;

struct Certificate {
    Certificate() { renew(); }
    void renew() { make_self_signed(chain(), key(), {"chat.example.org", "127.0.0.1", "::1"}); }
    std::string chain() const { return directory.path("tls.crt"); }
    std::string key() const { return directory.path("tls.key"); }

    concordat::test::TemporaryDirectory directory;
};

struct SecureListener {
    explicit SecureListener(ServerOptions options = {})
        : context(files.chain(), files.key()), listener(with(std::move(options))) {}
    ServerOptions with(ServerOptions options) {
        options.tls = &context;
        return options;
    }
    Certificate files;
    TlsContext context;
    Listener listener;
};

std::string serial_seen_by(const HttpClient& client) {
    X509* certificate = SSL_get1_peer_certificate(client.tls());
    BIGNUM* number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr);
    char* text = BN_bn2hex(number);
    std::string out = text;
    OPENSSL_free(text);
    BN_free(number);
    X509_free(certificate);
    return out;
}

TEST(Tls, ServesRequestsOverBothVersions) {
    SecureListener secure;
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        HttpClient client(secure.listener.port(), tls, "127.0.0.1", version, "http/1.1");
        for (int i = 0; i < 10; ++i)
            EXPECT_EQ(client.post("/echo", "hello").body, "POST /echo? 127.0.0.1 secure hello");
        EXPECT_EQ(SSL_version(client.tls()), version);
        const unsigned char* chosen = nullptr;
        unsigned length = 0;
        SSL_get0_alpn_selected(client.tls(), &chosen, &length);
        EXPECT_EQ(std::string(reinterpret_cast<const char*>(chosen), length), "http/1.1");
        EXPECT_TRUE(std::string(SSL_get_cipher(client.tls())).find("GCM") != std::string::npos);
    }
}

TEST(Tls, MovesLargeBodiesBothWays) {
    SecureListener secure;
    HttpClient client(secure.listener.port(), tls);
    const auto body = std::string(2'000'000, 'u');
    EXPECT_TRUE(client.post("/upload", body).body.starts_with("2000000 "));
    client.send("GET /file?n=20000000 HTTP/1.1\r\nHost: h\r\n\r\n");
    std::this_thread::sleep_for(
        std::chrono::milliseconds(50));  // the server's socket fills, records stay half sent
    const auto reply = client.read_reply();
    ASSERT_EQ(reply.body.size(), 20'000'000u);
    for (std::size_t i = 0; i < reply.body.size(); i += 9973)
        ASSERT_EQ(reply.body[i], static_cast<char>('a' + i % 26));
    EXPECT_EQ(client.get("/size?n=200000").body.size(), 200'002u);
}

TEST(Tls, AnswersPipelinedRequests) {
    SecureListener secure;
    HttpClient client(secure.listener.port(), tls);
    std::string all;
    for (int i = 0; i < 2000; ++i) all += "GET /echo?" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\n\r\n";
    client.send(all);
    for (int i = 0; i < 2000; ++i)
        ASSERT_EQ(client.read_reply().body, "GET /echo?" + std::to_string(i) + " 127.0.0.1 secure ");
}

TEST(Tls, HandsUpgradedConnectionsOver) {
    SecureListener secure;
    HttpClient client(secure.listener.port(), tls);
    client.send("GET /socket HTTP/1.1\r\nHost: h\r\n\r\nearly");
    EXPECT_TRUE(
        client
            .receive_exactly(
                std::string("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\r\nearly").size())
            .ends_with("early"));
}

TEST(Tls, RefusesOldVersionsForeignProtocolsAndPlainText) {
    SecureListener secure;
    const auto port = secure.listener.port();
    EXPECT_THROW(HttpClient(port, tls, "127.0.0.1", TLS1_1_VERSION), std::runtime_error);
    EXPECT_THROW(HttpClient(port, tls, "127.0.0.1", 0, "h2"), std::runtime_error);
    HttpClient plain(port);
    plain.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    while (!plain.receive().empty()) continue;
    EXPECT_TRUE(eventually([&] {
        return secure.listener.metric("concordat_tls_handshake_failures_total{listener=\"web\"}") == "3";
    }));
    EXPECT_EQ(HttpClient(port, tls).get("/echo").status, 200);
}

TEST(Tls, AClientThatDoesNotShakeHandsIsCut) {
    ServerOptions options;
    options.handshake_timeout = std::chrono::milliseconds(150);
    SecureListener secure(options);
    HttpClient silent(secure.listener.port());
    EXPECT_TRUE(silent.is_closed_by_server());
}

TEST(Tls, ResumesSessionsWithTickets) {
    SecureListener secure;
    HttpClient first(secure.listener.port(), tls, "127.0.0.1", TLS1_2_VERSION);
    first.get("/echo");
    SSL_SESSION* session = SSL_get1_session(first.tls());
    EXPECT_TRUE(SSL_SESSION_has_ticket(session));
    SSL_SESSION_free(session);
}

TEST(Tls, ReloadChangesTheCertificateWithoutDroppingConnections) {
    SecureListener secure;
    HttpClient before(secure.listener.port(), tls);
    EXPECT_EQ(before.get("/echo").status, 200);
    secure.files.renew();
    secure.context.reload();
    HttpClient after(secure.listener.port(), tls);
    EXPECT_EQ(after.get("/echo").status, 200);
    EXPECT_EQ(before.get("/echo").status, 200);
    EXPECT_NE(serial_seen_by(before), serial_seen_by(after));
}

TEST(Tls, AFailedReloadKeepsWhatWasInForce) {
    SecureListener secure;
    const auto serial = serial_seen_by(HttpClient(secure.listener.port(), tls));
    const auto text_of_failure = [&] {
        try {
            secure.context.reload();
        } catch (const Error& e) {
            return e.text();
        }
        return std::string("no failure");
    };
    Certificate other;
    fs::copy_file(other.key(), secure.files.key(), fs::copy_options::overwrite_existing);
    EXPECT_TRUE(text_of_failure().starts_with("The TLS key " + secure.files.key() +
                                              " does not belong to the certificate"))
        << text_of_failure();
    std::ofstream(secure.files.chain()) << "nonsense";
    EXPECT_TRUE(
        text_of_failure().starts_with("The TLS certificate " + secure.files.chain() + " cannot be used: "))
        << text_of_failure();
    fs::remove(secure.files.chain());
    EXPECT_TRUE(text_of_failure().find("No such file") != std::string::npos) << text_of_failure();
    EXPECT_EQ(text_of_failure().find('\n'), std::string::npos);
    EXPECT_EQ(serial_seen_by(HttpClient(secure.listener.port(), tls)), serial);
}

TEST(Tls, ASelfSignedCertificateNamesItsHostsAndHidesItsKey) {
    Certificate files;
    struct stat facts {};
    ASSERT_EQ(::stat(files.key().c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777, 0600u);
    const TlsContext context(files.chain(), files.key());
    EXPECT_GT(context.expires_at(), wall_clock() + 800LL * 86400 * 1000);
    X509* certificate = SSL_CTX_get0_certificate(context.current().get());
    EXPECT_EQ(X509_check_host(certificate, "chat.example.org", 0, 0, nullptr), 1);
    EXPECT_EQ(X509_check_host(certificate, "other.example.org", 0, 0, nullptr), 0);
    EXPECT_EQ(X509_check_ip_asc(certificate, "127.0.0.1", 0), 1);
    EXPECT_EQ(X509_check_ip_asc(certificate, "::1", 0), 1);
    EXPECT_THROW(make_self_signed(files.chain(), files.key(), {"a.example,DNS:b.example"}), Error);
    EXPECT_THROW(make_self_signed(files.chain(), files.key(), {}), Error);
    EXPECT_THROW(make_self_signed("/nonexistent/a", "/nonexistent/b", {"a.example"}), Error);
}

}  // namespace
}  // namespace concordat::web::test
