// Counters, gauges and histograms, shown at /metrics in Prometheus text (version 0.0.4).
//
// A Metrics object owns every series and outlives those who count. Counting is lock-free; asking
// for a series takes a lock, so ask once and keep the reference.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace concordat {

class Counter {
public:
    void add(std::uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
    std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_{0};
};

// Seconds, in buckets from 0.5 ms to 10 s.
class Histogram {
public:
    static constexpr std::array<double, 14> bounds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                   0.1,    0.25,  0.5,    1,     2.5,  5,     10};
    void record(double seconds);
    void write(std::string& out, const std::string& name, const std::string& labels) const;

private:
    std::array<std::atomic<std::uint64_t>, bounds.size() + 1> counts_{};
    std::atomic<std::uint64_t> micros_{0};
};

class Metrics {
public:
    // `labels` in Prometheus form without braces, e.g. `route="GET /users/{user_id}"`.
    Counter& counter(const std::string& name, const std::string& help, const std::string& labels = "");
    Histogram& histogram(const std::string& name, const std::string& help, const std::string& labels = "");
    // `read` is called at every scrape, on the scraping thread.
    void gauge(const std::string& name, const std::string& help, std::function<double()> read,
               const std::string& labels = "");
    std::string text() const;

private:
    struct Family {
        std::string help;
        const char* type = "";
        std::map<std::string, Counter*> counters;
        std::map<std::string, Histogram*> histograms;
        std::map<std::string, std::function<double()>> gauges;
    };
    mutable std::mutex mutex_;
    std::map<std::string, Family> families_;
    std::deque<Counter> counters_;
    std::deque<Histogram> histograms_;
};

}  // namespace concordat
