// Seats: how many requests may wait for programs at a time.
//
// The threads that answer requests of this kind are that many more, so a request that waits for a slow
// program holds up nobody who does not. Who finds no seat is told to come again. Thread-safe.
#pragma once
#include <atomic>
#include <cstddef>
#include "core/base/error.hpp"

namespace concordat::messaging {

class Seats {
public:
    static constexpr std::size_t count = 16;

    // Taken while it lives.
    class Seat {
    public:
        // Throws Error (unavailable): api.context.server_busy.app_error.
        explicit Seat(Seats& seats) : seats_(seats) {
            if (seats_.taken_.fetch_add(1) < count) return;
            seats_.taken_.fetch_sub(1);
            throw Error(Fault::unavailable, "api.context.server_busy.app_error",
                        "Too many requests wait for programs. Try again in a moment.");
        }
        ~Seat() { seats_.taken_.fetch_sub(1); }
        Seat(const Seat&) = delete;

    private:
        Seats& seats_;
    };

private:
    std::atomic<std::size_t> taken_{0};
};

}  // namespace concordat::messaging
