// Who is in a channel: joining, adding, leaving, removing, roles, notify settings.
//
// Thread-safe; calls block, one transaction for each person concerned. Every call decides what its actor may
// do. What says when others looked is -1 in their members.
//
// Errors: app.channel.get_member.missing.app_error (not_found); api.channel.add_user_to_channel.*,
// api.channel.leave.default.app_error, api.channel.remove.default.app_error,
// api.channel.remove_channel_member.type.app_error (invalid); lacks_permission(). Of channels that groups
// constrain: api.channel.add_members.user_denied, api.channel.remove_member.group_constrained.app_error
// (invalid).
#pragma once
#include <map>
#include <string>
#include <vector>
#include "core/model/actor.hpp"
#include "core/model/channel.hpp"
#include "identity/access/gate.hpp"
#include "messaging/conversation/team_members.hpp"

namespace concordat::storage {
class Database;
}

namespace concordat::messaging {

inline constexpr std::size_t most_added_at_once = 1000;

class ChannelMembers {
public:
    // All must outlive this object.
    ChannelMembers(storage::Database& db, identity::Gate& gate) : db_(db), gate_(gate) {}

    // Oneself into a public channel, or others. Who is in it already is simply returned.
    std::vector<ChannelMember> add(const Actor& actor, const ChannelId& channel,
                                   const std::vector<UserId>& users);
    // Oneself, or somebody else.
    void remove(const Actor& actor, const ChannelId& channel, const UserId& user);
    // Unknown keys are passed over. Throws bad_body(key) for a value the key cannot have.
    void set_notify_props(const Actor& actor, const ChannelId& channel, const UserId& user,
                          const std::map<std::string, std::string>& props);
    void set_scheme_roles(const Actor& actor, const ChannelId& channel, const UserId& user,
                          const SchemeRoles& roles);
    // The same by the names of roles, those of the channel's scheme or the built-in ones, with blanks
    // between.
    void set_roles(const Actor& actor, const ChannelId& channel, const UserId& user,
                   const std::string& roles);

    ChannelMember get(const Actor& actor, const ChannelId& channel, const UserId& user);
    std::vector<ChannelMember> page(const Actor& actor, const ChannelId& channel, std::int64_t offset,
                                    std::int64_t limit);
    std::vector<ChannelMember> among(const Actor& actor, const ChannelId& channel,
                                     const std::vector<UserId>& users);
    // Memberships of one person: a team's channels and direct and group ones, or all there are by page.
    std::vector<ChannelMember> of_user_in_team(const Actor& actor, const UserId& user, const TeamId& team);
    std::vector<ChannelMemberWithTeamData> of_user(const Actor& actor, const UserId& user,
                                                   std::int64_t offset, std::int64_t limit);

    // files_count is -1 when not asked for.
    ChannelStats stats(const Actor& actor, const ChannelId& channel, bool with_files);
    // The time zones of the members, each once.
    std::vector<std::string> timezones(const Actor& actor, const ChannelId& channel);

private:
    identity::ChannelPlace place(const ChannelId& channel);
    identity::ChannelPlace seen_place(const Actor& actor, const ChannelId& channel);
    ChannelMember add_one(const Actor& actor, const identity::ChannelPlace& place, const UserId& user);

    storage::Database& db_;
    identity::Gate& gate_;
};

}  // namespace concordat::messaging
