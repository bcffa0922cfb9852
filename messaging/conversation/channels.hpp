// Public and private channels: made, found, changed, archived, restored. Lists are in channel_lists.hpp,
// messages between people in direct_channels.hpp, members in channel_members.hpp.
//
// Thread-safe; calls block, at most one transaction each. Every call decides what its actor may do and see. A
// private channel that the actor may not see does not exist when it is asked for by name, and is forbidden by
// id.
//
// Errors: app.channel.get.existing.app_error, app.channel.get_by_name.missing.app_error (not_found);
// store.sql_channel.save_channel.exists.app_error, model.channel.is_valid.*, api.channel.* (invalid);
// lacks_permission().
#pragma once
#include <string>
#include "core/config/live.hpp"
#include "core/model/actor.hpp"
#include "core/model/channel.hpp"
#include "identity/access/gate.hpp"

namespace concordat::storage {
class Database;
class Tx;
}  // namespace concordat::storage

namespace concordat::messaging {

class Channels {
public:
    // All must outlive this object.
    Channels(storage::Database& db, identity::Gate& gate, const LiveSettings& settings)
        : db_(db), gate_(gate), settings_(settings) {}

    // The actor becomes its first member and administrator.
    Channel create(const Actor& actor, Channel channel);

    Channel get(const Actor& actor, const ChannelId& id);
    Channel by_name(const Actor& actor, const TeamId& team, const std::string& name, bool with_deleted);
    Channel by_team_name(const Actor& actor, const std::string& team, const std::string& name,
                         bool with_deleted);

    // A message in the channel tells of a new header, purpose or display name.
    Channel patch(const Actor& actor, const ChannelId& id, const ChannelPatch& patch);
    // Like patch, with everything the channel has; name and display name stay when they are empty. The type
    // cannot change.
    Channel update(const Actor& actor, const ChannelId& id, const Channel& next);
    // `type` is O or P.
    Channel set_privacy(const Actor& actor, const ChannelId& id, const std::string& type);
    // Archives it.
    void remove(const Actor& actor, const ChannelId& id);
    Channel restore(const Actor& actor, const ChannelId& id);

private:
    void require_may_change(const Actor& actor, const identity::ChannelPlace& place);
    identity::ChannelPlace place(const ChannelId& id);

    storage::Database& db_;
    identity::Gate& gate_;
    const LiveSettings& settings_;
};

}  // namespace concordat::messaging
