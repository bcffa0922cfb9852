// Shuts sockets whose time is up, because a TLS handshake of the LDAP library heeds no time limit.
//
// Thread-safe; one thread of its own. It keeps a duplicate of each descriptor, so a number that was given
// again in the meantime is never shut by mistake. Ignores SIGPIPE for the process: the library writes to
// sockets that were shut.
#pragma once
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <thread>

namespace concordat::identity {

class SocketWatchdog {
public:
    using Time = std::chrono::steady_clock::time_point;

    SocketWatchdog();
    ~SocketWatchdog();
    SocketWatchdog(const SocketWatchdog&) = delete;

    // Sockets that one owner has open; shut when `deadline` passes, forgotten with this object. Must not
    // outlive the watchdog.
    class Watch {
    public:
        Watch(SocketWatchdog& dog, Time deadline) : dog_(dog), deadline_(deadline) {}
        ~Watch() { clear(); }
        Watch(const Watch&) = delete;
        void add(int descriptor);
        void move_to(Time deadline);
        void clear();
        Time deadline() const { return deadline_; }
        bool is_over() const { return std::chrono::steady_clock::now() >= deadline_; }

    private:
        SocketWatchdog& dog_;
        Time deadline_;
    };

private:
    struct Socket {
        int descriptor;
        Time deadline;
        bool is_shut = false;
    };
    void serve();

    std::mutex mutex_;
    std::condition_variable wake_;
    std::multimap<const Watch*, Socket> sockets_;
    bool is_stopping_ = false;
    std::thread thread_;
};

}  // namespace concordat::identity
