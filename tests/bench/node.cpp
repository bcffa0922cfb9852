#include "tests/bench/node.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cstring>
#include <fstream>
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "tests/bench/http_client.hpp"
#include "tests/bench/report.hpp"

namespace concordat::bench {
namespace {

void replace(std::string& text, std::string_view what, const std::string& with) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
        text.replace(at, what.size(), with);
}

Identity identity_of_uid(uid_t uid) {
    const passwd* found = getpwuid(uid);
    require(found != nullptr, Fault::invalid, "bench.user", "A process belongs to a user without a name.");
    return {found->pw_uid, found->pw_gid, found->pw_name};
}

int exit_status(int status) {
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

Task<> ask_ready(HttpClient& client, bool& answered) {
    const auto response = co_await client.get("/api/v4/system/ping");
    answered = response.status == 200;
}

}  // namespace

int free_port() {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    const bool bound = bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                       getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
    close(fd);
    require(bound, Fault::unavailable, "bench.node", "There is no free port.");
    return ntohs(address.sin_port);
}

Identity identity_of(const std::string& name) {
    const passwd* found = getpwnam(name.c_str());
    if (!found) throw Error(Fault::invalid, "bench.user", "There is no user " + name + ".");
    return {found->pw_uid, found->pw_gid, found->pw_name};
}

Identity identity_of_process(pid_t pid) {
    struct stat status;
    require(stat(("/proc/" + std::to_string(pid)).c_str(), &status) == 0, Fault::not_found, "bench.process",
            "The process has ended.");
    return identity_of_uid(status.st_uid);
}

pid_t start_program(const std::vector<std::string>& words, int output,
                    const std::optional<Identity>& identity) {
    std::vector<char*> arguments;
    for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    const pid_t pid = fork();
    require(pid >= 0, Fault::unavailable, "bench.process", "No process could be made.");
    if (pid > 0) return pid;
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    if (identity && geteuid() == 0 && identity->user != 0)
        if (initgroups(identity->name.c_str(), identity->group) != 0 || setgid(identity->group) != 0 ||
            setuid(identity->user) != 0)
            _exit(126);
    if (identity && chdir("/") != 0) _exit(126);  // our own directory may be closed to that user
    // A private node's organisation is larger than the default limits, and its sockets share few accounts.
    setenv("CONCORDAT_TEAMSETTINGS_MAXUSERSPERTEAM", "100000", 0);
    setenv("CONCORDAT_CONCORDATSETTINGS_MAXSOCKETSPERUSER", "200", 0);
    setenv("CONCORDAT_MESSAGEEXPORTSETTINGS_ENABLEEXPORT", "true", 0);
    setenv("CONCORDAT_MESSAGEEXPORTSETTINGS_DAILYRUNTIME", "23:59", 0);
    execvp(arguments[0], arguments.data());
    _exit(127);
}

Finished run_program(const std::vector<std::string>& words, const std::optional<Identity>& identity) {
    int ends[2];
    require(pipe2(ends, O_CLOEXEC) == 0, Fault::unavailable, "bench.process", "No pipe could be made.");
    const pid_t pid = start_program(words, ends[1], identity);
    close(ends[1]);
    Finished finished;
    char buffer[4096];
    for (ssize_t got; (got = read(ends[0], buffer, sizeof buffer)) > 0;)
        finished.output.append(buffer, static_cast<std::size_t>(got));
    close(ends[0]);
    int status = 0;
    waitpid(pid, &status, 0);
    finished.status = exit_status(status);
    return finished;
}

PrivateNode::PrivateNode(Loop& loop, const NodeOptions& options) : options_(options) {
    std::string pattern = (std::filesystem::temp_directory_path() / "concordat-bench-XXXXXX").string();
    require(mkdtemp(pattern.data()) != nullptr, Fault::unavailable, "bench.node",
            "No temporary directory could be made.");
    home_ = pattern;
    const auto data = home_ / "data";
    std::filesystem::create_directory(data);
    std::filesystem::permissions(data, std::filesystem::perms::owner_all);
    std::optional<Identity> identity;
    if (!options.run_as.empty()) {
        identity = identity_of(options.run_as);
        for (const auto& path : {home_, data})
            require(chown(path.c_str(), identity->user, identity->group) == 0, Fault::forbidden, "bench.node",
                    "The data directory cannot be given to the user the node runs as.");
    }
    const auto port = std::to_string(free_port());
    auto arguments = options.arguments + (options.is_plain ? " " + options.plain_argument : "");
    replace(arguments, "{data}", data.string());
    replace(arguments, "{port}", port);
    std::vector<std::string> words{"env"};
    words.insert(words.end(), options.environment.begin(), options.environment.end());
    words.push_back(std::filesystem::absolute(options.bin / "concordatd").string());
    for (auto& word : split_words(arguments)) words.push_back(std::move(word));
    url_ = (options.is_plain ? "http://127.0.0.1:" : "https://127.0.0.1:") + port;
    const auto log_path = home_ / "node.log";
    const int log = open(log_path.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
    pid_ = start_program(words, log, identity);
    close(log);
    try {
        wait_until_ready(loop);
    } catch (...) {  // the destructor does not run; leave nothing behind but say what the node said
        std::ifstream said(log_path);
        for (std::string line; std::getline(said, line);) say(line);
        stop();
        throw;
    }
}

void PrivateNode::wait_until_ready(Loop& loop) {
    const Target target(url_);
    HttpClient client(loop, target);
    for (const Nanos latest = now() + 180 * one_second; now() < latest;
         loop.run_until(now() + one_second / 10)) {
        int status = 0;
        if (waitpid(pid_, &status, WNOHANG) == pid_) {
            pid_ = 0;
            throw Error(Fault::unavailable, "bench.node",
                        "concordatd ended with status " + std::to_string(exit_status(status)) + ".");
        }
        bool answered = false;
        loop.run(ask_ready(client, answered));
        if (answered) return;
    }
    throw Error(Fault::unavailable, "bench.node", "concordatd did not answer within 3 minutes.");
}

std::string PrivateNode::control(const std::vector<std::string>& words) const {
    std::vector<std::string> all{std::filesystem::absolute(options_.bin / "concordatctl").string(), "--data",
                                 (home_ / "data").string(), "--json"};
    all.insert(all.end(), words.begin(), words.end());
    std::optional<Identity> identity;
    if (!options_.run_as.empty()) identity = identity_of(options_.run_as);
    auto finished = run_program(all, identity);
    if (finished.status != 0)
        throw Error(Fault::unavailable, "bench.control",
                    "concordatctl " + words.at(0) + ": " + finished.output);
    return std::move(finished.output);
}

PrivateNode::~PrivateNode() {
    stop();
}

void PrivateNode::stop() {
    if (pid_ > 0) {
        kill(pid_, SIGTERM);
        const Nanos patience = now() + 30 * one_second;
        while (waitpid(pid_, nullptr, WNOHANG) == 0) {
            if (now() > patience) kill(pid_, SIGKILL);
            usleep(20'000);
        }
    }
    pid_ = 0;
    std::error_code ignored;  // a leftover in the temporary directory is no reason to fail a measurement
    std::filesystem::remove_all(home_, ignored);
}

}  // namespace concordat::bench
