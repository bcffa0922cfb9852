// Blocking work leaves the network threads here and nowhere else.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>
#include "core/base/error.hpp"

namespace concordat {
namespace asio = boost::asio;

// A fixed number of threads behind a bounded queue. Thread-safe. The destructor runs what is
// queued, then joins.
class Workers {
public:
    // `name` (at most 15 bytes) shows in ps and top.
    Workers(std::string name, std::size_t threads, std::size_t longest_queue);
    ~Workers();
    Workers(const Workers&) = delete;

    // False, and `task` is not taken, when the queue is full or the pool is stopping.
    bool try_post(std::function<void()> task);
    std::size_t queued() const;
    // Refuses new tasks, runs the queued ones, joins. Idempotent.
    void stop();

private:
    void serve();
    // True when the caller must notify one idle thread. Threads are woken one at a time: each that
    // wakes sees to the next, so a burst of short tasks does not wake every thread for each of them.
    bool must_wake();

    std::string name_;
    std::size_t longest_queue_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::function<void()>> tasks_;
    bool stopping_ = false;
    std::size_t idle_ = 0;    // threads that wait
    bool is_waking_ = false;  // one was notified and is not up yet
    std::vector<std::thread> threads_;
};

// Runs `work` on a worker thread and resumes the caller on its own executor. `work` lives in this
// coroutine's frame until it is done, so it may capture by reference anything the awaiting
// coroutine owns. The caller's executor must outlive the pool: a worker is still inside the
// executor's post when the caller is already up again. An exception thrown by `work` reaches the awaiter.
// Throws Error (unavailable) when the queue is full.
template <class Work>
asio::awaitable<std::invoke_result_t<Work&>> on_worker(Workers& workers, Work work) {
    using Result = std::invoke_result_t<Work&>;
    constexpr bool has_result = !std::is_void_v<Result>;
    std::optional<std::conditional_t<has_result, Result, char>> result;
    std::exception_ptr failure;
    bool refused = false;
    auto executor = co_await asio::this_coro::executor;
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(
        [&](auto handler) {
            auto resume = std::make_shared<decltype(handler)>(std::move(handler));
            refused = !workers.try_post([&, resume, executor] {
                try {
                    if constexpr (has_result)
                        result.emplace(work());
                    else
                        work();
                } catch (...) {
                    failure = std::current_exception();  // recovered by the awaiter below
                }
                asio::post(executor, [resume] { std::move (*resume)(); });
            });
            if (refused) asio::post(executor, [resume] { std::move (*resume)(); });
        },
        asio::use_awaitable);
    if (refused)
        throw Error(Fault::unavailable, "api.context.server_busy.app_error",
                    "The server is busy. Try again in a moment.");
    if (failure) std::rethrow_exception(failure);
    if constexpr (has_result) co_return std::move(*result);
}

}  // namespace concordat
