#include "core/base/log.hpp"

#include <unistd.h>

#include <atomic>
#include <ctime>
#include <deque>
#include <mutex>

#include "core/base/json.hpp"
#include "core/base/recent_log.hpp"
#include "core/base/text.hpp"

namespace concordat {
namespace {

std::atomic<LogLevel> lowest{LogLevel::info};
constexpr const char* words[] = {"debug", "info", "warn", "error"};

class Recent {
public:
    void add(std::string line) {
        constexpr std::size_t most_lines = 10'000, most_bytes = 2 << 20;
        const std::lock_guard lock(mutex_);
        bytes_ += line.size();
        lines_.push_back(std::move(line));
        while (lines_.size() > most_lines || bytes_ > most_bytes) {
            bytes_ -= lines_.front().size();
            lines_.pop_front();
        }
    }
    std::vector<std::string> all() {
        const std::lock_guard lock(mutex_);
        return {lines_.begin(), lines_.end()};
    }

private:
    std::mutex mutex_;
    std::deque<std::string> lines_;
    std::size_t bytes_ = 0;
};

// Never destroyed: threads that end late write to the log, too.
Recent& recent() {
    static auto* const lines = new Recent;
    return *lines;
}

}  // namespace

std::vector<std::string> recent_log() {
    return recent().all();
}

LogField::LogField(std::string_view k, std::string_view text) : key(k) {
    write_json_string(json, text);
}

void set_log_level(LogLevel level) {
    lowest = level;
}

bool log_level_from(std::string_view word, LogLevel& out) {
    for (int i = 0; i < 4; ++i) {
        if (lower_ascii(word) == words[i]) {
            out = static_cast<LogLevel>(i);
            return true;
        }
    }
    return false;
}

void write_log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
    if (level < lowest.load(std::memory_order_relaxed)) return;
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    tm utc{};
    gmtime_r(&now.tv_sec, &utc);
    char time[48];
    auto length = std::strftime(time, sizeof time, "%Y-%m-%dT%H:%M:%S", &utc);
    length += static_cast<std::size_t>(
        snprintf(time + length, sizeof time - length, ".%03ldZ", now.tv_nsec / 1000000));
    std::string line = R"({"time":")" + std::string(time, length) + R"(","level":")" +
                       words[static_cast<int>(level)] + R"(","message":)";
    write_json_string(line, message);
    for (const auto& field : fields) {
        line += ",\"";
        line += field.key;
        line += "\":";
        line += field.json;
    }
    line += "}\n";
    [[maybe_unused]] auto ignored = ::write(STDERR_FILENO, line.data(), line.size());
    line.pop_back();
    recent().add(std::move(line));
}

}  // namespace concordat
