#include "appliance/operations/postgres_settings.hpp"

namespace concordat::appliance {
namespace {

// `text` in quotes; quotes inside are doubled.
std::string quoted(const std::string& text, char quote) {
    std::string out(1, quote);
    for (char c : text) {
        if (c == quote) out += quote;
        out += c;
    }
    return out + quote;
}

constexpr const char* settings = R"(
# Reached through the unix socket only.
listen_addresses = ''
port = 5432
unix_socket_permissions = 0700
ssl = off
max_connections = 60
superuser_reserved_connections = 3
max_wal_senders = 4
client_connection_check_interval = 5s
idle_in_transaction_session_timeout = 60s

# What is acknowledged is on disk.
fsync = on
synchronous_commit = on
full_page_writes = on
wal_level = replica
wal_compression = lz4
min_wal_size = 80MB
max_wal_size = 1GB
checkpoint_timeout = 10min
checkpoint_completion_target = 0.9

# A small machine that also runs the node.
shared_buffers = 128MB
effective_cache_size = 512MB
work_mem = 8MB
maintenance_work_mem = 64MB
temp_file_limit = 2GB
max_worker_processes = 4
max_parallel_workers_per_gather = 0
max_parallel_maintenance_workers = 0
random_page_cost = 1.1
effective_io_concurrency = 16
jit = off
autovacuum = on
autovacuum_max_workers = 2
autovacuum_naptime = 30s
autovacuum_vacuum_scale_factor = 0.05
autovacuum_vacuum_insert_scale_factor = 0.05
autovacuum_analyze_scale_factor = 0.05

# The log tells of the server, never of statements or values.
log_destination = 'stderr'
logging_collector = off
log_line_prefix = '%m [%p] '
log_timezone = 'UTC'
log_min_messages = log
log_min_error_statement = panic
log_error_verbosity = terse
log_statement = none
log_duration = off
log_min_duration_statement = -1
log_min_duration_sample = -1
log_transaction_sample_rate = 0
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
log_statement_stats = off
debug_print_parse = off
debug_print_rewritten = off
debug_print_plan = off
log_lock_waits = off
log_temp_files = -1
log_autovacuum_min_duration = -1
log_checkpoints = off
log_connections = off
log_disconnections = off
shared_preload_libraries = ''
session_preload_libraries = ''
local_preload_libraries = ''

timezone = 'UTC'
lc_messages = 'C'
lc_monetary = 'C'
lc_numeric = 'C'
lc_time = 'C'
default_text_search_config = 'pg_catalog.simple'
cluster_name = 'concordat'
)";

}  // namespace

std::string postgres_conf(const std::string& socket_directory) {
    return "# Written by concordatd at every start; changes made here are lost.\n"
           "unix_socket_directories = " +
           quoted("\"" + socket_directory + "\"", '\'') + "\n" + settings;
}

std::string postgres_hba() {
    std::string role = postgres_role;
    std::string administrator = postgres_administrator;
    return "# Written by concordatd at every start; changes made here are lost.\n"
           "local " +
           std::string(postgres_database) + " " + role +
           " peer map=node\n"
           "local all " +
           administrator +
           " peer map=node\n"
           "local replication " +
           administrator + " peer map=node\n";
}

std::string postgres_ident(const std::vector<std::string>& users) {
    std::string out = "# Written by concordatd at every start; changes made here are lost.\n";
    for (const auto& user : users)
        for (const char* role : {postgres_role, postgres_administrator})
            out += "node " + quoted(user, '"') + " " + role + "\n";
    return out;
}

std::string postgres_dsn(const std::string& socket_directory, const std::string& role,
                         const std::string& database) {
    std::string host;
    for (char c : socket_directory) {
        if (c == '\'' || c == '\\') host += '\\';
        host += c;
    }
    return "host='" + host + "' port=5432 user=" + role + " dbname=" + database;
}

}  // namespace concordat::appliance
