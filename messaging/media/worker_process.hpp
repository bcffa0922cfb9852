// One concordat-media process, seen from the node.
//
// Not thread-safe: MediaWorkers gives it to one thread at a time. The destructor kills and reaps it.
#pragma once
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include "core/process/confined_process.hpp"
#include "messaging/media/worker_protocol.hpp"

namespace concordat::messaging {

using WorkerDeadline = ConfinedProcess::Deadline;

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

    using End = ConfinedProcess::End;
    // Empty when the process died, is late or talked nonsense; `end` says which, and the object is of no
    // further use.
    std::optional<WorkerAnswer> ask(WorkerTask task, std::string_view image, WorkerDeadline deadline);
    End end() const { return process_->end(); }
    // Whether it still waits for work.
    bool is_alive() { return process_->is_alive(); }
    pid_t pid() const { return process_->pid(); }

private:
    std::optional<ConfinedProcess> process_;  // made in the body, where its error becomes ours
};

}  // namespace concordat::messaging
