#include "tests/bench/socket_client.hpp"

#include "core/base/error.hpp"

namespace concordat::bench {
namespace {

constexpr Nanos ping_every = 30 * one_second;
constexpr Nanos longest_opening = 60 * one_second;
enum Opcode : unsigned { continuation = 0, text_frame = 1, close_frame = 8, ping_frame = 9, pong_frame = 10 };

std::uint64_t big_endian(std::string_view bytes) {
    std::uint64_t value = 0;
    for (const unsigned char byte : bytes) value = value << 8 | byte;
    return value;
}

}  // namespace

SocketClient::SocketClient(Loop& loop, const Target& target, Audience* audience)
    : loop_(loop), target_(target), audience_(audience), wire_(loop, target) {
    loop_.start_ticking(*this);
}

SocketClient::~SocketClient() {
    loop_.stop_ticking(*this);
}

SocketClient::Opening SocketClient::open(std::string_view token) {
    connection_id_.clear();
    events_ = 0;
    return begin(token, true);
}

SocketClient::Opening SocketClient::reopen(std::string_view token) {
    return begin(token, false);
}

SocketClient::Opening SocketClient::begin(std::string_view token, bool waits_for_hello) {
    close();
    failure_.clear();
    waits_for_hello_ = waits_for_hello;
    last_seq_ = 0;
    opened_ = now();
    upgrade_.expect(false);
    wire_.open(*this);
    std::string request = "GET /api/v4/websocket?connection_id=" + connection_id_ +
                          "&sequence_number=" + std::to_string(events_) +
                          "&posted_ack=true HTTP/1.1\r\nHost: " + target_.host() +
                          "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n";
    request += "Sec-WebSocket-Key: Y29uY29yZGF0LWJlbmNoMQ==\r\nAuthorization: Bearer ";
    request.append(token).append("\r\n\r\n");
    wire_.send(request);
    if (wire_.state() == Wire::State::closed) failure_ = wire_.failure();
    return Opening{*this};
}

void SocketClient::close() {
    wire_.close();
    is_open_ = is_upgraded_ = false;
    partial_ = {};
    message_ = {};
}

void SocketClient::settle(bool opened) {
    is_open_ = opened;
    // Spread over the interval, so that thousands of sockets do not ping in step.
    next_ping_ =
        now() + ping_every / 2 + reinterpret_cast<std::uintptr_t>(this) / 64 % 1000 * (ping_every / 2000);
    if (waiter_) loop_.resume_soon(std::exchange(waiter_, {}));
}

void SocketClient::fail(std::string why) {
    const bool was_open = is_open_;
    close();
    failure_ = std::move(why);
    settle(false);
    if (was_open && audience_) audience_->lost(*this);
}

void SocketClient::ready(std::uint32_t) {
    wire_.advance();
    const auto space = loop_.scratch();
    do {
        const auto got = wire_.read(space);
        if (got == 0) break;
        try {
            take({space.data(), got});
        } catch (const Error& error) {
            return fail(error.text());  // the node broke the protocol: this socket is lost, the run goes on
        }
    } while (wire_.has_more());
    if (wire_.state() == Wire::State::closed) fail(wire_.failure());
}

void SocketClient::take(std::string_view bytes) {
    if (!is_upgraded_) {
        if (!upgrade_.feed(bytes)) return;
        const int status = upgrade_.response().status;
        if (status != 101)
            throw Error(Fault::invalid, "bench.socket", "upgrade refused with " + std::to_string(status));
        is_upgraded_ = true;
        if (!waits_for_hello_) settle(true);
    }
    if (partial_.empty()) {
        partial_ = bytes.substr(take_frames(bytes));
        return;
    }
    partial_ += bytes;
    partial_.erase(0, take_frames(partial_));
    if (partial_.empty()) partial_ = {};  // give the memory back
}

std::size_t SocketClient::take_frames(std::string_view bytes) {
    std::size_t at = 0;
    while (bytes.size() - at >= 2) {
        const auto rest = bytes.substr(at);
        const unsigned first = static_cast<unsigned char>(rest[0]);
        const unsigned second = static_cast<unsigned char>(rest[1]);
        require((second & 0x80) == 0 && (first & 0x70) == 0, Fault::invalid, "bench.socket",
                "The node sent a frame it may not send.");
        std::size_t head = 2;
        std::uint64_t length = second & 0x7f;
        if (length >= 126) {
            const std::size_t extra = length == 126 ? 2 : 8;
            if (rest.size() < head + extra) break;
            length = big_endian(rest.substr(head, extra));
            head += extra;
        }
        require(length < 64 * 1024 * 1024, Fault::invalid, "bench.socket",
                "The node sent a frame above 64 MiB.");
        if (rest.size() < head + length) break;
        take_frame(first, rest.substr(head, length));
        if (wire_.state() == Wire::State::closed) return bytes.size();
        at += head + length;
    }
    return at;
}

void SocketClient::take_frame(unsigned first, std::string_view payload) {
    const bool is_last = first & 0x80;
    switch (first & 0x0f) {
        case text_frame:
            if (is_last) return take_text(payload);
            message_ = payload;
            return;
        case continuation:
            message_ += payload;
            if (is_last) take_text(std::exchange(message_, {}));
            return;
        case ping_frame:
            return send_frame(pong_frame, payload);
        case close_frame:
            throw Error(Fault::invalid, "bench.socket",
                        "closed with " +
                            std::to_string(payload.size() >= 2 ? big_endian(payload.substr(0, 2)) : 1005));
        default:
            return;  // pongs
    }
}

void SocketClient::take_text(std::string_view text) {
    constexpr std::string_view opening = "{\"event\":\"";
    constexpr std::string_view id_key = "\"connection_id\":\"";
    const bool is_plain_event = text.starts_with(opening);
    if (!is_plain_event && text.find("\"seq_reply\"") != std::string_view::npos)
        return;  // an answer to act()
    ++events_;
    const bool is_hello = is_plain_event ? text.substr(opening.size()).starts_with("hello\"")
                                         : text.find("\"hello\"") != std::string_view::npos;
    if (is_hello) {
        const auto data = text.find("\"data\"");
        const auto at = text.find(id_key, data == std::string_view::npos ? 0 : data);
        if (at != std::string_view::npos) connection_id_ = text.substr(at + id_key.size(), 26);
        events_ = 1;  // numbering began anew with this one
        if (waits_for_hello_ && !is_open_) settle(true);
    }
    if (audience_) audience_->heard(*this, text);
}

void SocketClient::act(std::string_view action, std::string_view data) {
    if (!is_open_) return;
    std::string text = "{\"seq\":" + std::to_string(++last_seq_) + ",\"action\":\"";
    text.append(action).append("\",\"data\":").append(data).append("}");
    send_frame(text_frame, text);
}

void SocketClient::send_frame(unsigned opcode, std::string_view payload) {
    std::string frame(1, static_cast<char>(0x80 | opcode));
    if (payload.size() < 126) {
        frame += static_cast<char>(0x80 | payload.size());
    } else {
        require(payload.size() < 65536, Fault::internal, "bench.socket", "Frames to the node are short.");
        frame += static_cast<char>(0x80 | 126);
        frame += static_cast<char>(payload.size() >> 8);
        frame += static_cast<char>(payload.size() & 0xff);
    }
    frame.append(4, '\0');  // masked with zero: the mask guards proxies, and there is none here
    frame += payload;
    wire_.send(frame);
}

void SocketClient::tick(Nanos at) {
    if (waiter_ && at - opened_ > longest_opening) return fail("no hello within 60 s");
    if (!is_open_ || at < next_ping_) return;
    next_ping_ = at + ping_every;
    act("ping", "{}");
}

}  // namespace concordat::bench
