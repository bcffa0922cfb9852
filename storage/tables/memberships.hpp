// Who belongs where: the few columns that permission checks read.
#pragma once
#include <optional>
#include <string>
#include <vector>
#include "core/model/channel.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {

// "channel_user channel_admin ...": what the scheme flags and the explicit roles give together.
// `prefix` is "team" or "channel".
std::string effective_roles(const std::string& prefix, bool is_guest, bool is_user, bool is_admin,
                            const std::string& explicit_roles);

class MembershipTable {
public:
    explicit MembershipTable(Tx& tx) : tx_(tx) {}
    // Effective roles; nothing when the person is not a member (now).
    std::optional<std::string> channel_roles(const UserId& user, const ChannelId& channel);
    std::optional<std::string> team_roles(const UserId& user, const TeamId& team);
    bool share_a_channel(const UserId& a, const UserId& b);
    // A live team to which all of them belong.
    bool share_a_team(const std::vector<UserId>& users);
    std::vector<ChannelId> channels_of(const UserId& user);
    std::vector<TeamId> teams_of(const UserId& user);
    // A guest wherever the person is a member: no rights of members or administrators of places remain.
    void make_guest(const UserId& user);
    // The reverse: a member wherever a guest was.
    void make_member(const UserId& user);

private:
    Tx& tx_;
};

}  // namespace concordat::storage
