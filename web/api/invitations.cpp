#include "messaging/conversation/invitations.hpp"

#include "web/api/paging.hpp"
#include "web/api/path_ids.hpp"
#include "web/api/replies.hpp"
#include "web/api/teams.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

// A list of addresses, or an object with more.
messaging::Invitees invitees_in(const json::value& body) {
    messaging::Invitees invitees;
    const auto* list = body.if_array();
    if (const auto* object = body.if_object()) {
        if (const auto* emails = object->if_contains("emails")) list = emails->if_array();
        if (const auto* message = object->if_contains("message"); message && message->is_string())
            invitees.message = std::string(message->get_string());
    }
    if (!list) throw bad_body("emails");
    for (const auto& email : *list) {
        if (!email.is_string()) throw bad_body("emails");
        invitees.emails.emplace_back(email.get_string());
    }
    return invitees;
}

Reply invited(const Call& call, messaging::Invitations& invitations, const messaging::Invitees& invitees,
              bool as_guests) {
    const auto& attempt = call.head.request_id;
    if (flag_in(call, "graceful"))
        return json_reply(invitations.try_invite(call.actor, team_of(call), invitees, as_guests, attempt));
    invitations.invite(call.actor, team_of(call), invitees, as_guests, attempt);
    Reply reply;
    reply.body = R"({"status":"OK"})";
    return reply;
}

}  // namespace

void add_invitation_routes(Router& routes, messaging::Invitations& invitations) {
    routes.post(
        "/teams/{team_id}/invite/email", on_team(Permission::invite_user, "team_id"),
        [&](Call& call, json::value body) { return invited(call, invitations, invitees_in(body), false); });
    routes.post("/teams/{team_id}/invite-guests/email", on_team(Permission::invite_guest, "team_id"),
                [&](Call& call, messaging::Invitees body) { return invited(call, invitations, body, true); });
    routes.del("/teams/invites/email", on_system(Permission::invalidate_email_invite),
               [&](Call& call) { invitations.revoke_all(call.actor, call.head.request_id); });
}

}  // namespace concordat::web
