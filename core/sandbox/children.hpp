// The program's side of core/process/fork_server.hpp: a child for each socket that the node sends.
#pragma once
#include <chrono>

namespace concordat {

// Runs `work` in a child of its own for each, with that socket as standard input, until the node has gone.
// The child has to lock itself in before it reads (sandbox.hpp), ends with `work`, with 1 when that throws,
// and is killed when it lives longer than `life`, or when this process ends. At most 64 live; the socket of a
// further one is closed. Both have a lower priority than the node. One thread only may run. Throws
// std::system_error.
void serve_children(std::chrono::seconds life, void (*work)());

}  // namespace concordat
