// A PostgreSQL server of one test, which the test may freeze, kill and start again.
//
// Only processes of this very server are touched: the postmaster named in its own directory and its
// children. Not usable with an external server (CONCORDAT_TEST_DATABASE).
#pragma once
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "tests/support/postgres.hpp"

namespace concordat::test {

class MortalServer {
public:
    static bool is_possible() {
        const char* external = std::getenv("CONCORDAT_TEST_DATABASE");
        return !external || !*external;
    }

    MortalServer() {
        const auto& dsn = server_.dsn();
        const auto from = dsn.find("host=") + 5;
        directory_ = dsn.substr(from, dsn.find(' ', from) - from);
    }
    MortalServer(const MortalServer&) = delete;
    ~MortalServer() {
        thaw();
        if (lifeline_ < 0) return;
        close(lifeline_);
        while (waitpid(supervisor_, nullptr, 0) < 0 && errno == EINTR) {
        }
    }

    std::string fresh_database() { return server_.fresh(); }

    void freeze() {
        frozen_ = family();
        for (const auto pid : frozen_) ::kill(pid, SIGSTOP);
    }
    void thaw() {
        for (const auto pid : frozen_) ::kill(pid, SIGCONT);
        frozen_.clear();
    }
    // At once, as in a crash.
    void kill() {
        const auto all = family();
        for (const auto pid : all) ::kill(pid, SIGKILL);
        for (const auto pid : all)
            while (std::filesystem::exists("/proc/" + std::to_string(pid)) && state_of(pid) != 'Z')
                std::this_thread::sleep_for(std::chrono::milliseconds(2));
        // Nobody has waited for the dead postmaster yet, so a new one would take it for alive.
        for (const char* lock : {"/cluster/postmaster.pid", "/.s.PGSQL.5432.lock", "/.s.PGSQL.5432"})
            std::filesystem::remove(directory_ + lock);
    }
    void start_again() {
        int ends[2];
        if (pipe2(ends, O_CLOEXEC) != 0) postgres_detail::fail("pipe", errno);
        lifeline_ = ends[1];
        supervisor_ = postgres_detail::start_script({}, R"(
            trap '' INT HUP
            "$1/postgres" -D "$2/cluster" -c listen_addresses= -c unix_socket_directories="$2" -c unix_socket_permissions=0700 \
                -c fsync=off -c autovacuum=off -c jit=off -c shared_buffers=32MB -c wal_level=minimal -c max_wal_senders=0 \
                >>"$2/log" 2>&1 </dev/null &
            server=$!
            read -r end
            kill -QUIT $server
            wait $server)",
                                                    {postgres_detail::programs, directory_}, ends[0]);
        close(ends[0]);
        for (int tries = 0; PQping(server_.dsn().c_str()) != PQPING_OK; ++tries) {
            if (tries == 2000)
                postgres_detail::fail("the server did not start again\n" +
                                      postgres_detail::tail_of(directory_ + "/log"));
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
    }

private:
    // Of /proc/PID/stat: the state's letter, or the parent.
    static std::optional<std::pair<char, pid_t>> stat_of(pid_t pid) {
        std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
        std::string text((std::istreambuf_iterator<char>(in)), {});
        const auto at = text.rfind(')');
        if (at == std::string::npos) return std::nullopt;
        std::istringstream rest(text.substr(at + 1));
        char state = 0;
        pid_t parent = 0;
        rest >> state >> parent;
        return std::pair{state, parent};
    }
    static char state_of(pid_t pid) {
        const auto stat = stat_of(pid);
        return stat ? stat->first : 'Z';
    }
    // The postmaster first, so that it makes no new ones meanwhile.
    std::vector<pid_t> family() const {
        pid_t postmaster = 0;
        std::ifstream(directory_ + "/cluster/postmaster.pid") >> postmaster;
        if (postmaster <= 1) postgres_detail::fail("the server has no pid file");
        std::vector<pid_t> all{postmaster};
        for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
            const auto name = entry.path().filename().string();
            if (name.find_first_not_of("0123456789") != std::string::npos) continue;
            const auto pid = static_cast<pid_t>(std::stol(name));
            const auto stat = stat_of(pid);
            if (stat && stat->second == postmaster) all.push_back(pid);
        }
        return all;
    }

    postgres_detail::Server server_;
    std::string directory_;
    std::vector<pid_t> frozen_;
    pid_t supervisor_ = -1;
    int lifeline_ = -1;
};

}  // namespace concordat::test
