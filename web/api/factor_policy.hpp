// Who has a second factor, and whom rules about it would hold up.
#pragma once

namespace concordat {
class LiveSettings;
namespace identity {
class FactorCoverage;
class Gate;
}  // namespace identity
}  // namespace concordat

namespace concordat::web {

class Router;
// GET concordat/mfa/coverage: by the rules in force. POST concordat/mfa/preview: by the rules that the body,
// {"sections": as in PUT config/patch}, would make of them; changes nothing. Both answer a FactorReport
// (identity/mfa/coverage.hpp) with "sends_letters", whether people can be told by mail, and are for who may
// change these settings (manage_system).
void add_factor_policy_routes(Router& routes, identity::FactorCoverage& coverage, identity::Gate& gate,
                              const LiveSettings& settings);

}  // namespace concordat::web
