#include "tests/bench/measure.hpp"

#include <sys/resource.h>
#include <unistd.h>
#include <algorithm>
#include <bit>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>
#include "core/base/json.hpp"

namespace concordat::bench {
namespace {

struct Process {
    pid_t pid = 0;
    pid_t parent = 0;
    std::string name;
    double cpu = 0;           // seconds
    double children_cpu = 0;  // of children that have ended
};

std::optional<Process> read_process(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string line;
    if (!std::getline(file, line)) return std::nullopt;  // ended meanwhile
    const auto open = line.find('('), close = line.rfind(')');
    if (open == std::string::npos || close == std::string::npos) return std::nullopt;
    Process process{pid, 0, line.substr(open + 1, close - open - 1), 0, 0};
    std::istringstream rest(line.substr(close + 2));
    std::string state, skip;
    rest >> state >> process.parent;
    for (int i = 0; i < 9; ++i) rest >> skip;  // pgrp .. cmajflt
    double user = 0, system = 0, children_user = 0, children_system = 0;
    rest >> user >> system >> children_user >> children_system;
    const double hertz = static_cast<double>(sysconf(_SC_CLK_TCK));
    process.cpu = (user + system) / hertz;
    process.children_cpu = (children_user + children_system) / hertz;
    return process;
}

std::vector<Process> all_processes() {
    std::vector<Process> all;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        const auto name = entry.path().filename().string();
        if (name.find_first_not_of("0123456789") != std::string::npos) continue;
        if (auto process = read_process(std::stoi(name))) all.push_back(std::move(*process));
    }
    return all;
}

// A line "Key:   123 kB" of a /proc file, in MiB.
double mebibytes(pid_t pid, const char* file, const std::string& key) {
    std::ifstream in("/proc/" + std::to_string(pid) + "/" + file);
    for (std::string line; std::getline(in, line);)
        if (line.starts_with(key)) return std::stod(line.substr(key.size())) / 1024;
    return 0;
}

// `root` and its descendants, not descending into `except`.
std::vector<Process> family(const std::vector<Process>& all, pid_t root, pid_t except) {
    std::vector<Process> found;
    for (const auto& process : all)
        if (process.pid == root) found.push_back(process);
    for (std::size_t i = 0; i < found.size(); ++i)
        for (const auto& process : all)
            if (process.parent == found[i].pid && process.pid != except) found.push_back(process);
    return found;
}

}  // namespace

void Histogram::add(Nanos duration) {
    const auto micros = static_cast<std::uint64_t>(std::max<Nanos>(duration / 1000, 1));
    const int power = std::min(31, static_cast<int>(std::bit_width(micros)) - 1);
    const auto fraction = power >= 5 ? (micros >> (power - 5)) & 31 : (micros << (5 - power)) & 31;
    ++buckets_[static_cast<std::size_t>(power * steps) + fraction];
    ++count_;
    longest_ = std::max(longest_, duration);
}

double Histogram::percentile(double share) const {
    if (count_ == 0) return 0;
    const auto rank = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
        seen += buckets_[i];
        if (seen < std::max<std::uint64_t>(rank, 1)) continue;
        const double upper =
            std::ldexp(1 + static_cast<double>(i % steps + 1) / steps, static_cast<int>(i / steps));
        return std::min(upper / 1e3, longest());
    }
    return longest();
}

Window Window::of(double warm_up_seconds, double seconds) {
    const Nanos from = now() + static_cast<Nanos>(warm_up_seconds * 1e9);
    return {from, from + static_cast<Nanos>(seconds * 1e9)};
}

Tally::Action& Tally::slot(std::string_view name) {
    const auto found = actions_.find(name);
    return found != actions_.end() ? found->second : actions_[std::string(name)];
}

const Tally::Action& Tally::action(std::string_view name) const {
    static const Action none;
    const auto found = actions_.find(name);
    return found != actions_.end() ? found->second : none;
}

void Tally::add(std::string_view action, const Response& response, Nanos due) {
    if (!window_.counts(due)) return;
    if (response.ok()) return slot(action).latency.add(now() - due);
    ++slot(action).failed;
    auto text = std::string(action) + ": " + failure_of(response);
    if (failures_.size() >= 40 && !failures_.contains(text)) text = "other failures";
    ++failures_[text];
}

void Tally::add_whole(std::string_view action, bool ok, Nanos due) {
    if (!window_.counts(due)) return;
    if (ok)
        slot(action).latency.add(now() - due);
    else
        ++slot(action).failed;
}

std::string failure_of(const Response& response) {
    if (response.status == 0) return response.body;
    std::string id;
    try {
        const auto body = parse_json_value(response.body);
        if (const auto* object = body.if_object())
            if (const auto* value = object->if_contains("id"); value && value->is_string())
                id = value->get_string();
    } catch (const Error&) {
        id = "(not JSON)";  // said so in the report
    }
    return std::to_string(response.status) + " " + id;
}

Processes::Processes(pid_t node, pid_t postmaster) : node_(node), postmaster_(postmaster) {
    if (node_ == 0 || postmaster_ != 0) return;
    for (const auto& process : family(all_processes(), node_, 0)) {
        if (process.name != "postgres") continue;
        postmaster_ = process.pid;  // the nearest one to the node is its parent's first
        break;
    }
}

pid_t Processes::running_node() {
    pid_t found = 0;
    for (const auto& process : all_processes()) {
        if (process.name != "concordatd") continue;
        const auto parent = read_process(process.parent);
        if (parent && parent->name == "concordatd") continue;
        if (found != 0) return 0;
        found = process.pid;
    }
    return found;
}

Usage Processes::usage() const {
    Usage usage;
    const auto all = all_processes();
    if (node_ != 0)
        for (const auto& process : family(all, node_, postmaster_)) {
            usage.node_cpu += process.cpu;
            usage.node_rss += mebibytes(process.pid, "status", "VmRSS:");
        }
    if (postmaster_ != 0)
        for (const auto& process : family(all, postmaster_, 0)) {
            usage.postgres_cpu += process.cpu + (process.pid == postmaster_ ? process.children_cpu : 0);
            usage.postgres_pss += mebibytes(process.pid, "smaps_rollup", "Pss:");
        }
    rusage self;
    getrusage(RUSAGE_SELF, &self);
    usage.bench_cpu = static_cast<double>(self.ru_utime.tv_sec + self.ru_stime.tv_sec) +
                      static_cast<double>(self.ru_utime.tv_usec + self.ru_stime.tv_usec) / 1e6;
    return usage;
}

}  // namespace concordat::bench
