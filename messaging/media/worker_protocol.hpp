// What the node and concordat-media say to each other over their socket.
//
// Both come from the same build and run on the same machine, so the frames are plain structs. The worker
// first sends one WorkerReply when it is locked in. Then, as often as it is asked: a WorkerRequest and the
// picture's bytes go in; a WorkerReply and the bytes of its parts, in order, come out.
// The node does not trust what comes out: see checked_reply in worker_process.cpp.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace concordat::messaging {

inline constexpr std::uint32_t worker_mark = 0x434D5731;
inline constexpr std::size_t most_image_bytes = 100u << 20;
inline constexpr std::uint64_t most_image_pixels = 7680u * 4320u;
inline constexpr std::size_t most_part_bytes = 128u << 20;

enum class WorkerTask : std::uint32_t {
    file_pictures = 1,  // parts: preview, thumbnail, mini preview
    profile_picture,    // part: 128x128 PNG
    emoji               // part: PNG or GIF within 128x128
};
enum class WorkerStatus : std::uint32_t { done, not_an_image, too_large };

struct WorkerRequest {
    std::uint32_t mark = worker_mark;
    WorkerTask task = WorkerTask::file_pictures;
    std::uint64_t bytes = 0;
};

struct WorkerPart {
    std::uint64_t bytes = 0;
    std::uint32_t format = 0;  // ImageFormat; 0 where there is no such part
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    std::uint32_t unused = 0;
};

inline constexpr std::size_t most_parts = 3;

struct WorkerReply {
    std::uint32_t mark = worker_mark;
    WorkerStatus status = WorkerStatus::done;
    std::uint32_t is_last = 0;  // the worker has used up its time and ends after this reply
    std::uint32_t unused = 0;
    std::array<WorkerPart, most_parts> parts{};
};
static_assert(std::is_trivially_copyable_v<WorkerRequest> && std::is_trivially_copyable_v<WorkerReply>);

}  // namespace concordat::messaging
