// Wire: a non-blocking TCP connection to the node, with TLS when the target says so.
//
// TLS runs directly on the descriptor, gives its buffers back when idle and resumes sessions, so
// that thousands of connections stay cheap. The node's certificate is not verified: it is the
// machine's own, made at first start.
#pragma once
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <memory>
#include <string>
#include <string_view>
#include "tests/bench/loop.hpp"

namespace concordat::bench {

// Where the node listens. One per run; shared by all connections and outlives them.
class Target {
public:
    // "http://host:port" or "https://host:port". Throws Error on anything else, or when the host is unknown.
    explicit Target(const std::string& url);
    Target(const Target&) = delete;

    const sockaddr_in& address() const { return address_; }
    const std::string& host() const { return host_; }  // as in the Host header
    bool is_tls() const { return tls_ != nullptr; }
    SSL_CTX* tls() const { return tls_.get(); }
    SSL_SESSION* session() const { return session_.get(); }  // the newest; null before the first

private:
    struct Free {
        void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
        void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
    };
    static int keep_session(SSL* tls, SSL_SESSION* session);

    sockaddr_in address_{};
    std::string host_;
    std::unique_ptr<SSL_SESSION, Free> session_;
    std::unique_ptr<SSL_CTX, Free> tls_;
};

class Wire {
public:
    enum class State { closed, connecting, open };

    Wire(Loop& loop, const Target& target) : loop_(loop), target_(target) {}
    ~Wire() { close(); }
    Wire(const Wire&) = delete;

    // Begins to connect; `owner` gets the events and hands them to advance().
    void open(Watched& owner);
    // Carries on with connecting and with what is left to send. The state afterwards says how it went.
    State advance();
    // Bytes read; 0 when there are none now. Closes itself, and returns 0, when the other side has gone.
    std::size_t read(std::span<char> out);
    // Whether another read() could return more at once.
    bool has_more() const { return has_more_; }
    // Sends, or keeps what does not fit for later. Allowed while connecting.
    void send(std::string_view bytes);
    void close();

    State state() const { return state_; }
    const std::string& failure() const { return failure_; }  // why it closed; "" when we did

private:
    void fail(std::string why);
    void handshake();
    void flush();
    // Writes what it can, returns the bytes taken.
    std::size_t write_some(std::string_view bytes);
    void want(std::uint32_t events);

    Loop& loop_;
    const Target& target_;
    Watched* owner_ = nullptr;
    int fd_ = -1;
    SSL* tls_ = nullptr;
    State state_ = State::closed;
    std::uint32_t wanted_ = 0;
    bool is_connected_ = false;
    bool has_more_ = false;
    std::string unsent_;
    std::string failure_;
};

}  // namespace concordat::bench
