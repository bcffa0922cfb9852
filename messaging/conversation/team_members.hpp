// Who belongs to a team: joining, adding, leaving, roles.
//
// Thread-safe; calls block, one transaction for each person concerned. Every call decides what its actor may
// do.
//
// Errors: app.team.get_member.missing.app_error (not_found);
// app.team.join_user_to_team.max_accounts.app_error, api.team.join_user_to_team.* (invalid);
// api.team.add_user_to_team_from_invite.guest.app_error (forbidden); lacks_permission(). Of teams that groups
// constrain: api.team.add_members.user_denied, api.team.remove_member.group_constrained.app_error (invalid).
#pragma once
#include <optional>
#include <string>
#include <vector>
#include "core/config/live.hpp"
#include "core/model/actor.hpp"
#include "core/model/team.hpp"
#include "identity/access/gate.hpp"

namespace concordat::storage {
class Database;
}

namespace concordat::messaging {

struct TeamStats {
    TeamId team_id;
    std::int64_t total_member_count = 0;
    std::int64_t active_member_count = 0;
};
BOOST_DESCRIBE_STRUCT(TeamStats, (), (team_id, total_member_count, active_member_count))

// Scheme roles, as clients set them for members of teams and channels.
struct SchemeRoles {
    bool scheme_admin = false, scheme_user = false, scheme_guest = false;
};
BOOST_DESCRIBE_STRUCT(SchemeRoles, (), (scheme_admin, scheme_user, scheme_guest))
// What these names, with blanks between, say where the roles of guests, members and administrators are called
// `names`. Throws invalid `id` for a name that is none of them.
SchemeRoles scheme_roles_named(const std::string& roles, const std::vector<std::string>& names,
                               const char* id);

struct MemberFailure {
    std::string id, message, detailed_error, request_id;
    int status_code = 0;
};
BOOST_DESCRIBE_STRUCT(MemberFailure, (), (id, message, detailed_error, request_id, status_code))

// What became of one person when many were added.
struct MemberOutcome {
    UserId user_id;
    Nullable<TeamMember> member;
    Nullable<MemberFailure> error;
};
BOOST_DESCRIBE_STRUCT(MemberOutcome, (), (user_id, member, error))

inline constexpr std::size_t most_members_at_once = 256;

class TeamMembers {
public:
    // All must outlive this object.
    TeamMembers(storage::Database& db, identity::Gate& gate, const LiveSettings& settings)
        : db_(db), gate_(gate), settings_(settings) {}

    // Oneself into a team one may join, or somebody else. Who is a member already is simply returned.
    TeamMember add(const Actor& actor, const TeamId& team, const UserId& user);
    // Up to most_members_at_once. The first failure ends it; those before it stay.
    std::vector<TeamMember> add(const Actor& actor, const TeamId& team, const std::vector<UserId>& users);
    // Goes on after failures.
    std::vector<MemberOutcome> try_add(const Actor& actor, const TeamId& team,
                                       const std::vector<UserId>& users);
    // The actor, by an invitation.
    TeamMember join_by_invite_id(const Actor& actor, const std::string& invite_id);
    // Oneself, or somebody else. Leaves all channels of the team.
    void remove(const Actor& actor, const TeamId& team, const UserId& user);
    void set_scheme_roles(const Actor& actor, const TeamId& team, const UserId& user,
                          const SchemeRoles& roles);
    // The same by the names of roles, those of the team's scheme or the built-in ones, with blanks between.
    void set_roles(const Actor& actor, const TeamId& team, const UserId& user, const std::string& roles);

    // A former member comes with delete_at.
    TeamMember get(const Actor& actor, const TeamId& team, const UserId& user);
    std::vector<TeamMember> page(const Actor& actor, const TeamId& team, bool by_username,
                                 bool without_deactivated, std::int64_t offset, std::int64_t limit);
    std::vector<TeamMember> among(const Actor& actor, const TeamId& team, const std::vector<UserId>& users);
    // Former memberships, too.
    std::vector<TeamMember> of_user(const Actor& actor, const UserId& user);
    TeamStats stats(const Actor& actor, const TeamId& team);

private:
    TeamMember join(const Actor& actor, const TeamId& team, const UserId& user);
    std::vector<TeamMember> seen_by(const Actor& actor, std::vector<TeamMember> members);

    storage::Database& db_;
    identity::Gate& gate_;
    const LiveSettings& settings_;
};

}  // namespace concordat::messaging
