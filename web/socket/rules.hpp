// Who receives an event. Private to this room; pure functions.
//
// A shard finds candidates through its registry and asks the narrow questions; is_for() asks all of
// them, in order: sanitised or sensitive, one connection, the omitted connection, one user, omitted
// users, guests, channel, team.
#pragma once
#include "web/socket/roster.hpp"

namespace concordat::web {

// The split by manage_system, which even an event for one connection obeys.
bool may_see(const RosterMember& member, const Announcement& event);
// What guests get, and others do not, or the other way round.
bool fits_guests(const RosterMember& member, const Announcement& event);
// Neither omitted nor a guest kept out; for events that are not meant for one user or connection.
bool is_among(const RosterMember& member, const Announcement& event);
// The client shows the event's channel, if that matters.
bool has_open(const Subscriber& subscriber, const Announcement& event);
bool is_for(const RosterMember& member, const Subscriber& subscriber, const Announcement& event);

}  // namespace concordat::web
