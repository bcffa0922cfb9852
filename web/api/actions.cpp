#include "web/api/actions.hpp"

#include "messaging/integration/actions.hpp"
#include "messaging/integration/dialogs.hpp"
#include "web/http/router.hpp"

namespace concordat::web {

void add_action_routes(Router& routes, messaging::Actions& actions, messaging::Dialogs& dialogs) {
    routes
        .post("/posts/{post_id}/actions/{action_id}",
              checked_inside("who may read the message's channel; those for one person have a cookie"),
              [&](Call& call) {
                  const auto press = call.body.empty() ? messaging::ActionPress()
                                                       : parse_json<messaging::ActionPress>(call.body);
                  return actions.press(call.actor, call.id<PostId>("post_id"), call.path_value("action_id"),
                                       press);
              })
        .on(Lane::bulk);
    // The signed trigger id in the body is the right to it.
    routes
        .post("/actions/dialogs/open", anyone(),
              [&](Call&, messaging::DialogOpening body) { dialogs.open(body); })
        .trusting();
    routes
        .post("/actions/dialogs/submit", checked_inside("who may read the channel and belongs to the team"),
              [&](Call& call, messaging::DialogSubmission body) {
                  return dialogs.submit(call.actor, std::move(body));
              })
        .on(Lane::bulk);
    routes
        .post("/actions/dialogs/lookup", checked_inside("who may read the channel and belongs to the team"),
              [&](Call& call, messaging::DialogSubmission body) {
                  return dialogs.look_up(call.actor, std::move(body));
              })
        .on(Lane::bulk);
}

}  // namespace concordat::web
