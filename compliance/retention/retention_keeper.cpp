#include "compliance/retention/retention_keeper.hpp"

#include <pthread.h>

#include "core/base/error.hpp"
#include "core/base/log.hpp"

namespace concordat::compliance {
namespace {

constexpr auto look_at_clock = std::chrono::seconds(20);

}  // namespace

void RetentionKeeper::start() {
    if (!settings_.current()->JobSettings.RunJobs) return;
    is_stopping_ = false;
    thread_ = std::thread([this] { serve(); });
}

void RetentionKeeper::stop() {
    is_stopping_ = true;
    wake();
    if (thread_.joinable()) thread_.join();
}

void RetentionKeeper::wake() {
    const std::lock_guard guard(mutex_);
    is_woken_ = true;
    wake_.notify_all();
}

void RetentionKeeper::run_waiting() {
    for (bool is_more = true; is_more && !is_stopping_;) is_more = runner_.run_next(is_stopping_);
}

void RetentionKeeper::look(bool& is_recovered) {
    if (!is_recovered) runner_.recover();
    is_recovered = true;
    jobs_.add_daily();
    run_waiting();
}

void RetentionKeeper::serve() {
    pthread_setname_np(pthread_self(), "retention");
    for (bool is_recovered = false; !is_stopping_;) {
        try {
            look(is_recovered);
        } catch (const std::exception& e) {  // the job runner's catch: it comes again
            is_recovered = false;
            const auto* error = dynamic_cast<const Error*>(&e);
            log_error("retention could not be looked after; it comes again",
                      {{"id", error ? error->id() : ""}, {"what", e.what()}});
        }
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, look_at_clock, [&] { return is_woken_; });
        is_woken_ = false;
    }
}

}  // namespace concordat::compliance
