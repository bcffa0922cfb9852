#include "identity/ldap/socket_watchdog.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

namespace concordat::identity {

SocketWatchdog::SocketWatchdog() {
    std::signal(SIGPIPE, SIG_IGN);
    thread_ = std::thread([this] { serve(); });
}

SocketWatchdog::~SocketWatchdog() {
    {
        std::lock_guard guard(mutex_);
        is_stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

void SocketWatchdog::serve() {
    pthread_setname_np(pthread_self(), "ldap-watchdog");
    std::unique_lock lock(mutex_);
    while (!is_stopping_) {
        const auto now = std::chrono::steady_clock::now();
        auto next = now + std::chrono::hours(1);
        for (auto& [owner, socket] : sockets_) {
            if (socket.is_shut) continue;
            if (socket.deadline <= now) {
                ::shutdown(socket.descriptor, SHUT_RDWR);
                socket.is_shut = true;
            } else {
                next = std::min(next, socket.deadline);
            }
        }
        wake_.wait_until(lock, next);
    }
}

void SocketWatchdog::Watch::add(int descriptor) {
    const int copy = ::fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
    if (copy < 0) {  // unwatched it could hang for ever
        ::shutdown(descriptor, SHUT_RDWR);
        return;
    }
    {
        std::lock_guard guard(dog_.mutex_);
        dog_.sockets_.emplace(this, Socket{copy, deadline_});
    }
    dog_.wake_.notify_one();
}

void SocketWatchdog::Watch::move_to(Time deadline) {
    {
        std::lock_guard guard(dog_.mutex_);
        deadline_ = deadline;
        const auto [begin, end] = dog_.sockets_.equal_range(this);
        for (auto at = begin; at != end; ++at) at->second.deadline = deadline;
    }
    dog_.wake_.notify_one();
}

void SocketWatchdog::Watch::clear() {
    std::lock_guard guard(dog_.mutex_);
    const auto [begin, end] = dog_.sockets_.equal_range(this);
    for (auto at = begin; at != end; ++at) ::close(at->second.descriptor);
    dog_.sockets_.erase(begin, end);
}

}  // namespace concordat::identity
