// Custom statuses: what a person writes about themselves, shown to all, with an end.
//
// Thread-safe; calls block, one transaction each. A custom status is the prop customStatus of an account,
// JSON in a text; the last five are kept in the prop recentCustomStatuses. Clients take an ended one away by
// themselves. That the actor may change the account is the route's rule.
//
// Errors: api.custom_status.disabled (unsupported), bad_body("custom_status").
#pragma once
#include <boost/describe.hpp>
#include <optional>
#include <string>
#include "core/base/clock.hpp"
#include "core/config/live.hpp"
#include "core/model/actor.hpp"
#include "core/model/user.hpp"

namespace concordat::identity {

class Accounts;

struct CustomStatus {
    std::string emoji;  // name, without colons
    std::string text;
    std::string duration;    // "", thirty_minutes, one_hour, four_hours, today, this_week, date_and_time
    std::string expires_at;  // RFC 3339; "" or the year 1: never
};
BOOST_DESCRIBE_STRUCT(CustomStatus, (), (emoji, text, duration, expires_at))

// Milliseconds since 1970; nothing when `text` is no RFC 3339 time of the years 1 to 9999.
std::optional<Millis> time_of_rfc3339(const std::string& text);

class CustomStatuses {
public:
    // All must outlive this object.
    CustomStatuses(Accounts& accounts, const LiveSettings& settings, Clock now = wall_clock)
        : accounts_(accounts), settings_(settings), now_(std::move(now)) {}

    void set(const Actor& actor, const UserId& user, CustomStatus status);
    void clear(const Actor& actor, const UserId& user);
    // Takes it from those that are offered again. Not being among them is no error.
    void forget(const Actor& actor, const UserId& user, const CustomStatus& status);

private:
    void require_enabled() const;

    Accounts& accounts_;
    const LiveSettings& settings_;
    Clock now_;
};

}  // namespace concordat::identity
