#include "messaging/integration/deliveries.hpp"

#include <pthread.h>

namespace concordat::messaging {

Deliveries::Deliveries(Metrics& metrics)
    : dropped_(metrics.counter("concordat_hook_deliveries_dropped_total",
                               "Calls of outgoing webhooks that found their line full.")) {
    metrics.gauge("concordat_hook_deliveries_waiting", "Calls of outgoing webhooks that wait for their turn.",
                  [this] { return static_cast<double>(waiting()); });
}

Deliveries::~Deliveries() {
    stop();
}

void Deliveries::start() {
    std::lock_guard guard(mutex_);
    if (is_stopping_ || !running_.empty()) return;
    for (std::size_t at = 0; at < threads; ++at)
        running_.emplace_back([this] {
            pthread_setname_np(pthread_self(), "hook");
            serve();
        });
}

void Deliveries::stop() {
    {
        std::lock_guard guard(mutex_);
        is_stopping_ = true;
        ready_.clear();
        for (auto& [receiver, line] : lines_) line.work.clear();
    }
    wake_.notify_all();
    for (auto& thread : running_) thread.join();
    running_.clear();
}

bool Deliveries::add(const std::string& receiver, std::function<void()> work) {
    {
        std::lock_guard guard(mutex_);
        const auto at = lines_.find(receiver);
        const bool is_full =
            at == lines_.end() ? lines_.size() >= most_lines : at->second.work.size() >= longest_line;
        if (is_stopping_ || is_full) {
            dropped_.add();
            return false;
        }
        auto& line = lines_[receiver];
        line.work.push_back(std::move(work));
        if (line.is_in_hand || line.work.size() > 1) return true;
        ready_.push_back(receiver);
    }
    wake_.notify_one();
    return true;
}

std::size_t Deliveries::waiting() const {
    std::lock_guard guard(mutex_);
    std::size_t count = 0;
    for (const auto& [receiver, line] : lines_) count += line.work.size();
    return count;
}

void Deliveries::serve() {
    std::unique_lock lock(mutex_);
    for (;;) {
        wake_.wait(lock, [&] { return is_stopping_ || !ready_.empty(); });
        if (is_stopping_) return;
        const auto receiver = std::move(ready_.front());
        ready_.pop_front();
        auto& line = lines_[receiver];
        auto work = std::move(line.work.front());
        line.work.pop_front();
        line.is_in_hand = true;
        lock.unlock();
        work();
        work = nullptr;
        lock.lock();
        auto& after = lines_[receiver];
        after.is_in_hand = false;
        if (after.work.empty())
            lines_.erase(receiver);
        else
            ready_.push_back(receiver);
    }
}

}  // namespace concordat::messaging
