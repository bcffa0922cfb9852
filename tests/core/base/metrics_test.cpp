#include "core/base/metrics.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace concordat {
namespace {

TEST(Metrics, TheSameSeriesIsTheSameCounter) {
    Metrics metrics;
    auto& one = metrics.counter("a_total", "A.", "x=\"1\"");
    EXPECT_EQ(&one, &metrics.counter("a_total", "A.", "x=\"1\""));
    EXPECT_NE(&one, &metrics.counter("a_total", "A.", "x=\"2\""));
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            for (int n = 0; n < 1000; ++n) one.add();
        });
    for (auto& thread : threads) thread.join();
    EXPECT_NE(metrics.text().find(
                  "# HELP a_total A.\n# TYPE a_total counter\na_total{x=\"1\"} 4000\na_total{x=\"2\"} 0\n"),
              std::string::npos);
}

TEST(Metrics, HistogramsCountCumulativelyAndTakeAnyTime) {
    Metrics metrics;
    auto& times = metrics.histogram("t_seconds", "T.", "r=\"x\"");
    times.record(0.0005);
    times.record(0.3);
    times.record(60);
    times.record(-1);  // a clock that was set back
    const auto text = metrics.text();
    EXPECT_NE(text.find("t_seconds_bucket{r=\"x\",le=\"0.0005\"} 2\n"), std::string::npos) << text;
    EXPECT_NE(text.find("t_seconds_bucket{r=\"x\",le=\"0.5\"} 3\n"), std::string::npos);
    EXPECT_NE(text.find("t_seconds_bucket{r=\"x\",le=\"+Inf\"} 4\n"), std::string::npos);
    EXPECT_NE(text.find("t_seconds_sum{r=\"x\"} 60.3005\n"), std::string::npos);
    EXPECT_NE(text.find("t_seconds_count{r=\"x\"} 4\n"), std::string::npos);
}

TEST(Metrics, GaugesAreReadAtEveryScrape) {
    Metrics metrics;
    double now = 1;
    metrics.gauge("g", "G.", [&] { return now; });
    EXPECT_NE(metrics.text().find("g 1\n"), std::string::npos);
    now = 2.5;
    EXPECT_NE(metrics.text().find("g 2.5\n"), std::string::npos);
}

}  // namespace
}  // namespace concordat
