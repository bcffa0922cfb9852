// A small blocking WebSocket client for tests, plain or TLS.
//
//   SocketClient client({.port = port, .headers = {{"Authorization", "Bearer " + token}}});
//   client.ask(1, "ping");
//   auto reply = client.reply(1);          // {"status":"OK",...}
//   auto posted = client.event("posted");  // skips what comes before it
//
// One thread at a time. Every wait has a deadline; what does not come fails the test with an exception.
#pragma once
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>
#include "core/base/json.hpp"

namespace concordat::testing {

struct SocketClientOptions {
    std::uint16_t port = 0;
    std::string address = "127.0.0.1";
    std::string path = "/api/v4/websocket";
    std::vector<std::pair<std::string, std::string>> headers = {};
    bool is_tls = false;     // certificates are not checked
    int receive_buffer = 0;  // bytes; small for a slow reader
};

struct SocketMessage {
    int opcode = -1;      // 1 text, 2 binary, 8 close, 9 ping, 10 pong; -1: the stream ended
    std::string payload;  // of a close: the reason
    int close_code = 0;   // 1005 when the close had none
};

class SocketClient {
public:
    using Millis = std::chrono::milliseconds;

    // Connects and sends the upgrade request; the answer is read when it is first needed.
    explicit SocketClient(SocketClientOptions options) : options_(std::move(options)) {
        fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (options_.receive_buffer > 0)
            ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &options_.receive_buffer,
                         sizeof options_.receive_buffer);
        const int one = 1;
        ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(options_.port);
        ::inet_pton(AF_INET, options_.address.c_str(), &to.sin_addr);
        if (::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) fail("cannot connect");
        if (!options_.is_tls) send_request();
    }
    ~SocketClient() { drop(); }
    SocketClient(SocketClient&& other) noexcept { *this = std::move(other); }
    SocketClient& operator=(SocketClient&& other) noexcept {
        std::swap(options_, other.options_);
        std::swap(fd_, other.fd_);
        std::swap(ssl_, other.ssl_);
        std::swap(context_, other.context_);
        std::swap(in_, other.in_);
        std::swap(status_, other.status_);
        std::swap(response_, other.response_);
        std::swap(has_ended_, other.has_ended_);
        return *this;
    }

    // Of the answer to the upgrade: 101 when it worked.
    int status() {
        if (status_ != 0) return status_;
        begin_tls();
        const auto until = now() + Millis(60000);
        std::size_t end;
        while ((end = in_.find("\r\n\r\n")) == std::string::npos)
            if (!fill(until)) fail("no answer to the upgrade");
        response_ = in_.substr(0, end + 4);
        in_.erase(0, end + 4);
        status_ = std::stoi(response_.substr(9, 3));
        return status_;
    }
    const std::string& response() { return status(), response_; }
    // What followed the head of a refusal, up to the end of the stream.
    std::string rest() {
        status();
        while (fill(now() + Millis(60000))) {
        }
        return in_;
    }

    // For TLS: a server driven by the same thread must be able to answer in the meantime.
    void begin_tls() {
        if (!options_.is_tls || ssl_) return;
        context_.reset(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
        ssl_.reset(SSL_new(context_.get()), SSL_free);
        SSL_set_fd(ssl_.get(), fd_);
        if (SSL_connect(ssl_.get()) != 1) fail("TLS handshake failed");
        send_request();
    }

    // ---- sending

    void send_text(const std::string& text) { send_frame(1, text); }
    void send_binary(const std::string& bytes) { send_frame(2, bytes); }
    void ask(std::int64_t seq, const std::string& action, const json::object& data = {}) {
        send_text(json::serialize(json::object{{"seq", seq}, {"action", action}, {"data", data}}));
    }
    void send_close(int code = 1000) {
        send_frame(8, std::string{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)});
    }
    void send_frame(int opcode, const std::string& payload, bool is_final = true) {
        send_raw(frame(opcode, payload, is_final));
    }
    // A frame as a client has to send it: masked.
    static std::string frame(int opcode, const std::string& payload, bool is_final = true) {
        std::string out(1, static_cast<char>((is_final ? 0x80 : 0) | opcode));
        const std::size_t size = payload.size();
        const int wide = size < 126 ? 0 : size < 65536 ? 2 : 8;
        out += static_cast<char>(0x80 | (wide == 0 ? size : wide == 2 ? 126 : 127));
        for (int i = wide - 1; i >= 0; --i) out += static_cast<char>(size >> (8 * i));
        const char mask[4] = {0x37, static_cast<char>(0xfa), 0x21, 0x3d};
        out.append(mask, 4);
        for (std::size_t i = 0; i < size; ++i) out += static_cast<char>(payload[i] ^ mask[i % 4]);
        return out;
    }
    void send_raw(const std::string& bytes) {
        for (std::size_t done = 0; done < bytes.size();) {
            const auto put =
                ssl_ ? SSL_write(ssl_.get(), bytes.data() + done, static_cast<int>(bytes.size() - done))
                     : static_cast<int>(::send(fd_, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL));
            if (put <= 0) return;  // the server closed; reading will tell
            done += static_cast<std::size_t>(put);
        }
    }

    // ---- receiving

