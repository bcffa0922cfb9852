// How far people have read: viewing channels, what is unread in them and in teams. Marking a post as unread
// is with the posts.
//
// Thread-safe; calls block. view() is called whenever somebody looks at a channel: one statement whatever the
// number of channels, and one for its fact when something was unread. Whose reading it is, is the route's
// rule.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>
#include "core/config/live.hpp"
#include "core/model/actor.hpp"
#include "core/model/channel.hpp"
#include "core/model/team.hpp"
#include "identity/access/gate.hpp"

namespace concordat::storage {
class Database;
}

namespace concordat::messaging {

struct Viewed {
    std::string status = "OK";
    std::map<std::string, Millis> last_viewed_at_times;  // by channel id
};
BOOST_DESCRIBE_STRUCT(Viewed, (), (status, last_viewed_at_times))

class Reading {
public:
    // All must outlive this object.
    Reading(storage::Database& db, identity::Gate& gate, const LiveSettings& settings)
        : db_(db), gate_(gate), settings_(settings) {}

    // Channels in which the person is not are passed over. Threads of the channels are read, too, unless both
    // the client and the person collapse replies.
    Viewed view(const UserId& user, const std::vector<ChannelId>& channels, bool client_collapses_threads);

    // Direct and group channels are in no team's count; muted channels count mentions only.
    std::vector<TeamUnread> of_teams(const UserId& user, const std::optional<TeamId>& except,
                                     bool with_threads);
    TeamUnread of_team(const Actor& actor, const UserId& user, const TeamId& team);
    ChannelUnread of_channel(const Actor& actor, const UserId& user, const ChannelId& channel);

private:
    storage::Database& db_;
    identity::Gate& gate_;
    const LiveSettings& settings_;
};

}  // namespace concordat::messaging
