// Deliveries: work that waits for receivers outside, so that a slow one delays only itself.
//
// Each receiver has a line of its own, at most longest_line long, of which one at a time is worked on, in
// order. Threads go round the lines that wait. What finds its line full is dropped and counted. Thread-safe.
#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>
#include "core/base/metrics.hpp"

namespace concordat::messaging {

class Deliveries {
public:
    static constexpr std::size_t longest_line = 100, most_lines = 10000, threads = 16;

    explicit Deliveries(Metrics& metrics);
    // stop().
    ~Deliveries();
    Deliveries(const Deliveries&) = delete;

    void start();
    // Drops what waits, lets end what is being done. Idempotent.
    void stop();
    // False, and `work` is not taken, when its line is full or this was stopped. `work` must not throw.
    bool add(const std::string& receiver, std::function<void()> work);
    std::size_t waiting() const;

private:
    struct Line {
        std::deque<std::function<void()>> work;
        bool is_in_hand = false;
    };
    void serve();

    Counter& dropped_;
    mutable std::mutex mutex_;  // guards the next four
    std::condition_variable wake_;
    std::map<std::string, Line> lines_;
    std::deque<std::string> ready_;  // lines with work, none of which is in hand
    bool is_stopping_ = false;
    std::vector<std::thread> running_;
};

}  // namespace concordat::messaging
