#include "appliance/operations/managed_postgres.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <pqxx/pqxx>
#include <utility>

#include "appliance/operations/postgres_settings.hpp"
#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/base/text.hpp"

namespace concordat::appliance {
namespace {

using namespace std::chrono_literals;
using Deadline = std::chrono::steady_clock::time_point;

constexpr const char* supported_version = "15";
constexpr std::size_t longest_socket_path = 107;  // sockaddr_un holds 108 bytes with its final zero
constexpr std::uintmax_t longest_log = 8u << 20;  // bytes
constexpr const char* socket_file = "/.s.PGSQL.5432";

Error start_failed(const std::string& detail) {
    return {Fault::unavailable, "appliance.postgres.start", "The database server did not start.", detail};
}

Deadline after(std::chrono::milliseconds limit) {
    return std::chrono::steady_clock::now() + limit;
}

std::chrono::milliseconds left(Deadline deadline) {
    auto rest =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    return std::max(rest, 0ms);
}

// The directory as every node spells it: find_postmaster() compares paths.
std::string one_spelling(const std::string& directory) {
    std::string path = std::filesystem::weakly_canonical(directory);
    while (path.size() > 1 && path.back() == '/') path.pop_back();
    return path;
}

// Inside the directory when the path is short enough, else in a short one that is named for it.
std::string choose_socket_directory(const std::string& directory) {
    std::string inside = directory + "/socket";
    if (inside.size() + std::strlen(socket_file) <= longest_socket_path) return inside;
    std::uint64_t hash =
        14695981039346656037u;  // FNV-1a: a short name, not a secret; own_directory guards it
    for (unsigned char c : directory) hash = (hash ^ c) * 1099511628211u;
    std::string bytes;
    for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(hash >> shift);
    return (geteuid() == 0 ? "/run/concordat-" : "/tmp/concordat-") + hex_of(bytes);
}

std::size_t size_of(const std::string& file) {
    std::error_code none;
    auto size = std::filesystem::file_size(file, none);
    return none ? 0 : size;
}

std::string version_of(const std::string& cluster) {
    return std::string(trimmed(file_text(cluster + "/PG_VERSION")));
}

// Users that may act as the node: the server's, this process's, and root, who can be either.
std::vector<std::string> node_users(const ServerAccount& account) {
    std::vector<std::string> users{account.name};
    if (account.name != "root") users.push_back("root");
    return users;
}

}  // namespace

ManagedPostgres::ManagedPostgres(PostgresOptions options)
    : options_(std::move(options)), account_(server_account(options_.user)) {
    require(!options_.directory.empty() && options_.directory[0] == '/', Fault::invalid,
            "appliance.postgres.directory", "The database directory must be an absolute path.");
    options_.directory = one_spelling(options_.directory);
    socket_directory_ = choose_socket_directory(options_.directory);
    status_.directory = options_.directory;
    status_.socket_directory = socket_directory_;
    set_state("stopped", false);
}

ManagedPostgres::~ManagedPostgres() {
    try {
        stop();
    } catch (const std::exception& e) {  // a destructor does not throw; the next start recovers
        log_error("stopping the database server failed", {{"error", e.what()}});
    }
}

std::string ManagedPostgres::dsn() const {
    return postgres_dsn(socket_directory_, postgres_role, postgres_database);
}

std::string ManagedPostgres::administrator_dsn() const {
    return postgres_dsn(socket_directory_, postgres_administrator, "postgres");
}

PostgresStatus ManagedPostgres::status() const {
    PostgresStatus out;
    {
        std::lock_guard guard(mutex_);
        out = status_;
    }
    out.version = version_of(cluster());
    out.last_log_line = telling_line(log(), size_of(log()) > 65536 ? size_of(log()) - 65536 : 0);
    return out;
}

void ManagedPostgres::set_state(const char* state, bool is_adopted) {
    std::lock_guard guard(mutex_);
    status_.state = state;
    status_.is_adopted = is_adopted;
    status_.since_at = wall_clock();
    status_.pid = server_.pid() > 0 ? server_.pid() : 0;
}

void ManagedPostgres::start() {
    require(!watch_.joinable(), Fault::conflict, "appliance.postgres.in_use",
            "The database server is already started.");
    if (access((options_.programs + "/postgres").c_str(), X_OK) != 0 ||
        access((options_.programs + "/initdb").c_str(), X_OK) != 0)
        throw Error(Fault::unavailable, "appliance.postgres.programs",
                    "PostgreSQL 15 is not installed. Install it with: apt-get install postgresql-15",
                    "no programs in " + options_.programs);
    own_directory(options_.directory, account_);
    lock_directory();
    try {
        initialise();
        own_directory(socket_directory_, account_);
        if (!adopt()) launch();
        make_database();
        stop_event_ = eventfd(0, EFD_CLOEXEC);
        if (stop_event_ < 0) throw start_failed(std::string("eventfd: ") + std::strerror(errno));
        watch_ = std::thread([this] { watch(); });
    } catch (...) {  // whoever fails to start leaves nothing running and nothing locked
        stop();
        throw;
    }
}

void ManagedPostgres::stop() {
    if (watch_.joinable()) {
        stopping_ = true;
        eventfd_write(stop_event_, 1);
        watch_.join();
    }
    stopping_ = false;
    if (stop_event_ >= 0) close(std::exchange(stop_event_, -1));
    if (lock_ < 0) return;
    if (server_.pid() > 0) shut_down();
    set_state("stopped", false);
    close(std::exchange(lock_, -1));
}

void ManagedPostgres::lock_directory() {
    std::string path = options_.directory + "/owner.lock";
    lock_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lock_ < 0)
        throw Error(Fault::invalid, "appliance.postgres.directory", "The database directory cannot be used.",
                    path + ": " + std::strerror(errno));
    if (flock(lock_, LOCK_EX | LOCK_NB) != 0) {
        close(std::exchange(lock_, -1));
        throw Error(Fault::conflict, "appliance.postgres.in_use",
                    "Another node already uses this database directory.",
                    options_.directory + " is held by process " + std::string(trimmed(file_text(path))));
    }
    // The number is for the message above; the lock itself is what counts.
    std::string pid = std::to_string(getpid()) + "\n";
    bool written = (geteuid() != 0 || fchown(lock_, account_.uid, account_.gid) == 0) &&
                   ftruncate(lock_, 0) == 0 &&
                   pwrite(lock_, pid.data(), pid.size(), 0) == static_cast<ssize_t>(pid.size());
    if (!written) log_warn("owner.lock could not be written", {{"errno", errno}});
}

