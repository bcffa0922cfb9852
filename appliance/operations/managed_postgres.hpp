// The node's own PostgreSQL 15: made, started, watched and stopped by the node, and used by it alone.
//
// One directory belongs to it:
//   cluster/          PostgreSQL's data directory, with data checksums, encoding UTF8, locale C.UTF-8
//   socket/           the unix socket (elsewhere when the path would be too long for one)
//   postgresql.log    the server's log; cut to its last megabytes by the watch (+ postgresql.log.1)
//   owner.lock        held while a node owns the directory
// The directory and all in it are 0700 / 0600 and belong to the user the server runs as: never root.
// There is no TCP listener and there are no passwords: the kernel tells PostgreSQL who connects (peer),
// and only that user and root are let in.
//
// A node that is killed leaves its server running; the next start() takes it over, or recovers what it
// left. A server that dies is started again by a watch thread, with growing pauses (0.1 s to 30 s).
// start(), stop() and the destructor belong to one thread; status() and the DSNs may be asked by any.
#pragma once
#include <atomic>
#include <boost/describe.hpp>
#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "appliance/operations/postgres_process.hpp"
#include "core/base/clock.hpp"

namespace concordat::appliance {

struct PostgresOptions {
    std::string directory;           // absolute; its parent must exist and be enterable for `user`
    std::string user = "concordat";  // whom the server runs as when this process is root; else not used
    std::string programs = "/usr/lib/postgresql/15/bin";
    std::chrono::milliseconds start_deadline = std::chrono::minutes(5);  // covers crash recovery
    std::chrono::milliseconds stop_deadline = std::chrono::seconds(30);  // then the immediate shutdown
};

struct PostgresStatus {
    std::string state;        // "absent", "stopped", "starting", "running", "restarting", "stopping"
    int pid = 0;              // 0 when there is no server process
    bool is_adopted = false;  // running since before this node started
    int restarts = 0;         // by the watch, since start()
    std::string version;      // major version of the cluster, "15"
    std::string directory;
    std::string socket_directory;
    std::string last_log_line;  // the server's own words; holds no statement and no value
    Millis since_at = 0;        // when `state` began; 0 when asked from another process
};
BOOST_DESCRIBE_STRUCT(PostgresStatus, (),
                      (state, pid, is_adopted, restarts, version, directory, socket_directory, last_log_line,
                       since_at))

class ManagedPostgres {
public:
    // Checks the options and the user; touches nothing yet.
    explicit ManagedPostgres(PostgresOptions options);
    // stop()
    ~ManagedPostgres();
    ManagedPostgres(const ManagedPostgres&) = delete;

    // Returns when the database `concordat` answers. Throws Error:
    //   appliance.postgres.in_use (conflict)        another node owns the directory
    //   appliance.postgres.directory (invalid)      it is not ours, or holds something else
    //   appliance.postgres.version (unsupported)    it was made by another major version
    //   appliance.postgres.programs (unavailable)   PostgreSQL 15 is not installed
    //   appliance.postgres.start (unavailable)      the server did not come up; the detail has its last line
    void start();
    // Clean shutdown; after the deadline the immediate one, which the next start recovers from. Idempotent.
    void stop();

    // For the node's work: the owner of the database `concordat`, no superuser.
    std::string dsn() const;
    // The superuser, for backup and repair.
    std::string administrator_dsn() const;
    PostgresStatus status() const;

private:
    void lock_directory();
    void initialise();
    bool adopt();
    void launch();
    void wait_until_ready(std::chrono::steady_clock::time_point deadline, std::size_t log_offset);
    void write_settings() const;
    bool settings_are_current() const;
    void make_database();
    void shut_down();
    void watch();
    void restart();
    void trim_log() const;
    void set_state(const char* state, bool is_adopted);
    std::string cluster() const { return options_.directory + "/cluster"; }
    std::string log() const { return options_.directory + "/postgresql.log"; }

    PostgresOptions options_;
    ServerAccount account_;
    std::string socket_directory_;
    int lock_ = -1;
    int stop_event_ = -1;                 // an eventfd; readable when the watch has to end
    std::atomic<bool> stopping_ = false;  // ends the waits of the watch
    Process server_;                      // the watch's while it runs, else the owner's
    mutable std::mutex mutex_;            // guards status_
    PostgresStatus status_;
    std::thread watch_;
};

// What a process that does not own the directory can tell (concordatctl). Never throws for a directory
// that is absent or unreadable: state "absent" then.
PostgresStatus postgres_status(const std::string& directory);

}  // namespace concordat::appliance
