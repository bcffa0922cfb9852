// Messages between people: direct channels of two (or of one with himself), and group channels of three to
// eight.
//
// Thread-safe; calls block. There is one channel for the same people: asking again gives it back. It is in no
// team.
//
// With people of other organisations, it is for whoever knows these to allow it: set_abroad().
//
// A group can become a private channel of a team in which all its members are: the messages, files and
// threads stay, and so do the members.
//
// Errors: api.channel.create_direct_channel.*, api.channel.create_group.*, api.channel.group_to_channel.*,
// barrier.* (identity/barrier/barriers.hpp), model.channel.is_valid.*,
// store.sql_channel.save_channel.exists.app_error (invalid);
// api.channel.create_channel.direct_channel.team_restricted_error.app_error (forbidden); lacks_permission().
#pragma once
#include <functional>
#include <vector>
#include "core/config/live.hpp"
#include "core/model/actor.hpp"
#include "core/model/channel.hpp"
#include "core/model/user.hpp"
#include "identity/access/gate.hpp"

namespace concordat::storage {
class Database;
class Tx;
}  // namespace concordat::storage

namespace concordat::messaging {

inline constexpr std::size_t least_in_group = 3, most_in_group = 8;  // the one who makes it counts

// Makes the channel, which has its id, type and name, with these people in it; shows it to both people of a
// direct one, and to those of a group who have not made it when others did. False when there is one of that
// name. Throws Error (forbidden, barrier_apart) when a barrier stands between two of them.
bool open_between_people(storage::Tx& tx, Channel& channel, const std::vector<User>& users);

class DirectChannels {
public:
    // All must outlive this object.
    DirectChannels(storage::Database& db, identity::Gate& gate, const LiveSettings& settings)
        : db_(db), gate_(gate), settings_(settings) {}

    // Asked in the transaction that makes a channel with people of other organisations; gives it its id.
    // Throws what the actor is told. Without it there are none.
    using Abroad = std::function<void(storage::Tx&, const Actor&, Channel&, const std::vector<User>&)>;
    void set_abroad(Abroad abroad) { abroad_ = std::move(abroad); }

    // One or two ids, of which one is the actor's, unless the actor manages the system.
    Channel direct(const Actor& actor, const std::vector<UserId>& ids);
    // The actor is added when missing.
    Channel group(const Actor& actor, std::vector<UserId> ids);
    // `wanted` says team, name and display name. The actor must be in the group and may create private
    // channels in the team; they become the channel's administrator.
    Channel make_private(const Actor& actor, const ChannelId& id, const Channel& wanted);

private:
    std::vector<User> people(const Actor& actor, const std::vector<UserId>& ids, const char* missing);
    void check_common_team(storage::Tx& tx, const std::vector<User>& users);
    void check_team(storage::Tx& tx, const ChannelId& id, const TeamId& team);
    Channel existing_or_new(const Actor& actor, Channel channel, const std::vector<User>& users);

    storage::Database& db_;
    identity::Gate& gate_;
    const LiveSettings& settings_;
    Abroad abroad_;
};

}  // namespace concordat::messaging
