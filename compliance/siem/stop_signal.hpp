// Ends whatever waits for a socket. Thread-safe.
#pragma once
#include <sys/eventfd.h>
#include <unistd.h>
#include <system_error>

namespace concordat::compliance {

class StopSignal {
public:
    StopSignal() : file_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
        if (file_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
    }
    ~StopSignal() { ::close(file_); }
    StopSignal(const StopSignal&) = delete;

    void raise() { [[maybe_unused]] const auto done = ::eventfd_write(file_, 1); }
    void clear() {
        eventfd_t ignored;
        [[maybe_unused]] const auto done = ::eventfd_read(file_, &ignored);
    }
    // Readable while it is raised.
    int file() const { return file_; }

private:
    const int file_;
};

}  // namespace concordat::compliance
