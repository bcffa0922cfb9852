// Routes of teams and of who belongs to them.
#pragma once

namespace concordat::messaging {
class Reading;
class TeamMembers;
class Teams;
}  // namespace concordat::messaging

namespace concordat::web {

class Router;
void add_team_routes(Router& routes, messaging::Teams& teams);
void add_team_member_routes(Router& routes, messaging::TeamMembers& members, messaging::Reading& reading);

}  // namespace concordat::web
