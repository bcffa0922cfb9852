#include "web/api/outgoing_hooks.hpp"

#include "messaging/integration/outgoing_hooks.hpp"
#include "web/api/paging.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

const char* const own_hooks = "one's own hooks, or those of others with the permission for that";

OutgoingHookId hook_in(const Call& call) {
    return call.id<OutgoingHookId>("hook_id");
}

}  // namespace

void add_outgoing_hook_routes(Router& routes, messaging::OutgoingHooks& hooks) {
    routes.post("/hooks/outgoing", checked_inside(own_hooks), [&](Call& call, OutgoingHook body) {
        return Created{hooks.create(call.actor, std::move(body))};
    });
    routes.get("/hooks/outgoing", checked_inside(own_hooks), [&](Call& call) {
        const auto paging = paging_of(call);
        return hooks.list(call.actor, id_in<TeamId>(call, "team_id"), id_in<ChannelId>(call, "channel_id"),
                          paging.offset(), paging.per_page);
    });
    routes.get("/hooks/outgoing/{hook_id}", checked_inside(own_hooks),
               [&](Call& call) { return hooks.get(call.actor, hook_in(call)); });
    routes.put("/hooks/outgoing/{hook_id}", checked_inside(own_hooks),
               [&](Call& call, OutgoingHook body) { return hooks.update(call.actor, hook_in(call), body); });
    routes.post("/hooks/outgoing/{hook_id}/regen_token", checked_inside(own_hooks),
                [&](Call& call) { return hooks.renew_token(call.actor, hook_in(call)); });
    routes.del("/hooks/outgoing/{hook_id}", checked_inside(own_hooks),
               [&](Call& call) { hooks.remove(call.actor, hook_in(call)); });
}

}  // namespace concordat::web
