#include "web/api/teams.hpp"

#include <algorithm>

#include "messaging/conversation/teams.hpp"
#include "messaging/group/user_groups.hpp"
#include "web/api/paging.hpp"
#include "web/api/path_ids.hpp"
#include "web/api/replies.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

struct TeamExists {
    bool exists = false;
};
BOOST_DESCRIBE_STRUCT(TeamExists, (), (exists))

struct TeamSearch {
    std::string term;
    std::optional<std::int64_t> page, per_page;
};
BOOST_DESCRIBE_STRUCT(TeamSearch, (), (term, page, per_page))

constexpr std::int64_t most_teams = 1000;

TeamPatch everything_of(Team team) {
    return {std::move(team.display_name), std::move(team.description), std::move(team.company_name),
            std::move(team.allowed_domains), team.allow_open_invite};
}

struct TeamPrivacy {
    std::string privacy;  // O or I
};
BOOST_DESCRIBE_STRUCT(TeamPrivacy, (), (privacy))

struct TeamChange : TeamPatch {
    std::optional<bool> group_constrained;
};
BOOST_DESCRIBE_STRUCT(TeamChange, (TeamPatch), (group_constrained))

Reply searched(messaging::Teams& teams, const Call& call, const TeamSearch& search) {
    const bool is_paged = search.page && search.per_page;
    const auto per_page = is_paged ? std::clamp<std::int64_t>(*search.per_page, 0, 200) : most_teams;
    const auto offset = is_paged ? std::clamp<std::int64_t>(*search.page, 0, 1'000'000) * per_page : 0;
    const auto found = teams.list(call.actor, search.term, offset, per_page);
    return is_paged ? json_reply(found) : json_reply(found.teams);
}

}  // namespace

void add_team_routes(Router& routes, messaging::Teams& teams, messaging::UserGroups& groups) {
    routes.post("/teams", on_system(Permission::create_team), [&](Call& call, Team body) {
        return Created<Team>{teams.create(call.actor, std::move(body))};
    });

    routes.get("/teams", checked_inside("lists what the caller may join or list"), [&](Call& call) {
        const auto page = paging_of(call);
        const auto found = teams.list(call.actor, "", page.offset(), page.per_page);
        return flag_in(call, "include_total_count") ? json_reply(found) : json_reply(found.teams);
    });

    routes.post("/teams/search", checked_inside("finds what the caller may join or list"),
                [&](Call& call, TeamSearch body) { return searched(teams, call, body); });

    routes.get("/teams/name/{name}", checked_inside("open teams are visible to all"),
               [&](Call& call) { return teams.by_name(call.actor, call.path_value("name")); });

    routes.get("/teams/name/{name}/exists", checked_inside("tells of visible teams only"),
               [&](Call& call) { return TeamExists{teams.exists(call.actor, call.path_value("name"))}; });

    routes.get("/teams/invite/{invite_id}", anyone(),
               [&](Call& call) { return teams.by_invite_id(call.path_value("invite_id")); });

    routes.get("/teams/{team_id}", checked_inside("open teams are visible to all"),
               [&](Call& call) { return teams.get(call.actor, team_of(call)); });

    routes.put("/teams/{team_id}", on_team(Permission::manage_team, "team_id"), [&](Call& call, Team body) {
        if (body.id != team_of(call)) throw bad_body("id");
        return teams.patch(call.actor, team_of(call), everything_of(std::move(body)));
    });

    routes.put("/teams/{team_id}/patch", on_team(Permission::manage_team, "team_id"),
               [&](Call& call, TeamChange body) {
                   if (body.group_constrained)
                       groups.constrain_team(call.actor, team_of(call), *body.group_constrained);
                   return teams.patch(call.actor, team_of(call), body);
               });

    routes.del("/teams/{team_id}", on_team(Permission::manage_team, "team_id"), [&](Call& call) {
        require(!flag_in(call, "permanent"), Fault::unsupported, "api.team.delete_team.not_enabled",
                "Teams are archived, not deleted.");
        teams.remove(call.actor, team_of(call));
    });

    routes.put("/teams/{team_id}/privacy", on_team(Permission::manage_team, "team_id"),
               [&](Call& call, TeamPrivacy body) {
                   if (body.privacy != "O" && body.privacy != "I") throw bad_body("privacy");
                   TeamPatch patch;
                   patch.allow_open_invite = body.privacy == "O";
                   return teams.patch(call.actor, team_of(call), patch);
               });

    routes.post("/teams/{team_id}/restore", on_team(Permission::manage_team, "team_id"),
                [&](Call& call) { return teams.restore(call.actor, team_of(call)); });

    routes.post("/teams/{team_id}/regenerate_invite_id", on_team(Permission::manage_team, "team_id"),
                [&](Call& call) { return teams.renew_invitation(call.actor, team_of(call)); });

    routes.get("/users/{user_id}/teams",
               self_or(Permission::sysconsole_read_user_management_users, "user_id"),
               [&](Call& call) { return teams.of_user(call.actor, call.id<UserId>("user_id")); });

    routes.get("/channels/{channel_id}/common_teams", on_channel(Permission::read_channel, "channel_id"),
               [&](Call& call) { return teams.common_to(call.actor, call.id<ChannelId>("channel_id")); });
}

}  // namespace concordat::web
