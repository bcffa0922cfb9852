#include "appliance/daemon/timetable.hpp"

#include <pthread.h>

#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/log.hpp"

namespace concordat::appliance {

void Timetable::every(std::chrono::milliseconds interval, std::string name, std::function<void()> job) {
    jobs_.push_back({interval, std::move(name), std::move(job), {}});
}

void Timetable::start() {
    thread_ = std::thread([this] { serve(); });
}

void Timetable::stop() {
    {
        std::lock_guard lock(mutex_);
        is_stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void Timetable::serve() {
    pthread_setname_np(pthread_self(), "timetable");
    for (auto& job : jobs_) job.due = std::chrono::steady_clock::now() + job.interval;
    std::unique_lock lock(mutex_);
    while (!is_stopping_ && !jobs_.empty()) {
        auto& next = *std::min_element(jobs_.begin(), jobs_.end(),
                                       [](const Job& a, const Job& b) { return a.due < b.due; });
        if (wake_.wait_until(lock, next.due, [&] { return is_stopping_; })) return;
        lock.unlock();
        try {
            next.run();
        } catch (const Error& e) {  // the job runner's catch
            log_warn("a timed job failed; it comes again",
                     {{"job", next.name}, {"id", e.id()}, {"detail", e.detail()}});
        } catch (const std::exception& e) {
            log_warn("a timed job failed; it comes again", {{"job", next.name}, {"what", e.what()}});
        }
        next.due = std::chrono::steady_clock::now() + next.interval;
        lock.lock();
    }
}

}  // namespace concordat::appliance
