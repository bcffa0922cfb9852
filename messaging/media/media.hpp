// Pictures made from what people upload: thumbnails, previews, avatars, emoji.
//
// The bytes are decoded in separate, locked-in concordat-media processes: a picture made to do harm ends
// such a process and never this one. Processes serve many jobs one after the other, are replaced when they
// end, and end when the node ends.
#pragma once
#include <sys/types.h>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>
#include "messaging/media/worker_protocol.hpp"

namespace concordat::messaging {

class WorkerProcess;

inline constexpr std::size_t most_emoji_bytes = 512u << 10;
inline constexpr std::uint32_t most_emoji_side = 1028;

enum class MediaFailure {
    none,
    not_an_image,   // none of PNG, JPEG, GIF, WebP, BMP, TIFF, or broken
    too_large,      // more pixels or bytes than allowed, or more memory than a worker gets
    worker_killed,  // the worker ended while working on it
    timeout,        // it took too long, or all workers were busy for too long
    unavailable     // no worker could be started
};
// "not_an_image" and so on: for logs and metrics.
std::string_view text_of(MediaFailure failure);

struct MediaJob {
    WorkerTask task = WorkerTask::file_pictures;
    std::string_view image;  // borrowed for the call
};

struct MediaPicture {
    std::string bytes;
    std::string mime_type;  // image/png, image/jpeg, image/gif
    std::uint32_t width = 0;
    std::uint32_t height = 0;
};

struct MediaResult {
    bool ok = false;
    MediaFailure failure = MediaFailure::none;
    // Of the upload, as shown (EXIF orientation applied); 0 and "" when it is no picture.
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    std::uint32_t frame_count = 0;
    std::string mime_type;
    // file_pictures: preview at most 1920 wide, thumbnail 120 wide or 100 high, neither ever enlarged,
    // JPEG, or PNG where something shows through; a 16x16 JPEG in base64.
    MediaPicture preview;
    MediaPicture thumbnail;
    std::string mini_preview;
    // profile_picture: 128x128 PNG. emoji: PNG, or GIF where it moves, within 128x128.
    MediaPicture picture;
};

class MediaWorkers {
public:
    struct Limits {
        std::size_t most_workers = 2;  // at once; a worker takes up to 1 GiB while it works
        std::size_t idle_workers = 1;  // kept waiting
        std::chrono::milliseconds job_time{30'000};
        std::chrono::milliseconds start_time{15'000};
    };

    // Starts the idle workers. `program` is the path of concordat-media.
    // Throws Error (unavailable, "media.worker_start") when it cannot: the node's start should stop.
    MediaWorkers(std::string program, Limits limits);
    explicit MediaWorkers(std::string program) : MediaWorkers(std::move(program), Limits{}) {}
    // No call may be under way.
    ~MediaWorkers();
    MediaWorkers(const MediaWorkers&) = delete;
    MediaWorkers& operator=(const MediaWorkers&) = delete;

    // Blocks, up to twice `job_time`; call it on a worker thread. Thread-safe. Whatever the picture is, the
    // answer is a result and not an exception; only std::bad_alloc is thrown.
    MediaResult make(const MediaJob& job);

    // The processes that wait for work.
    std::vector<pid_t> idle_pids() const;

private:
    // The right to keep one worker busy; hands both back when it goes.
    class Turn;
    bool wait_for_turn(std::chrono::steady_clock::time_point deadline);
    std::unique_ptr<WorkerProcess> idle_or_new();
    MediaResult ask(const MediaJob& job, MediaResult result);

    const std::string program_;
    const Limits limits_;
    mutable std::mutex mutex_;  // guards what follows
    std::condition_variable has_room_;
    std::vector<std::unique_ptr<WorkerProcess>> idle_;
    std::size_t busy_ = 0;
};

}  // namespace concordat::messaging
