#include "messaging/conversation/team_members.hpp"
#include "messaging/conversation/invitations.hpp"
#include "messaging/conversation/reading.hpp"
#include "web/api/member_roles.hpp"
#include "web/api/paging.hpp"
#include "web/api/path_ids.hpp"
#include "web/api/replies.hpp"
#include "web/api/teams.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

struct NewMember {
    TeamId team_id;
    UserId user_id;
};
BOOST_DESCRIBE_STRUCT(NewMember, (), (team_id, user_id))

// The body names the team once more.
std::vector<UserId> people_in(const Call& call, const std::vector<NewMember>& body) {
    std::vector<UserId> users;
    for (const auto& member : body) {
        if (member.team_id != team_of(call)) throw bad_body("team_id");
        if (member.user_id.empty()) throw bad_body("user_id");
        users.push_back(member.user_id);
    }
    return users;
}

std::string invite_id_of(const Call& call) {
    auto invite_id = call.head.query_value("invite_id");
    require(!invite_id.empty(), Fault::invalid, "api.team.add_user_to_team_from_invite.invalid.app_error",
            "This invitation is not valid.");
    return invite_id;
}

std::optional<TeamId> excepted_team(const Call& call) {
    const auto team = id_in<TeamId>(call, "exclude_team");
    return team.empty() ? std::nullopt : std::optional(team);
}

}  // namespace

void add_team_member_routes(Router& routes, messaging::TeamMembers& members,
                            messaging::Invitations& invitations, messaging::Reading& reading) {
    routes.post("/teams/members/invite", checked_inside("the invitation is the permission"), [&](Call& call) {
        if (const auto token = call.head.query_value("token"); !token.empty())
            return Created<TeamMember>{invitations.accept(call.actor, token, call.head.request_id)};
        return Created<TeamMember>{members.join_by_invite_id(call.actor, invite_id_of(call))};
    });

    routes.get("/teams/{team_id}/members", on_team(Permission::view_team, "team_id"), [&](Call& call) {
        const auto page = paging_of(call);
        const bool by_username = call.head.query_value("sort") == "Username";
        return members.page(call.actor, team_of(call), by_username, flag_in(call, "exclude_deleted_users"),
                            page.offset(), page.per_page);
    });

    routes.post("/teams/{team_id}/members", checked_inside("joining oneself and adding others differ"),
                [&](Call& call, NewMember body) {
                    return Created<TeamMember>{
                        members.add(call.actor, team_of(call), people_in(call, {body}).front())};
                });

    routes.post("/teams/{team_id}/members/batch", on_team(Permission::add_user_to_team, "team_id"),
                [&](Call& call, std::vector<NewMember> body) {
                    const auto users = people_in(call, body);
                    if (flag_in(call, "graceful"))
                        return json_reply(members.try_add(call.actor, team_of(call), users), 201);
                    return json_reply(members.add(call.actor, team_of(call), users), 201);
                });

    routes.post(
        "/teams/{team_id}/members/ids", on_team(Permission::view_team, "team_id"),
        [&](Call& call, std::vector<UserId> body) { return members.among(call.actor, team_of(call), body); });

    routes.get("/teams/{team_id}/members/{user_id}", on_team(Permission::view_team, "team_id"),
               [&](Call& call) { return members.get(call.actor, team_of(call), user_of(call)); });

    routes.del("/teams/{team_id}/members/{user_id}", checked_inside("leaving and removing others differ"),
               [&](Call& call) { members.remove(call.actor, team_of(call), user_of(call)); });

    routes.put("/teams/{team_id}/members/{user_id}/roles", on_team(Permission::manage_team_roles, "team_id"),
               [&](Call& call, MemberRoles body) {
                   members.set_roles(call.actor, team_of(call), user_of(call), body.roles);
               });

    routes.put("/teams/{team_id}/members/{user_id}/schemeRoles",
               on_team(Permission::manage_team_roles, "team_id"),
               [&](Call& call, messaging::SchemeRoles body) {
                   members.set_scheme_roles(call.actor, team_of(call), user_of(call), body);
               });

    routes.get("/teams/{team_id}/stats", on_team(Permission::view_team, "team_id"),
               [&](Call& call) { return members.stats(call.actor, team_of(call)); });

    routes.get("/users/{user_id}/teams/members", self_or(Permission::read_other_users_teams, "user_id"),
               [&](Call& call) { return members.of_user(call.actor, user_of(call)); });

    routes.get("/users/{user_id}/teams/unread", self_or(Permission::manage_system, "user_id"),
               [&](Call& call) {
                   return reading.of_teams(user_of(call), excepted_team(call),
                                           flag_in(call, "include_collapsed_threads"));
               });

    routes.get("/users/{user_id}/teams/{team_id}/unread", self_or(Permission::edit_other_users, "user_id"),
               [&](Call& call) { return reading.of_team(call.actor, user_of(call), team_of(call)); });
}

}  // namespace concordat::web
