#include "messaging/media/worker_process.hpp"
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include "core/base/error.hpp"
#include "messaging/media/image_header.hpp"

namespace concordat::messaging {
namespace {

[[noreturn]] void cannot_start(const std::string& detail) {
    throw Error(Fault::unavailable, "media.worker_start", "Pictures cannot be processed at the moment.",
                detail);
}

// posix_spawn's two bags of settings.
class SpawnSettings {
public:
    explicit SpawnSettings(int socket) {
        posix_spawn_file_actions_init(&files_);
        posix_spawn_file_actions_adddup2(&files_, socket, STDIN_FILENO);
        posix_spawn_file_actions_addopen(&files_, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
        posix_spawn_file_actions_adddup2(&files_, STDOUT_FILENO, STDERR_FILENO);
        posix_spawn_file_actions_addclosefrom_np(&files_, STDERR_FILENO + 1);
        posix_spawnattr_init(&attributes_);
        // The node's threads block signals; the worker must not inherit that. Its own group keeps a
        // terminal's Ctrl-C away from it: it ends when its socket closes.
        sigset_t none;
        sigemptyset(&none);
        posix_spawnattr_setsigmask(&attributes_, &none);
        posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
    }
    ~SpawnSettings() {
        posix_spawn_file_actions_destroy(&files_);
        posix_spawnattr_destroy(&attributes_);
    }
    SpawnSettings(const SpawnSettings&) = delete;
    SpawnSettings& operator=(const SpawnSettings&) = delete;

    int spawn(pid_t& pid, const std::string& program) const {
        char* const arguments[] = {const_cast<char*>("concordat-media"), nullptr};
        char* const environment[] = {nullptr};
        return posix_spawn(&pid, program.c_str(), &files_, &attributes_, arguments, environment);
    }

private:
    posix_spawn_file_actions_t files_;
    posix_spawnattr_t attributes_;
};

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
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) cannot_start(std::strerror(errno));
    socket_ = ends[0];
    fcntl(socket_, F_SETFL, O_NONBLOCK);
    const int error = SpawnSettings(ends[1]).spawn(pid_, program);
    close(ends[1]);
    if (error != 0) {
        pid_ = -1;
        close(socket_);
        cannot_start(program + ": " + std::strerror(error));
    }
    WorkerReply hello;
    if (!receive(&hello, sizeof hello, deadline) || hello.mark != worker_mark) {
        kill_and_reap();
        cannot_start(program + (end_ == End::late ? " did not start in time" : " ended while starting"));
    }
}

WorkerProcess::~WorkerProcess() {
    kill_and_reap();
}

void WorkerProcess::kill_and_reap() {
    if (pid_ > 0) {
        kill(pid_, SIGKILL);
        while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
        }
        pid_ = -1;
    }
    if (socket_ >= 0) close(std::exchange(socket_, -1));
}

bool WorkerProcess::wait_for(short events, WorkerDeadline deadline) {
    for (;;) {
        using namespace std::chrono;
        const auto left = ceil<milliseconds>(deadline - steady_clock::now()).count();
        pollfd waiting{socket_, events, 0};
        const int ready = left > 0 ? poll(&waiting, 1, static_cast<int>(std::min<long>(left, 60'000))) : 0;
        if (ready > 0) return true;
        if (ready < 0 && errno != EINTR) break;
        if (steady_clock::now() >= deadline) {
            end_ = End::late;
            return false;
        }
    }
    end_ = End::died;
    return false;
}

bool WorkerProcess::send(std::string_view bytes, WorkerDeadline deadline) {
    while (!bytes.empty()) {
        const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        } else if (errno == EAGAIN) {
            if (!wait_for(POLLOUT, deadline)) return false;
        } else if (errno != EINTR) {
            end_ = End::died;
            return false;
        }
    }
    return true;
}

bool WorkerProcess::receive(void* to, std::size_t count, WorkerDeadline deadline) {
    auto* at = static_cast<char*>(to);
    while (count > 0) {
        const auto got = recv(socket_, at, count, 0);
        if (got > 0) {
            at += got;
            count -= static_cast<std::size_t>(got);
        } else if (got < 0 && errno == EAGAIN) {
            if (!wait_for(POLLIN, deadline)) return false;
        } else if (got == 0 || errno != EINTR) {
            end_ = End::died;
            return false;
        }
    }
    return true;
}

std::optional<WorkerAnswer> WorkerProcess::ask(WorkerTask task, std::string_view image,
                                               WorkerDeadline deadline) {
    const WorkerRequest request{worker_mark, task, image.size()};
    const std::string_view frame(reinterpret_cast<const char*>(&request), sizeof request);
    WorkerReply reply;
    if (!send(frame, deadline) || !send(image, deadline) || !receive(&reply, sizeof reply, deadline))
        return std::nullopt;
    WorkerAnswer answer{reply.status, reply.is_last != 0, {}};
    bool is_sound = reply.mark == worker_mark && reply.status <= WorkerStatus::too_large;
    for (std::size_t i = 0; i < most_parts && is_sound; ++i) {
        auto& part = answer.parts[i];
        part.claim = reply.parts[i];
        is_sound = part.claim.bytes <= most_part_bytes;
        if (!is_sound) break;
        part.bytes.resize(part.claim.bytes);
        if (!receive(part.bytes.data(), part.bytes.size(), deadline)) return std::nullopt;
        is_sound = is_as_claimed(part);
    }
    if (is_sound) return answer;
    end_ = End::died;
    return std::nullopt;
}

bool WorkerProcess::is_alive() {
    char byte;
    const auto got = recv(socket_, &byte, 1, MSG_PEEK);
    return got < 0 && (errno == EAGAIN || errno == EINTR);  // anything to read now was not asked for
}

}  // namespace concordat::messaging
