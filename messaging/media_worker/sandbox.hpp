// Locks the process in: from then on it can compute, allocate memory, and read and write the file
// descriptors it has. No file exists for it, and any other system call kills it.
#pragma once

namespace concordat::messaging {

// Sets resource limits, gives up gaining privileges and installs the system call filter, for this process
// and for good. One thread only may run. Throws std::system_error when the kernel refuses any part of it:
// then no picture may be touched.
void enter_sandbox();

}  // namespace concordat::messaging
