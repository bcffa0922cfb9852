// Addresses for whoever runs the node: is it alive, is it ready, what does it count. Outside the prefix of
// the API.
#pragma once
#include <boost/json/fwd.hpp>
#include <functional>
#include <optional>
#include <string>

namespace concordat {
class LiveSettings;
class Metrics;
}  // namespace concordat

namespace concordat::web {

class Router;

// Each says what is wrong, for the operator; nothing: all is well. May block; called on worker threads.
struct HealthChecks {
    std::function<std::optional<std::string>()> database;
    std::function<std::optional<std::string>()> files;
    // What runs, how much is kept, and what ends when, as `concordatctl status` shows it.
    std::function<boost::json::object()> status;
    // Keys, certificate, database, and what a backup holds; no secret. For people who look after the node.
    std::function<boost::json::object()> appliance;
};

// /healthz: 200 as long as requests are answered. /readyz: 200 or 503. /metrics: for this machine, and for
// others when MetricsSettings.Enable says so. What is wrong is told to callers on this machine only.
// GET concordat/status and concordat/appliance, for those who may read about the web server in the console.
// The second says what the node is made of: {"keys": {"source": file, credential or passphrase, "generation",
// "outdated", "revision", "classes"}, "evidence" (fingerprints), "organisation", "tls", "database",
// "places"}.
void add_health_routes(Router& routes, const HealthChecks& checks, Metrics& metrics,
                       const LiveSettings& settings);

}  // namespace concordat::web
