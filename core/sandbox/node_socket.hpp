// The socket to the node, which a locked-in process has as its standard input. Calls block.
#pragma once
#include <cstddef>

namespace concordat {

// Both are false when the node has gone.
bool read_all(void* to, std::size_t count);
bool write_all(const void* from, std::size_t count);

}  // namespace concordat
