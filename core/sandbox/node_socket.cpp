#include "core/sandbox/node_socket.hpp"
#include <unistd.h>
#include <cerrno>

namespace concordat {
namespace {

constexpr int node = STDIN_FILENO;

}  // namespace

bool read_all(void* to, std::size_t count) {
    auto* at = static_cast<char*>(to);
    while (count > 0) {
        const auto got = read(node, at, count);
        if (got == 0 || (got < 0 && errno != EINTR)) return false;
        if (got < 0) continue;
        at += got;
        count -= static_cast<std::size_t>(got);
    }
    return true;
}

bool write_all(const void* from, std::size_t count) {
    const auto* at = static_cast<const char*>(from);
    while (count > 0) {
        const auto put = write(node, at, count);
        if (put < 0 && errno != EINTR) return false;
        if (put < 0) continue;
        at += put;
        count -= static_cast<std::size_t>(put);
    }
    return true;
}

}  // namespace concordat
