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
//   POST ldap/migrateid {"toAttribute"}: people of the main directory are known by this attribute from now
//   on; see identity::DirectorySync::change_ids. {"changed": accounts} besides the status.
//   POST users/migrate_auth/ldap {"from", "match_field": email or username, "force"}: whom the main directory
//   has signs in there from now on; see identity::move_to_directory. {"moved", "left"} besides the status.
#pragma once
#include <functional>

namespace concordat {
class LiveSettings;
namespace storage {
class Database;
}
namespace identity {
class Accounts;
class Admissions;
class Configuration;
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
struct LdapRooms {
    identity::Directories& directories;
    identity::DirectorySync& sync;
    SyncAsker ask_for_sync;
    const LiveSettings& settings;
    identity::Gate& gate;
    identity::Configuration& configuration;
    identity::Admissions& admissions;
    identity::Accounts& accounts;
    storage::Database& database;
};
void add_ldap_routes(Router& routes, const LdapRooms& rooms);

}  // namespace concordat::web
