// What administrators read and change of the settings. Rights, secrets and errors:
// identity/configuration/configuration.hpp.
#pragma once

namespace concordat {
class LiveSettings;
namespace identity {
class Configuration;
}
}  // namespace concordat

namespace concordat::web {

class Router;
// GET config, GET config/environment, PUT config, PUT config/patch, POST config/reload as clients know them;
// PUT takes what changes, or everything. Changes need a fresh second factor where StepUpMinutes says so.
// GET, POST ip_filtering, GET ip_filtering/my_ip: from where the node may be used (allowed_networks.hpp),
// with the errors api.context.ip_filtering.NAME.app_error: network, too_many, locks_out (invalid). GET
// concordat/settings: each key with what may be done with it, for the console.
void add_configuration_routes(Router& routes, identity::Configuration& configuration,
                              const LiveSettings& settings);

}  // namespace concordat::web
