// Timetable: what this node does now and then. One thread; a job that throws is logged and comes again next
// time.
#pragma once
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace concordat::appliance {

class Timetable {
public:
    Timetable() = default;
    ~Timetable() { stop(); }
    Timetable(const Timetable&) = delete;

    // Before start(). The first run comes one interval after it.
    void every(std::chrono::milliseconds interval, std::string name, std::function<void()> job);
    void start();
    // Waits for the job in hand. Idempotent.
    void stop();

private:
    struct Job {
        std::chrono::milliseconds interval;
        std::string name;
        std::function<void()> run;
        std::chrono::steady_clock::time_point due;
    };
    void serve();

    std::vector<Job> jobs_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool is_stopping_ = false;
    std::thread thread_;
};

}  // namespace concordat::appliance
