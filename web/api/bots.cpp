#include "web/api/bots.hpp"

#include "identity/account/accounts.hpp"
#include "identity/account/bots.hpp"
#include "web/api/paging.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

const char* const why_about_bots = "one's own bots, or those of others with the permission for that";

UserId bot_in(const Call& call) {
    return call.id<UserId>("bot_user_id");
}

}  // namespace

void add_bot_routes(Router& routes, identity::Bots& bots, identity::Accounts& accounts) {
    routes.post("/bots", on_system(Permission::create_bot), [&](Call& call, BotPatch body) {
        return Created{bots.create(call.actor, body, call.head.request_id)};
    });
    routes.get("/bots", checked_inside(why_about_bots), [&](Call& call) {
        const auto paging = paging_of(call);
        return bots.list(call.actor, {flag_in(call, "include_deleted"), flag_in(call, "only_orphaned"),
                                      paging.offset(), paging.per_page});
    });
    routes.get("/bots/{bot_user_id}", checked_inside(why_about_bots), [&](Call& call) {
        return bots.get(call.actor, bot_in(call), flag_in(call, "include_deleted"));
    });
    routes.put("/bots/{bot_user_id}", checked_inside(why_about_bots),
               [&](Call& call, BotPatch body) { return bots.patch(call.actor, bot_in(call), body); });
    routes.post("/bots/{bot_user_id}/disable", checked_inside(why_about_bots), [&](Call& call) {
        return bots.set_active(call.actor, bot_in(call), false, call.head.request_id);
    });
    routes.post("/bots/{bot_user_id}/enable", checked_inside(why_about_bots), [&](Call& call) {
        return bots.set_active(call.actor, bot_in(call), true, call.head.request_id);
    });
    routes.post("/bots/{bot_user_id}/assign/{user_id}", checked_inside(why_about_bots), [&](Call& call) {
        return bots.assign(call.actor, bot_in(call), call.id<UserId>("user_id"), call.head.request_id);
    });
    routes
        .post("/bots/{bot_user_id}/convert_to_user", on_system(Permission::manage_system),
              [&](Call& call, UserPatch body) {
                  return accounts.seen_by(
                      call.actor, bots.to_user(call.actor, bot_in(call), body,
                                               flag_in(call, "set_system_admin"), call.head.request_id));
              })
        .on(Lane::password);
    routes.post("/users/{user_id}/convert_to_bot", on_system(Permission::manage_system), [&](Call& call) {
        return bots.from_user(call.actor, call.id<UserId>("user_id"), call.head.request_id);
    });
}

}  // namespace concordat::web
