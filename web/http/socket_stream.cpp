#include "web/http/socket_stream.hpp"

#include <openssl/err.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <cstring>

namespace concordat::web {
namespace {

using boost::system::error_code;
using boost::system::system_error;

constexpr std::size_t largest_record = 16 * 1024;
constexpr std::size_t most_pieces = 64;  // of one sendmsg

[[noreturn]] void fail_with(int number) {
    throw system_error(error_code(number, boost::system::system_category()));
}
[[noreturn]] void fail_aborted() {
    throw system_error(asio::error::make_error_code(asio::error::operation_aborted));
}
[[noreturn]] void fail_tls() {
    throw system_error(make_error_code(boost::system::errc::protocol_error), "TLS");
}

// Up to `most` pieces of the gathered buffers, without their first `skip` bytes.
std::size_t pieces_after(std::span<const asio::const_buffer> buffers, std::size_t skip, iovec* out,
                         std::size_t most) {
    std::size_t count = 0;
    for (const auto& buffer : buffers) {
        if (skip >= buffer.size()) {
            skip -= buffer.size();
            continue;
        }
        if (count == most) break;
        auto* start = const_cast<char*>(static_cast<const char*>(buffer.data())) + skip;
        out[count++] = iovec{start, buffer.size() - skip};
        skip = 0;
    }
    return count;
}

// One record's worth of the pieces, side by side. A long first piece is used where it lies.
std::string_view record_of(const iovec* pieces, std::size_t count) {
    const auto* first = static_cast<const char*>(pieces[0].iov_base);
    if (count == 1 || pieces[0].iov_len >= largest_record)
        return {first, std::min(pieces[0].iov_len, largest_record)};
    static thread_local std::array<char, largest_record> scratch;
    std::size_t filled = 0;
    for (std::size_t i = 0; i < count && filled < scratch.size(); ++i) {
        const auto length = std::min(pieces[i].iov_len, scratch.size() - filled);
        std::memcpy(scratch.data() + filled, pieces[i].iov_base, length);
        filled += length;
    }
    return {scratch.data(), filled};
}

}  // namespace

SocketStream::SocketStream(asio::ip::tcp::socket socket, std::string peer, ByteCounters bytes,
                           std::shared_ptr<void> held)
    : socket_(std::move(socket)),
      timer_(socket_.get_executor()),
      peer_(std::move(peer)),
      bytes_(bytes),
      held_(std::move(held)) {
    error_code ignored;  // a peer that is gone already shows at the first read
    socket_.non_blocking(true, ignored);
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
}

SocketStream::~SocketStream() {
    close();
}

asio::awaitable<void> SocketStream::handshake(std::shared_ptr<SSL_CTX> context) {
    ssl_.reset(SSL_new(context.get()));
    if (!ssl_ || SSL_set_fd(ssl_.get(), socket_.native_handle()) != 1) fail_with(ENOMEM);
    for (;;) {
        if (is_closed_) fail_aborted();
        ERR_clear_error();
        const int result = SSL_accept(ssl_.get());
        if (result == 1) break;
        const int why = SSL_get_error(ssl_.get(), result);
        if (why == SSL_ERROR_WANT_READ) {
            co_await socket_.async_wait(socket_.wait_read, asio::use_awaitable);
        } else if (why == SSL_ERROR_WANT_WRITE) {
            co_await socket_.async_wait(socket_.wait_write, asio::use_awaitable);
        } else {
            is_broken_ = true;
            fail_tls();
        }
    }
    is_shaken_ = true;
}

asio::awaitable<void> SocketStream::readable() {
    if (is_closed_) fail_aborted();
    if (!unread_.empty()) co_return;
    if (ssl_ && (SSL_pending(ssl_.get()) > 0 || (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN)))
        co_return;
    const auto direction = read_wants_write_ ? socket_.wait_write : socket_.wait_read;
    co_await socket_.async_wait(direction, asio::use_awaitable);
}

asio::awaitable<void> SocketStream::writable() {
    if (is_closed_) fail_aborted();
    co_await socket_.async_wait(socket_.wait_write, asio::use_awaitable);
}

std::size_t SocketStream::read_now(std::span<char> out, bool& ended) {
    ended = false;
    if (is_closed_) fail_aborted();
    if (!unread_.empty()) {
        const auto length = std::min(out.size(), unread_.size());
        std::memcpy(out.data(), unread_.data(), length);
        if (length == unread_.size())
            std::string().swap(unread_);
        else
            unread_.erase(0, length);
        return length;
    }
    const auto length = ssl_ ? read_tls(out, ended) : read_plain(out, ended);
    if (length > 0) bytes_.received.add(length);
    return length;
}

std::size_t SocketStream::read_plain(std::span<char> out, bool& ended) {
    for (;;) {
        const auto got = ::recv(socket_.native_handle(), out.data(), out.size(), 0);
        if (got > 0) return static_cast<std::size_t>(got);
        if (got == 0) {
            ended = true;
            return 0;
        }
        if (errno == EAGAIN || errno == EWOULDBLOCK) return 0;
        if (errno != EINTR) fail_with(errno);
    }
}

std::size_t SocketStream::read_tls(std::span<char> out, bool& ended) {
    std::size_t total = 0;
    read_wants_write_ = false;
    while (total < out.size()) {
        ERR_clear_error();
        const int room = static_cast<int>(std::min<std::size_t>(out.size() - total, 1u << 30));
        const int got = SSL_read(ssl_.get(), out.data() + total, room);
        if (got > 0) {
            total += static_cast<std::size_t>(got);
            // A short record is the end of what the peer wrote in one go: asking again would most
            // likely cost a system call to learn nothing.
            if (got < 4096 && SSL_pending(ssl_.get()) == 0) return total;
            continue;
        }
        const int why = SSL_get_error(ssl_.get(), got);
        if (why == SSL_ERROR_WANT_READ) return total;
        if (why == SSL_ERROR_WANT_WRITE) {
            read_wants_write_ = true;
            return total;
        }
        if (why == SSL_ERROR_ZERO_RETURN) {
            ended = total == 0;  // else readable() resumes at once and the next call finds it
            return total;
        }
        is_broken_ = true;
        fail_tls();
    }
    return total;
}

std::size_t SocketStream::write_from(std::span<const asio::const_buffer> buffers, std::size_t skip) {
    if (is_closed_) fail_aborted();
    const auto length = ssl_ ? write_tls(buffers, skip) : write_plain(buffers, skip);
    if (length > 0) bytes_.sent.add(length);
    return length;
}

std::size_t SocketStream::write_plain(std::span<const asio::const_buffer> buffers, std::size_t skip) {
    std::size_t total = 0;
    std::array<iovec, most_pieces> pieces;
    for (;;) {
        msghdr message{};
        message.msg_iov = pieces.data();
        message.msg_iovlen = pieces_after(buffers, skip + total, pieces.data(), pieces.size());
        if (message.msg_iovlen == 0) return total;
        std::size_t offered = 0;
        for (std::size_t i = 0; i < message.msg_iovlen; ++i) offered += pieces[i].iov_len;
        const auto put = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL);
        if (put >= 0) {
            total += static_cast<std::size_t>(put);
            if (static_cast<std::size_t>(put) < offered) return total;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            return total;
        } else if (errno != EINTR) {
            fail_with(errno);
        }
    }
}

