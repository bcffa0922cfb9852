// Lists of channels: somebody's, a team's, found by a term.
//
// Thread-safe; calls block; one or two statements each, however many channels. Every call decides what its
// actor may see. Terms match any part of the name or of the display name.
#pragma once
#include <map>
#include <string>
#include <vector>
#include "core/model/actor.hpp"
#include "core/model/channel.hpp"
#include "identity/access/gate.hpp"

namespace concordat::storage {
class Database;
class Tx;
struct ChannelSearch;
}  // namespace concordat::storage

namespace concordat::messaging {

struct ChannelWithTeam : Channel {
    std::string team_display_name, team_name;
    Millis team_update_at = 0;
};
BOOST_DESCRIBE_STRUCT(ChannelWithTeam, (Channel), (team_display_name, team_name, team_update_at))

// With the names of their teams, for lists over several.
std::vector<ChannelWithTeam> with_teams(storage::Tx& tx, std::vector<Channel> channels);

struct ChannelPage {
    std::vector<ChannelWithTeam> channels;
    std::int64_t total_count = 0;
};
BOOST_DESCRIBE_STRUCT(ChannelPage, (), (channels, total_count))

struct Slice {
    std::int64_t offset = 0, limit = 60;
};

// Archived channels come only when asked for, and then those archived since a time.
struct ArchivedToo {
    bool wanted = false;
    Millis since = 0;
};

class ChannelLists {
public:
    // All must outlive this object.
    ChannelLists(storage::Database& db, identity::Gate& gate) : db_(db), gate_(gate) {}

    // Of all teams, with direct and group ones. Whose they may be is the route's rule. Throws Error not_found
    // when there are none.
    std::vector<Channel> of_user(const UserId& user, const ArchivedToo& archived);
    // Of one team, with direct and group ones.
    std::vector<Channel> of_user_in_team(const Actor& actor, const UserId& user, const TeamId& team,
                                         const ArchivedToo& archived);

    std::vector<Channel> public_of_team(const Actor& actor, const TeamId& team, const Slice& slice);
    std::vector<Channel> private_of_team(const Actor& actor, const TeamId& team, const Slice& slice);
    std::vector<Channel> archived_of_team(const Actor& actor, const TeamId& team, const Slice& slice);
    // Live public ones among these. Throws Error not_found when there is none.
    std::vector<Channel> public_among(const Actor& actor, const TeamId& team,
                                      const std::vector<ChannelId>& ids);

    // Public ones of the team and private ones the actor belongs to.
    std::vector<Channel> autocomplete(const Actor& actor, const TeamId& team, const std::string& term);
    // Those the actor belongs to, direct and group ones by the names of the people.
    std::vector<Channel> autocomplete_own(const Actor& actor, const TeamId& team, const std::string& term);
    // Public ones; for those who may not list the team's channels, public ones they belong to.
    std::vector<Channel> search_public(const Actor& actor, const TeamId& team, const std::string& term);
    // Group channels of the actor, by the names of the people in them.
    std::vector<Channel> search_groups(const Actor& actor, const std::string& term);
    // In several teams. `as_administrator`: in all there are, needs the right to; otherwise what the actor
    // may find. Which channels have a policy of retention is for those who may read these.
    ChannelPage search_teams(const Actor& actor, storage::ChannelSearch search, bool as_administrator);

    std::map<std::string, std::int64_t> member_counts(const Actor& actor, const std::vector<ChannelId>& ids);

private:
    storage::Database& db_;
    identity::Gate& gate_;
};

}  // namespace concordat::messaging
