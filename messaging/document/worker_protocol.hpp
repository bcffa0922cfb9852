// What the node and concordat-text say to each other over their socket.
//
// Both come from the same build and run on the same machine, so the frames are plain structs. The worker
// first sends a TextAnswer when it is locked in. Then, once: a TextRequest and the file's bytes go in; a
// TextAnswer and the text come out, and the worker ends. The node believes nothing of it but that it is some
// bytes.
#pragma once
#include <array>
#include <cstdint>
#include <type_traits>

namespace concordat::messaging {

inline constexpr std::uint32_t text_worker_mark = 0x43545831;

enum class TextOutcome : std::uint32_t { read, damaged, too_large, locked };

struct TextRequest {
    std::uint32_t mark = text_worker_mark;
    std::uint32_t may_open_archives = 0;
    std::uint64_t bytes = 0;
    std::array<char, 16> ending{};  // in lower case; a longer one is none
};

struct TextAnswer {
    std::uint32_t mark = text_worker_mark;
    TextOutcome outcome = TextOutcome::read;
    std::uint64_t bytes = 0;
};
static_assert(std::is_trivially_copyable_v<TextRequest> && std::is_trivially_copyable_v<TextAnswer>);

}  // namespace concordat::messaging