    // The next message of any kind, or nothing when the time is over. Server frames must be unmasked.
    std::optional<SocketMessage> next(Millis wait = Millis(60000)) {
        if (status() != 101) fail("the upgrade was refused");
        const auto until = now() + wait;
        for (;;) {
            if (auto message = take_frame()) return message;
            if (has_ended_) return SocketMessage{};
            if (!fill(until) && !has_ended_) return std::nullopt;
        }
    }
    // The next text, as JSON. Pings are answered and skipped.
    json::object text(Millis wait = Millis(60000)) {
        const auto until = now() + wait;
        for (;;) {
            const auto message = next(std::chrono::duration_cast<Millis>(until - now()));
            if (!message) fail("nothing came");
            if (message->opcode == 1) return json::parse(message->payload).as_object();
            if (message->opcode == 9)
                send_frame(10, message->payload);
            else if (message->opcode != 10)
                fail("closed with " + std::to_string(message->close_code) + " " + message->payload);
        }
    }
    // The next event of that name; skips replies and other events.
    json::object event(const std::string& name, Millis wait = Millis(60000)) {
        for (;;) {
            auto object = text(wait);
            if (object.contains("event") && object.at("event").as_string() == name) return object;
        }
    }
    json::object reply(std::int64_t seq, Millis wait = Millis(60000)) {
        for (;;) {
            auto object = text(wait);
            if (object.contains("seq_reply") && object.at("seq_reply").to_number<std::int64_t>() == seq)
                return object;
        }
    }
    // Reads until the server closes or the stream ends; opcode -1 when there was no close frame.
    SocketMessage closing(Millis wait = Millis(60000)) {
        for (;;) {
            const auto message = next(wait);
            if (!message) fail("the server did not close");
            if (message->opcode == 8 || message->opcode == -1) return *message;
        }
    }
    // Nothing comes for a while, not even a close.
    bool is_quiet(Millis wait = Millis(100)) { return !next(wait).has_value(); }

    // Cuts the connection without a word.
    void drop() {
        ssl_.reset();
        if (fd_ >= 0) ::close(fd_);
        fd_ = -1;
    }
    // Gives back what this side holds for TLS and what it has read; the connection stays, silent for good.
    void freeze() {
        ssl_.reset();
        context_.reset();
        std::string().swap(in_);
    }

private:
    using Time = std::chrono::steady_clock::time_point;
    static Time now() { return std::chrono::steady_clock::now(); }
    [[noreturn]] void fail(const std::string& what) const {
        throw std::runtime_error("socket client: " + what);
    }

    void send_request() {
        std::string request = "GET " + options_.path + " HTTP/1.1\r\nHost: " + options_.address + ":" +
                              std::to_string(options_.port) +
                              "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
        for (const auto& [name, value] : options_.headers) request += name + ": " + value + "\r\n";
        send_raw(request + "\r\n");
    }

    // Reads once; false at the deadline or the end of the stream.
    bool fill(Time until) {
        char buffer[16384];
        if (!ssl_ || SSL_pending(ssl_.get()) == 0) {
            const auto left = std::chrono::duration_cast<Millis>(until - now()).count();
            pollfd waiting{fd_, POLLIN, 0};
            if (::poll(&waiting, 1, static_cast<int>(std::max<long>(left, 0))) <= 0) return false;
        }
        const auto got = ssl_ ? SSL_read(ssl_.get(), buffer, sizeof buffer)
                              : static_cast<int>(::recv(fd_, buffer, sizeof buffer, 0));
        if (got <= 0)
            has_ended_ = true;
        else
            in_.append(buffer, static_cast<std::size_t>(got));
        return got > 0;
    }

    std::optional<SocketMessage> take_frame() {
        if (in_.size() < 2) return std::nullopt;
        const auto first = static_cast<unsigned char>(in_[0]);
        const auto second = static_cast<unsigned char>(in_[1]);
        if ((first & 0xF0) != 0x80 || (second & 0x80) != 0)
            fail("a server frame is fragmented, masked or has reserved bits");
        const std::size_t wide = (second & 0x7F) < 126 ? 0 : (second & 0x7F) == 126 ? 2 : 8;
        if (in_.size() < 2 + wide) return std::nullopt;
        std::uint64_t size = wide == 0 ? second : 0;
        for (std::size_t i = 0; i < wide; ++i) size = size << 8 | static_cast<unsigned char>(in_[2 + i]);
        if (in_.size() < 2 + wide + size) return std::nullopt;
        SocketMessage message{first & 0x0F, in_.substr(2 + wide, size), 0};
        in_.erase(0, 2 + wide + size);
        if (message.opcode == 8) {
            message.close_code = 1005;
            if (message.payload.size() >= 2) {
                message.close_code = static_cast<unsigned char>(message.payload[0]) << 8 |
                                     static_cast<unsigned char>(message.payload[1]);
                message.payload.erase(0, 2);
            }
        }
        return message;
    }

    SocketClientOptions options_;
    int fd_ = -1;
    std::shared_ptr<SSL_CTX> context_;
    std::shared_ptr<SSL> ssl_;
    std::string in_;
    std::string response_;
    int status_ = 0;
    bool has_ended_ = false;
};

}  // namespace concordat::testing
