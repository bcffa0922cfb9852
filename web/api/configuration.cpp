#include "web/api/configuration.hpp"

#include "identity/configuration/configuration.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

const char* const by_section = "each section has permissions of its own";

identity::SettingsRequest settings_request(const Call& call) {
    return {call.actor, call.head.request_id, call.head.remote_address};
}

}  // namespace

void add_configuration_routes(Router& routes, identity::Configuration& configuration) {
    routes.get("/config", checked_inside(by_section),
               [&](Call& call) { return configuration.read(settings_request(call)); });
    routes.get("/config/environment", checked_inside(by_section),
               [&](Call& call) { return configuration.environment(settings_request(call)); });
    routes.get("/concordat/settings", checked_inside(by_section),
               [&](Call& call) { return configuration.list(settings_request(call)); });

    const auto change = [&](Call& call, json::object body) {
        const auto request = settings_request(call);
        configuration.change(request, body);
        return configuration.read(request);
    };
    routes.put("/config", checked_inside(by_section), change).administrative();
    routes.put("/config/patch", checked_inside(by_section), change).administrative();

    routes.post("/config/reload", on_system(Permission::reload_config),
                [&](Call& call) { configuration.reload(settings_request(call)); });
}

}  // namespace concordat::web
