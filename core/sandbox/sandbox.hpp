// Locks a process in: from then on it can compute, allocate memory, and read and write the file descriptors
// it has. No file exists for it, and any other system call kills it. For programs that touch what strangers
// send, and do nothing else.
#pragma once
#include <cstdint>

namespace concordat {

struct SandboxLimits {
    std::uint64_t cpu_seconds = 20;                        // of its whole life
    std::uint64_t address_space = std::uint64_t{1} << 30;  // bytes; not in builds with sanitizers
    // Whether to open a file finds none, instead of ending the process: for libraries that try.
    bool may_look_for_files = false;
};

// Sets resource limits, gives up gaining privileges and installs the system call filter, for this process
// and for good. One thread only may run. Throws std::system_error when the kernel refuses any part of it:
// then nothing of strangers may be touched.
void enter_sandbox(const SandboxLimits& limits);

}  // namespace concordat
