#include "messaging/conversation/scheduled_posts.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/base/json.hpp"
#include "web/api/paging.hpp"
#include "web/api/posts.hpp"

namespace concordat::web {

void add_scheduled_post_routes(Router& routes, messaging::ScheduledPosts& scheduled) {
    auto connection = [](const Call& call) { return std::string(call.head.headers.get("Connection-Id")); };
    auto id_of = [](const Call& call) { return call.id<ScheduledPostId>("scheduled_post_id"); };
    routes.post(
        "/posts/schedule", on_channel(Permission::create_post, &ScheduledPost::channel_id),
        [&scheduled, connection](Call& call, ScheduledPost post) {
            return Created<ScheduledPost>{scheduled.add(call.actor, std::move(post), connection(call))};
        });
    routes.put("/posts/schedule/{scheduled_post_id}", checked_inside("its author, who may post there"),
               [&scheduled, connection, id_of](Call& call, ScheduledPost post) {
                   return Created<ScheduledPost>{
                       scheduled.change(call.actor, id_of(call), std::move(post), connection(call))};
               });
    routes.del("/posts/schedule/{scheduled_post_id}", checked_inside("its author"),
               [&scheduled, connection, id_of](Call& call) {
                   return Created<ScheduledPost>{scheduled.remove(call.actor, id_of(call), connection(call))};
               });
    routes.get("/posts/scheduled/team/{team_id}", on_team(Permission::view_team, "team_id"),
               [&scheduled](Call& call) {
                   const auto team = call.id<TeamId>("team_id");
                   std::map<std::string, std::vector<ScheduledPost>> out;
                   out[team.text()] = scheduled.of(call.actor.user_id, team);
                   if (flag_in(call, "includeDirectChannels"))
                       out["directChannels"] = scheduled.of(call.actor.user_id, {});
                   return out;
               });
}

}  // namespace concordat::web
