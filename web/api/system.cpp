#include "web/api/system.hpp"

#include <memory>

#include "core/base/metrics.hpp"
#include "core/config/live.hpp"
#include "identity/account/installation.hpp"
#include "identity/account/people.hpp"
#include "web/api/client_facts.hpp"
#include "web/api/paging.hpp"
#include "web/api/replies.hpp"
#include "web/api/timezones.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

struct ServerLimits {  // spelled as clients know them; 0: no limit
    std::int64_t maxUsersLimit = 0, maxUsersHardLimit = 0, activeUserCount = 0, singleChannelGuestCount = 0,
                 singleChannelGuestLimit = 0, postHistoryLimit = 0, lastAccessiblePostTime = 0;
};
BOOST_DESCRIBE_STRUCT(ServerLimits, (),
                      (maxUsersLimit, maxUsersHardLimit, activeUserCount, singleChannelGuestCount,
                       singleChannelGuestLimit, postHistoryLimit, lastAccessiblePostTime))

struct SystemValue {
    std::string name, value;
};
BOOST_DESCRIBE_STRUCT(SystemValue, (), (name, value))

struct Message {
    std::string message;
};
BOOST_DESCRIBE_STRUCT(Message, (), (message))

Reply shared(std::shared_ptr<const std::string> text) {
    Reply reply;
    reply.shared_body = std::move(text);
    return reply;
}

Reply ping(const Call& call, const HealthChecks& checks, const Settings& settings) {
    const auto& clients = settings.ClientRequirements;
    StringMap answer{{"status", "OK"},
                     {"AndroidLatestVersion", clients.AndroidLatestVersion},
                     {"AndroidMinVersion", clients.AndroidMinVersion},
                     {"IosLatestVersion", clients.IosLatestVersion},
                     {"IosMinVersion", clients.IosMinVersion},
                     {"ActiveSearchBackend", "database"}};
    bool is_well = true;
    if (flag_in(call, "get_server_status")) {
        const bool has_database = !checks.database(), has_files = !checks.files();
        answer["database_status"] = has_database ? "OK" : "UNHEALTHY";
        answer["filestore_status"] = has_files ? "OK" : "UNHEALTHY";
        is_well = has_database && has_files;
        if (!is_well) answer["status"] = "UNHEALTHY";
    }
    if (call.head.has_query("device_id")) answer["CanReceiveNotifications"] = "not_available";
    return json_reply(answer, is_well || flag_in(call, "use_rest_semantics") ? 200 : 500);
}

ServerLimits limits_for(const Actor& actor, identity::People& people, identity::Gate& gate) {
    ServerLimits limits;
    if (gate.may(actor, Permission::sysconsole_read_user_management_users))
        limits.activeUserCount = people.count(actor);
    return limits;
}

}  // namespace

void add_client_fact_routes(Router& routes, ClientTexts& texts, identity::Gate& gate) {
    routes.get("/config/client", anyone(),
               [&](Call& call) { return shared(texts.config(call.actor.signed_in())); });

    routes.get("/license/client", anyone(), [&](Call& call) {
        const auto format = call.head.query_value("format");
        require(!format.empty(), Fault::invalid, "api.license.client.old_format.app_error",
                "New format for the client license is not supported yet. Please specify format=old in the "
                "query string.");
        if (format != "old") throw bad_url("format");
        return shared(texts.licence(gate.may(call.actor, Permission::read_license_information)));
    });
}

void add_system_routes(Router& routes, identity::Installation& installation, identity::People& people,
                       identity::Gate& gate, const HealthChecks& checks, const LiveSettings& settings) {
    routes.get("/system/ping", anyone(),
               [checks, &settings](Call& call) { return ping(call, checks, *settings.current()); });

    const auto zones = std::make_shared<const std::string>(json_text(installed_timezones()));
    routes.get("/system/timezones", signed_in(), [zones](Call&) { return shared(zones); });

    routes.get("/limits/server", signed_in(),
               [&](Call& call) { return limits_for(call.actor, people, gate); });

    routes.get("/system/notices/{team_id}", signed_in(), [](Call&) { return json::array(); });
    routes.put("/system/notices/view", signed_in(), [](Call&, std::vector<std::string>) {});

    routes.get("/system/onboarding/complete", on_system(Permission::manage_system), [&](Call&) {
        return SystemValue{"FirstAdminSetupComplete", installation.is_set_up() ? "true" : "false"};
    });
    routes.post("/system/onboarding/complete", on_system(Permission::manage_system),
                [&](Call&, json::object) { installation.mark_set_up(); });
}

void add_report_routes(Router& routes, Metrics& metrics, const LiveSettings& settings) {
    auto& errors = metrics.counter("concordat_client_errors_total", "Errors that clients reported.");
    auto& reports = metrics.counter("concordat_client_reports_total", "Performance reports of clients.");

    routes.post("/logs", anyone(), [&errors, &settings](Call& call, json::object) {
        if (!call.actor.signed_in() && !settings.current()->ServiceSettings.EnableDeveloper)
            throw lacks_permission("client errors of strangers");
        errors.add();
        return Message{"The error was counted."};
    });

    // A beacon: browsers send it without the CSRF header.
    routes.post("/client_perf", signed_in(), [&reports](Call&, json::object) { reports.add(); }).trusting();
}

}  // namespace concordat::web
