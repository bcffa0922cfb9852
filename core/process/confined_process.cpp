#include "core/process/confined_process.hpp"
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

namespace concordat {
namespace {

[[noreturn]] void cannot_start(const std::string& detail) {
    throw Error(Fault::unavailable, "process.start", "A part of the server does not start.", detail);
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
        // The node's threads block signals; the process must not inherit that. Its own group keeps a
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
        auto name = program.substr(program.find_last_of('/') + 1);
        char* const arguments[] = {name.data(), nullptr};
        char* const environment[] = {nullptr};
        return posix_spawn(&pid, program.c_str(), &files_, &attributes_, arguments, environment);
    }

private:
    posix_spawn_file_actions_t files_;
    posix_spawnattr_t attributes_;
};

}  // namespace

ConfinedProcess::ConfinedProcess(const std::string& program) {
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
}

ConfinedProcess::ConfinedProcess(int socket) : socket_(socket) {
    fcntl(socket_, F_SETFL, O_NONBLOCK);
}

ConfinedProcess::~ConfinedProcess() {
    kill();
}

void ConfinedProcess::kill() {
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
        while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
        }
        pid_ = -1;
    }
    if (socket_ >= 0) close(std::exchange(socket_, -1));
}

bool ConfinedProcess::wait_for(short events, Deadline deadline) {
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

bool ConfinedProcess::send(std::string_view bytes, Deadline deadline) {
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

bool ConfinedProcess::receive(void* to, std::size_t count, Deadline deadline) {
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

bool ConfinedProcess::is_alive() {
    char byte;
    const auto got = recv(socket_, &byte, 1, MSG_PEEK);
    return got < 0 && (errno == EAGAIN || errno == EINTR);  // anything to read now was not asked for
}

}  // namespace concordat
