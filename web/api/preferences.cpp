#include "web/api/preferences.hpp"

#include "messaging/conversation/names.hpp"
#include "messaging/conversation/preferences.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

std::string word(const Call& call, const char* parameter) {
    return messaging::checked_term(call.path_value(parameter), parameter);
}

}  // namespace

void add_preference_routes(Router& routes, messaging::Preferences& preferences) {
    const auto own = self_or(Permission::edit_other_users, "user_id");

    routes.get("/users/{user_id}/preferences", own,
               [&](Call& call) { return preferences.of_user(call.id<UserId>("user_id")); });

    routes.put("/users/{user_id}/preferences", own, [&](Call& call, std::vector<Preference> body) {
        preferences.set(call.actor, call.id<UserId>("user_id"), body);
    });

    routes.post("/users/{user_id}/preferences/delete", own, [&](Call& call, std::vector<Preference> body) {
        preferences.remove(call.id<UserId>("user_id"), body);
    });

    routes.get("/users/{user_id}/preferences/{category}", own, [&](Call& call) {
        return preferences.in_category(call.id<UserId>("user_id"), word(call, "category"));
    });

    routes.get("/users/{user_id}/preferences/{category}/name/{preference_name}", own, [&](Call& call) {
        return preferences.named(call.id<UserId>("user_id"), word(call, "category"),
                                 word(call, "preference_name"));
    });
}

}  // namespace concordat::web