void ManagedPostgres::initialise() {
    std::string made = cluster();
    if (access(made.c_str(), F_OK) == 0) {
        std::string version = version_of(made);
        if (version.empty())
            throw Error(Fault::invalid, "appliance.postgres.directory",
                        "The database directory cannot be used.",
                        made + " is not a PostgreSQL cluster (it has no PG_VERSION)");
        if (version != supported_version)
            throw Error(
                Fault::unsupported, "appliance.postgres.version",
                "The database was made by PostgreSQL " + version + "; this server needs PostgreSQL 15.",
                made);
        return;
    }
    log_info("making the database cluster", {{"directory", options_.directory}, {"user", account_.name}});
    std::string aside = made + ".new";  // what an interrupted initdb left is of no use
    std::filesystem::remove_all(aside);
    std::size_t offset = size_of(log());
    auto initdb = start_process({options_.programs + "/initdb", "-D", aside, "-U", postgres_administrator,
                                 "--data-checksums", "--encoding=UTF8", "--locale=C.UTF-8",
                                 "--auth-local=peer", "--auth-host=reject", "--no-instructions"},
                                account_, options_.directory, log());
    bool ended = initdb.wait_for(options_.start_deadline);
    if (!ended) {
        initdb.signal(SIGKILL);
        initdb.wait_for(5s);
    }
    if (!initdb.ended_well())
        throw start_failed("initdb: " + (ended ? initdb.ending() : "took too long") + ": " +
                           telling_line(log(), offset));
    std::filesystem::rename(aside, made);
    sync_directory(options_.directory);
}

