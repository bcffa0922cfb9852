// Routes of teams and of who belongs to them.
#pragma once

namespace concordat::messaging {
class Invitations;
class Reading;
class TeamMembers;
class Teams;
class UserGroups;
}  // namespace concordat::messaging

namespace concordat::web {

class Router;
// `groups`: whether they constrain a team.
void add_team_routes(Router& routes, messaging::Teams& teams, messaging::UserGroups& groups);
void add_team_member_routes(Router& routes, messaging::TeamMembers& members,
                            messaging::Invitations& invitations, messaging::Reading& reading);

// Members and guests invited by mail.
void add_invitation_routes(Router& routes, messaging::Invitations& invitations);

}  // namespace concordat::web
