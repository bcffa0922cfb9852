#include "compliance/export/export_keeper.hpp"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <ctime>

#include "compliance/export/message_exports.hpp"
#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/jobs.hpp"

namespace concordat::compliance {
namespace {

constexpr auto look_at_schedule = std::chrono::seconds(20);
constexpr int own_niceness = 15;
constexpr const char* scheduler = "scheduler";

std::tm local_time(Millis at) {
    const std::time_t seconds = at / 1000;
    std::tm out{};
    ::localtime_r(&seconds, &out);
    return out;
}

}  // namespace

bool is_due(const std::string& daily, Millis now, Millis last) {
    const auto here = local_time(now), then = local_time(last);
    if (last > 0 && here.tm_year == then.tm_year && here.tm_yday == then.tm_yday) return false;
    return here.tm_hour * 60 + here.tm_min >=
           std::stoi(daily.substr(0, 2)) * 60 + std::stoi(daily.substr(3, 2));
}

void ExportKeeper::start() {
    if (!settings_.current()->JobSettings.RunJobs) return;
    is_stopping_ = false;
    thread_ = std::thread([this] { serve(); });
}

void ExportKeeper::stop() {
    {
        std::lock_guard guard(mutex_);
        is_stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void ExportKeeper::wake() {
    {
        std::lock_guard guard(mutex_);
        is_woken_ = true;
    }
    wake_.notify_all();
}

void ExportKeeper::run_waiting() {
    while (!is_stopping_ && runner_.run_next(is_stopping_)) {
    }
}

void ExportKeeper::add_daily() {
    const auto settings = settings_.current();
    const auto& exports = settings->MessageExportSettings;
    if (!exports.EnableExport) return;
    db_.transact([&](storage::Tx& tx) {
        storage::JobTable table(tx);
        if (!is_due(exports.DailyRunTime, tx.now(), table.last_by(message_export, scheduler))) return;
        table.insert(new_export(tx.now(), *settings, exports.ExportFormat, scheduler, scheduler));
    });
}

void ExportKeeper::serve() {
    pthread_setname_np(pthread_self(), "export");
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), own_niceness);  // people who write come first
    bool is_recovered = false;
    while (!is_stopping_) {
        try {
            if (!is_recovered) runner_.recover();
            is_recovered = true;
            add_daily();
            approvals_.expire();
            run_waiting();
        } catch (const Error& e) {  // comes again
            log_error("exports could not be looked after; they come again",
                      {{"id", e.id()}, {"reason", e.text()}});
        } catch (const std::exception& e) {
            log_error("exports could not be looked after; they come again", {{"what", e.what()}});
        }
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, look_at_schedule, [&] { return is_stopping_ || is_woken_; });
        is_woken_ = false;
    }
}

}  // namespace concordat::compliance
