// concordat-bench: loads a node and tells how it did.
#include <signal.h>
#include <sys/resource.h>
#include <CLI/CLI.hpp>
#include <iostream>
#include "core/base/error.hpp"
#include "tests/bench/node.hpp"
#include "tests/bench/scenarios/scenario.hpp"

namespace {

using namespace concordat;
using namespace concordat::bench;

struct Named {
    const char* name;
    Result (*run)(Context&);
};
// In the order they run: idle early, for memory that an earlier scenario freed would hide what sockets take.
const std::vector<Named> scenarios = {{"pgbench", run_pgbench},
                                      {"idle", run_idle},
                                      {"post", run_post},
                                      {"fanout", run_fanout},
                                      {"fanout-latency", run_fanout_latency},
                                      {"channel-open", run_channel_open},
                                      {"login-storm", run_login_storm},
                                      {"sign-in", run_sign_in},
                                      {"mix", run_mix},
                                      {"growth", run_growth},
                                      {"export", run_export},
                                      {"search", run_search},
                                      {"federation", run_federation}};

struct Options {
    std::string url;
    bool starts = false;
    std::vector<std::string> transports;
    NodeOptions node;
    pid_t pid = 0;
    pid_t postgres_pid = 0;
    std::string admin;
    WorldOptions world;
    Settings settings;
    bool is_full = false;
    std::string json;
    std::vector<std::string> chosen;
};

void declare_node(CLI::App& app, Options& options) {
    app.add_option("--url", options.url,
                   "The node to load, e.g. https://127.0.0.1:8065; accounts are made in it");
    app.add_flag("--start", options.starts, "Start a private node for the run and remove it afterwards");
    app.add_option("--bin", options.node.bin, "With --start: the directory that holds concordatd");
    app.add_option("--node-arguments", options.node.arguments, "With --start: {data} and {port} are replaced")
        ->default_val("--data {data} --port {port}");
    app.add_option("--http-argument", options.node.plain_argument,
                   "With --start: what makes the node speak HTTP")
        ->default_val("--http");
    app.add_option("--run-as", options.node.run_as, "With --start, as root: the user that the node runs as");
    app.add_option("--transport", options.transports, "With --start: tls, plain or both, one node each")
        ->delimiter(',')
        ->check(CLI::IsMember({"tls", "plain"}));
    app.add_option("--pid", options.pid, "The node's process; else the only concordatd of this machine");
    app.add_option("--postgres-pid", options.postgres_pid,
                   "PostgreSQL's first process; else found below the node's");
    app.add_option("--postgres-user", options.settings.postgres_user,
                   "For pgbench: a role that may make a database; else concordat_admin");
    app.add_option("--admin", options.admin, "name:password of an administrator; made on a new node");
    app.add_option(
        "--crowd-command", options.world.crowd_command,
        "Shell command that makes {count} accounts {prefix}00000.. faster than the API; may name {team}");
}

void declare_sizes(CLI::App& app, Options& options) {
    auto& settings = options.settings;
    app.add_option("--seconds", settings.seconds, "Of measuring, per phase")->check(CLI::PositiveNumber);
    app.add_option("--clients", settings.clients, "Connections of post, channel-open and growth")
        ->check(CLI::PositiveNumber);
    app.add_option("--posters", settings.posters, "Of fanout")->check(CLI::PositiveNumber);
    app.add_option("--sockets", settings.sockets, "Of fanout and fanout-latency")->check(CLI::PositiveNumber);
    app.add_option("--idle-sockets", settings.idle_sockets, "Of idle")->check(CLI::PositiveNumber);
    app.add_option("--log-ins", settings.log_ins, "Of login-storm")->check(CLI::Range(20, 5000));
    app.add_option("--users", settings.users, "Of mix")->check(CLI::Range(4, 10000));
    app.add_option("--rate", settings.rate, "Of mix, actions per second; 0: as fast as it goes");
    app.add_option("--members", settings.growth_members, "Of growth's large channel")
        ->check(CLI::Range(10, 100000));
    app.add_option("--posts", settings.growth_posts, "Of growth's large channel")
        ->check(CLI::Range(1000, 10000000));
    app.add_option("--export-posts", settings.export_posts, "Of export");
    app.add_option("--federated-posts", settings.federated_posts, "Of federation, said while it is apart");
    app.add_option("--search-posts", settings.search_posts, "Of search")->check(CLI::Range(100, 10000000));
    app.add_option("--directory-people", settings.directory_people, "Of sign-in's directory")
        ->check(CLI::Range(20, 100000));
    app.add_option("--online", settings.online, "Sockets that are open while people of sign-in do")
        ->check(CLI::PositiveNumber);
    app.add_flag("--full", options.is_full, "growth with a million posts");
    app.add_flag("--compressed", settings.is_compressed, "Ask for gzip as browsers do");
    app.add_flag("--quick", settings.is_quick, "Everything small: shows that it works, not how fast");
    app.add_option("--json", options.json, "Write the results to this file");
}

void settle(Options& options) {
    auto& settings = options.settings;
    if (options.is_full) settings.growth_posts = 1'000'000;
    if (settings.is_quick) {
        settings.seconds = std::min(settings.seconds, 3.0);
        settings.warm_up = 0.5;
        settings.sockets = std::min<std::size_t>(settings.sockets, 100);
        settings.idle_sockets = std::min<std::size_t>(settings.idle_sockets, 200);
        settings.log_ins = std::min<std::size_t>(settings.log_ins, 20);
        settings.users = std::min<std::size_t>(settings.users, 20);
        settings.directory_people = std::min<std::size_t>(settings.directory_people, 100);
        settings.online = std::min<std::size_t>(settings.online, 100);
        settings.growth_members = std::min<std::size_t>(settings.growth_members, 50);
        settings.growth_posts = std::min<std::size_t>(settings.growth_posts, 2000);
        settings.federated_posts = std::min<std::size_t>(settings.federated_posts, 1000);
        settings.export_posts = std::min<std::size_t>(settings.export_posts, 2000);
        settings.search_posts = std::min<std::size_t>(settings.search_posts, 2000);
    }
    if (const auto colon = options.admin.find(':'); colon != std::string::npos) {
        options.world.admin_name = options.admin.substr(0, colon);
        options.world.admin_password = options.admin.substr(colon + 1);
    }
    if (options.transports.empty()) options.transports = {"tls"};
    require(options.starts != !options.url.empty(), Fault::invalid, "bench.options",
            "Give either --url or --start.");
    require(!options.starts || !options.node.bin.empty(), Fault::invalid, "bench.options",
            "--start needs --bin.");
}

bool is_chosen(const Options& options, const std::string& name) {
    const auto has = [&](const std::string& word) {
        return std::find(options.chosen.begin(), options.chosen.end(), word) != options.chosen.end();
    };
    return has(name) || has("all");
}

// False when a scenario could not be run to its end.
bool run_against(const Options& options, const std::string& url, pid_t pid, Loop& loop,
                 std::vector<Result>& results) {
    const Target target(url);
    const Processes processes(pid, options.postgres_pid);
    if (processes.node() == 0)
        say("the node's process is unknown: give --pid to have its CPU and memory measured");
    else if (processes.postmaster() == 0)
        say("PostgreSQL's process is unknown: give --postgres-pid");
    World world(loop, target, options.world);
    auto node = options.node;
    node.is_plain = !target.is_tls();
    Context context{loop, target, world, processes, options.settings, node, std::nullopt};
    bool all_ran = true;
    for (const auto& scenario : scenarios) {
        if (!is_chosen(options, scenario.name)) continue;
        say(std::string("== ") + scenario.name);
        try {
            auto result = scenario.run(context);
            result.transport = target.is_tls() ? "tls" : "plain";
            print(result);
            results.push_back(std::move(result));
        } catch (const Error& error) {  // the other scenarios are still worth running
            say(std::string(scenario.name) + " failed: " + error.text());
            all_ran = false;
        }
    }
    return all_ran;
}

bool run(const Options& options) {
    Loop loop;
    std::vector<Result> results;
    bool all_ran = true;
    if (!options.starts) {
        all_ran = run_against(options, options.url, options.pid ? options.pid : Processes::running_node(),
                              loop, results);
    } else {
        for (const auto& transport : options.transports) {
            auto node_options = options.node;
            node_options.is_plain = transport == "plain";
            say("starting a private node (" + transport + ")");
            const PrivateNode node(loop, node_options);
            all_ran = run_against(options, node.url(), node.pid(), loop, results) && all_ran;
        }
    }
    if (!options.json.empty()) write_json_file(options.json, results);
    return all_ran;
}

void raise_descriptor_limit() {
    rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("Loads a Concordat node and measures it.");
    Options options;
    declare_node(app, options);
    declare_sizes(app, options);
    std::vector<std::string> names{"all"};
    for (const auto& scenario : scenarios) names.emplace_back(scenario.name);
    app.add_option("scenario", options.chosen, "What to run, in the order of the list")
        ->required()
        ->check(CLI::IsMember(names));
    CLI11_PARSE(app, argc, argv);
    signal(SIGPIPE, SIG_IGN);
    raise_descriptor_limit();
    try {
        settle(options);
        return run(options) ? 0 : 1;
    } catch (const std::exception& failure) {
        const auto* error = dynamic_cast<const Error*>(&failure);
        std::cerr << "concordat-bench: " << (error ? error->text() : failure.what()) << '\n';
        return 2;
    }
}
