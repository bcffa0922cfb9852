// What a run found, on the terminal and as JSON.
#pragma once
#include <boost/describe.hpp>
#include <string>
#include <vector>
#include "tests/bench/measure.hpp"

namespace concordat::bench {

struct ActionRow {
    std::string action;
    std::uint64_t count = 0;
    std::uint64_t failed = 0;
    double per_second = 0;
    double p50_ms = 0;
    double p95_ms = 0;
    double p99_ms = 0;
    double max_ms = 0;
};
BOOST_DESCRIBE_STRUCT(ActionRow, (), (action, count, failed, per_second, p50_ms, p95_ms, p99_ms, max_ms))

struct Figure {  // anything that is not a latency
    std::string name;
    double value = 0;
    std::string unit;
};
BOOST_DESCRIBE_STRUCT(Figure, (), (name, value, unit))

BOOST_DESCRIBE_STRUCT(Usage, (), (node_cpu, postgres_cpu, node_rss, postgres_pss, bench_cpu))

struct Result {
    std::string scenario;
    std::string transport{};  // "plain" or "tls"
    double seconds = 0;       // between the two usages
    std::vector<ActionRow> actions{};
    std::vector<Figure> figures{};
    std::vector<std::string> notes{};  // failures and what could not be measured
    Usage before{};
    Usage after{};

    // Rows for the actions of a tally, each named `prefix` + action, and notes for its failures.
    void take(const Tally& tally, const std::string& prefix = "");
    void add(std::string name, double value, std::string unit) {
        figures.push_back({std::move(name), value, std::move(unit)});
    }
    void note(std::string text) { notes.push_back(std::move(text)); }
};
BOOST_DESCRIBE_STRUCT(Result, (), (scenario, transport, seconds, actions, figures, notes, before, after))

ActionRow row_of(const std::string& action, const Histogram& latency, std::uint64_t failed, double seconds);
void print(const Result& result);
// Throws Error (internal) when the file cannot be written.
void write_json_file(const std::string& path, const std::vector<Result>& results);

// One line on standard error, for people who wait.
void say(const std::string& text);

}  // namespace concordat::bench
