#include "web/api/configuration.hpp"

#include "core/config/allowed_networks.hpp"
#include "core/config/rules.hpp"
#include "identity/configuration/configuration.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

constexpr std::size_t most_networks = 200;
const char* const by_section = "each section has permissions of its own";

identity::SettingsRequest settings_request(const Call& call) {
    return {call.actor, call.head.request_id, call.head.remote_address};
}

std::vector<AllowedNetwork> networks_in(const Settings& settings) {
    std::vector<AllowedNetwork> networks;
    for (const auto& entry : settings.ConcordatSettings.AllowedNetworks)
        networks.push_back(allowed_network_of(entry));
    return networks;
}

// Who sets the networks has to be in one of them.
void set_networks(const Call& call, std::vector<AllowedNetwork> wanted,
                  identity::Configuration& configuration) {
    json::array entries;
    for (const auto& network : wanted) {
        const auto entry = entry_of(network);
        if (!rules::named_network(entry).empty() || network.description.find('\n') != std::string::npos)
            throw Error(Fault::invalid, "api.context.ip_filtering.network.app_error",
                        "A network is written as 10.20.0.0/16, with a description of at most 200 bytes.");
        entries.emplace_back(entry);
    }
    require(entries.size() <= most_networks, Fault::invalid, "api.context.ip_filtering.too_many.app_error",
            "At most 200 networks are listed.");
    require(call.actor.is_loopback || admits(wanted, call.head.remote_address), Fault::invalid,
            "api.context.ip_filtering.locks_out.app_error",
            "Your own address is in none of these networks: you would lock yourself out.");
    configuration.change(settings_request(call),
                         json::object{{"ConcordatSettings", json::object{{"AllowedNetworks", entries}}}});
}

void add_network_routes(Router& routes, identity::Configuration& configuration,
                        const LiveSettings& settings) {
    routes.get("/ip_filtering", on_system(Permission::sysconsole_read_site_ip_filters),
               [&](Call&) { return networks_in(*settings.current()); });
    routes.post("/ip_filtering", on_system(Permission::sysconsole_write_site_ip_filters),
                [&](Call& call, std::vector<AllowedNetwork> body) {
                    set_networks(call, std::move(body), configuration);
                    return networks_in(*settings.current());
                });
    routes.get("/ip_filtering/my_ip", on_system(Permission::sysconsole_read_site_ip_filters), [](Call& call) {
        return json::object{{"ip", call.head.remote_address}};
    });
}

}  // namespace

void add_configuration_routes(Router& routes, identity::Configuration& configuration,
                              const LiveSettings& settings) {
    add_network_routes(routes, configuration, settings);
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
