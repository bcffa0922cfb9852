// The configuration files of the node's own PostgreSQL, as text. Pure functions.
//
// Nothing that users write may reach PostgreSQL's log, not even sealed: so the log level leaves out
// errors of statements (whose texts quote values), and statement, parameter, detail and context lines
// are off besides. What stays are the server's own messages: start, stop, recovery, refused connections.
// Temporary files of large sorts hold what the tables hold: ids, times and sealed bytes.
#pragma once
#include <string>
#include <vector>

namespace concordat::appliance {

// The role the node works with (owner of the database, no superuser) and the one that made the cluster.
inline constexpr const char* postgres_role = "concordat";
inline constexpr const char* postgres_administrator = "concordat_admin";
inline constexpr const char* postgres_database = "concordat";

// concordat.conf; replaces postgresql.conf.
std::string postgres_conf(const std::string& socket_directory);
// Who may connect: over the unix socket, as the two roles, when the kernel says it is one of the users
// in postgres_ident. No password, no network.
std::string postgres_hba();
// `users`: operating system users that may act as the node.
std::string postgres_ident(const std::vector<std::string>& users);

// host, port, user and dbname, quoted for libpq.
std::string postgres_dsn(const std::string& socket_directory, const std::string& role,
                         const std::string& database);

}  // namespace concordat::appliance
