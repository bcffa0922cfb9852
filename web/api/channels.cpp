#include "web/api/channels.hpp"

#include "messaging/conversation/channels.hpp"
#include "messaging/conversation/direct_channels.hpp"
#include "messaging/group/user_groups.hpp"
#include "web/api/paging.hpp"
#include "web/api/path_ids.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

struct Privacy {
    std::string privacy;
};
BOOST_DESCRIBE_STRUCT(Privacy, (), (privacy))

struct ChannelChange : ChannelPatch {
    std::optional<bool> group_constrained;
};
BOOST_DESCRIBE_STRUCT(ChannelChange, (ChannelPatch), (group_constrained))

}  // namespace

void add_channel_routes(Router& routes, messaging::Channels& channels, messaging::DirectChannels& direct,
                        messaging::UserGroups& groups) {
    routes.post("/channels", checked_inside("public and private channels need different permissions"),
                [&](Call& call, Channel body) {
                    return Created<Channel>{channels.create(call.actor, std::move(body))};
                });

    routes.post("/channels/direct", on_system(Permission::create_direct_channel),
                [&](Call& call, std::vector<UserId> body) {
                    return Created<Channel>{direct.direct(call.actor, body)};
                });

    routes.post("/channels/group", on_system(Permission::create_group_channel),
                [&](Call& call, std::vector<UserId> body) {
                    return Created<Channel>{direct.group(call.actor, std::move(body))};
                });

    routes.get("/channels/{channel_id}", checked_inside("public channels are visible in the team"),
               [&](Call& call) { return channels.get(call.actor, channel_of(call)); });

    routes.put("/channels/{channel_id}", checked_inside("depends on the type of the channel"),
               [&](Call& call, Channel body) {
                   if (body.id != channel_of(call)) throw bad_body("channel_id");
                   return channels.update(call.actor, channel_of(call), body);
               });

    routes.put("/channels/{channel_id}/patch", checked_inside("depends on the type of the channel"),
               [&](Call& call, ChannelChange body) {
                   if (body.group_constrained)
                       groups.constrain_channel(call.actor, channel_of(call), *body.group_constrained);
                   return channels.patch(call.actor, channel_of(call), body);
               });

    routes.put("/channels/{channel_id}/privacy", checked_inside("either direction has its permission"),
               [&](Call& call, Privacy body) {
                   return channels.set_privacy(call.actor, channel_of(call), body.privacy);
               });

    routes.del("/channels/{channel_id}", checked_inside("depends on the type of the channel"),
               [&](Call& call) {
                   require(!flag_in(call, "permanent"), Fault::unsupported,
                           "api.channel.delete_channel.not_enabled", "Channels are archived, not deleted.");
                   channels.remove(call.actor, channel_of(call));
               });

    routes.post("/channels/{channel_id}/restore",
                checked_inside("needs manage_team in the team of the channel"),
                [&](Call& call) { return channels.restore(call.actor, channel_of(call)); });

    routes.post("/channels/{channel_id}/convert_to_channel",
                checked_inside("members of the group who may create private channels in the team"),
                [&](Call& call, Channel wanted) {
                    // The library names the team twice; the query counts when the body does not.
                    if (wanted.team_id.empty()) wanted.team_id = id_in<TeamId>(call, "team_id");
                    return direct.make_private(call.actor, channel_of(call), wanted);
                });

    routes.get("/teams/{team_id}/channels/name/{channel_name}",
               checked_inside("public channels are visible in the team"), [&](Call& call) {
                   return channels.by_name(call.actor, call.id<TeamId>("team_id"),
                                           call.path_value("channel_name"), flag_in(call, "include_deleted"));
               });

    routes.get("/teams/name/{team_name}/channels/name/{channel_name}",
               checked_inside("public channels are visible in the team"), [&](Call& call) {
                   return channels.by_team_name(call.actor, call.path_value("team_name"),
                                                call.path_value("channel_name"),
                                                flag_in(call, "include_deleted"));
               });
}

}  // namespace concordat::web
