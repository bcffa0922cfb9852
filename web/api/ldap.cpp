#include "web/api/ldap.hpp"

#include "core/base/error.hpp"
#include "identity/access/gate.hpp"
#include "identity/configuration/configuration.hpp"
#include "identity/ldap/diagnostics.hpp"
#include "identity/ldap/directories.hpp"
#include "identity/ldap/directory_moves.hpp"
#include "identity/ldap/directory_sync.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

struct AttributeWanted {
    std::string toAttribute;
};
BOOST_DESCRIBE_STRUCT(AttributeWanted, (), (toAttribute))

struct IdsChanged {
    std::string status;
    std::int64_t changed = 0;
};
BOOST_DESCRIBE_STRUCT(IdsChanged, (), (status, changed))

struct PeopleMoved {
    std::string status;
    std::int64_t moved = 0, left = 0;
};
BOOST_DESCRIBE_STRUCT(PeopleMoved, (), (status, moved, left))

}  // namespace

void need_directory(const identity::Directories& directories) {
    for (const auto& directory : directories.all())
        if (directory->settings()->Enable || directory->settings()->EnableSync) return;
    throw Error(Fault::unsupported, "api.ldap_groups.license_error",
                "AD/LDAP is not enabled on this server.");
}

namespace {

void add_move_routes(Router& routes, const LdapRooms& rooms) {
    routes
        .post("/ldap/migrateid", on_system(Permission::manage_system),
              [rooms](Call& call, AttributeWanted body) {
                  need_directory(rooms.directories);
                  const auto& attribute = body.toAttribute;
                  const auto change_setting = [&] {
                      rooms.configuration.change(
                          {call.actor, call.head.request_id, call.head.remote_address},
                          {{"LdapSettings", json::object{{"IdAttribute", attribute}}}});
                  };
                  return IdsChanged{"OK",
                                    rooms.sync.change_ids(rooms.directories.named(""), attribute, call.actor,
                                                          call.head.request_id, change_setting)};
              })
        .on(Lane::bulk);
    routes
        .post("/users/migrate_auth/ldap", on_system(Permission::manage_system),
              [rooms](Call& call, identity::DirectoryMove body) {
                  need_directory(rooms.directories);
                  const auto moved = identity::move_to_directory(rooms.database, rooms.admissions,
                                                                 rooms.accounts, rooms.directories.named(""),
                                                                 call.actor, body, call.head.request_id);
                  return PeopleMoved{"OK", moved.moved, moved.left};
              })
        .on(Lane::bulk);
}

}  // namespace

void add_ldap_routes(Router& routes, const LdapRooms& rooms) {
    auto& directories = rooms.directories;
    auto& sync = rooms.sync;
    auto& settings = rooms.settings;
    auto& gate = rooms.gate;
    add_move_routes(routes, rooms);
    routes.post("/ldap/sync", on_system(Permission::create_ldap_sync_job),
                [&directories = rooms.directories, ask = rooms.ask_for_sync](Call&) {
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
