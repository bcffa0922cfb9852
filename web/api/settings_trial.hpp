// Settings on trial. Rights, errors and what is answered: identity/configuration/trials.hpp.
#pragma once

namespace concordat::identity {
class Trials;
}

namespace concordat::web {

class Router;
// GET, POST, DELETE concordat/settings/trial, POST concordat/settings/trial/confirm. POST takes {"sections",
// as in PUT config/patch, "minutes": 1 to 60, 10 when left out}. What begins a trial or makes it final needs
// a fresh second factor where StepUpMinutes says so; going back does not.
void add_settings_trial_routes(Router& routes, identity::Trials& trials);

}  // namespace concordat::web
