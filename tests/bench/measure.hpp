// What is measured: latencies, and what the node and its PostgreSQL use.
#pragma once
#include <sys/types.h>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>
#include "tests/bench/http_client.hpp"

namespace concordat::bench {

// Counts durations in buckets 3 % wide, from 1 µs to 70 minutes. 12 KiB.
class Histogram {
public:
    void add(Nanos duration);
    std::uint64_t count() const { return count_; }
    // The duration that `share` (0..1) of the samples do not exceed, in milliseconds; 0 without samples.
    double percentile(double share) const;
    double longest() const { return static_cast<double>(longest_) / 1e6; }

private:
    static constexpr int steps = 32;  // per power of two
    std::array<std::uint64_t, 1 + 32 * steps> buckets_{};
    std::uint64_t count_ = 0;
    Nanos longest_ = 0;
};

// When samples count: after the warm-up, until the end. Loops run `while (window.is_open())`.
struct Window {
    Nanos from = 0;
    Nanos to = 0;
    static Window of(double warm_up_seconds, double seconds);
    bool is_open() const { return now() < to; }
    bool counts(Nanos time) const { return time >= from && time < to; }
    double seconds() const { return static_cast<double>(to - from) / 1e9; }
};

// Samples of one scenario by action, and what went wrong. Only what begins in the window counts.
class Tally {
public:
    explicit Tally(Window window) : window_(window) {}
    const Window& window() const { return window_; }
    // Ends the window now: for work whose length is not known beforehand.
    void close_window() { window_.to = now(); }

    // `action` also names the failure: "post: 403 api.context.permissions.app_error".
    void add(std::string_view action, const Response& response) {
        add(action, response, now() - response.took);
    }
    // For paced work: the latency counts from when it was due.
    void add(std::string_view action, const Response& response, Nanos due);
    // For what consists of several calls: from `due` until now.
    void add_whole(std::string_view action, bool ok, Nanos due);

    struct Action {
        Histogram latency;  // of successes
        std::uint64_t failed = 0;
    };
    const std::map<std::string, Action, std::less<>>& actions() const { return actions_; }
    const Action& action(std::string_view name) const;
    const std::map<std::string, std::uint64_t>& failures() const { return failures_; }

private:
    Action& slot(std::string_view name);
    Window window_;
    std::map<std::string, Action, std::less<>> actions_;
    std::map<std::string, std::uint64_t> failures_;
};

// "403 api.context.permissions.app_error", or why there was no answer.
std::string failure_of(const Response& response);

struct Usage {
    double node_cpu = 0;  // seconds, user and system, since the node began
    double postgres_cpu = 0;
    double node_rss = 0;      // MiB, VmRSS of the node and of its own children
    double postgres_pss = 0;  // MiB, shared memory counted once
    double bench_cpu = 0;     // this program's, to see that it is not what limits
};

// The processes of a node. PostgreSQL is found among the node's children unless its pid is given.
class Processes {
public:
    // 0: unknown. Unknown processes use nothing.
    Processes(pid_t node, pid_t postmaster);
    // The node listening on this machine: the process called concordatd. 0 unless there is exactly one.
    static pid_t running_node();

    Usage usage() const;
    pid_t node() const { return node_; }
    pid_t postmaster() const { return postmaster_; }

private:
    pid_t node_;
    pid_t postmaster_;
};

}  // namespace concordat::bench
