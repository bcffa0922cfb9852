#include "web/api/incoming_hooks.hpp"

#include "core/base/text.hpp"
#include "messaging/integration/incoming_hooks.hpp"
#include "web/api/paging.hpp"
#include "web/api/payload.hpp"
#include "web/api/replies.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

const char* const own_or_permitted = "one's own hooks, or those of others with the permission for that";

Reply listed(messaging::IncomingHooks& hooks, const Call& call) {
    const auto paging = paging_of(call);
    const auto page =
        hooks.list(call.actor, id_in<TeamId>(call, "team_id"), paging.offset(), paging.per_page);
    return flag_in(call, "include_total_count") ? json_reply(page) : json_reply(page.incoming_webhooks);
}

messaging::IncomingMessage message_of(const Call& call) {
    switch (payload_kind(call)) {
        case PayloadKind::form:
            return messaging::incoming_message(
                form_value(call.body, "payload", "web.incoming_webhook.parse_form.app_error"));
        case PayloadKind::multipart:
            return messaging::incoming_message(
                multipart_fields(call, "web.incoming_webhook.parse_multipart.app_error"));
        case PayloadKind::malformed:
            throw Error(Fault::invalid, "web.incoming_webhook.media_type.app_error",
                        "The Content-Type is not well formed.");
        case PayloadKind::json:
        case PayloadKind::other:
            break;
    }
    return messaging::incoming_message(call.body);
}

}  // namespace

void add_incoming_hook_routes(Router& routes, messaging::IncomingHooks& hooks) {
    routes.post("/hooks/incoming", checked_inside(own_or_permitted), [&](Call& call, IncomingHook body) {
        return Created{hooks.create(call.actor, std::move(body))};
    });
    routes.get("/hooks/incoming", checked_inside(own_or_permitted),
               [&](Call& call) { return listed(hooks, call); });
    routes.get("/hooks/incoming/{hook_id}", checked_inside(own_or_permitted),
               [&](Call& call) { return hooks.get(call.actor, call.path_value("hook_id")); });
    routes.put("/hooks/incoming/{hook_id}", checked_inside(own_or_permitted),
               [&](Call& call, IncomingHook body) {
                   return Created{hooks.update(call.actor, call.path_value("hook_id"), body)};
               });
    routes.del("/hooks/incoming/{hook_id}", checked_inside(own_or_permitted),
               [&](Call& call) { hooks.remove(call.actor, call.path_value("hook_id")); });

    // Who knows the id may post: no session, and no check against forged requests.
    routes
        .post("//hooks/{hook_id}", anyone(),
              [&](Call& call) {
                  hooks.deliver(call.path_value("hook_id"), message_of(call));
                  return plain_ok();
              })
        .trusting();
}

}  // namespace concordat::web
