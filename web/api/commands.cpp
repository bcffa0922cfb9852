#include "web/api/commands.hpp"

#include "messaging/integration/command_runner.hpp"
#include "messaging/integration/commands.hpp"
#include "web/api/paging.hpp"
#include "web/api/payload.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

const char* const own_commands = "one's own commands, or those of others with the permission for that";

struct TeamOf {
    TeamId team_id;
};
BOOST_DESCRIBE_STRUCT(TeamOf, (), (team_id))

struct TokenOf {
    std::string token;
};
BOOST_DESCRIBE_STRUCT(TokenOf, (), (token))

CommandId command_in(const Call& call) {
    return call.id<CommandId>("command_id");
}

}  // namespace

void add_command_routes(Router& routes, messaging::Commands& commands, messaging::CommandRunner& runner) {
    routes.post("/commands", checked_inside(own_commands), [&](Call& call, SlashCommand body) {
        return Created{commands.create(call.actor, std::move(body))};
    });
    routes.get("/commands", checked_inside(own_commands), [&](Call& call) {
        const auto team = id_in<TeamId>(call, "team_id");
        if (team.empty()) throw bad_url("team_id");
        return commands.list(call.actor, team, flag_in(call, "custom_only"));
    });
    routes
        .post("/commands/execute", on_channel(Permission::create_post, &messaging::CommandCall::channel_id),
              [&](Call& call, messaging::CommandCall body) { return runner.execute(call.actor, body); })
        .on(Lane::bulk);
    routes.get("/commands/{command_id}", checked_inside(own_commands),
               [&](Call& call) { return commands.get(call.actor, command_in(call)); });
    routes.put("/commands/{command_id}", checked_inside(own_commands), [&](Call& call, SlashCommand body) {
        return commands.update(call.actor, command_in(call), body);
    });
    routes.put("/commands/{command_id}/move", checked_inside(own_commands),
               [&](Call& call, TeamOf body) { commands.move(call.actor, command_in(call), body.team_id); });
    routes.put("/commands/{command_id}/regen_token", checked_inside(own_commands),
               [&](Call& call) { return TokenOf{commands.renew_token(call.actor, command_in(call))}; });
    routes.del("/commands/{command_id}", checked_inside(own_commands),
               [&](Call& call) { commands.remove(call.actor, command_in(call)); });

    routes.get("/teams/{team_id}/commands/autocomplete", on_team(Permission::view_team, "team_id"),
               [&](Call& call) { return commands.autocomplete(call.id<TeamId>("team_id")); });
    routes.get("/teams/{team_id}/commands/autocomplete_suggestions",
               on_team(Permission::view_team, "team_id"), [&](Call& call) {
                   return commands.suggestions(call.id<TeamId>("team_id"),
                                               call.head.query_value("user_input"));
               });

    // Who knows the address may answer: no session, and no check against forged requests.
    routes
        .post("//hooks/commands/{answer_id}", anyone(),
              [&](Call& call) {
                  runner.answer_later(call.path_value("answer_id"), call.head.headers.get("Content-Type"),
                                      call.body);
                  return plain_ok();
              })
        .trusting();
}

}  // namespace concordat::web
