#include "web/api/ldap.hpp"

#include "core/base/error.hpp"
#include "identity/access/gate.hpp"
#include "identity/ldap/diagnostics.hpp"
#include "identity/ldap/directories.hpp"
#include "identity/ldap/directory_sync.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
void need_directory(const identity::Directories& directories) {
    for (const auto& directory : directories.all())
        if (directory->settings()->Enable || directory->settings()->EnableSync) return;
    throw Error(Fault::unsupported, "api.ldap_groups.license_error",
                "AD/LDAP is not enabled on this server.");
}

void add_ldap_routes(Router& routes, identity::Directories& directories, identity::DirectorySync& sync,
                     SyncAsker ask_for_sync, const LiveSettings& settings, identity::Gate& gate) {
    routes.post("/ldap/sync", on_system(Permission::create_ldap_sync_job),
                [&directories, ask = std::move(ask_for_sync)](Call&) {
                    need_directory(directories);
                    ask();
                });
    routes
        .post("/ldap/test", on_system(Permission::test_ldap),
              [&directories](Call&) {
                  std::string all;
                  for (const auto& problem : directories.named("").problems())
                      all += (all.empty() ? "" : " ") + problem;
                  if (!all.empty()) throw Error(Fault::unavailable, "ent.ldap.connect.app_error", all);
              })
        .on(Lane::password);
    routes
        .post(
            "/ldap/test_connection", on_system(Permission::test_ldap),
            [&settings](Call&, json::object body) { identity::DirectoryDiagnostics(settings).connect(body); })
        .on(Lane::password);
    routes
        .post("/concordat/ldap/test", on_system(Permission::test_ldap),
              [&settings](Call&, json::object body) {
                  return identity::DirectoryDiagnostics(settings).answers(body);
              })
        .on(Lane::password);
    routes
        .post("/ldap/test_diagnostics", on_system(Permission::test_ldap),
              [&settings](Call& call, json::object body) {
                  return identity::DirectoryDiagnostics(settings).run(body, call.head.query_value("test"));
              })
        .on(Lane::bulk);
    routes
        .get("/concordat/ldap/sync", on_system(Permission::create_ldap_sync_job),
             [&directories, &sync](Call& call) {
                 return sync.run(directories.named(call.head.query_value("provider")), call.head.request_id,
                                 true);
             })
        .on(Lane::bulk);
    routes
        .post("/concordat/ldap/sync", on_system(Permission::create_ldap_sync_job),
              [&settings, &sync, &gate](Call& call, json::object body) {
                  gate.require(call.actor, Permission::test_ldap);
                  return identity::DirectoryDiagnostics(settings).preview(body, sync, call.head.request_id);
              })
        .on(Lane::bulk);
}

}  // namespace concordat::web
