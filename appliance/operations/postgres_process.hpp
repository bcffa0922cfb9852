// Starting, finding and ending the server process of a PostgreSQL cluster.
//
// Everything here is about one cluster directory and the operating system; nothing speaks SQL. Free
// functions and Process are not thread-safe on the same object; calls block for at most the deadline
// they are given. Failures throw Error(unavailable) with the reason in its detail.
#pragma once
#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace concordat::appliance {

// An operating system user a server may run as.
struct ServerAccount {
    uid_t uid = 0;
    gid_t gid = 0;
    std::vector<gid_t> groups;
    std::string name;
};

// This process's own user, or `user_when_root` when this process is root.
// Throws Error: appliance.postgres.user (invalid) when there is no such user, or it is root again.
ServerAccount server_account(const std::string& user_when_root);

// A process held by a pidfd, so a number that the system gives to somebody else is never signalled.
// Owns the pidfd, not the process: destruction leaves the process alone.
class Process {
public:
    Process() = default;
    // Takes hold of a running process; nothing when there is none.
    static std::optional<Process> hold(pid_t pid);
    Process(Process&& other) noexcept;
    Process& operator=(Process&& other) noexcept;
    ~Process();

    pid_t pid() const { return pid_; }
    int descriptor() const { return fd_; }
    // False when the process had ended already.
    bool signal(int number) const;
    // True when it ended in time. Reaps it when it is a child of this process.
    bool wait_for(std::chrono::milliseconds limit);
    // What is known after wait_for: "exit code 1", "signal 9", or "ended" for another one's child.
    const std::string& ending() const { return ending_; }
    bool ended_well() const { return ending_ == "exit code 0"; }

private:
    Process(pid_t pid, int fd) : pid_(pid), fd_(fd) {}

    pid_t pid_ = -1;
    int fd_ = -1;
    std::string ending_;
};

// Runs `words` as `account` in a session of its own (it outlives this process), in `directory`, with
// standard output and error appended to `log` and an environment of PATH, LC_ALL and TZ only.
// Throws Error: appliance.postgres.run when the program cannot be executed.
Process start_process(const std::vector<std::string>& words, const ServerAccount& account,
                      const std::string& directory, const std::string& log);

// The first lines of a cluster's postmaster.pid.
struct PostmasterFile {
    pid_t pid = 0;
    std::string socket_directory;
    std::string state;  // "starting", "ready", "stopping"; empty while it is being written
};
std::optional<PostmasterFile> read_postmaster_file(const std::string& cluster);

// The running server of this cluster, started by whomever; nothing when postmaster.pid is missing or
// names a process that is gone or is not this cluster's server.
std::optional<Process> find_postmaster(const std::string& cluster);

// Removes a postmaster.pid whose number now belongs to another program (or to a zombie): PostgreSQL
// would take it for a running server and refuse to start. A number nobody has is left to PostgreSQL.
void drop_stale_postmaster_file(const std::string& cluster);

// Creates `path` (0700) or checks that it is a directory of `account` that nobody else may enter.
// Throws Error: appliance.postgres.directory.
void own_directory(const std::string& path, const ServerAccount& account);

// Replaces a file (0600, `account`'s) whole: written aside, synced, renamed, directory synced.
void replace_file(const std::string& path, const std::string& text, const ServerAccount& account);
// Empty when there is no such file.
std::string file_text(const std::string& path);
void sync_directory(const std::string& path);

// The line that best says why a server stopped: the last error after `offset`, else the last line.
std::string telling_line(const std::string& log, std::size_t offset);

}  // namespace concordat::appliance
