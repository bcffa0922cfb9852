#include "messaging/media/worker_process.hpp"
#include "core/base/error.hpp"
#include "messaging/media/image_header.hpp"

namespace concordat::messaging {
namespace {

[[noreturn]] void cannot_start(const std::string& detail) {
    throw Error(Fault::unavailable, "media.worker_start", "Pictures cannot be processed at the moment.",
                detail);
}

// A worker that was taken over by a picture must not reach further than a broken picture.
bool is_as_claimed(const WorkerAnswer::Part& part) {
    if (part.claim.format == 0) return part.claim.bytes == 0;
    const auto header = image_header(part.bytes);
    return header && static_cast<std::uint32_t>(header->format) == part.claim.format &&
           header->width == part.claim.width && header->height == part.claim.height &&
           header->orientation == 1;
}

}  // namespace

WorkerProcess::WorkerProcess(const std::string& program, WorkerDeadline deadline) {
    try {  // in the words of this room
        process_.emplace(program);
    } catch (const Error& error) {
        cannot_start(error.detail());
    }
    WorkerReply hello;
    if (process_->receive(&hello, sizeof hello, deadline) && hello.mark == worker_mark) return;
    cannot_start(program + (end() == End::late ? " did not start in time" : " ended while starting"));
}

std::optional<WorkerAnswer> WorkerProcess::ask(WorkerTask task, std::string_view image,
                                               WorkerDeadline deadline) {
    const WorkerRequest request{worker_mark, task, image.size()};
    const std::string_view frame(reinterpret_cast<const char*>(&request), sizeof request);
    WorkerReply reply;
    if (!process_->send(frame, deadline) || !process_->send(image, deadline) ||
        !process_->receive(&reply, sizeof reply, deadline))
        return std::nullopt;
    WorkerAnswer answer{reply.status, reply.is_last != 0, {}};
    bool is_sound = reply.mark == worker_mark && reply.status <= WorkerStatus::too_large;
    for (std::size_t i = 0; i < most_parts && is_sound; ++i) {
        auto& part = answer.parts[i];
        part.claim = reply.parts[i];
        is_sound = part.claim.bytes <= most_part_bytes;
        if (!is_sound) break;
        part.bytes.resize(part.claim.bytes);
        if (!process_->receive(part.bytes.data(), part.bytes.size(), deadline)) return std::nullopt;
        is_sound = is_as_claimed(part);
    }
    if (is_sound) return answer;
    process_->give_up();
    return std::nullopt;
}

}  // namespace concordat::messaging
