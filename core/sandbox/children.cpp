#include "core/sandbox/children.hpp"
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <fstream>
#include <map>
#include <string>
#include <system_error>
#include <vector>

namespace concordat {
namespace {

using Clock = std::chrono::steady_clock;
using Children = std::map<pid_t, Clock::time_point>;  // until when they may live

constexpr int from_node = STDIN_FILENO;
constexpr std::size_t most_children = 64;
constexpr int look_every = 200;  // milliseconds, while there are any
constexpr int niceness = 5;      // the node's own threads come first

// What the node sent; -1: nothing any more.
int next_socket() {
    char byte;
    iovec text{&byte, 1};
    int descriptor = -1;
    alignas(cmsghdr) char beside[CMSG_SPACE(sizeof descriptor)];
    msghdr message{};
    message.msg_iov = &text;
    message.msg_iovlen = 1;
    message.msg_control = beside;
    message.msg_controllen = sizeof beside;
    ssize_t got;
    do got = recvmsg(from_node, &message, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    const cmsghdr* const header = got == 1 ? CMSG_FIRSTHDR(&message) : nullptr;
    if (header && header->cmsg_type == SCM_RIGHTS)
        std::memcpy(&descriptor, CMSG_DATA(header), sizeof descriptor);
    return descriptor;
}

struct Region {
    void* start;
    std::size_t size;
    bool is_writable;
};

// What this process has in memory, but for what is so large that no message needs all of it.
std::vector<Region> regions_in_memory() {
    constexpr std::size_t largest = 4 << 20;
    std::vector<Region> regions;
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
        std::uintptr_t from = 0, to = 0;
        char rights[5] = "";
        if (std::sscanf(line.c_str(), "%zx-%zx %4s", &from, &to, rights) != 3 || rights[0] != 'r') continue;
        if (to - from <= largest && line.find("[v") == line.npos)  // the kernel's own
            regions.push_back({reinterpret_cast<void*>(from), to - from, rights[1] == 'w'});
    }
    return regions;
}

// A child would ask the kernel for its pages one by one, as it comes to them. Where the machine is itself a
// guest that can cost more than the message does; this asks for all at once. Where the kernel cannot (before
// 5.14) nothing changes but the time.
void take_pages(const std::vector<Region>& regions) {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    for (const auto& region : regions)
        madvise(region.start, region.size, region.is_writable ? MADV_POPULATE_WRITE : MADV_POPULATE_READ);
#else
    static_cast<void>(regions);  // the sanitizers' own memory is not for taking
#endif
}

[[noreturn]] void live(int socket, pid_t parent, const std::vector<Region>& regions, void (*work)()) {
    try {
        take_pages(regions);
        if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 && getppid() == parent &&
            dup2(socket, from_node) == from_node && close(socket) == 0) {
            work();
            _exit(0);
        }
    } catch (const std::exception&) {  // the node sees that the child has ended
    }
    _exit(1);
}

void bury(Children& children) {
    for (pid_t gone; (gone = waitpid(-1, nullptr, WNOHANG)) > 0;) children.erase(gone);
    for (const auto& [child, until] : children)  // not waited for yet, so the number is still its own
        if (Clock::now() > until) kill(child, SIGKILL);
}

}  // namespace

void serve_children(std::chrono::seconds life, void (*work)()) {
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        throw std::system_error(errno, std::generic_category(), "prctl");
    if (setpriority(PRIO_PROCESS, 0, niceness) != 0)
        throw std::system_error(errno, std::generic_category(), "setpriority");
    const pid_t self = getpid();
    const auto regions = regions_in_memory();
    for (Children children;;) {
        pollfd waiting{from_node, POLLIN, 0};
        const int ready = poll(&waiting, 1, children.empty() ? -1 : look_every);
        bury(children);
        if (ready <= 0) continue;
        const int socket = next_socket();
        if (socket < 0) return;
        if (children.size() < most_children) {
            const pid_t child = fork();
            if (child == 0) live(socket, self, regions, work);
            if (child > 0) children.emplace(child, Clock::now() + life);
        }
        close(socket);
    }
}

}  // namespace concordat
