#include "web/api/channel_members.hpp"

#include <limits>

#include "messaging/conversation/channel_members.hpp"
#include "messaging/conversation/reading.hpp"
#include "web/api/member_roles.hpp"
#include "web/api/paging.hpp"
#include "web/api/path_ids.hpp"
#include "web/api/replies.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

// Of one person or of several: the reply has the same form.
struct NewMembers {
    UserId user_id;
    std::vector<UserId> user_ids;
};
BOOST_DESCRIBE_STRUCT(NewMembers, (), (user_id, user_ids))

struct ChannelView {
    ChannelId channel_id, prev_channel_id;
    bool collapsed_threads_supported = false;
};
BOOST_DESCRIBE_STRUCT(ChannelView, (), (channel_id, prev_channel_id, collapsed_threads_supported))

Reply added(messaging::ChannelMembers& members, const Call& call, const NewMembers& body) {
    if (!body.user_ids.empty())
        return json_reply(members.add(call.actor, channel_of(call), body.user_ids), 201);
    if (body.user_id.empty()) throw bad_body("user_id or user_ids");
    return json_reply(members.add(call.actor, channel_of(call), {body.user_id}).front(), 201);
}

// Page -1 is everything, one object a line.
Reply memberships(messaging::ChannelMembers& members, const Call& call) {
    if (number_in(call, "page", 0) == -1)
        return json_lines(
            members.of_user(call.actor, user_of(call), 0, std::numeric_limits<std::int32_t>::max()));
    const auto page = paging_of(call);
    return json_reply(members.of_user(call.actor, user_of(call), page.offset(), page.per_page));
}

std::vector<ChannelId> named(std::initializer_list<ChannelId> ids) {
    std::vector<ChannelId> out;
    for (const auto& id : ids)
        if (!id.empty()) out.push_back(id);
    return out;
}

}  // namespace

void add_channel_member_routes(Router& routes, messaging::ChannelMembers& members) {
    routes.get("/channels/{channel_id}/members", checked_inside("public channels are visible in the team"),
               [&](Call& call) {
                   const auto page = paging_of(call);
                   return members.page(call.actor, channel_of(call), page.offset(), page.per_page);
               });

    routes.post("/channels/{channel_id}/members", checked_inside("joining oneself and adding others differ"),
                [&](Call& call, NewMembers body) { return added(members, call, body); });

    routes.post("/channels/{channel_id}/members/ids",
                checked_inside("public channels are visible in the team"),
                [&](Call& call, std::vector<UserId> body) {
                    return members.among(call.actor, channel_of(call), body);
                });

    routes.get("/channels/{channel_id}/members/{user_id}",
               checked_inside("public channels are visible in the team"),
               [&](Call& call) { return members.get(call.actor, channel_of(call), user_of(call)); });

    routes.del("/channels/{channel_id}/members/{user_id}",
               checked_inside("leaving and removing others differ"),
               [&](Call& call) { members.remove(call.actor, channel_of(call), user_of(call)); });

    routes.put("/channels/{channel_id}/members/{user_id}/notify_props",
               self_or(Permission::edit_other_users, "user_id"),
               [&](Call& call, std::map<std::string, std::string> body) {
                   members.set_notify_props(call.actor, channel_of(call), user_of(call), body);
               });

    routes.put("/channels/{channel_id}/members/{user_id}/roles",
               checked_inside("needs manage_channel_roles; the channel may not exist"),
               [&](Call& call, MemberRoles body) {
                   members.set_roles(call.actor, channel_of(call), user_of(call), body.roles);
               });

    routes.put("/channels/{channel_id}/members/{user_id}/schemeRoles",
               checked_inside("needs manage_channel_roles; the channel may not exist"),
               [&](Call& call, messaging::SchemeRoles body) {
                   members.set_scheme_roles(call.actor, channel_of(call), user_of(call), body);
               });

    routes.get("/channels/{channel_id}/stats", checked_inside("public channels are visible in the team"),
               [&](Call& call) {
                   return members.stats(call.actor, channel_of(call), !flag_in(call, "exclude_files_count"));
               });

    routes.get("/channels/{channel_id}/timezones", checked_inside("public channels are visible in the team"),
               [&](Call& call) { return members.timezones(call.actor, channel_of(call)); });

    routes.get("/users/{user_id}/channel_members", self_or(Permission::edit_other_users, "user_id"),
               [&](Call& call) { return memberships(members, call); });

    routes.get("/users/{user_id}/teams/{team_id}/channels/members",
               self_or(Permission::manage_system, "user_id"), [&](Call& call) {
                   return members.of_user_in_team(call.actor, user_of(call), call.id<TeamId>("team_id"));
               });
}

void add_reading_routes(Router& routes, messaging::Reading& reading) {
    routes.post("/channels/members/{user_id}/view", self_or(Permission::edit_other_users, "user_id"),
                [&](Call& call, ChannelView body) {
                    return reading.view(user_of(call), named({body.channel_id, body.prev_channel_id}),
                                        body.collapsed_threads_supported);
                });

    routes.post("/channels/members/{user_id}/mark_read", self_or(Permission::edit_other_users, "user_id"),
                [&](Call& call, std::vector<ChannelId> body) {
                    if (body.empty() || body.size() > 1000) throw bad_body("channel_ids");
                    return reading.view(user_of(call), body, true);
                });

    routes.get("/users/{user_id}/channels/{channel_id}/unread",
               self_or(Permission::edit_other_users, "user_id"),
               [&](Call& call) { return reading.of_channel(call.actor, user_of(call), channel_of(call)); });
}

}  // namespace concordat::web
