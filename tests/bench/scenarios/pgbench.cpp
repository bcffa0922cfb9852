// pgbench: how many rows a second the node's own PostgreSQL takes, in a scratch database beside it.
#include <sys/stat.h>
#include <unistd.h>
#include <cmath>
#include <filesystem>
#include <fstream>
#include "core/base/error.hpp"
#include "tests/bench/node.hpp"
#include "tests/bench/scenarios/scenario.hpp"

namespace concordat::bench {
namespace {

const std::string scratch_database = "concordat_bench";

// About what one message costs any chat server: ten columns, a primary key, an index by time.
const char* const table_sql = R"(
    create table rows (
        id uuid primary key default gen_random_uuid(), channel_id uuid not null, user_id uuid not null,
        root_id uuid, create_at bigint not null, update_at bigint not null, edit_at bigint not null default 0,
        delete_at bigint not null default 0, body bytea not null, pending text not null);
    create index on rows (channel_id, create_at);)";
const char* const insert_sql =
    "\\set c random(1, 10)\n"
    "insert into rows (channel_id, user_id, create_at, update_at, body, pending) values "
    "(('00000000-0000-0000-0000-0000000000' || lpad(:c::text, 2, '0'))::uuid, gen_random_uuid(), "
    "(extract(epoch from clock_timestamp()) * 1000)::bigint, 0, "
    "decode(repeat(md5(random()::text), 8), 'hex'), 'pending');\n";

// May make a scratch database in a node's own PostgreSQL.
constexpr const char* node_superuser = "concordat_admin";

struct Server {
    std::string directory;  // of its socket
    std::string port;
    std::string user;
    Identity identity;
};

Server find_server(const Context& context) {
    const auto pid = context.processes.postmaster();
    require(pid != 0, Fault::not_found, "bench.pgbench",
            "the node's PostgreSQL was not found; give --postgres-pid");
    std::ifstream file("/proc/" + std::to_string(pid) + "/cwd/postmaster.pid");
    std::string line, port, directory;
    for (int i = 0; i < 3; ++i) std::getline(file, line);  // pid, data directory, time of start
    std::getline(file, port);
    std::getline(file, directory);
    require(file.good() && !port.empty() && !directory.empty(), Fault::not_found, "bench.pgbench",
            "the socket of the node's PostgreSQL was not found in its postmaster.pid");
    auto identity = identity_of_process(pid);
    auto user =
        context.settings.postgres_user.empty() ? std::string(node_superuser) : context.settings.postgres_user;
    return {directory, port, std::move(user), std::move(identity)};
}

std::string psql(const Server& server, const std::string& database, const std::string& sql) {
    const auto finished = run_program({"psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", server.directory,
                                       "-p", server.port, "-U", server.user, "-d", database, "-c", sql},
                                      server.identity);
    if (finished.status != 0) throw Error(Fault::unavailable, "bench.pgbench", "psql: " + finished.output);
    return finished.output;
}

double tps_in(const std::string& output) {
    const auto at = output.find("tps = ");
    if (at == std::string::npos) throw Error(Fault::unavailable, "bench.pgbench", "pgbench: " + output);
    return std::stod(output.substr(at + 6));
}

double measure_inserts(const Context& context) {
    const auto server = find_server(context);
    std::string home = (std::filesystem::temp_directory_path() / "concordat-bench-XXXXXX").string();
    require(mkdtemp(home.data()) != nullptr, Fault::unavailable, "bench.pgbench",
            "No temporary directory could be made.");
    chmod(home.c_str(), 0755);  // pgbench may run as another user
    const auto script = home + "/insert.sql";
    std::ofstream(script) << insert_sql;
    psql(server, "postgres", "drop database if exists " + scratch_database);
    psql(server, "postgres", "create database " + scratch_database);
    psql(server, scratch_database, table_sql);
    const auto seconds = std::to_string(static_cast<int>(std::ceil(context.settings.seconds)));
    const auto finished =
        run_program({"pgbench", "-n", "-f", script, "-c16", "-j2", "-T", seconds, "-h", server.directory,
                     "-p", server.port, "-U", server.user, scratch_database},
                    server.identity);
    psql(server, "postgres", "drop database " + scratch_database);
    std::filesystem::remove_all(home);
    return tps_in(finished.output);
}

}  // namespace

std::optional<double> insert_rate(Context& context, Result& result) {
    if (context.insert_rate) return context.insert_rate;
    say("pgbench: single-row inserts");
    try {
        context.insert_rate = measure_inserts(context);
    } catch (
        const Error& error) {  // the other figures stand without this one; the report says what is missing
        result.note("no comparison with pgbench: " + error.text());
    }
    return context.insert_rate;
}

Result run_pgbench(Context& context) {
    Result result{.scenario = "pgbench"};
    context.insert_rate.reset();
    const Nanos began = now();
    result.before = context.processes.usage();
    if (const auto rate = insert_rate(context, result))
        result.add("single-row inserts, 16 connections", *rate, "per s");
    result.after = context.processes.usage();
    result.seconds = static_cast<double>(now() - began) / 1e9;
    return result;
}

}  // namespace concordat::bench
