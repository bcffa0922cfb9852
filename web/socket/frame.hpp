// RFC 6455 frames without I/O: what clients send is taken apart here, what the server sends gets its
// header here. No extension is offered, so reserved bits are always a fault.
//
// Not thread-safe; a FrameParser belongs to one connection and holds memory only while a message is
// incomplete.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace concordat::web {

enum class Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

// Close codes that the server sends.
enum class CloseCode : std::uint16_t {
    normal = 1000,
    going_away = 1001,
    protocol_error = 1002,
    bad_payload = 1007,
    policy = 1008,
    too_big = 1009,
    internal = 1011,
    service_restart = 1012,
    try_again_later = 1013
};

// One complete message of a client, or what is wrong with what it sent.
struct Incoming {
    enum class Kind { none, text, binary, ping, pong, close, fault };
    Kind kind = Kind::none;  // none: more bytes are needed
    std::string payload;     // of a close: the reason
    // close: the client's code, 1005 when it gave none. fault: the code to close with.
    std::uint16_t code = 0;
};

class FrameParser {
public:
    // `longest_message` in bytes, over all its fragments; more is a fault with code 1009.
    explicit FrameParser(std::size_t longest_message = 8192) : longest_message_(longest_message) {}

    // The next message of `bytes`, which shrinks by what was used. Control frames may come between the
    // fragments of a message. After a fault or a close nothing more is read.
    Incoming next(std::span<const char>& bytes);

private:
    bool take_header(std::span<const char>& bytes);
    std::uint16_t header_fault();
    Incoming finish_frame();
    Incoming finish_close();
    Incoming fail(std::uint16_t code);

    std::size_t longest_message_;
    std::string message_;     // of the data message under way
    std::string control_;     // of the control frame under way
    std::uint64_t left_ = 0;  // payload bytes still to come
    std::array<unsigned char, 14> header_{};
    std::uint8_t header_size_ = 0;  // bytes of header_ that are there
    std::uint8_t mask_at_ = 0;      // payload bytes taken, modulo 4
    std::array<unsigned char, 4> mask_{};
    Opcode message_opcode_ = Opcode::continuation;  // continuation: no message is under way
    bool in_payload_ = false;
    bool is_over_ = false;
};

// Bytes of the header of an unmasked frame with a payload of `size` bytes.
constexpr std::size_t frame_header_size(std::uint64_t size) {
    return size < 126 ? 2 : size < 65536 ? 4 : 10;
}
// Writes that header (final fragment); returns its length, at most 10.
std::size_t write_frame_header(char* out, Opcode opcode, std::uint64_t size);
// The payload of a close frame. `reason` is cut to 123 bytes.
std::string close_payload(std::uint16_t code, std::string_view reason);
// Codes that may stand in a close frame: those assigned, and 3000-4999.
bool is_sendable_close_code(std::uint16_t code);

}  // namespace concordat::web
