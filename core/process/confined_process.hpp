// One process that does dangerous work for the node, seen from the node: started with nothing but one end
// of a socket, asked over it, killed when it is late.
//
// It is started without arguments, environment or open files but the socket (as standard input) and
// /dev/null, in a process group of its own; what it may do besides is its own promise (core/sandbox). What
// comes back is bytes of a program that may have been taken over: whoever reads them checks them.
//
// Not thread-safe: one thread at a time. The destructor kills and reaps it. Children of a ForkServer are its
// to kill: of them the destructor closes the socket.
#pragma once
#include <sys/types.h>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace concordat {

class ConfinedProcess {
public:
    using Deadline = std::chrono::steady_clock::time_point;

    // Starts `program`, which sees itself called by its file name. Does not wait for it. Throws Error
    // (unavailable, "process.start"); the detail says why.
    explicit ConfinedProcess(const std::string& program);
    ~ConfinedProcess();
    ConfinedProcess(const ConfinedProcess&) = delete;
    ConfinedProcess& operator=(const ConfinedProcess&) = delete;

    enum class End { none, died, late };
    // Both are false when the process died or is late; end() says which, and the object is of no further use.
    bool send(std::string_view bytes, Deadline deadline);
    bool receive(void* to, std::size_t count, Deadline deadline);
    End end() const { return end_; }
    // For one that talks nonsense.
    void give_up() { end_ = End::died; }
    // Whether it still waits for work: nothing came that was not asked for.
    bool is_alive();
    pid_t pid() const { return pid_; }  // -1 of a child of a ForkServer
    void kill();

private:
    friend class ForkServer;
    // A child of another process, which kills and reaps it.
    explicit ConfinedProcess(int socket);
    bool wait_for(short events, Deadline deadline);

    pid_t pid_ = -1;
    int socket_ = -1;
    End end_ = End::none;
};

}  // namespace concordat
