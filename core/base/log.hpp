// The operator's log: one JSON object a line on standard error.
//
//   log_warn("database is gone, answering 503", {{"host", host}, {"since_ms", 120}});
//
// Thread-safe; a line is one write(2). Never give it message text, names of files, passwords, tokens or
// keys: ids, counts, durations and addresses only. The level is process-wide (this and the log
// itself are the only process-wide state in the code base).
#pragma once
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace concordat {

enum class LogLevel { debug, info, warn, error };

struct LogField {
    std::string_view key;
    std::string json;  // already encoded
    LogField(std::string_view k, std::string_view text);
    LogField(std::string_view k, const std::string& text) : LogField(k, std::string_view(text)) {}
    LogField(std::string_view k, const char* text) : LogField(k, std::string_view(text)) {}
    LogField(std::string_view k, bool flag) : key(k), json(flag ? "true" : "false") {}
    template <class Number>
    requires std::is_arithmetic_v<Number> &&
        (!std::is_same_v<Number, bool>)LogField(std::string_view k, Number n)
        : key(k), json(std::to_string(n)) {}
};

void set_log_level(LogLevel level);
// "debug", "info", "warn", "error" in any case; false when it is none of these.
bool log_level_from(std::string_view word, LogLevel& out);
void write_log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields = {});

inline void log_debug(std::string_view m, std::initializer_list<LogField> f = {}) {
    write_log(LogLevel::debug, m, f);
}
inline void log_info(std::string_view m, std::initializer_list<LogField> f = {}) {
    write_log(LogLevel::info, m, f);
}
inline void log_warn(std::string_view m, std::initializer_list<LogField> f = {}) {
    write_log(LogLevel::warn, m, f);
}
inline void log_error(std::string_view m, std::initializer_list<LogField> f = {}) {
    write_log(LogLevel::error, m, f);
}

}  // namespace concordat
