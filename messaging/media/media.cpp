#include "messaging/media/media.hpp"
#include <openssl/evp.h>
#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "messaging/media/image_header.hpp"
#include "messaging/media/worker_process.hpp"

namespace concordat::messaging {
namespace {

std::string base64_of(std::string_view bytes) {
    std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');  // it writes a zero byte behind
    const int length =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    out.resize(static_cast<std::size_t>(length));
    return out;
}

MediaPicture picture_of(WorkerAnswer::Part&& part) {
    if (part.claim.format == 0) return {};
    return {std::move(part.bytes), std::string(mime_type_of(static_cast<ImageFormat>(part.claim.format))),
            part.claim.width, part.claim.height};
}

MediaResult failed(MediaResult result, MediaFailure failure) {
    result.ok = false;
    result.failure = failure;
    return result;
}

// What the header already refuses, before a worker sees the picture.
MediaFailure refusal(const MediaJob& job, const ImageHeader& header) {
    if (job.image.size() > most_image_bytes || header.pixels() > most_image_pixels)
        return MediaFailure::too_large;
    if (job.task != WorkerTask::emoji) return MediaFailure::none;
    const bool fits = job.image.size() <= most_emoji_bytes && header.width <= most_emoji_side &&
                      header.height <= most_emoji_side;
    return fits ? MediaFailure::none : MediaFailure::too_large;
}

// A task's first part must be there; a worker that sends none has not done it.
MediaResult taken(MediaResult result, WorkerTask task, WorkerAnswer&& answer) {
    if (answer.status == WorkerStatus::too_large) return failed(std::move(result), MediaFailure::too_large);
    if (answer.status == WorkerStatus::not_an_image || answer.parts[0].bytes.empty())
        return failed(std::move(result), MediaFailure::not_an_image);
    result.ok = true;
    if (task == WorkerTask::file_pictures) {
        result.preview = picture_of(std::move(answer.parts[0]));
        result.thumbnail = picture_of(std::move(answer.parts[1]));
        result.mini_preview = base64_of(answer.parts[2].bytes);
    } else {
        result.picture = picture_of(std::move(answer.parts[0]));
    }
    return result;
}

}  // namespace

std::string_view text_of(MediaFailure failure) {
    switch (failure) {
        case MediaFailure::none:
            return "none";
        case MediaFailure::not_an_image:
            return "not_an_image";
        case MediaFailure::too_large:
            return "too_large";
        case MediaFailure::worker_killed:
            return "worker_killed";
        case MediaFailure::timeout:
            return "timeout";
        case MediaFailure::unavailable:
            return "unavailable";
    }
    return "";
}

MediaWorkers::MediaWorkers(std::string program, Limits limits)
    : program_(std::move(program)), limits_(limits) {
    const auto deadline = std::chrono::steady_clock::now() + limits_.start_time;
    idle_.reserve(limits_.idle_workers);
    while (idle_.size() < limits_.idle_workers)
        idle_.push_back(std::make_unique<WorkerProcess>(program_, deadline));
}

MediaWorkers::~MediaWorkers() = default;

std::vector<pid_t> MediaWorkers::idle_pids() const {
    const std::lock_guard lock(mutex_);
    std::vector<pid_t> pids;
    for (const auto& worker : idle_) pids.push_back(worker->pid());
    return pids;
}

class MediaWorkers::Turn {
public:
    explicit Turn(MediaWorkers& workers) : workers_(workers) {}
    ~Turn() {
        const std::lock_guard lock(workers_.mutex_);
        --workers_.busy_;
        if (worker && workers_.idle_.size() < workers_.limits_.idle_workers)
            workers_.idle_.push_back(std::move(worker));  // room is reserved
        workers_.has_room_.notify_one();
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    std::unique_ptr<WorkerProcess> worker;  // only one that can go on

private:
    MediaWorkers& workers_;
};

bool MediaWorkers::wait_for_turn(WorkerDeadline deadline) {
    std::unique_lock lock(mutex_);
    if (!has_room_.wait_until(lock, deadline, [&] { return busy_ < limits_.most_workers; })) return false;
    ++busy_;
    return true;
}

// Empty when none can be started.
std::unique_ptr<WorkerProcess> MediaWorkers::idle_or_new() {
    std::unique_ptr<WorkerProcess> worker;
    {
        const std::lock_guard lock(mutex_);
        if (!idle_.empty()) {
            worker = std::move(idle_.back());
            idle_.pop_back();
        }
    }
    if (worker && worker->is_alive()) return worker;
    worker.reset();
    try {  // a worker that does not start is an answer here; the next job tries again
        return std::make_unique<WorkerProcess>(program_,
                                               std::chrono::steady_clock::now() + limits_.start_time);
    } catch (const Error& error) {
        log_error("picture worker does not start", {{"detail", error.detail()}});
        return nullptr;
    }
}

MediaResult MediaWorkers::make(const MediaJob& job) {
    MediaResult result;
    const auto header = image_header(job.image);
    if (!header) return failed(std::move(result), MediaFailure::not_an_image);
    result.width = header->shown_width();
    result.height = header->shown_height();
    result.frame_count = header->frame_count;
    result.mime_type = mime_type_of(header->format);
    const auto reason = refusal(job, *header);
    return reason == MediaFailure::none ? ask(job, std::move(result)) : failed(std::move(result), reason);
}

MediaResult MediaWorkers::ask(const MediaJob& job, MediaResult result) {
    if (!wait_for_turn(std::chrono::steady_clock::now() + limits_.job_time))
        return failed(std::move(result), MediaFailure::timeout);
    Turn turn(*this);
    auto worker = idle_or_new();
    if (!worker) return failed(std::move(result), MediaFailure::unavailable);
    auto answer = worker->ask(job.task, job.image, std::chrono::steady_clock::now() + limits_.job_time);
    if (!answer) {
        const bool is_late = worker->end() == WorkerProcess::End::late;
        const auto reason = is_late ? MediaFailure::timeout : MediaFailure::worker_killed;
        log_warn("picture worker was lost", {{"reason", text_of(reason)}, {"bytes", job.image.size()}});
        return failed(std::move(result), reason);
    }
    if (!answer->is_last) turn.worker = std::move(worker);
    return taken(std::move(result), job.task, *std::move(answer));
}

}  // namespace concordat::messaging
