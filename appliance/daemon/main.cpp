// concordatd: one node.
#include <malloc.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <thread>

#include "appliance/daemon/appliance.hpp"
#include "appliance/daemon/launch.hpp"
#include "core/base/log.hpp"
#include "core/model/version.hpp"
#include "storage/crypto/durable_file.hpp"
#include "storage/crypto/secret.hpp"

namespace concordat::appliance {
namespace {

struct CommandLine {
    NodeOptions node;
    int port = -1;
    int ready_fd = -1;
    bool is_plain = false;
    std::string client, user, passphrase_file;
};

CommandLine parse(int argc, char** argv) {
    CommandLine line;
    CLI::App app{
        "concordatd: a team-communication server that keeps everything encrypted.\n\n"
        "Everything of the node lies in its data directory. Settings: DATA/config.json, or --config;\n"
        "see docs/configuration.md. SIGHUP reads settings and certificate again, SIGTERM stops."};
    app.set_version_flag("--version", std::string(product_version));
    app.add_option("--data", line.node.data, "the data directory; made when it does not exist")->required();
    app.add_option("--config", line.node.config,
                   "settings file (default: DATA/config.json when there is one)");
    app.add_option("--port", line.port, "port to listen on; 0 takes a free one")->check(CLI::Range(0, 65535));
    app.add_flag("--http", line.is_plain,
                 "plain HTTP on 127.0.0.1 only, for a reverse proxy on this machine");
    app.add_option("--external-database", line.node.external_database,
                   "DSN of a PostgreSQL to use instead of the node's own");
    app.add_option("--client", line.client, "directory of a browser client to serve at /");
    app.add_option("--user", line.user, "system user to become when started as root");
    app.add_option("--passphrase-file", line.passphrase_file,
                   "file that holds the passphrase of the master key (/dev/stdin reads it from there)");
    app.add_option("--ready-fd", line.ready_fd, "descriptor to write ready.json to when the node serves");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        std::exit(app.exit(e));
    }
    return line;
}

NodeOptions node_options(const CommandLine& line) {
    auto node = line.node;
    node.environment = process_environment();
    auto& settings = node.environment;
    if (line.is_plain) settings["CONCORDAT_SERVICESETTINGS_CONNECTIONSECURITY"] = "";
    if (line.port >= 0 || line.is_plain)
        settings["CONCORDAT_SERVICESETTINGS_LISTENADDRESS"] =
            (line.is_plain ? "127.0.0.1:" : ":") + std::to_string(line.port >= 0 ? line.port : 8065);
    if (!line.client.empty())
        settings["CONCORDAT_SERVICESETTINGS_CLIENTDIRECTORY"] = std::filesystem::absolute(line.client);
    settings["CONCORDAT_CONCORDATSETTINGS_DATADIRECTORY"] = node.data;
    if (!line.user.empty()) node.user = line.user;
    node.media_program = media_program();
    return node;
}

// ready.json: how to reach the node, for packaging/start and the like.
std::string ready_text(Appliance& appliance) {
    json::object ready{{"url", appliance.url()}, {"port", appliance.port()}, {"pid", ::getpid()}};
    if (const auto code = appliance.setup_code(); !code.empty()) ready["setup_code"] = code;
    if (const auto print = appliance.fingerprint(); !print.empty()) ready["fingerprint"] = print;
    return json::serialize(ready) + "\n";
}

std::string ready_file(const NodeOptions& options) {
    return Places(options.data).run() + "/ready.json";
}

// On threads of its own: an Error ends here, and the node serves all the same.
void tell_ready(Appliance& appliance, const NodeOptions& options, int ready_fd) {
    try {
        const auto text = ready_text(appliance);
        storage::replace_file(ready_file(options), text);
        if (ready_fd < 0) return;
        [[maybe_unused]] const auto ignored = ::write(ready_fd, text.data(), text.size());
        ::close(ready_fd);
    } catch (const Error& e) {
        log_error("ready.json cannot be written", {{"reason", reason_of(e)}, {"detail", e.detail()}});
    }
}

// Signals arrive on one thread that waits for them.
std::thread watch_signals(Appliance& appliance, const sigset_t& signals) {
    return std::thread([&appliance, signals] {
        for (;;) {
            int signal = 0;
            if (::sigwait(&signals, &signal) != 0) continue;
            if (signal == SIGHUP) {
                appliance.reload();
                continue;
            }
            appliance.stop();
            return;
        }
    });
}

int serve(int argc, char** argv) {
    auto line = parse(argc, argv);
    line.node.data = spelled_out(line.node.data);
    if (!line.passphrase_file.empty()) line.node.passphrase = passphrase_in(line.passphrase_file);
    // Argon2's blocks go back to the system, and threads share few arenas: resident memory stays near what is
    // used.
    ::mallopt(M_MMAP_THRESHOLD, 256 * 1024);
    ::mallopt(M_ARENA_MAX, 2);
    ::mallopt(M_TRIM_THRESHOLD, 1024 * 1024);
    ::umask(0077);
    sigset_t signals;
    ::sigemptyset(&signals);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&signals, signal);
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
    if (::geteuid() == 0 && !line.user.empty()) become(line.user, line.node.data);
    const auto protection = storage::protect_process();
    if (!protection.is_undumpable || !protection.is_core_limited)
        log_warn("core dumps of this process could not be switched off");
    const auto options = node_options(line);
    Appliance appliance(options);
    std::filesystem::remove(ready_file(options));
    auto watcher = watch_signals(appliance, signals);
    appliance.on_first_account(
        [&] { tell_ready(appliance, options, -1); });  // the set-up code is of no use any more
    std::thread ready([&] {
        tell_ready(appliance, options, line.ready_fd);
        log_info("serving", {{"url", appliance.url()},
                             {"port", appliance.port()},
                             {"version", std::string(product_version)}});
    });
    appliance.run();
    ready.join();
    watcher.join();
    std::filesystem::remove(ready_file(options));
    log_info("stopped");
    return 0;
}

}  // namespace
}  // namespace concordat::appliance

int main(int argc, char** argv) {
    using namespace concordat;
    try {
        return appliance::serve(argc, argv);
    } catch (const Error& e) {  // the last edge: one readable line
        log_error("the node cannot start",
                  {{"reason", appliance::reason_of(e)}, {"id", e.id()}, {"detail", e.detail()}});
        std::cerr << "concordatd: " << appliance::reason_of(e) << '\n';
    } catch (const std::exception& e) {
        log_error("the node cannot start", {{"reason", e.what()}});
        std::cerr << "concordatd: " << e.what() << '\n';
    }
    return 1;
}