std::size_t SocketStream::write_tls(std::span<const asio::const_buffer> buffers, std::size_t skip) {
    std::size_t total = 0;
    std::array<iovec, most_pieces> pieces;
    for (;;) {
        const auto count = pieces_after(buffers, skip + total, pieces.data(), pieces.size());
        if (count == 0) return total;
        const auto record = record_of(pieces.data(), count);
        ERR_clear_error();
        const int put = SSL_write(ssl_.get(), record.data(), static_cast<int>(record.size()));
        if (put > 0) {
            total += static_cast<std::size_t>(put);
            continue;
        }
        if (SSL_get_error(ssl_.get(), put) == SSL_ERROR_WANT_WRITE) return total;
        is_broken_ = true;
        fail_tls();
    }
}

std::size_t SocketStream::write_now(std::span<const asio::const_buffer> buffers) {
    return write_from(buffers, 0);
}

asio::awaitable<void> SocketStream::write(std::span<const asio::const_buffer> buffers) {
    const auto size = asio::buffer_size(buffers);
    std::size_t done = 0;
    for (;;) {
        done += write_from(buffers, done);
        if (done == size) co_return;
        co_await socket_.async_wait(socket_.wait_write, asio::use_awaitable);
    }
}

asio::awaitable<void> SocketStream::write_rest(std::span<const asio::const_buffer> buffers, std::size_t done,
                                               std::chrono::milliseconds patience) {
    const auto size = asio::buffer_size(buffers);
    while (done < size) {
        expires_after(patience);
        co_await socket_.async_wait(socket_.wait_write, asio::use_awaitable);
        done += write_from(buffers, done);
    }
    expires_after(std::chrono::milliseconds(0));
}

void SocketStream::expires_after(std::chrono::milliseconds time) {
    if (time.count() == 0) {
        deadline_ = Time::max();
        return;
    }
    deadline_ = std::chrono::steady_clock::now() + time;
    if (deadline_ < armed_for_ && !is_closed_) arm();  // else the timer looks again when it fires
}

void SocketStream::arm() {
    armed_for_ = deadline_;
    timer_.expires_at(deadline_);
    timer_.async_wait([weak = weak_from_this()](const error_code& failed) {
        if (failed) return;
        if (const auto self = weak.lock()) self->look_at_clock();
    });
}

void SocketStream::look_at_clock() {
    armed_for_ = Time::max();
    if (is_closed_ || deadline_ == Time::max()) return;
    if (std::chrono::steady_clock::now() < deadline_) {
        arm();
        return;
    }
    timed_out_ = true;
    close();
}

void SocketStream::send_close_notify() {
    if (!ssl_ || !is_shaken_ || is_broken_) return;
    ERR_clear_error();
    SSL_shutdown(ssl_.get());  // sends the alert if the socket takes it now; nobody waits for the peer's
}

void SocketStream::end_writing() {
    if (is_closed_) return;
    send_close_notify();
    ::shutdown(socket_.native_handle(), SHUT_WR);
}

void SocketStream::close() {
    if (is_closed_) return;
    is_closed_ = true;
    send_close_notify();
    error_code ignored;  // the descriptor is gone whatever close(2) says
    socket_.close(ignored);
    timer_.cancel();
}

}  // namespace concordat::web
