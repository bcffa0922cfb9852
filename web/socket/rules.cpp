#include "web/socket/rules.hpp"

#include <algorithm>

namespace concordat::web {

bool is_among(const RosterMember& member, const Announcement& event) {
    return !event.omits(member.user_id) && fits_guests(member, event);
}

bool fits_guests(const RosterMember& member, const Announcement& event) {
    if (event.is_for_guests) return member.is_guest;
    return !member.is_guest || !event.guests_only_in || member.is_in_any(*event.guests_only_in);
}

bool may_see(const RosterMember& member, const Announcement& event) {
    const auto& to = event.broadcast;
    return !(to.contains_sanitized_data && member.is_admin) &&
           !(to.contains_sensitive_data && !member.is_admin);
}

bool has_open(const Subscriber& subscriber, const Announcement& event) {
    const auto& channel = event.broadcast.channel_id;
    return !event.is_only_where_open || subscriber.open_channel == channel ||
           subscriber.open_thread_channel == channel;
}

bool is_for(const RosterMember& member, const Subscriber& subscriber, const Announcement& event) {
    const auto& to = event.broadcast;
    if (!may_see(member, event)) return false;
    if (!to.connection_id.empty()) return subscriber.id == to.connection_id;
    if (subscriber.id == to.omit_connection_id || !has_open(subscriber, event)) return false;
    if (!to.user_id.empty()) return member.user_id == to.user_id && fits_guests(member, event);
    if (!is_among(member, event)) return false;
    if (!to.channel_id.empty()) return member.is_in(to.channel_id);
    if (!to.team_id.empty()) return std::binary_search(member.teams.begin(), member.teams.end(), to.team_id);
    return true;
}

}  // namespace concordat::web
