// Where a network thread reads into. Its content does not survive a co_await.
#pragma once
#include <array>
#include <span>

namespace concordat::web {

inline std::span<char> network_scratch() {
    static thread_local std::array<char, 64 * 1024> bytes;
    return bytes;
}

}  // namespace concordat::web
