// One accepted connection, plain or TLS, on one network thread: its io_context is run by that thread
// alone, which is the strand.
//
// OpenSSL works directly on the non-blocking socket (no BIO pair), with released buffers, so an idle
// TLS connection costs about 14 KiB. All calls on the stream's own executor; not thread-safe.
// Failures are thrown as boost::system::system_error; the listener and the socket hub end the
// connection on one.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <chrono>
#include <memory>
#include <span>
#include <string>

namespace concordat::web {
namespace asio = boost::asio;

class Stream {
public:
    virtual ~Stream() = default;

    virtual asio::any_io_executor executor() = 0;
    // Resumes when read_now() can make progress. Holds no buffer meanwhile: this is where idle
    // connections wait.
    virtual asio::awaitable<void> readable() = 0;
    // Reads what is there without waiting: bytes read; 0 when nothing is there yet. Sets `ended` at an
    // orderly end of the stream. After an upgrade it first yields what the listener had read past the
    // head, and readable() resumes at once while there is any.
    virtual std::size_t read_now(std::span<char> out, bool& ended) = 0;
    // Writes all of it (gathered), waiting as needed. Only one write at a time.
    virtual asio::awaitable<void> write(std::span<const asio::const_buffer> buffers) = 0;
    // Writes what the socket takes now without waiting; bytes taken (0: would block). May throw.
    // The next write, of either kind, must begin with the first byte that was not taken: under TLS it
    // may already stand in a record that is partly sent. More may follow it than was offered before.
    virtual std::size_t write_now(std::span<const asio::const_buffer> buffers) = 0;
    virtual asio::awaitable<void> writable() = 0;
    // The connection is cut when this passes without another call; zero means never.
    virtual void expires_after(std::chrono::milliseconds time) = 0;
    // Orderly TLS shutdown is attempted without waiting; then the socket is closed and every
    // waiting call fails with operation_aborted. Idempotent.
    virtual void close() = 0;
    virtual bool is_secure() const = 0;
    virtual std::string peer_address() const = 0;
};

}  // namespace concordat::web