bool ManagedPostgres::settings_are_current() const {
    return file_text(cluster() + "/concordat.conf") == postgres_conf(socket_directory_) &&
           file_text(cluster() + "/pg_hba.conf") == postgres_hba() &&
           file_text(cluster() + "/pg_ident.conf") == postgres_ident(node_users(account_)) &&
           file_text(cluster() + "/postgresql.auto.conf").empty();
}

void ManagedPostgres::write_settings() const {
    replace_file(cluster() + "/concordat.conf", postgres_conf(socket_directory_), account_);
    replace_file(cluster() + "/pg_hba.conf", postgres_hba(), account_);
    replace_file(cluster() + "/pg_ident.conf", postgres_ident(node_users(account_)), account_);
    replace_file(cluster() + "/postgresql.auto.conf", "", account_);  // "alter system" must not overrule ours
}

bool ManagedPostgres::adopt() {
    auto running = find_postmaster(cluster());
    if (!running) return false;
    server_ = std::move(*running);
    if (!settings_are_current()) {
        log_info("restarting the database server for new settings", {{"pid", server_.pid()}});
        shut_down();
        return false;
    }
    set_state("starting", true);
    try {
        wait_until_ready(after(options_.start_deadline), size_of(log()));
    } catch (const Error& e) {  // it was on its way out, or is stuck: a fresh one may do better
        log_warn("the running database server cannot be taken over",
                 {{"pid", server_.pid()}, {"detail", e.detail()}});
        shut_down();
        return false;
    }
    log_info("took over the running database server", {{"pid", server_.pid()}});
    set_state("running", true);
    return true;
}

// After a kill -9 the old server's children may hold its memory for a moment, and PostgreSQL refuses
// to start meanwhile: hence the tries.
void ManagedPostgres::launch() {
    auto deadline = after(options_.start_deadline);
    for (int tries = 1;; ++tries) {
        drop_stale_postmaster_file(cluster());
        write_settings();
        std::size_t offset = size_of(log());
        server_ = start_process({options_.programs + "/postgres", "-D", cluster(), "-c",
                                 "config_file=" + cluster() + "/concordat.conf"},
                                account_, options_.directory, log());
        set_state("starting", false);
        try {
            wait_until_ready(deadline, offset);
        } catch (const Error& e) {
            bool ended = server_.wait_for(0ms);
            if (ended && tries < 5 && !stopping_ && left(deadline) > 0ms) {
                log_warn("the database server ended while starting",
                         {{"try", tries}, {"detail", e.detail()}});
                std::this_thread::sleep_for(tries * 200ms);
                continue;
            }
            if (!ended) shut_down();
            server_ = Process();
            throw;
        }
        log_info("database server started", {{"pid", server_.pid()}});
        set_state("running", false);
        return;
    }
}

void ManagedPostgres::wait_until_ready(Deadline deadline, std::size_t log_offset) {
    std::string reason = "no answer in time";
    while (left(deadline) > 0ms) {
        if (stopping_) throw start_failed("the node is stopping");
        if (server_.wait_for(10ms))
            throw start_failed("it ended (" + server_.ending() + "): " + telling_line(log(), log_offset));
        auto file = read_postmaster_file(cluster());
        if (!file || file->pid != server_.pid() || file->state != "ready") continue;
        try {
            pqxx::connection connection(administrator_dsn() + " connect_timeout=5");
            pqxx::nontransaction asking(connection);
            asking.exec1("select 1");
            return;
        } catch (const pqxx::failure& e) {  // broken_connection and sql_error; tried again until the deadline
            reason = std::string(trimmed(e.what()));
            std::this_thread::sleep_for(50ms);
        }
    }
    throw start_failed(reason + "; last log line: " + telling_line(log(), log_offset));
}

