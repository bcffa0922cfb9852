// Routes of directories that speak LDAP, as official clients know them.
//
//   POST ldap/sync   starts a sync of all directories, and returns at once
//   POST ldap/test   OK when each server of the main directory answers; otherwise unavailable,
//                    ent.ldap.connect.app_error, with a sentence for each problem
//   POST ldap/test_connection    the same with settings that are not in force
//   POST ldap/test_diagnostics   test=filters, attributes or group_attributes: what such settings find there
// Besides: POST concordat/ldap/test: with settings that are not in force, how far each server comes:
// [{"server", "failed_at": settings, connect, tls, account, base or "", "problem", "millis"}]. GET
// concordat/ldap/sync?provider=NAME: the SyncReport of a dry run. POST concordat/ldap/sync: the same with
// settings that are not in force; takes the right to try settings as well.
#pragma once
#include <functional>

namespace concordat {
class LiveSettings;
namespace identity {
class Directories;
class DirectorySync;
class Gate;
}  // namespace identity
}  // namespace concordat

namespace concordat::web {

class Router;
using SyncAsker = std::function<void()>;
// Throws Error unsupported, api.ldap_groups.license_error, when no directory is enabled.
void need_directory(const identity::Directories& directories);
// All must outlive the router.
void add_ldap_routes(Router& routes, identity::Directories& directories, identity::DirectorySync& sync,
                     SyncAsker ask_for_sync, const LiveSettings& settings, identity::Gate& gate);

}  // namespace concordat::web
