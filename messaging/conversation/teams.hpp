// Teams: made, found, changed, archived. Who belongs to them is in team_members.hpp.
//
// Thread-safe; calls block, at most one transaction each. Every call decides what its actor may do and see;
// the address and the invitation of a team are blanked for those who may not manage it or invite.
//
// Errors: app.team.get.find.app_error, app.team.get_by_name.missing.app_error (not_found);
// model.team.is_valid.*, app.team.save.existing.app_error (invalid); lacks_permission().
#pragma once
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

struct TeamPage {
    std::vector<Team> teams;
    std::int64_t total_count = 0;
};
BOOST_DESCRIBE_STRUCT(TeamPage, (), (teams, total_count))

// What somebody who holds an invitation is told.
struct TeamInvitation {
    std::string display_name, description, name;
    TeamId id;
};
BOOST_DESCRIBE_STRUCT(TeamInvitation, (), (display_name, description, name, id))

class Teams {
public:
    // All must outlive this object.
    Teams(storage::Database& db, identity::Gate& gate, const LiveSettings& settings)
        : db_(db), gate_(gate), settings_(settings) {}

    // With its default channels; the actor becomes its administrator.
    Team create(const Actor& actor, Team team);
    Team get(const Actor& actor, const TeamId& id);
    Team by_name(const Actor& actor, const std::string& name);
    // Whether there is such a team and the actor may know of it.
    bool exists(const Actor& actor, const std::string& name);
    TeamInvitation by_invite_id(const std::string& invite_id);

    // Of the teams that the actor may join or list; "" is any term.
    TeamPage list(const Actor& actor, const std::string& term, std::int64_t offset, std::int64_t limit);
    // Live ones, of which `user` is a member.
    std::vector<Team> of_user(const Actor& actor, const UserId& user);
    // To which everybody in a direct or group channel belongs.
    std::vector<Team> common_to(const Actor& actor, const ChannelId& channel);

    Team patch(const Actor& actor, const TeamId& id, const TeamPatch& patch);
    Team renew_invitation(const Actor& actor, const TeamId& id);
    // Archives it.
    void remove(const Actor& actor, const TeamId& id);
    // Takes that back. Invalid, api.team.restore_team.restored.app_error, when it is not archived.
    Team restore(const Actor& actor, const TeamId& id);

private:
    void require_visible(const Actor& actor, const Team& team);
    Team seen_by(const Actor& actor, Team team);
    std::vector<Team> seen_by(const Actor& actor, std::vector<Team> teams);

    storage::Database& db_;
    identity::Gate& gate_;
    const LiveSettings& settings_;
};

}  // namespace concordat::messaging
