#include "web/api/roles.hpp"

#include "identity/access/ancillary_permissions.hpp"
#include "identity/access/roles.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

constexpr std::size_t most_names = 100, longest_role = 64, most_permissions = 500;

bool is_role_name(const std::string& name) {
    return !name.empty() && name.size() <= longest_role &&
           name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == name.npos;
}

std::vector<Role> named(const identity::Roles& roles, const std::vector<std::string>& names) {
    if (names.empty()) throw bad_body("rolenames");
    require(names.size() <= most_names, Fault::invalid,
            "api.roles.get_multiple_by_name_too_many.request_error", "Too many role names in one request.");
    std::vector<std::string> wanted;
    for (const auto& name : names) {
        if (name.empty()) continue;  // clients split lists that may end in a blank
        if (!is_role_name(name)) throw bad_body("rolename");
        wanted.push_back(name);
    }
    return roles.named(wanted);
}

}  // namespace

void add_role_routes(Router& routes, identity::Roles& roles) {
    routes.get("/roles", on_system(Permission::manage_system), [&](Call&) { return roles.all(); });

    routes.post("/permissions/ancillary", signed_in(), [](Call&, std::vector<std::string> body) {
        require(body.size() <= most_permissions, Fault::invalid, "api.permission.ancillary.too_many",
                "At most 500 permissions are asked about at a time.");
        return identity::with_ancillary(body);
    });

    routes
        .post("/roles/names", signed_in(),
              [&](Call&, std::vector<std::string> body) { return named(roles, body); })
        .trusting();

    routes
        .get("/roles/name/{role_name}", signed_in(),
             [&](Call& call) {
                 return found(roles.named(call.path_value("role_name")), "app.role.get_by_name.app_error",
                              "Unable to get role.");
             })
        .trusting();

    routes
        .get("/roles/{role_id}", signed_in(),
             [&](Call& call) {
                 return found(roles.find(call.id<RoleId>("role_id")), "app.role.get.app_error",
                              "Unable to get role.");
             })
        .trusting();
}

}  // namespace concordat::web
