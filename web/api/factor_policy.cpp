#include "web/api/factor_policy.hpp"

#include "core/config/live.hpp"
#include "identity/access/gate.hpp"
#include "identity/mfa/coverage.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

struct PolicyWish {
    json::object sections;
};
BOOST_DESCRIBE_STRUCT(PolicyWish, (), (sections))

struct PolicyReport : identity::FactorReport {
    bool sends_letters = false;
};
BOOST_DESCRIBE_STRUCT(PolicyReport, (identity::FactorReport), (sends_letters))

PolicyReport report_of(const Settings& settings, const Call& call, identity::FactorCoverage& coverage) {
    return {coverage.of(settings, call.actor.user_id),
            !settings.EmailSettings.SMTPServer.empty() && !settings.ServiceSettings.SiteURL.empty()};
}

}  // namespace

void add_factor_policy_routes(Router& routes, identity::FactorCoverage& coverage, identity::Gate& gate,
                              const LiveSettings& settings) {
    routes.get("/concordat/mfa/coverage", on_system(Permission::manage_system),
               [&](Call& call) { return report_of(*settings.current(), call, coverage); });
    // It reads: nobody is asked for a fresh factor, as for a change.
    routes.post("/concordat/mfa/preview", checked_inside("manage_system"), [&](Call& call, PolicyWish wish) {
        gate.require(call.actor, Permission::manage_system);
        return report_of(identity::with_factor_rules(*settings.current(), wish.sections), call, coverage);
    });
}

}  // namespace concordat::web
