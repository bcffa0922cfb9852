#include "web/api/status.hpp"

#include "identity/account/accounts.hpp"
#include "identity/account/custom_statuses.hpp"
#include "messaging/conversation/statuses.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

std::vector<UserId> checked_ids(const std::vector<std::string>& texts) {
    std::vector<UserId> ids;
    for (const auto& text : texts) {
        if (!looks_like_id(text)) throw bad_body("user_ids");
        ids.push_back(UserId::from_text(text));
    }
    if (ids.empty()) throw bad_body("user_ids");
    return ids;
}

Status choose(messaging::Statuses& statuses, identity::Accounts& accounts, const UserId& user,
              const Status& wanted) {
    if (wanted.user_id != user) throw bad_body("user_id");
    if (wanted.status == "ooo") throw bad_body("status");  // comes from automatic replies only
    if (wanted.dnd_end_time < 0) throw bad_body("dnd_end_time");
    accounts.get(user);
    return statuses.choose(user, wanted.status, wanted.dnd_end_time);
}

}  // namespace

void add_status_routes(Router& routes, messaging::Statuses& statuses, identity::Accounts& accounts) {
    routes.post("/users/status/ids", signed_in(),
                [&](Call&, std::vector<std::string> body) { return statuses.of(checked_ids(body)); });

    routes.get("/users/{user_id}/status", signed_in(),
               [&](Call& call) { return statuses.of(call.id<UserId>("user_id")); });

    routes.put("/users/{user_id}/status", self_or(Permission::edit_other_users, "user_id"),
               [&](Call& call, Status body) {
                   return choose(statuses, accounts, call.id<UserId>("user_id"), body);
               });
}

void add_custom_status_routes(Router& routes, identity::CustomStatuses& statuses) {
    const auto rule = self_or(Permission::edit_other_users, "user_id");
    const auto forget = [&statuses](Call& call, identity::CustomStatus body) {
        statuses.forget(call.actor, call.id<UserId>("user_id"), body);
    };

    routes.put("/users/{user_id}/status/custom", rule, [&](Call& call, identity::CustomStatus body) {
        statuses.set(call.actor, call.id<UserId>("user_id"), std::move(body));
    });
    routes.del("/users/{user_id}/status/custom", rule,
               [&](Call& call) { statuses.clear(call.actor, call.id<UserId>("user_id")); });
    routes.del("/users/{user_id}/status/custom/recent", rule, forget);
    routes.post("/users/{user_id}/status/custom/recent/delete", rule, forget);
}

}  // namespace concordat::web
