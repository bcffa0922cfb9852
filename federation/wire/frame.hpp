// Frames: how two nodes cut the bytes between them.
//
//   u32 length | u8 type | u8 flags = 0 | u16 0 | parts          big endian; length counts what follows it
//   part: u32 length | bytes
//
// The first part is JSON (messages.hpp); the others are bytes as they are. docs/federation-protocol.md has
// the whole protocol. Pure; a FrameReader belongs to one thread.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace concordat::federation {

enum class FrameType : std::uint8_t {
    hello = 1,
    hello_ok = 2,
    shares = 3,
    wants = 4,
    batch = 5,
    ack = 6,
    refused = 7,
    ping = 8,
    pong = 9,
    error = 10,
    // of the lane for files
    file_want = 11,
    file_data = 12,
    file_credit = 13,
    file_stop = 14,
    file_no = 15,
    file_refused = 16,
    declined = 17,
    keys = 24
};

struct Frame {
    FrameType type = FrameType::error;
    std::vector<std::string> parts;
};

inline constexpr std::size_t longest_frame = 4 << 20;         // bytes after the length
inline constexpr std::size_t longest_first_frame = 16 << 10;  // before the other side has said who it is
inline constexpr std::size_t longest_file_frame = 128 << 10;  // on the lane for files
inline constexpr std::size_t most_parts = 2 + 2 * 256;        // a sealed group

// Throws Error (too_large, "federation.frame") when it would be longer than the other side accepts.
std::string encode(const Frame& frame);

class FrameReader {
public:
    // From now on frames may be so long.
    void set_limit(std::size_t limit) { limit_ = limit; }
    void feed(std::string_view bytes) { buffer_.append(bytes); }
    // The next whole frame. Throws Error (invalid, "federation.frame") on what is none, as soon as that can
    // be seen: a length is refused before anything of that length is kept.
    std::optional<Frame> next();
    std::size_t buffered() const { return buffer_.size() - at_; }

private:
    std::size_t limit_ = longest_first_frame;
    std::string buffer_;
    std::size_t at_ = 0;
};

}  // namespace concordat::federation
