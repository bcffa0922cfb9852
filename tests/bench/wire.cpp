#include "tests/bench/wire.hpp"

#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include "core/base/error.hpp"

namespace concordat::bench {
namespace {

std::string last_tls_error() {
    const auto code = ERR_get_error();
    ERR_clear_error();
    if (code == 0) return "closed by the node";
    char text[256];
    ERR_error_string_n(code, text, sizeof text);
    return text;
}

sockaddr_in resolve(const std::string& host, const std::string& port) {
    addrinfo hints{};
    hints.ai_family = AF_INET;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (getaddrinfo(host.c_str(), port.c_str(), &hints, &found) != 0 || !found)
        throw Error(Fault::invalid, "bench.url", "There is no such host as " + host + ".");
    sockaddr_in address;
    std::memcpy(&address, found->ai_addr, sizeof address);
    freeaddrinfo(found);
    return address;
}

}  // namespace

Target::Target(const std::string& url) {
    const bool is_https = url.starts_with("https://");
    require(is_https || url.starts_with("http://"), Fault::invalid, "bench.url",
            "The URL must begin with http:// or https://.");
    host_ = url.substr(is_https ? 8 : 7);
    while (host_.ends_with('/')) host_.pop_back();
    const auto colon = host_.rfind(':');
    const auto port = colon == std::string::npos ? (is_https ? "443" : "80") : host_.substr(colon + 1);
    address_ = resolve(host_.substr(0, colon), port);
    if (!is_https) return;
    tls_.reset(SSL_CTX_new(TLS_client_method()));
    require(tls_ != nullptr, Fault::internal, "bench.tls", "OpenSSL is not usable.");
    SSL_CTX_set_mode(tls_.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                     SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(tls_.get(), 1);
    SSL_CTX_set_session_cache_mode(tls_.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_set_app_data(tls_.get(), this);
    SSL_CTX_sess_set_new_cb(tls_.get(), &Target::keep_session);
}

int Target::keep_session(SSL* tls, SSL_SESSION* session) {
    auto* target = static_cast<Target*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(tls)));
    target->session_.reset(session);
    return 1;  // the reference is ours now
}

void Wire::open(Watched& owner) {
    close();
    failure_.clear();
    owner_ = &owner;
    fd_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd_ < 0) return fail(std::string("socket: ") + std::strerror(errno));
    const int on = 1;
    setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    state_ = State::connecting;
    wanted_ = EPOLLIN | EPOLLOUT;
    loop_.watch(fd_, owner, wanted_);
    const auto& to = target_.address();
    if (connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0 && errno != EINPROGRESS)
        fail(std::string("connect: ") + std::strerror(errno));
}

void Wire::close() {
    if (tls_) {
        if (state_ == State::open) SSL_shutdown(tls_);
        // Else OpenSSL takes the session for damaged and would not resume it.
        SSL_set_shutdown(tls_, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
        SSL_free(tls_);
        ERR_clear_error();
    }
    tls_ = nullptr;
    if (fd_ >= 0) {
        loop_.forget(fd_, *owner_);
        ::close(fd_);
    }
    fd_ = -1;
    state_ = State::closed;
    is_connected_ = false;
    has_more_ = false;
    unsent_.clear();
    unsent_.shrink_to_fit();
}

void Wire::fail(std::string why) {
    state_ = State::closed;  // nothing more can be said to the other side
    close();
    failure_ = std::move(why);
}

void Wire::want(std::uint32_t events) {
    if (events == wanted_ || fd_ < 0) return;
    wanted_ = events;
    loop_.change(fd_, *owner_, events);
}

void Wire::handshake() {
    ERR_clear_error();
    const int result = SSL_do_handshake(tls_);
    if (result == 1) {
        state_ = State::open;
        return;
    }
    const int why = SSL_get_error(tls_, result);
    if (why == SSL_ERROR_WANT_READ)
        want(EPOLLIN);
    else if (why == SSL_ERROR_WANT_WRITE)
        want(EPOLLIN | EPOLLOUT);
    else
        fail("TLS handshake: " + last_tls_error());
}

Wire::State Wire::advance() {
    if (state_ == State::connecting && !is_connected_) {
        int error = 0;
        socklen_t size = sizeof error;
        getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
        if (error == 0) {
            sockaddr_in peer;
            socklen_t length = sizeof peer;
            if (getpeername(fd_, reinterpret_cast<sockaddr*>(&peer), &length) != 0)
                return state_;  // still on its way
        } else {
            fail(std::string("connect: ") + std::strerror(error));
            return state_;
        }
        is_connected_ = true;
        if (target_.is_tls()) {
            tls_ = SSL_new(target_.tls());
            SSL_set_fd(tls_, fd_);
            SSL_set_connect_state(tls_);
            if (target_.session()) SSL_set_session(tls_, target_.session());
        } else {
            state_ = State::open;
        }
    }
    if (state_ == State::connecting) handshake();
    if (state_ == State::open) flush();
    return state_;
}

std::size_t Wire::write_some(std::string_view bytes) {
    if (tls_) {
        ERR_clear_error();
        std::size_t written = 0;
        if (SSL_write_ex(tls_, bytes.data(), bytes.size(), &written) == 1) return written;
        const int why = SSL_get_error(tls_, 0);
        if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) fail("send: " + last_tls_error());
        return 0;
    }
    const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) return static_cast<std::size_t>(sent);
    if (errno != EAGAIN && errno != EINTR) fail(std::string("send: ") + std::strerror(errno));
    return 0;
}

void Wire::flush() {
    std::size_t sent = 0;
    while (state_ == State::open && sent < unsent_.size()) {
        const auto n = write_some(std::string_view(unsent_).substr(sent));
        if (n == 0) break;
        sent += n;
    }
    if (state_ != State::open) return;
    unsent_.erase(0, sent);
    want(unsent_.empty() ? EPOLLIN : EPOLLIN | EPOLLOUT);
}

void Wire::send(std::string_view bytes) {
    if (state_ == State::closed) return;
    if (state_ == State::open && unsent_.empty()) {
        bytes.remove_prefix(write_some(bytes));
        if (bytes.empty() || state_ != State::open) return;
    }
    unsent_ += bytes;
    if (state_ == State::open) flush();
}

std::size_t Wire::read(std::span<char> out) {
    has_more_ = false;
    if (state_ != State::open) return 0;
    if (tls_) {
        ERR_clear_error();
        std::size_t got = 0;
        if (SSL_read_ex(tls_, out.data(), out.size(), &got) == 1) {
            has_more_ = true;  // the next record may already lie in the read-ahead buffer
            return got;
        }
        const int why = SSL_get_error(tls_, 0);
        if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) fail("closed by the node");
        return 0;
    }
    const auto got = recv(fd_, out.data(), out.size(), 0);
    if (got > 0) {
        has_more_ = static_cast<std::size_t>(got) == out.size();
        return static_cast<std::size_t>(got);
    }
    if (got == 0)
        fail("closed by the node");
    else if (errno != EAGAIN && errno != EINTR)
        fail(std::string("receive: ") + std::strerror(errno));
    return 0;
}

}  // namespace concordat::bench
