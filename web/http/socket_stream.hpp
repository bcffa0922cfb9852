// The one implementation of Stream: a non-blocking TCP socket, with OpenSSL directly on it when the
// listener speaks TLS. Private to this room: it pulls in Asio's sockets.
//
// Made by the listener on the network thread that owns the connection, shared by the coroutine that
// reads and, after an upgrade, the hub that writes. Everything runs on that one thread.
#pragma once
#include <openssl/ssl.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <string>
#include "core/base/metrics.hpp"
#include "web/http/stream.hpp"

namespace concordat::web {

// Plain bytes, as the application sees them. Both outlive every stream.
struct ByteCounters {
    Counter& received;
    Counter& sent;
};

class SocketStream final : public Stream, public std::enable_shared_from_this<SocketStream> {
public:
    // `held` is released with the stream: the listener counts open connections with it.
    SocketStream(asio::ip::tcp::socket socket, std::string peer, ByteCounters bytes,
                 std::shared_ptr<void> held);
    ~SocketStream() override;

    asio::any_io_executor executor() override { return socket_.get_executor(); }
    asio::awaitable<void> readable() override;
    std::size_t read_now(std::span<char> out, bool& ended) override;
    asio::awaitable<void> write(std::span<const asio::const_buffer> buffers) override;
    std::size_t write_now(std::span<const asio::const_buffer> buffers) override;
    asio::awaitable<void> writable() override;
    void expires_after(std::chrono::milliseconds time) override;
    void close() override;
    bool is_secure() const override { return ssl_ != nullptr; }
    std::string peer_address() const override { return peer_; }

    // Answers the client's TLS handshake. Set a deadline first. Throws system_error when it fails.
    asio::awaitable<void> handshake(std::shared_ptr<SSL_CTX> context);
    // As write(), for buffers whose first `done` bytes were taken by write_now(). The connection is cut
    // when nothing is taken for as long as `patience`; no deadline is set on return.
    asio::awaitable<void> write_rest(std::span<const asio::const_buffer> buffers, std::size_t done,
                                     std::chrono::milliseconds patience);
    // read_now() yields these before anything from the socket.
    void put_back(std::string bytes) { unread_ = std::move(bytes); }
    // Says that nothing more will be written; reading goes on. Does not wait or throw.
    void end_writing();
    // The deadline passed: close() was not called by the owner.
    bool timed_out() const { return timed_out_; }

private:
    using Time = std::chrono::steady_clock::time_point;
    struct FreeSsl {
        void operator()(SSL* ssl) const { SSL_free(ssl); }
    };

    std::size_t read_plain(std::span<char> out, bool& ended);
    std::size_t read_tls(std::span<char> out, bool& ended);
    std::size_t write_plain(std::span<const asio::const_buffer> buffers, std::size_t skip);
    std::size_t write_tls(std::span<const asio::const_buffer> buffers, std::size_t skip);
    // Writes as much as the socket takes of what follows the first `skip` bytes.
    std::size_t write_from(std::span<const asio::const_buffer> buffers, std::size_t skip);
    void send_close_notify();
    void arm();
    void look_at_clock();

    asio::ip::tcp::socket socket_;
    asio::steady_timer timer_;  // one, armed lazily: moving the deadline later costs nothing
    Time deadline_ = Time::max();
    Time armed_for_ = Time::max();
    std::unique_ptr<SSL, FreeSsl> ssl_;
    std::string peer_;
    std::string unread_;
    ByteCounters bytes_;
    std::shared_ptr<void> held_;
    bool is_shaken_ = false;         // the handshake is done
    bool is_broken_ = false;         // OpenSSL reported a fatal error; nothing may follow
    bool read_wants_write_ = false;  // a key update has to be answered first
    bool is_closed_ = false;
    bool timed_out_ = false;
};

}  // namespace concordat::web
