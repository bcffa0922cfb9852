#include "core/base/worker.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>

namespace concordat {
namespace {

using std::chrono::seconds;

TEST(Workers, RunEveryTaskOfManyBursts) {
    Workers workers("test", 4, 100000);
    std::atomic<int> done{0};
    for (int burst = 0; burst < 200; ++burst) {
        const int before = done;
        for (int i = 0; i < 50; ++i) ASSERT_TRUE(workers.try_post([&] { ++done; }));
        const auto deadline = std::chrono::steady_clock::now() + seconds(5);
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
        const auto deadline = std::chrono::steady_clock::now() + seconds(5);
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

}  // namespace
}  // namespace concordat
