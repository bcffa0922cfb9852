// Does runs of destruction when they are asked for, and one a day at
// DataRetentionSettings.DeletionJobStartTime.
//
// One thread. start() and stop() on one thread; wake() on any.
#pragma once
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include "compliance/retention/retention_jobs.hpp"
#include "compliance/retention/retention_runner.hpp"
#include "core/config/live.hpp"

namespace concordat::compliance {

class RetentionKeeper {
public:
    // All must outlive this object.
    RetentionKeeper(RetentionJobs& jobs, RetentionRunner& runner, const LiveSettings& settings)
        : jobs_(jobs), runner_(runner), settings_(settings) {}
    ~RetentionKeeper() { stop(); }
    RetentionKeeper(const RetentionKeeper&) = delete;

    void start();
    // Waits for the batch in hand. Idempotent.
    void stop();
    // Something is to be done.
    void wake();
    // Whether somebody does what waits; if not, the caller may.
    bool is_running() const { return thread_.joinable(); }
    void run_waiting();

private:
    void serve();
    void look(bool& is_recovered);

    RetentionJobs& jobs_;
    RetentionRunner& runner_;
    const LiveSettings& settings_;
    std::atomic<bool> is_stopping_ = false;
    std::mutex mutex_;  // guards is_woken_
    bool is_woken_ = false;
    std::condition_variable wake_;
    std::thread thread_;
};

}  // namespace concordat::compliance
