// What administrators read and change of the settings. Rights, secrets and errors:
// identity/configuration/configuration.hpp.
#pragma once

namespace concordat::identity {
class Configuration;
}

namespace concordat::web {

class Router;
// GET config, GET config/environment, PUT config, PUT config/patch, POST config/reload as clients know them;
// PUT takes what changes, or everything. Changes need a fresh second factor where StepUpMinutes says so.
// GET concordat/settings: each key with what may be done with it, for the console.
void add_configuration_routes(Router& routes, identity::Configuration& configuration);

}  // namespace concordat::web
