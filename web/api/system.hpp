// Routes about the server itself: configuration and licence for clients, ping, limits, time zones, first
// steps, and what clients report.
#pragma once
#include "web/api/health.hpp"

namespace concordat::identity {
class Gate;
class Installation;
class People;
}  // namespace concordat::identity

namespace concordat::web {

class ClientTexts;

void add_client_fact_routes(Router& routes, ClientTexts& texts, identity::Gate& gate);
void add_system_routes(Router& routes, identity::Installation& installation, identity::People& people,
                       identity::Gate& gate, const HealthChecks& checks, const LiveSettings& settings);
// Reports of clients are counted, never kept: they may quote messages.
void add_report_routes(Router& routes, Metrics& metrics, const LiveSettings& settings);
// What clients ask about features that this server does not have, and what they are told.
void add_absent_feature_routes(Router& routes);

}  // namespace concordat::web
