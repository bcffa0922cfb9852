// Does exports when they are asked for, and one a day at MessageExportSettings.DailyRunTime; ends what was
// asked of approvers and not decided in time.
//
// One thread. start() and stop() on one thread; wake() on any.
#pragma once
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include "compliance/export/approvals.hpp"
#include "compliance/export/export_runner.hpp"
#include "core/config/live.hpp"

namespace concordat::compliance {

// Whether the run of this calendar day is still to come and its time is past: `daily` is HH:MM, days and
// times are those of this machine's time zone. `last` is when the last one was made, 0: never.
bool is_due(const std::string& daily, Millis now, Millis last);

class ExportKeeper {
public:
    // All must outlive this object.
    ExportKeeper(storage::Database& db, ExportRunner& runner, Approvals& approvals,
                 const LiveSettings& settings)
        : db_(db), runner_(runner), approvals_(approvals), settings_(settings) {}
    ~ExportKeeper() { stop(); }
    ExportKeeper(const ExportKeeper&) = delete;

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
    void add_daily();

    storage::Database& db_;
    ExportRunner& runner_;
    Approvals& approvals_;
    const LiveSettings& settings_;
    std::mutex mutex_;  // guards is_woken_
    bool is_woken_ = false;
    std::atomic<bool> is_stopping_ = false;
    std::condition_variable wake_;
    std::thread thread_;
};

}  // namespace concordat::compliance
