// A small blocking HTTP client for tests: one connection, plain or TLS, raw bytes when wanted.
//
// Every wait is bounded (ten seconds), so that a test that would hang fails instead. Throws
// std::runtime_error when the connection cannot be made, ends early, or says nothing. Certificates are
// not verified: tests make their own.
#pragma once
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <csignal>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
#include "core/base/text.hpp"

namespace concordat::test {

struct HttpReply {
    int status = 0;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;

    // The first of that name, in any case; "" when absent.
    std::string header(std::string_view name) const {
        for (const auto& [key, value] : headers)
            if (lower_ascii(key) == lower_ascii(name)) return value;
        return {};
    }
};

class HttpClient {
public:
    using Fields = std::vector<std::pair<std::string, std::string>>;
    enum class Mode { plain, tls };

    explicit HttpClient(unsigned short port, Mode mode = Mode::plain, const std::string& host = "127.0.0.1",
                        int tls_version = 0, const char* protocols = nullptr) {
        std::signal(SIGPIPE, SIG_IGN);
        const bool is_v6 = host.find(':') != host.npos;
        socket_ = ::socket(is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        set_patience(60);
        const int on = 1;
        ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        sockaddr_storage address{};
        socklen_t length = 0;
        if (is_v6) {
            auto& v6 = reinterpret_cast<sockaddr_in6&>(address);
            v6.sin6_family = AF_INET6;
            v6.sin6_port = htons(port);
            inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr);
            length = sizeof v6;
        } else {
            auto& v4 = reinterpret_cast<sockaddr_in&>(address);
            v4.sin_family = AF_INET;
            v4.sin_port = htons(port);
            inet_pton(AF_INET, host.c_str(), &v4.sin_addr);
            length = sizeof v4;
        }
        if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), length) != 0) fail("cannot connect");
        if (mode == Mode::tls) start_tls(tls_version, protocols);
    }
    ~HttpClient() {
        ssl_.reset();
        if (socket_ >= 0) ::close(socket_);
    }
    HttpClient(const HttpClient&) = delete;

    void set_patience(int seconds) {
        const timeval time{seconds, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
        ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
    }

    void send(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto put = ssl_ ? SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()))
                                  : ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (put <= 0) fail("cannot send");
            bytes.remove_prefix(static_cast<std::size_t>(put));
        }
    }
    // What comes next; "" at the end of the connection, however it ended.
    std::string receive() {
        if (!unread_.empty()) return std::exchange(unread_, {});
        std::string bytes(16384, '\0');
        const auto got = ssl_ ? SSL_read(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()))
                              : ::recv(socket_, bytes.data(), bytes.size(), 0);
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            fail("the server said nothing for too long");
        bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
        return bytes;
    }
    std::string receive_exactly(std::size_t length) {
        std::string out;
        while (out.size() < length) {
            auto more = receive();
            if (more.empty()) fail("the connection ended early");
            out += more;
        }
        unread_ = out.substr(length);
        out.resize(length);
        return out;
    }
    // The server closed the connection, after sending nothing more.
    bool is_closed_by_server() { return receive().empty(); }
    // No more bytes from here; the server may go on sending.
    void finish_sending() { ::shutdown(socket_, SHUT_WR); }

    // One reply; 100 Continue is skipped. `to_head`: the request was HEAD.
    HttpReply read_reply(bool to_head = false) {
        for (;;) {
            auto reply = parse_head(receive_until("\r\n\r\n"));
            if (reply.status == 100) continue;
            if (!to_head && reply.status != 204 && reply.status != 304)
                reply.body = receive_exactly(std::stoull("0" + reply.header("Content-Length")));
            return reply;
        }
    }
    // Content-Length and Host are added.
    HttpReply request(const std::string& verb, const std::string& target, const Fields& fields = {},
                      const std::string& body = {}) {
        auto text = verb + " " + target + " HTTP/1.1\r\nHost: localhost\r\n";
        for (const auto& [name, value] : fields) text += name + ": " + value + "\r\n";
        if (!body.empty() || (verb != "GET" && verb != "HEAD"))
            text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
        send(text + "\r\n" + body);
        return read_reply(verb == "HEAD");
    }
    HttpReply get(const std::string& target, const Fields& fields = {}) {
        return request("GET", target, fields);
    }
    HttpReply post(const std::string& target, const std::string& body, const Fields& fields = {}) {
        return request("POST", target, fields, body);
    }

    SSL* tls() const { return ssl_.get(); }
    int socket() const { return socket_; }

private:
    struct FreeSsl {
        void operator()(SSL* ssl) const { SSL_free(ssl); }
    };

    [[noreturn]] static void fail(const std::string& what) {
        throw std::runtime_error("test client: " + what);
    }

    void start_tls(int version, const char* protocols) {
        const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()),
                                                                        SSL_CTX_free);
        if (version) {
            SSL_CTX_set_min_proto_version(context.get(), version);
            SSL_CTX_set_max_proto_version(context.get(), version);
        }
        ssl_.reset(SSL_new(context.get()));
        SSL_set_fd(ssl_.get(), socket_);
        if (protocols) {
            const auto length = static_cast<unsigned char>(std::string_view(protocols).size());
            const auto wire = std::string(1, static_cast<char>(length)) + protocols;
            SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(wire.data()),
                                static_cast<unsigned>(wire.size()));
        }
        ERR_clear_error();
        if (SSL_connect(ssl_.get()) != 1) {
            ssl_.reset();
            ::close(std::exchange(socket_, -1));
            fail("the TLS handshake failed");
        }
    }
    std::string receive_until(std::string_view mark) {
        std::string out;
        std::size_t at;
        while ((at = out.find(mark)) == out.npos) {
            auto more = receive();
            if (more.empty()) fail("the connection ended before a reply, after: " + out);
            out += more;
        }
        unread_ = out.substr(at + mark.size());
        out.resize(at + 2);
        return out;
    }
    static HttpReply parse_head(const std::string& head) {
        HttpReply reply;
        reply.status = std::stoi(head.substr(9, 3));
        for (auto at = head.find("\r\n") + 2; at < head.size();) {
            const auto end = head.find("\r\n", at);
            const auto colon = head.find(':', at);
            reply.headers.emplace_back(head.substr(at, colon - at),
                                       std::string(trimmed(head.substr(colon + 1, end - colon - 1))));
            at = end + 2;
        }
        return reply;
    }

    int socket_ = -1;
    std::unique_ptr<SSL, FreeSsl> ssl_;
    std::string unread_;
};

}  // namespace concordat::test
