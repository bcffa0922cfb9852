#include "web/api/logs.hpp"

#include <boost/describe.hpp>
#include <ctime>
#include <set>
#include <string>
#include <vector>

#include "core/base/recent_log.hpp"
#include "core/base/text.hpp"
#include "web/api/paging.hpp"
#include "web/http/router.hpp"

namespace concordat::web {

// What official clients ask for. Times are as they print them; empty ones do not narrow.
struct LogFilter {
    Nullable<std::vector<std::string>> server_names, log_levels;
    std::string date_from, date_to;
};
BOOST_DESCRIBE_STRUCT(LogFilter, (), (server_names, log_levels, date_from, date_to))

namespace {

constexpr std::int64_t most_lines = 10'000;
constexpr const char* this_node = "default";  // as official clients call the only one

// "2026-11-30 18:04:05.123 +01:00", or with T, without the fraction, with Z; the form that the log's own
// times have, in UTC. Throws bad_body(name) when it is none of these.
std::string log_time(const std::string& text, const char* name) {
    std::tm parts{};
    const char* rest = strptime(text.c_str(), "%Y-%m-%d", &parts);
    if (rest && (*rest == ' ' || *rest == 'T')) rest = strptime(rest + 1, "%H:%M:%S", &parts);
    if (!rest) throw bad_body(name);
    std::string fraction = "000";
    if (*rest == '.') {
        const char* const from = ++rest;
        while (*rest >= '0' && *rest <= '9') ++rest;
        fraction = std::string(from, rest).substr(0, 3);
        fraction.resize(3, '0');
    }
    while (*rest == ' ') ++rest;
    long offset = 0;
    if (*rest == '+' || *rest == '-') {
        int hours = 0, minutes = 0;
        if (std::sscanf(rest + 1, "%2d:%2d", &hours, &minutes) != 2) throw bad_body(name);
        offset = (*rest == '-' ? -1 : 1) * (hours * 3600L + minutes * 60L);
    } else if (*rest != 'Z' && *rest != '\0') {
        throw bad_body(name);
    }
    const std::time_t at = timegm(&parts) - offset;
    gmtime_r(&at, &parts);
    char out[32];
    std::strftime(out, sizeof out, "%Y-%m-%dT%H:%M:%S.", &parts);
    return out + fraction + "Z";
}

// A line as those clients show it: timestamp and msg instead of time and message, the rest as it is.
json::object entry_of(const json::object& line) {
    json::object entry;
    for (const auto& field : line) {
        const auto key = std::string(field.key());
        entry[key == "time" ? "timestamp" : key == "message" ? "msg" : key] = field.value();
    }
    return entry;
}

json::object query(const LogFilter& filter) {
    const auto from = filter.date_from.empty() ? "" : log_time(filter.date_from, "date_from");
    const auto to = filter.date_to.empty() ? "~" : log_time(filter.date_to, "date_to");
    std::set<std::string> levels;
    if (filter.log_levels.value)
        for (const auto& level : *filter.log_levels.value) levels.insert(lower_ascii(level));
    json::array found;
    for (const auto& text : recent_log()) {
        const auto line = parse_json_value(text).as_object();
        const std::string time(line.at("time").as_string()), level(line.at("level").as_string());
        if (time < from || time > to || (!levels.empty() && !levels.count(level))) continue;
        found.push_back(entry_of(line));
    }
    return {{this_node, std::move(found)}};
}

Reply whole_log() {
    Reply reply;
    reply.content_type = "text/plain; charset=utf-8";
    reply.set("Content-Disposition", "attachment; filename=\"concordat.log\"");
    for (const auto& line : recent_log()) reply.body += line + "\n";
    return reply;
}

}  // namespace

void add_log_routes(Router& routes) {
    // Page 0 has the newest; each is in the order of time.
    routes.get("/logs", on_system(Permission::get_logs), [](Call& call) {
        const auto page = std::clamp<std::int64_t>(number_in(call, "page", 0), 0, most_lines);
        const auto size =
            std::clamp<std::int64_t>(number_in(call, "logs_per_page", most_lines), 1, most_lines);
        const auto lines = recent_log();
        const auto count = static_cast<std::int64_t>(lines.size());
        const auto end = std::max<std::int64_t>(0, count - page * size),
                   begin = std::max<std::int64_t>(0, end - size);
        return std::vector<std::string>(lines.begin() + begin, lines.begin() + end);
    });
    routes.post("/logs/query", on_system(Permission::get_logs),
                [](Call&, LogFilter filter) { return query(filter); });
    routes.get("/logs/download", on_system(Permission::get_logs), [](Call&) { return whole_log(); });
}

}  // namespace concordat::web
