#include "identity/account/custom_statuses.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <string_view>

#include "core/base/text.hpp"
#include "identity/account/accounts.hpp"

namespace concordat::identity {
namespace {

constexpr const char* current_prop = "customStatus";
constexpr const char* recent_prop = "recentCustomStatuses";
constexpr const char* never = "0001-01-01T00:00:00Z";
constexpr std::size_t longest_text = 100, longest_emoji = 64, kept = 5;
constexpr std::array<std::string_view, 6> durations{"thirty_minutes", "one_hour",  "four_hours",
                                                    "today",          "this_week", "date_and_time"};

// Two or four digits at `at`.
std::optional<int> digits(std::string_view text, std::size_t at, std::size_t count) {
    if (at + count > text.size()) return std::nullopt;
    int value = 0;
    const auto* end = text.data() + at + count;
    const auto [stop, error] = std::from_chars(text.data() + at, end, value);
    if (error != std::errc() || stop != end || value < 0) return std::nullopt;
    return value;
}

bool is_char(std::string_view text, std::size_t at, char c) {
    return at < text.size() && text[at] == c;
}

// Clients write this prop, too, so it may hold anything; what is no list of statuses counts as none.
std::vector<CustomStatus> recent_in(const StringMap& props) {
    const auto at = props.find(recent_prop);
    if (at == props.end() || at->second.empty()) return {};
    try {
        return parse_json<std::vector<CustomStatus>>(at->second, recent_prop);
    } catch (const Error&) {
        return {};
    }
}

}  // namespace

std::optional<Millis> time_of_rfc3339(const std::string& text) {
    using namespace std::chrono;
    const auto y = digits(text, 0, 4), mo = digits(text, 5, 2), d = digits(text, 8, 2),
               h = digits(text, 11, 2), mi = digits(text, 14, 2), s = digits(text, 17, 2);
    const bool is_shaped = is_char(text, 4, '-') && is_char(text, 7, '-') &&
                           (is_char(text, 10, 'T') || is_char(text, 10, 't')) && is_char(text, 13, ':') &&
                           is_char(text, 16, ':');
    if (!y || !mo || !d || !h || !mi || !s || !is_shaped) return std::nullopt;
    const auto date = year(*y) / month(static_cast<unsigned>(*mo)) / day(static_cast<unsigned>(*d));
    if (*y < 1 || !date.ok() || *h > 23 || *mi > 59 || *s > 60) return std::nullopt;
    std::size_t at = 19;
    Millis fraction = 0;
    if (is_char(text, at, '.')) {
        Millis unit = 100;
        const auto begin = ++at;
        for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, unit /= 10)
            fraction += (text[at] - '0') * unit;
        if (at == begin) return std::nullopt;
    }
    Millis offset = 0;
    if (is_char(text, at, 'Z') || is_char(text, at, 'z')) {
        ++at;
    } else if (is_char(text, at, '+') || is_char(text, at, '-')) {
        const auto oh = digits(text, at + 1, 2), om = digits(text, at + 4, 2);
        if (!oh || !om || *oh > 23 || *om > 59 || !is_char(text, at + 3, ':')) return std::nullopt;
        offset = (*oh * 60 + *om) * (text[at] == '-' ? -60000 : 60000);
        at += 6;
    } else {
        return std::nullopt;
    }
    if (at != text.size()) return std::nullopt;
    const auto days = duration_cast<milliseconds>(sys_days(date).time_since_epoch()).count();
    return days + (*h * 3600 + *mi * 60 + *s) * Millis{1000} + fraction - offset;
}

void CustomStatuses::require_enabled() const {
    require(settings_.current()->TeamSettings.EnableCustomUserStatuses, Fault::unsupported,
            "api.custom_status.disabled", "Custom statuses are switched off on this server.");
}

void CustomStatuses::set(const Actor& actor, const UserId& user, CustomStatus status) {
    require_enabled();
    if (status.expires_at.empty()) status.expires_at = never;
    const auto end = time_of_rfc3339(status.expires_at);
    const bool has_end = end && *end != *time_of_rfc3339(never);
    const bool is_known = status.duration.empty() ||
                          std::find(durations.begin(), durations.end(), status.duration) != durations.end();
    const bool is_timed = has_end ? *end > now_() : status.duration.empty();
    const bool says_something = !status.emoji.empty() || !trimmed(status.text).empty();
    if (!end || !is_known || !is_timed || !says_something || status.emoji.size() > longest_emoji)
        throw bad_body("custom_status");
    if (has_end && status.duration.empty()) status.duration = "date_and_time";
    if (status.emoji.empty()) status.emoji = "speech_balloon";
    status.text = std::string(rune_prefix(status.text, longest_text));
    accounts_.set_props(actor, user, [&](StringMap& props) {
        props[current_prop] = json_text(status);
        auto recent = recent_in(props);
        std::erase_if(recent, [&](const CustomStatus& each) {
            return each.text == status.text && each.emoji == status.emoji;
        });
        recent.insert(recent.begin(), status);
        if (recent.size() > kept) recent.resize(kept);
        props[recent_prop] = json_text(recent);
    });
}

void CustomStatuses::clear(const Actor& actor, const UserId& user) {
    require_enabled();
    accounts_.set_props(actor, user, [](StringMap& props) { props[current_prop].clear(); });
}

void CustomStatuses::forget(const Actor& actor, const UserId& user, const CustomStatus& status) {
    require_enabled();
    accounts_.set_props(actor, user, [&](StringMap& props) {
        auto recent = recent_in(props);
        std::erase_if(recent, [&](const CustomStatus& each) {
            return each.text == status.text && each.emoji == status.emoji && each.duration == status.duration;
        });
        props[recent_prop] = json_text(recent);
    });
}

}  // namespace concordat::identity