// Both statements may have been done by a start that was interrupted between them.
void ManagedPostgres::make_database() {
    try {
        pqxx::connection connection(administrator_dsn());
        pqxx::nontransaction tx(connection);
        std::string role = postgres_role;
        std::string database = postgres_database;
        if (tx.exec_params("select 1 from pg_roles where rolname = $1", role).empty())
            tx.exec("create role " + role + " login nosuperuser nocreatedb nocreaterole");
        if (tx.exec_params("select 1 from pg_database where datname = $1", database).empty())
            tx.exec("create database " + database + " owner " + role +
                    " template template0 encoding 'UTF8' lc_collate 'C.UTF-8' lc_ctype 'C.UTF-8'");
        tx.exec("revoke all on database " + database + " from public");
        if (tx.exec1("show data_checksums")[0].as<std::string>() != "on")
            throw Error(Fault::invalid, "appliance.postgres.directory",
                        "The database directory cannot be used.",
                        cluster() + " was made without data checksums");
    } catch (const pqxx::failure& e) {
        throw start_failed(std::string("making the database: ") + e.what());
    }
}

void ManagedPostgres::shut_down() {
    set_state("stopping", false);
    server_.signal(SIGINT);  // "fast": ends the sessions, writes a checkpoint
    if (!server_.wait_for(options_.stop_deadline)) {
        log_warn("the database server does not stop, ending it at once", {{"pid", server_.pid()}});
        server_.signal(SIGQUIT);  // "immediate": the next start replays the log
        if (!server_.wait_for(10s)) {
            server_.signal(SIGKILL);
            server_.wait_for(5s);
        }
    } else {
        log_info("database server stopped", {{"pid", server_.pid()}});
    }
    server_ = Process();
}

void ManagedPostgres::watch() {
    pthread_setname_np(pthread_self(), "postgres-watch");
    for (;;) {
        pollfd waits[2] = {{server_.descriptor(), POLLIN, 0}, {stop_event_, POLLIN, 0}};
        int ready = poll(waits, 2, 60'000);
        if (waits[1].revents != 0) return;
        if (ready > 0 && waits[0].revents != 0) {
            server_.wait_for(0ms);
            log_error("the database server died", {{"pid", server_.pid()}, {"ending", server_.ending()}});
            restart();
        }
        trim_log();
    }
}

// The watch's one edge: nobody above could catch, so it tries until it works or the node stops.
void ManagedPostgres::restart() {
    std::chrono::milliseconds pause = 100ms;
    for (;;) {
        server_ = Process();
        set_state("restarting", false);
        pollfd wait{stop_event_, POLLIN, 0};
        if (poll(&wait, 1, static_cast<int>(pause.count())) > 0) return;
        pause = std::min<std::chrono::milliseconds>(pause * 2, 30s);
        try {
            if (!adopt()) launch();
            std::lock_guard guard(mutex_);
            ++status_.restarts;
            return;
        } catch (const Error& e) {
            log_error("the database server cannot be restarted", {{"id", e.id()}, {"detail", e.detail()}});
        } catch (const std::exception& e) {
            log_error("the database server cannot be restarted", {{"error", e.what()}});
        }
    }
}

// The server holds the file open for appending, so it is copied and cut rather than renamed.
void ManagedPostgres::trim_log() const {
    if (size_of(log()) <= longest_log) return;
    try {
        replace_file(log() + ".1", file_text(log()), account_);
        std::filesystem::resize_file(log(), 0);
    } catch (const std::exception& e) {  // a long log is no reason to stop watching
        log_warn("the database server's log cannot be cut", {{"error", e.what()}});
    }
}

PostgresStatus postgres_status(const std::string& directory) {
    PostgresStatus out;
    out.directory = one_spelling(directory);
    std::string cluster = out.directory + "/cluster";
    std::string log = out.directory + "/postgresql.log";
    out.version = version_of(cluster);
    out.state = out.version.empty() ? "absent" : "stopped";
    if (auto running = find_postmaster(cluster)) {
        auto file = read_postmaster_file(cluster);
        out.pid = running->pid();
        out.socket_directory = file ? file->socket_directory : "";
        out.state = !file || file->state == "starting" || file->state.empty() ? "starting"
                    : file->state == "ready"                                  ? "running"
                                                                              : "stopping";
    }
    out.last_log_line = telling_line(log, size_of(log) > 65536 ? size_of(log) - 65536 : 0);
    return out;
}

}  // namespace concordat::appliance
