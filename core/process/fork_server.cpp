#include "core/process/fork_server.hpp"
#include <sys/socket.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include "core/base/error.hpp"

namespace concordat {
namespace {

// One byte, and the descriptor beside it. Does not block.
bool pass(int to, int descriptor) {
    char byte = 0;
    iovec text{&byte, 1};
    alignas(cmsghdr) char beside[CMSG_SPACE(sizeof descriptor)] = {};
    msghdr message{};
    message.msg_iov = &text;
    message.msg_iovlen = 1;
    message.msg_control = beside;
    message.msg_controllen = sizeof beside;
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof descriptor);
    std::memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
    for (;;) {
        const auto sent = sendmsg(to, &message, MSG_NOSIGNAL);
        if (sent >= 0 || errno != EINTR) return sent == 1;
    }
}

}  // namespace

std::unique_ptr<ConfinedProcess> ForkServer::child() {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        throw Error(Fault::unavailable, "process.start", "A part of the server does not start.",
                    std::strerror(errno));
    std::unique_ptr<ConfinedProcess> child(new ConfinedProcess(ends[0]));
    const bool is_passed = pass(program_.socket_, ends[1]);
    const int error = errno;
    close(ends[1]);
    if (!is_passed)
        throw Error(Fault::unavailable, "process.start", "A part of the server does not start.",
                    std::strerror(error));
    return child;
}

}  // namespace concordat
