// Other programs: a private node that is measured, and pgbench beside it.
#pragma once
#include <sys/types.h>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>
#include "tests/bench/loop.hpp"

namespace concordat::bench {

struct Identity {  // whom a child process runs as
    uid_t user = 0;
    gid_t group = 0;
    std::string name;
};
// Of a user's name. Throws Error (invalid) when there is none.
Identity identity_of(const std::string& name);
Identity identity_of_process(pid_t pid);

// Begins a program; its output goes to the descriptor. Changes to `identity` when running as root.
pid_t start_program(const std::vector<std::string>& words, int output,
                    const std::optional<Identity>& identity);

struct Finished {
    int status = 0;      // exit status; 128 + signal when killed
    std::string output;  // standard output and error
};
// Runs a program to its end. Blocks.
Finished run_program(const std::vector<std::string>& words,
                     const std::optional<Identity>& identity = std::nullopt);

struct NodeOptions {
    std::filesystem::path bin;               // where concordatd lies
    std::string arguments;                   // of concordatd; {data} and {port} are replaced
    std::string run_as;                      // a user's name; "" for our own
    bool is_plain = false;                   // HTTP instead of TLS
    std::string plain_argument;              // added to `arguments` for HTTP
    std::vector<std::string> environment{};  // NAME=VALUE
};

// Of 127.0.0.1; free a moment ago.
int free_port();

// A concordatd with a data directory of its own, stopped and removed by the destructor.
class PrivateNode {
public:
    // Starts it and waits until it answers. Throws Error (unavailable) when it does not within 3 minutes.
    PrivateNode(Loop& loop, const NodeOptions& options);
    ~PrivateNode();
    PrivateNode(const PrivateNode&) = delete;

    const std::string& url() const { return url_; }
    pid_t pid() const { return pid_; }
    // Runs concordatctl on it; its answer in JSON. Throws Error (unavailable) when it is refused. Blocks.
    std::string control(const std::vector<std::string>& words) const;

private:
    void wait_until_ready(Loop& loop);
    void stop();

    const NodeOptions options_;
    std::filesystem::path home_;
    std::string url_;
    pid_t pid_ = 0;
};

}  // namespace concordat::bench
