#include "core/base/worker.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <future>
#include <thread>

namespace concordat {
namespace {

using std::chrono::seconds;

TEST(Workers, RunEveryTaskOfManyBursts) {
    Workers workers("test", 4, 100000);
    std::atomic<int> done{0};
    for (int burst = 0; burst < 200; ++burst) {
        const int before = done;
        for (int i = 0; i < 50; ++i) ASSERT_TRUE(workers.try_post([&] { ++done; }));
        const auto deadline = std::chrono::steady_clock::now() + seconds(60);
        while (done < before + 50) ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    }
    EXPECT_EQ(done, 200 * 50);
}

TEST(Workers, ATaskThatBlocksHoldsUpNobodyWhileThreadsAreIdle) {
    Workers workers("test", 4, 100);
    for (int round = 0; round < 100; ++round) {
        std::promise<void> gate;
        const auto opened = gate.get_future().share();
        std::atomic<int> arrived{0};
        for (int i = 0; i < 4; ++i)
            ASSERT_TRUE(workers.try_post([&arrived, opened] {
                ++arrived;
                opened.wait();
            }));
        const auto deadline = std::chrono::steady_clock::now() + seconds(60);
        while (arrived < 4) ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "round " << round;
        gate.set_value();
        while (workers.queued() > 0) std::this_thread::yield();
    }
}

TEST(Workers, AFullQueueRefusesAndStopRunsWhatIsQueued) {
    Workers workers("test", 1, 2);
    std::promise<void> gate, started;
    std::atomic<int> done{0};
    ASSERT_TRUE(workers.try_post([&] {
        started.set_value();
        gate.get_future().wait();
        ++done;
    }));
    started.get_future().wait();
    EXPECT_TRUE(workers.try_post([&] { ++done; }));
    EXPECT_TRUE(workers.try_post([&] { ++done; }));
    EXPECT_FALSE(workers.try_post([&] { ++done; }));
    EXPECT_EQ(workers.queued(), 2u);
    gate.set_value();
    workers.stop();
    EXPECT_EQ(done, 3);
    EXPECT_FALSE(workers.try_post([&] { ++done; }));
}

TEST(Workers, ATaskThatThrowsDoesNotEndItsThread) {
    Workers workers("test", 1, 10);
    std::promise<void> done;
    ASSERT_TRUE(workers.try_post([] { throw std::runtime_error("broken task"); }));
    ASSERT_TRUE(workers.try_post([&] { done.set_value(); }));
    EXPECT_EQ(done.get_future().wait_for(seconds(60)), std::future_status::ready);
}

asio::awaitable<int> on_workers(Workers& workers, std::thread::id& where) {
    const int n = co_await on_worker(workers, [&] {
        where = std::this_thread::get_id();
        return 42;
    });
    co_return n;
}

asio::awaitable<void> failing(Workers& workers) {
    co_await on_worker(workers, [] { throw Error(Fault::conflict, "test.failed"); });
}

// The id of the Error that ended failing(); "" when it ended well.
std::string failure_of(Workers& workers, asio::io_context& network) {
    std::string id;
    asio::co_spawn(network, failing(workers), [&](std::exception_ptr failure) {
        try {
            if (failure) std::rethrow_exception(failure);
        } catch (const Error& error) {
            id = error.id();
        }
    });
    network.run();
    return id;
}

TEST(OnWorker, GivesTheResultBackOnTheCallersThread) {
    asio::io_context network;  // outlives the pool
    Workers workers("test", 1, 10);
    std::thread::id where, resumed;
    int result = 0;
    asio::co_spawn(network, on_workers(workers, where), [&](std::exception_ptr, int n) {
        result = n;
        resumed = std::this_thread::get_id();
    });
    const auto work = asio::make_work_guard(network);
    while (result == 0) network.run_one();
    EXPECT_EQ(result, 42);
    EXPECT_NE(where, std::this_thread::get_id());
    EXPECT_EQ(resumed, std::this_thread::get_id());
}

TEST(OnWorker, AnExceptionReachesTheAwaiter) {
    asio::io_context network;  // outlives the pool
    Workers workers("test", 1, 10);
    EXPECT_EQ(failure_of(workers, network), "test.failed");
}

TEST(OnWorker, AFullOrStoppedPoolIsUnavailable) {
    asio::io_context network;
    Workers workers("test", 1, 10);
    workers.stop();
    EXPECT_EQ(failure_of(workers, network), "api.context.server_busy.app_error");
}

}  // namespace
}  // namespace concordat
