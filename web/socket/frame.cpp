#include "web/socket/frame.hpp"

#include <algorithm>

#include "core/base/text.hpp"

namespace concordat::web {
namespace {

constexpr std::uint16_t no_code_given = 1005;
constexpr std::size_t longest_control = 125;

constexpr std::uint16_t number(CloseCode code) {
    return static_cast<std::uint16_t>(code);
}

bool is_control(Opcode opcode) {
    return static_cast<unsigned>(opcode) >= 8;
}

bool is_known(Opcode opcode) {
    switch (opcode) {
        case Opcode::continuation:
        case Opcode::text:
        case Opcode::binary:
        case Opcode::close:
        case Opcode::ping:
        case Opcode::pong:
            return true;
    }
    return false;
}

// Bytes of a client's header, mask included, known from its second byte.
std::size_t whole_header(unsigned char second) {
    const unsigned length = second & 0x7Fu;
    return 2 + (length == 126 ? 2 : length == 127 ? 8 : 0) + 4;
}

std::uint64_t big_endian(const unsigned char* from, std::size_t bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i) value = value << 8 | from[i];
    return value;
}

}  // namespace

Incoming FrameParser::fail(std::uint16_t code) {
    is_over_ = true;
    std::string().swap(message_);
    std::string().swap(control_);
    return {Incoming::Kind::fault, {}, code};
}

// Collects the header; true when it is complete. An unmasked header is judged after two bytes,
// because the mask it lacks would never come.
bool FrameParser::take_header(std::span<const char>& bytes) {
    while (!bytes.empty()) {
        const std::size_t wanted = header_size_ < 2 ? 2 : whole_header(header_[1]);
        const auto some = std::min(wanted - header_size_, bytes.size());
        std::copy_n(bytes.begin(), some, header_.begin() + header_size_);
        header_size_ = static_cast<std::uint8_t>(header_size_ + some);
        bytes = bytes.subspan(some);
        if (header_size_ < 2) return false;
        if ((header_[1] & 0x80) == 0 || header_size_ == whole_header(header_[1])) return true;
    }
    return false;
}

// Judges a complete header and starts its payload; the close code of what is wrong, or 0.
std::uint16_t FrameParser::header_fault() {
    const bool is_final = (header_[0] & 0x80) != 0;
    const auto opcode = static_cast<Opcode>(header_[0] & 0x0F);
    if ((header_[0] & 0x70) != 0 || (header_[1] & 0x80) == 0 || !is_known(opcode))
        return number(CloseCode::protocol_error);
    const unsigned short_length = header_[1] & 0x7Fu;
    std::uint64_t length = short_length;
    if (short_length == 126) length = big_endian(&header_[2], 2);
    if (short_length == 127) length = big_endian(&header_[2], 8);
    const bool is_shortest = (short_length != 126 || length > 125) && (short_length != 127 || length > 65535);
    if (!is_shortest || (length >> 63) != 0) return number(CloseCode::protocol_error);
    if (is_control(opcode)) {
        if (!is_final || length > longest_control) return number(CloseCode::protocol_error);
    } else {
        const bool is_under_way = message_opcode_ != Opcode::continuation;
        if (is_under_way != (opcode == Opcode::continuation)) return number(CloseCode::protocol_error);
        if (length > longest_message_ - message_.size()) return number(CloseCode::too_big);
        if (!is_under_way) message_opcode_ = opcode;
    }
    std::copy_n(header_.begin() + header_size_ - 4, 4, mask_.begin());
    mask_at_ = 0;
    left_ = length;
    in_payload_ = true;
    return 0;
}

Incoming FrameParser::finish_close() {
    is_over_ = true;
    if (control_.empty()) return {Incoming::Kind::close, {}, no_code_given};
    if (control_.size() == 1) return fail(number(CloseCode::protocol_error));
    const auto code =
        static_cast<std::uint16_t>(big_endian(reinterpret_cast<const unsigned char*>(control_.data()), 2));
    if (!is_sendable_close_code(code)) return fail(number(CloseCode::protocol_error));
    auto reason = control_.substr(2);
    if (!is_utf8(reason)) return fail(number(CloseCode::bad_payload));
    return {Incoming::Kind::close, std::move(reason), code};
}

Incoming FrameParser::finish_frame() {
    const bool is_final = (header_[0] & 0x80) != 0;
    const auto opcode = static_cast<Opcode>(header_[0] & 0x0F);
    in_payload_ = false;
    header_size_ = 0;
    if (opcode == Opcode::close) return finish_close();
    if (is_control(opcode)) {
        Incoming out{opcode == Opcode::ping ? Incoming::Kind::ping : Incoming::Kind::pong,
                     std::move(control_), 0};
        control_ = {};
        return out;
    }
    if (!is_final) return {};
    const bool is_text = message_opcode_ == Opcode::text;
    if (is_text && !is_utf8(message_)) return fail(number(CloseCode::bad_payload));
    Incoming out{is_text ? Incoming::Kind::text : Incoming::Kind::binary, std::move(message_), 0};
    message_ = {};
    message_opcode_ = Opcode::continuation;
    return out;
}

Incoming FrameParser::next(std::span<const char>& bytes) {
    while (!is_over_) {
        if (!in_payload_) {
            if (!take_header(bytes)) return {};
            if (const auto code = header_fault()) return fail(code);
        }
        auto& target = is_control(static_cast<Opcode>(header_[0] & 0x0F)) ? control_ : message_;
        const auto some = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
        for (std::size_t i = 0; i < some; ++i)
            target += static_cast<char>(static_cast<unsigned char>(bytes[i]) ^ mask_[(mask_at_ + i) & 3]);
        mask_at_ = static_cast<std::uint8_t>((mask_at_ + some) & 3);
        left_ -= some;
        bytes = bytes.subspan(some);
        if (left_ > 0) return {};
        if (auto message = finish_frame(); message.kind != Incoming::Kind::none) return message;
    }
    bytes = {};
    return {};
}

std::size_t write_frame_header(char* out, Opcode opcode, std::uint64_t size) {
    out[0] = static_cast<char>(0x80 | static_cast<unsigned>(opcode));
    const auto header = frame_header_size(size);
    const std::size_t wide = header - 2;  // bytes of the extended length
    out[1] = static_cast<char>(wide == 0 ? size : wide == 2 ? 126 : 127);
    for (std::size_t i = 0; i < wide; ++i) out[2 + i] = static_cast<char>(size >> (8 * (wide - 1 - i)));
    return header;
}

std::string close_payload(std::uint16_t code, std::string_view reason) {
    std::string out{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)};
    std::size_t fits = std::min<std::size_t>(reason.size(), longest_control - 2);
    while (fits > 0 && fits < reason.size() && (static_cast<unsigned char>(reason[fits]) & 0xC0) == 0x80)
        --fits;
    return out.append(reason.substr(0, fits));
}

bool is_sendable_close_code(std::uint16_t code) {
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

}  // namespace concordat::web
