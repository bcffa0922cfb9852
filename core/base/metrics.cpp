#include "core/base/metrics.hpp"

#include <algorithm>
#include <cstdio>

namespace concordat {
namespace {

std::string number(double v) {
    char text[32];
    snprintf(text, sizeof text, "%.9g", v);
    return text;
}

std::string series(const std::string& name, const std::string& labels) {
    return labels.empty() ? name : name + "{" + labels + "}";
}

}  // namespace

void Histogram::record(double seconds) {
    seconds = std::max(seconds, 0.0);  // a clock that was set back
    const auto bucket = std::lower_bound(bounds.begin(), bounds.end(), seconds) - bounds.begin();
    counts_[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
    micros_.fetch_add(static_cast<std::uint64_t>(seconds * 1e6), std::memory_order_relaxed);
}

void Histogram::write(std::string& out, const std::string& name, const std::string& labels) const {
    const auto prefix = labels.empty() ? std::string() : labels + ",";
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
        total += counts_[i].load(std::memory_order_relaxed);
        const auto bound = i < bounds.size() ? number(bounds[i]) : "+Inf";
        out += series(name + "_bucket", prefix + "le=\"" + bound + "\"") + " " + std::to_string(total) + "\n";
    }
    out += series(name + "_sum", labels) + " " + number(static_cast<double>(micros_.load()) / 1e6) + "\n";
    out += series(name + "_count", labels) + " " + std::to_string(total) + "\n";
}

Counter& Metrics::counter(const std::string& name, const std::string& help, const std::string& labels) {
    std::lock_guard lock(mutex_);
    auto& family = families_[name];
    family.help = help;
    family.type = "counter";
    auto& slot = family.counters[labels];
    if (!slot) slot = &counters_.emplace_back();
    return *slot;
}

Histogram& Metrics::histogram(const std::string& name, const std::string& help, const std::string& labels) {
    std::lock_guard lock(mutex_);
    auto& family = families_[name];
    family.help = help;
    family.type = "histogram";
    auto& slot = family.histograms[labels];
    if (!slot) slot = &histograms_.emplace_back();
    return *slot;
}

void Metrics::gauge(const std::string& name, const std::string& help, std::function<double()> read,
                    const std::string& labels) {
    std::lock_guard lock(mutex_);
    auto& family = families_[name];
    family.help = help;
    family.type = "gauge";
    family.gauges[labels] = std::move(read);
}

std::string Metrics::text() const {
    std::lock_guard lock(mutex_);
    std::string out;
    for (const auto& [name, family] : families_) {
        out += "# HELP " + name + " " + family.help + "\n# TYPE " + name + " " + family.type + "\n";
        for (const auto& [labels, counter] : family.counters)
            out += series(name, labels) + " " + std::to_string(counter->value()) + "\n";
        for (const auto& [labels, histogram] : family.histograms) histogram->write(out, name, labels);
        for (const auto& [labels, read] : family.gauges)
            out += series(name, labels) + " " + number(read()) + "\n";
    }
    return out;
}

}  // namespace concordat
