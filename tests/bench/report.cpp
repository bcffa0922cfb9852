#include "tests/bench/report.hpp"

#include <unistd.h>
#include <cstdio>
#include <fstream>
#include <thread>
#include "core/base/clock.hpp"
#include "core/base/json.hpp"

namespace concordat::bench {
namespace {

struct Report {
    std::string version;
    Millis measured_at = 0;
    unsigned cores = 0;
    std::vector<Result> results;
};
BOOST_DESCRIBE_STRUCT(Report, (), (version, measured_at, cores, results))

}  // namespace

ActionRow row_of(const std::string& action, const Histogram& latency, std::uint64_t failed, double seconds) {
    return {action,
            latency.count(),
            failed,
            static_cast<double>(latency.count()) / seconds,
            latency.percentile(0.50),
            latency.percentile(0.95),
            latency.percentile(0.99),
            latency.longest()};
}

void Result::take(const Tally& tally, const std::string& prefix) {
    for (const auto& [name, action] : tally.actions())
        actions.push_back(row_of(prefix + name, action.latency, action.failed, tally.window().seconds()));
    for (const auto& [what, times] : tally.failures()) note(std::to_string(times) + " x " + prefix + what);
}

void print(const Result& result) {
    std::printf("\n%s (%s)\n", result.scenario.c_str(), result.transport.c_str());
    if (!result.actions.empty())
        std::printf("  %-34s %9s %7s %9s %8s %8s %8s %9s\n", "action", "count", "failed", "per s", "p50 ms",
                    "p95 ms", "p99 ms", "max ms");
    for (const auto& row : result.actions)
        std::printf("  %-34s %9llu %7llu %9.1f %8.2f %8.2f %8.2f %9.2f\n", row.action.c_str(),
                    static_cast<unsigned long long>(row.count), static_cast<unsigned long long>(row.failed),
                    row.per_second, row.p50_ms, row.p95_ms, row.p99_ms, row.max_ms);
    for (const auto& figure : result.figures)
        std::printf("  %-48s %12.2f %s\n", figure.name.c_str(), figure.value, figure.unit.c_str());
    const auto &a = result.before, &b = result.after;
    if (result.seconds > 0)
        std::printf("  over %.1f s: CPU node %.2f s, PostgreSQL %.2f s, bench %.2f s\n", result.seconds,
                    b.node_cpu - a.node_cpu, b.postgres_cpu - a.postgres_cpu, b.bench_cpu - a.bench_cpu);
    std::printf("  memory: node RSS %.1f -> %.1f MiB, PostgreSQL PSS %.1f -> %.1f MiB\n", a.node_rss,
                b.node_rss, a.postgres_pss, b.postgres_pss);
    for (const auto& text : result.notes) std::printf("  ! %s\n", text.c_str());
    std::fflush(stdout);
}

void write_json_file(const std::string& path, const std::vector<Result>& results) {
    std::ofstream file(path);
    file << json_text(Report{CONCORDAT_VERSION, wall_clock(), std::thread::hardware_concurrency(), results})
         << '\n';
    file.flush();
    require(file.good(), Fault::internal, "bench.report", "The JSON file could not be written.");
}

void say(const std::string& text) {
    std::fprintf(stderr, "%s\n", text.c_str());
}

}  // namespace concordat::bench
