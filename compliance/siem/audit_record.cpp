#include "compliance/siem/audit_record.hpp"

#include <ctime>
#include <utility>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/text.hpp"

namespace concordat::compliance {
namespace {

constexpr int facility = 13;  // "log audit"
// The number that RFC 5612 sets aside for documentation: this product has none of its own.
constexpr const char* element = "concordat@32473";
constexpr std::string_view replacement = "\xEF\xBF\xBD";

std::string time_text(Millis at) {
    const auto seconds = static_cast<std::time_t>(at / 1000);
    std::tm utc{};
    ::gmtime_r(&seconds, &utc);
    char text[48];
    auto length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
    length += static_cast<std::size_t>(
        snprintf(text + length, sizeof text - length, ".%03dZ", static_cast<int>(at % 1000)));
    return {text, length};
}

// A field of the header: printable ASCII without blanks.
std::string header_word(std::string_view text, std::size_t most) {
    std::string out;
    for (const char c : text.substr(0, most)) out += c > 0x20 && c < 0x7F ? c : '_';
    return out.empty() ? "-" : out;
}

// Whether a terminal or a parser would do something else with this code point than show it.
bool is_unsafe(std::string_view rune) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(rune[at]); };
    if (rune.size() == 1) return byte(0) < 0x20 || byte(0) == 0x7F;
    if (rune.size() == 2) return byte(0) == 0xC2 && byte(1) < 0xA0;  // U+0080 to U+009F
    if (rune.size() != 3 || byte(0) != 0xE2) return false;
    return (byte(1) == 0x80 && byte(2) >= 0xA8 && byte(2) <= 0xAE) ||  // U+2028 to U+202E
           (byte(1) == 0x81 && byte(2) >= 0xA6 && byte(2) <= 0xA9);    // U+2066 to U+2069
}

using Fields = std::vector<std::pair<const char*, std::string>>;

Fields fields_of(const AuditRecord& record) {
    const auto& d = record.decision;
    return {{"id", d.id.text()},
            {"digest", record.digest},
            {"previous", record.previous},
            {"act", d.act},
            {"outcome", d.is_admitted ? "admitted" : "refused"},
            {"rule", d.rule},
            {"user_id", d.user_id.text()},
            {"user", record.user},
            {"actor_id", d.actor_id.text()},
            {"actor", record.actor},
            {"session_id", d.session_id.text()},
            {"service", d.service},
            {"provider", d.provider},
            {"address", d.address},
            {"attempt", d.attempt},
            {"fault", record.fault}};
}

std::string parameter_value(const std::string& text) {
    std::string out;
    for (const char c : text) {
        if (c == '"' || c == '\\' || c == ']') out += '\\';
        out += c;
    }
    return out;
}

int severity_of(const AuditRecord& record) {
    if (!record.fault.empty()) return 2;         // critical
    return record.decision.is_admitted ? 6 : 4;  // informational, warning
}

}  // namespace

std::string audit_text(std::string_view value, std::size_t most) {
    std::string out;
    for (std::size_t at = 0; at < value.size();) {
        const auto length = utf8_length_at(value, at);
        auto rune = value.substr(at, std::max<std::size_t>(length, 1));
        at += rune.size();
        if (length == 0 || is_unsafe(rune)) rune = replacement;
        if (out.size() + rune.size() > most) break;
        out += rune;
    }
    return out;
}

std::string audit_syslog(const AuditRecord& record, const std::string& host) {
    const auto& d = record.decision;
    auto out = "<" + std::to_string(facility * 8 + severity_of(record)) + ">1 " + time_text(d.create_at) +
               " " + header_word(host, 255) + " concordat - " + header_word(d.act, 32) + " [" + element +
               " seq=\"" + std::to_string(record.seq) + '"';
    for (const auto& [name, value] : fields_of(record))
        if (!value.empty()) out += std::string(" ") + name + "=\"" + parameter_value(audit_text(value)) + '"';
    out += "] " + header_word(d.act, 32) + (d.is_admitted ? " admitted by " : " refused by ") +
           header_word(d.rule, longest_audit_value);
    return out;
}

std::string audit_json(const AuditRecord& record, const std::string& host) {
    const auto& d = record.decision;
    json::object out{{"seq", record.seq},
                     {"time", time_text(d.create_at)},
                     {"create_at", d.create_at},
                     {"host", header_word(host, 255)}};
    for (const auto& [name, value] : fields_of(record))
        if (!value.empty()) out[name] = audit_text(value);
    json::array steps;
    for (const auto& step : d.steps)
        steps.push_back(json::object{{"rule", audit_text(step.rule)}, {"outcome", audit_text(step.outcome)}});
    if (!steps.empty()) out["steps"] = std::move(steps);
    return json::serialize(out) + '\n';
}

}  // namespace concordat::compliance
