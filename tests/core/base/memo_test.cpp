#include "core/base/memo.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace concordat {
namespace {

TEST(Memo, AnAnswerIsFetchedOnce) {
    Memo<int, std::string> memo(100);
    int fetched = 0;
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(memo.get(1,
                           [&] {
                               ++fetched;
                               return std::string("one");
                           }),
                  "one");
    EXPECT_EQ(fetched, 1);
    EXPECT_EQ(memo.find(1), "one");
    EXPECT_FALSE(memo.find(2).has_value());
}

TEST(Memo, AFetchThatThrowsLeavesNothingBehind) {
    Memo<int, int> memo(100);
    EXPECT_THROW(memo.get(1, []() -> int { throw std::runtime_error("down"); }), std::runtime_error);
    EXPECT_FALSE(memo.find(1).has_value());
    EXPECT_EQ(memo.get(1, [] { return 5; }), 5);
}

TEST(Memo, AnAnswerReadBeforeAChangeIsNotRememberedAfterIt) {
    Memo<int, int> memo(100);
    EXPECT_EQ(memo.get(1,
                       [&] {
                           memo.forget(1);
                           return 1;
                       }),
              1);  // somebody changed it while we read
    EXPECT_FALSE(memo.find(1).has_value());
    EXPECT_EQ(memo.get(1,
                       [&] {
                           memo.clear();
                           return 1;
                       }),
              1);
    EXPECT_FALSE(memo.find(1).has_value());
}

TEST(Memo, PutReplacesAndForgettingTakesOnlyWhatIsMeant) {
    Memo<int, int> memo(100);
    for (int i = 0; i < 10; ++i) memo.put(i, i);
    memo.put(3, 33);
    EXPECT_EQ(memo.find(3), 33);
    memo.forget(4);
    memo.forget_if([](int key, int) { return key >= 8; });
    EXPECT_FALSE(memo.find(4).has_value());
    EXPECT_FALSE(memo.find(9).has_value());
    EXPECT_EQ(memo.find(7), 7);
    memo.clear();
    EXPECT_FALSE(memo.find(7).has_value());
}

TEST(Memo, TheLeastRecentlyUsedGoFirst) {
    Memo<int, int> memo(16);  // two in each of the eight parts; small numbers share one
    memo.put(1, 1);
    memo.put(2, 2);
    EXPECT_EQ(memo.find(1), 1);
    memo.put(3, 3);
    EXPECT_EQ(memo.find(1), 1);
    EXPECT_FALSE(memo.find(2).has_value());
    EXPECT_EQ(memo.find(3), 3);
}

TEST(Memo, ReadersNeverRememberAnOldValueWhileAWriterChangesIt) {
    Memo<int, int> memo(100);
    std::atomic<int> truth{0};
    std::atomic<bool> is_done{false};
    std::vector<std::thread> readers;
    for (int i = 0; i < 3; ++i)
        readers.emplace_back([&] {
            while (!is_done) memo.get(7, [&] { return truth.load(); });
        });
    for (int i = 1; i <= 3000; ++i) {
        truth = i;       // the commit,
        memo.forget(7);  // and its announcement
        EXPECT_EQ(memo.get(7, [&] { return truth.load(); }), i);
    }
    is_done = true;
    for (auto& reader : readers) reader.join();
}

}  // namespace
}  // namespace concordat
