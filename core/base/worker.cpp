#include "core/base/worker.hpp"

#include <pthread.h>

#include "core/base/log.hpp"

namespace concordat {

Workers::Workers(std::string name, std::size_t threads, std::size_t longest_queue)
    : name_(std::move(name)), longest_queue_(longest_queue) {
    for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { serve(); });
}

Workers::~Workers() {
    stop();
}

void Workers::stop() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    for (auto& thread : threads_)
        if (thread.joinable()) thread.join();
}

bool Workers::try_post(std::function<void()> task) {
    bool wakes = false;
    {
        std::lock_guard lock(mutex_);
        if (stopping_ || tasks_.size() >= longest_queue_) return false;
        tasks_.push_back(std::move(task));
        wakes = must_wake();
    }
    if (wakes) wake_.notify_one();
    return true;
}

bool Workers::must_wake() {
    if (idle_ == 0 || is_waking_ || tasks_.empty()) return false;
    is_waking_ = true;
    return true;
}

std::size_t Workers::queued() const {
    std::lock_guard lock(mutex_);
    return tasks_.size();
}

void Workers::serve() {
    pthread_setname_np(pthread_self(), name_.substr(0, 15).c_str());
    for (;;) {
        std::function<void()> task;
        bool wakes = false;
        {
            std::unique_lock lock(mutex_);
            while (tasks_.empty() && !stopping_) {
                ++idle_;
                wake_.wait(lock);
                --idle_;
                is_waking_ = false;
            }
            if (tasks_.empty()) return;
            task = std::move(tasks_.front());
            tasks_.pop_front();
            wakes = must_wake();
        }
        if (wakes) wake_.notify_one();
        try {
            task();
        } catch (const std::exception& e) {
            log_error("a task ended with an exception",
                      {{"pool", name_}, {"what", e.what()}});  // the job runner's catch
        }
    }
}

}  // namespace concordat
