#include "tests/bench/loop.hpp"

#include <time.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <system_error>

namespace concordat::bench {

Nanos now() {
    timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * one_second + t.tv_nsec;
}

Loop::Loop() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    if (epoll_ < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
}

Loop::~Loop() {
    close(epoll_);
}

void Loop::watch(int fd, Watched& watched, std::uint32_t events) {
    epoll_event event{events, {.ptr = &watched}};
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0)
        throw std::system_error(errno, std::generic_category(), "epoll_ctl");
}

void Loop::change(int fd, Watched& watched, std::uint32_t events) {
    epoll_event event{events, {.ptr = &watched}};
    if (epoll_ctl(epoll_, EPOLL_CTL_MOD, fd, &event) != 0)
        throw std::system_error(errno, std::generic_category(), "epoll_ctl");
}

void Loop::forget(int fd, Watched& watched) {
    epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr);
    for (int i = 0; i < fetched_; ++i)
        if (events_[i].data.ptr == &watched) events_[i].data.ptr = nullptr;
}

void Loop::run_ready() {
    while (!timers_.empty() && timers_.top().at <= now()) {
        ready_.push_back(timers_.top().handle);
        timers_.pop();
    }
    // Only those that are ready now: a coroutine that always has more to do must not starve sockets.
    for (auto left = ready_.size(); left > 0; --left) {
        auto handle = ready_.front();
        ready_.pop_front();
        handle.resume();
    }
}

void Loop::run_ticks() {
    const Nanos at = now();
    if (at < next_tick_) return;
    next_tick_ = at + one_second;
    const std::vector<Ticking*> round(ticking_.begin(), ticking_.end());  // a tick may end others
    for (auto* ticking : round)
        if (ticking_.contains(ticking)) ticking->tick(at);
}

void Loop::turn(Nanos latest) {
    Nanos until = std::min(latest, next_tick_);
    if (!timers_.empty()) until = std::min(until, timers_.top().at);
    const Nanos wait = ready_.empty() ? std::max<Nanos>(0, until - now()) : 0;
    const timespec timeout{wait / one_second, wait % one_second};
    fetched_ = epoll_pwait2(epoll_, events_.data(), static_cast<int>(events_.size()), &timeout, nullptr);
    for (int i = 0; i < fetched_; ++i)
        if (events_[i].data.ptr) static_cast<Watched*>(events_[i].data.ptr)->ready(events_[i].events);
    fetched_ = 0;
    run_ticks();
    run_ready();
}

void Loop::run_until(Nanos time) {
    while (now() < time) turn(time);
}

void Loop::run(Task<> task) {
    Crew crew(*this);
    crew.add(std::move(task));
    crew.wait();
}

void Crew::add(Task<> task) {
    tasks_.push_back(std::move(task));
    loop_.resume_soon(tasks_.back().handle());
}

bool Crew::done() const {
    return std::all_of(tasks_.begin(), tasks_.end(), [](const Task<>& task) { return task.done(); });
}

void Crew::wait() {
    for (auto& task : tasks_)
        while (!task.done()) loop_.turn(now() + one_second);
    for (auto& task : tasks_) task.await_resume();
    tasks_.clear();
}

}  // namespace concordat::bench
