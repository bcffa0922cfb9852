// concordat-media: makes thumbnails, previews and avatars in a process that can do nothing else.
//
// Started by the node with one end of a socket as standard input and nothing else open. It ends when the
// node closes its end. Exit codes: 0 served and ended, 1 the sandbox or the library did not come up.
#include <malloc.h>
#include <unistd.h>
#include <ctime>
#include <exception>
#include "core/base/error.hpp"
#include "core/sandbox/node_socket.hpp"
#include "core/sandbox/sandbox.hpp"
#include "messaging/media_worker/pictures.hpp"

namespace {

using namespace concordat;
using namespace concordat::messaging;

constexpr int most_jobs = 500;
constexpr SandboxLimits limits{20, std::uint64_t{1} << 30, false};
constexpr double cpu_seconds_enough = 8;  // what is left of the limit must do for one job

bool answer(const WorkerReply& reply, const std::vector<Picture>& pictures) {
    if (!write_all(&reply, sizeof reply)) return false;
    for (const auto& picture : pictures)
        if (!write_all(picture.bytes.data(), picture.bytes.size())) return false;
    return true;
}

WorkerStatus work(WorkerTask task, std::unique_ptr<char[]> image, std::size_t size,
                  std::vector<Picture>& pictures) {
    try {  // what is wrong with a picture is an answer here
        pictures = make_pictures(task, std::move(image), size);
        return WorkerStatus::done;
    } catch (const Error& error) {
        return error.fault() == Fault::too_large ? WorkerStatus::too_large : WorkerStatus::not_an_image;
    }
}

// One request; false when this was the last.
bool serve_one(bool is_last) {
    WorkerRequest request;
    if (!read_all(&request, sizeof request)) return false;
    if (request.mark != worker_mark || request.bytes > most_image_bytes) return false;
    auto image = std::make_unique_for_overwrite<char[]>(request.bytes);
    if (!read_all(image.get(), request.bytes)) return false;
    std::vector<Picture> pictures;
    WorkerReply reply;
    reply.status = work(request.task, std::move(image), request.bytes, pictures);
    for (std::size_t i = 0; i < pictures.size() && i < most_parts; ++i)
        reply.parts[i] = {pictures[i].bytes.size(), static_cast<std::uint32_t>(pictures[i].format),
                          pictures[i].width, pictures[i].height, 0};
    reply.is_last = is_last || double(std::clock()) / CLOCKS_PER_SEC > cpu_seconds_enough;
    if (!answer(reply, pictures)) return false;
    pictures = {};
    malloc_trim(0);
    return reply.is_last == 0;
}

}  // namespace

int main() {
    try {
        start_pictures();
        enter_sandbox(limits);
        if (!answer(WorkerReply{}, {})) _exit(0);
        for (int jobs = 1; serve_one(jobs == most_jobs);) ++jobs;
    } catch (const std::exception&) {
        _exit(1);
    }
    _exit(0);
}
