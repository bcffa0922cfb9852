#include "identity/ldap/directory_keeper.hpp"

#include <pthread.h>

#include "core/base/clock.hpp"
#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/base/text.hpp"

namespace concordat::identity {
namespace {

using namespace std::chrono_literals;
constexpr auto tick = 1s;
constexpr auto look_at_schedule = 60s;

// Runs `act`; what it throws is logged: the next time is better, or the same line again.
template <class Act>
void guarded(const Directory& directory, const char* what, Act act) {
    try {
        act();
    } catch (const Error& e) {
        log_error("a directory's task failed; it comes again",
                  {{"task", what}, {"provider", directory.provider()}, {"id", e.id()}, {"reason", e.text()}});
    } catch (const std::exception& e) {
        log_error("a directory's task failed; it comes again", {{"task", what}, {"what", e.what()}});
    }
}

}  // namespace

void DirectoryKeeper::start() {
    for (const auto& directory : directories_.all())
        threads_.emplace_back([this, one = directory.get()] { serve(*one); });
}

void DirectoryKeeper::stop() {
    {
        std::lock_guard guard(mutex_);
        is_stopping_ = true;
    }
    wake_.notify_all();
    for (auto& thread : threads_) thread.join();
    threads_.clear();
}

void DirectoryKeeper::ask_for_sync() {
    {
        std::lock_guard guard(mutex_);
        for (const auto& directory : directories_.all()) asked_.insert(directory->provider());
    }
    wake_.notify_all();
}

void DirectoryKeeper::sync(Directory& directory) {
    const auto report = sync_.run(directory, new_token(), false);
    log_info("a directory was synced", {{"provider", report.provider},
                                        {"attempt", report.attempt},
                                        {"people", report.people},
                                        {"accounts", report.accounts},
                                        {"changes", static_cast<std::int64_t>(report.changes.size())}});
}

void DirectoryKeeper::serve(Directory& directory) {
    pthread_setname_np(pthread_self(), "directory");
    using Clock = std::chrono::steady_clock;
    auto probed = Clock::now(), looked = Clock::now();
    std::unique_lock lock(mutex_);
    for (;;) {
        wake_.wait_for(lock, tick, [&] { return is_stopping_ || asked_.count(directory.provider()); });
        if (is_stopping_) return;
        const bool is_asked = asked_.erase(directory.provider()) > 0;
        lock.unlock();
        const auto settings = directory.settings();
        const auto now = Clock::now();
        if (settings->Enable && settings->ProbeSeconds > 0 &&
            now - probed >= std::chrono::seconds(settings->ProbeSeconds)) {
            guarded(directory, "probe", [&] {
                if (!is_waiting_()) sync_.probe(directory, new_token());
            });
            probed = Clock::now();
        }
        if (is_asked && (settings->Enable || settings->EnableSync)) {
            guarded(directory, "sync", [&] { sync(directory); });
        } else if (settings->EnableSync && now - looked >= look_at_schedule) {
            looked = now;
            guarded(directory, "sync", [&] {
                const auto interval = settings->SyncIntervalMinutes * 60000;
                if (wall_clock() - sync_.last_sync(directory) >= interval && !is_waiting_()) sync(directory);
            });
        }
        lock.lock();
    }
}

}  // namespace concordat::identity
