// One concordat-media process, seen from the node.
//
// Not thread-safe: MediaWorkers gives it to one thread at a time. The destructor kills and reaps it.
#pragma once
#include <sys/types.h>
#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include "messaging/media/worker_protocol.hpp"

namespace concordat::messaging {

using WorkerDeadline = std::chrono::steady_clock::time_point;

// What came back, checked: a part is empty, or a picture of the format and the size it claims to be.
struct WorkerAnswer {
    WorkerStatus status = WorkerStatus::done;
    bool is_last = false;
    struct Part {
        WorkerPart claim;
        std::string bytes;
    };
    std::array<Part, most_parts> parts;
};

class WorkerProcess {
public:
    // Starts `program` with nothing but its socket and waits until it has locked itself in.
    // Throws Error (unavailable, "media.worker_start") when it does not start or not in time.
    WorkerProcess(const std::string& program, WorkerDeadline deadline);
    ~WorkerProcess();
    WorkerProcess(const WorkerProcess&) = delete;
    WorkerProcess& operator=(const WorkerProcess&) = delete;

    enum class End { none, died, late };
    // Empty when the process died, is late or talked nonsense; `end` says which, and the object is of no
    // further use.
    std::optional<WorkerAnswer> ask(WorkerTask task, std::string_view image, WorkerDeadline deadline);
    End end() const { return end_; }
    // Whether it still waits for work.
    bool is_alive();
    pid_t pid() const { return pid_; }

private:
    bool send(std::string_view bytes, WorkerDeadline deadline);
    bool receive(void* to, std::size_t count, WorkerDeadline deadline);
    bool wait_for(short events, WorkerDeadline deadline);
    void kill_and_reap();

    pid_t pid_ = -1;
    int socket_ = -1;
    End end_ = End::none;
};

}  // namespace concordat::messaging
