// The event loop of the load program: one thread, epoll, timers, ready coroutines.
//
// One thread on purpose: the program shares two cores with the node it measures. Nothing here is
// thread-safe. The Loop must outlive everything that is registered with it.
#pragma once
#include <sys/epoll.h>
#include <array>
#include <chrono>
#include <coroutine>
#include <cstdint>
#include <deque>
#include <memory>
#include <queue>
#include <set>
#include <span>
#include <vector>
#include "tests/bench/task.hpp"

namespace concordat::bench {

using Nanos = std::int64_t;  // on the monotonic clock
constexpr Nanos one_second = 1'000'000'000;
Nanos now();

// Owns a file descriptor that the loop watches.
class Watched {
public:
    virtual ~Watched() = default;
    // `events` are epoll's. May destroy this object.
    virtual void ready(std::uint32_t events) = 0;
};

// Called about once a second: time-outs and keep-alives.
class Ticking {
public:
    virtual ~Ticking() = default;
    virtual void tick(Nanos at) = 0;
};

class Loop {
public:
    Loop();
    ~Loop();
    Loop(const Loop&) = delete;

    void watch(int fd, Watched& watched, std::uint32_t events);
    void change(int fd, Watched& watched, std::uint32_t events);
    // Also drops events already fetched for it, so `watched` may be destroyed afterwards.
    void forget(int fd, Watched& watched);
    void start_ticking(Ticking& ticking) { ticking_.insert(&ticking); }
    void stop_ticking(Ticking& ticking) { ticking_.erase(&ticking); }

    // Resumes `handle` after the events at hand, never inside this call.
    void resume_soon(std::coroutine_handle<> handle) { ready_.push_back(handle); }

    struct Sleep {
        Loop& loop;
        Nanos until;
        bool await_ready() const noexcept { return until <= now(); }
        void await_suspend(std::coroutine_handle<> handle) { loop.timers_.push({until, handle}); }
        void await_resume() const noexcept {}
    };
    // co_await loop.until(t), co_await loop.pause(milliseconds)
    Sleep until(Nanos time) { return {*this, time}; }
    Sleep pause(std::int64_t milliseconds) { return {*this, now() + milliseconds * 1'000'000}; }

    // One round: waits for something to happen, at most until `latest`, and handles it.
    void turn(Nanos latest);
    // Turns until that time.
    void run_until(Nanos time);
    // Runs the task to its end; rethrows what it throws. Not from within a coroutine.
    void run(Task<> task);

    // Scratch space for reads, shared by all connections; valid within one ready() only.
    std::span<char> scratch() { return {scratch_.get(), scratch_size}; }

private:
    static constexpr std::size_t scratch_size = 128 * 1024;
    struct Timer {
        Nanos at;
        std::coroutine_handle<> handle;
        bool operator>(const Timer& other) const { return at > other.at; }
    };
    void run_ready();
    void run_ticks();

    int epoll_;
    std::array<epoll_event, 256> events_{};
    int fetched_ = 0;
    std::deque<std::coroutine_handle<>> ready_;
    std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_;
    std::set<Ticking*> ticking_;
    Nanos next_tick_ = 0;
    std::unique_ptr<char[]> scratch_ = std::make_unique<char[]>(scratch_size);
};

// Tasks that run side by side. What they refer to must outlive the Crew.
class Crew {
public:
    explicit Crew(Loop& loop) : loop_(loop) {}
    void add(Task<> task);
    // Runs the loop until all have ended, then rethrows the first failure.
    void wait();
    bool done() const;

private:
    Loop& loop_;
    std::deque<Task<>> tasks_;
};

}  // namespace concordat::bench
