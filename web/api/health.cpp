#include "web/api/health.hpp"

#include "core/base/metrics.hpp"
#include "core/config/live.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

Reply plain(int status, std::string text) {
    Reply reply;
    reply.status = status;
    reply.content_type = "text/plain; charset=utf-8";
    reply.body = std::move(text) + "\n";
    return reply;
}

Reply readiness(const Call& call, const HealthChecks& checks) {
    for (const auto& [name, check] :
         {std::pair("database", checks.database), std::pair("files", checks.files)}) {
        const auto trouble = check();
        if (!trouble) continue;
        return plain(503, call.actor.is_loopback ? std::string(name) + ": " + *trouble
                                                 : std::string(name) + " is not available");
    }
    return plain(200, "ready");
}

}  // namespace

void add_health_routes(Router& routes, const HealthChecks& checks, Metrics& metrics,
                       const LiveSettings& settings) {
    routes.get("//healthz", anyone(), [](Call&) { return plain(200, "alive"); });

    routes.get("/concordat/status", on_system(Permission::sysconsole_read_environment_web_server),
               [status = checks.status](Call&) { return status(); });
    routes.get("/concordat/appliance", on_system(Permission::sysconsole_read_environment_web_server),
               [appliance = checks.appliance](Call&) { return appliance(); });
    routes.get("//readyz", anyone(), [checks](Call& call) { return readiness(call, checks); });

    routes.get("//metrics", anyone(), [&](Call& call) {
        if (!call.actor.is_loopback && !settings.current()->MetricsSettings.Enable)
            throw lacks_permission("metrics from afar");
        auto reply = plain(200, metrics.text());
        reply.content_type = "text/plain; version=0.0.4; charset=utf-8";
        return reply;
    });
}

}  // namespace concordat::web
