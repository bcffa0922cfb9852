// What to do when a lane's queue is full: say so, or wait for a place. Network thread.
#pragma once
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <string_view>
#include "core/base/worker.hpp"

namespace concordat::web {

// on_worker's own refusal, not a failure of the work.
inline bool is_full_queue(const Error& error) {
    return error.fault() == Fault::unavailable && error.id() == "api.context.server_busy.app_error";
}

// Runs `work` on a worker thread; false when there was no place for it.
template <class Work>
asio::awaitable<bool> try_on_worker(Workers& workers, Work work) {
    try {
        co_await on_worker(workers, std::move(work));
    } catch (const Error& error) {
        if (!is_full_queue(error)) throw;  // the refusal becomes an answer to the client
        co_return false;
    }
    co_return true;
}

// For the middle of a transfer, which must not end because others are busy: asks again for ten
// seconds, while the client just sees a slow peer. Then throws Error (unavailable).
template <class Work>
asio::awaitable<void> patiently_on_worker(Workers& workers, Work work) {
    for (int attempt = 0; attempt < 200; ++attempt) {
        if (co_await try_on_worker(workers, std::ref(work))) co_return;
        asio::steady_timer pause(co_await asio::this_coro::executor, std::chrono::milliseconds(50));
        co_await pause.async_wait(asio::use_awaitable);
    }
    throw Error(Fault::unavailable, "api.context.server_busy.app_error", "",
                "no worker was free for ten seconds");
}

}  // namespace concordat::web
