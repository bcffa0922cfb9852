// Coming and going: what happens, inside the caller's transaction, when people enter or leave teams and
// channels: the rows, the intervals of the history, the facts, and the messages about it.
//
// No permission is checked here; the services that call this do.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>
#include "core/config/settings.hpp"
#include "core/model/actor.hpp"
#include "core/model/channel.hpp"
#include "core/model/team.hpp"
#include "core/model/user.hpp"
#include "identity/access/gate.hpp"

namespace concordat::storage {
class Tx;
}

namespace concordat::messaging {

// Who comes, goes, or makes others come and go.
struct Party {
    UserId id;
    std::string username;
    bool is_guest = false;
};
Party party_of(const Actor& actor);
Party party_of(const User& user);
bool is_guest(const User& user);

identity::ChannelPlace place_of(const Channel& channel);
std::map<std::string, std::string> default_notify_props();
// Names of the channels that are joined with a team, town-square first.
std::vector<std::string> default_channels(const Settings& settings);

// False when the place is for members of its groups alone, and the person is in none of them. Bots are.
bool groups_admit(storage::Tx& tx, const Team& team, const User& who);
bool groups_admit(storage::Tx& tx, const Channel& channel, const User& who);

// False when a barrier stands between the person and somebody in the channel.
bool barriers_admit(storage::Tx& tx, const Channel& channel, const User& who);

// Row, interval and fact; what was posted before counts as read. False when `who` was in it already. `by` is
// whose doing it is: `who`, or somebody else. Throws Error (forbidden, barrier_apart) when a barrier stands
// between `who` and somebody in it.
bool enter_channel(storage::Tx& tx, const Channel& channel, const Party& who, const Party& by, bool as_admin);
// "joined", or "added by". Being added is a mention, unless it is only a consequence of something else.
void tell_entered(storage::Tx& tx, const Channel& channel, const Party& who, const Party& by,
                  bool is_mention = true);
// False when `who` was not in it.
bool leave_channel(storage::Tx& tx, const Channel& channel, const Party& who, const Party& by);
void tell_left(storage::Tx& tx, const Channel& channel, const Party& who, const Party& by);

// The membership with its sidebar and default channels. False when `who` is a member already. Throws Error
// (invalid) when the team is full, archived, or does not admit the person's e-mail domain, or its groups do
// not admit the person.
bool join_team(storage::Tx& tx, const Settings& settings, const Team& team, const User& who, const Party& by,
               bool as_admin);
// Out of the team, of all its channels, and of its sidebar. False when `who` is no member.
bool leave_team(storage::Tx& tx, const Settings& settings, const Team& team, const Party& who,
                const Party& by);

}  // namespace concordat::messaging
