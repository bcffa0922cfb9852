#include "web/api/sidebar.hpp"

#include "identity/access/gate.hpp"
#include "messaging/conversation/sidebar.hpp"
#include "web/api/path_ids.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

// The body names the sidebar once more.
void require_same_place(const Call& call, const SidebarCategory& category) {
    if (category.user_id != user_of(call) || category.team_id != call.id<TeamId>("team_id"))
        throw bad_body("category");
}

}  // namespace

void add_sidebar_routes(Router& routes, messaging::Sidebar& sidebar, identity::Gate& gate) {
    const auto own = self_or(Permission::edit_other_users, "user_id");
    const auto team_of = [&gate](const Call& call) {
        const auto team = call.id<TeamId>("team_id");
        gate.require_in_team(call.actor, Permission::view_team, team);
        return team;
    };

    routes.get("/users/{user_id}/teams/{team_id}/channels/categories", own,
               [&, team_of](Call& call) { return sidebar.of_user(user_of(call), team_of(call)); });

    routes.post("/users/{user_id}/teams/{team_id}/channels/categories", own,
                [&, team_of](Call& call, SidebarCategory body) {
                    require_same_place(call, body);
                    return sidebar.create(user_of(call), team_of(call), std::move(body));
                });

    routes.put("/users/{user_id}/teams/{team_id}/channels/categories", own,
               [&, team_of](Call& call, std::vector<SidebarCategory> body) {
                   for (const auto& category : body) require_same_place(call, category);
                   return sidebar.update(call.actor, user_of(call), team_of(call), body);
               });

    routes.get("/users/{user_id}/teams/{team_id}/channels/categories/order", own,
               [&, team_of](Call& call) { return sidebar.of_user(user_of(call), team_of(call)).order; });

    routes.put("/users/{user_id}/teams/{team_id}/channels/categories/order", own,
               [&, team_of](Call& call, std::vector<std::string> body) {
                   return sidebar.reorder(user_of(call), team_of(call), body);
               });

    routes.get("/users/{user_id}/teams/{team_id}/channels/categories/{category_id}", own,
               [&, team_of](Call& call) {
                   return sidebar.named(user_of(call), team_of(call), call.path_value("category_id"));
               });

    routes.put("/users/{user_id}/teams/{team_id}/channels/categories/{category_id}", own,
               [&, team_of](Call& call, SidebarCategory body) {
                   require_same_place(call, body);
                   body.id = call.path_value("category_id");
                   return sidebar.update(call.actor, user_of(call), team_of(call), {body}).front();
               });

    routes.del("/users/{user_id}/teams/{team_id}/channels/categories/{category_id}", own,
               [&, team_of](Call& call) {
                   sidebar.remove(user_of(call), team_of(call), call.path_value("category_id"));
               });
}

}  // namespace concordat::web
