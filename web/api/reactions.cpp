#include "messaging/conversation/reactions.hpp"

#include "messaging/conversation/drafts.hpp"
#include "web/api/posts.hpp"

namespace concordat::web {

void add_reaction_routes(Router& routes, messaging::Reactions& reactions) {
    routes.post("/reactions", on_post(Permission::add_reaction, &Reaction::post_id),
                [&](Call& call, Reaction reaction) {
                    if (reaction.user_id != call.actor.user_id)
                        throw lacks_permission("reaction for somebody else");
                    return reactions.add(call.actor, std::move(reaction));
                });
    routes.get("/posts/{post_id}/reactions", on_post(Permission::read_channel_content, "post_id"),
               [&](Call& call) { return reactions.of_post(call.id<PostId>("post_id")); });
    routes.post("/posts/ids/reactions", signed_in(), [&](Call& call, std::vector<PostId> posts) {
        if (posts.empty() || posts.size() > 1000) throw bad_body("post_ids");
        return reactions.of_posts(call.actor, posts);
    });
    routes.del("/users/{user_id}/posts/{post_id}/reactions/{emoji_name}",
               checked_inside("remove_reaction on one's own, remove_others_reactions on others'"),
               [&](Call& call) {
                   Reaction reaction;
                   reaction.user_id = call.id<UserId>("user_id");
                   reaction.post_id = call.id<PostId>("post_id");
                   reaction.emoji_name = call.path_value("emoji_name");
                   reactions.remove(call.actor, std::move(reaction));
               });
}

void add_draft_routes(Router& routes, messaging::Drafts& drafts) {
    auto connection = [](const Call& call) { return std::string(call.head.headers.get("Connection-Id")); };
    routes.post("/drafts", on_channel(Permission::create_post, &Draft::channel_id),
                [&drafts, connection](Call& call, Draft draft) {
                    return Created<Draft>{drafts.save(call.actor, std::move(draft), connection(call))};
                });
    routes.get("/users/{user_id}/teams/{team_id}/drafts", on_team(Permission::view_team, "team_id"),
               [&](Call& call) {
                   if (call.id<UserId>("user_id") != call.actor.user_id)
                       throw lacks_permission("drafts of somebody else");
                   return drafts.of(call.actor.user_id, call.id<TeamId>("team_id"));
               });
    routes.del("/users/{user_id}/channels/{channel_id}/drafts", signed_in(),
               [&drafts, connection](Call& call) {
                   if (call.id<UserId>("user_id") != call.actor.user_id)
                       throw lacks_permission("drafts of somebody else");
                   drafts.remove(call.actor.user_id, call.id<ChannelId>("channel_id"), {}, connection(call));
               });
    routes.del("/users/{user_id}/channels/{channel_id}/drafts/{thread_id}", signed_in(),
               [&drafts, connection](Call& call) {
                   if (call.id<UserId>("user_id") != call.actor.user_id)
                       throw lacks_permission("drafts of somebody else");
                   drafts.remove(call.actor.user_id, call.id<ChannelId>("channel_id"),
                                 call.id<PostId>("thread_id"), connection(call));
               });
}

}  // namespace concordat::web
