// A scenario sets up what it needs, loads the node for a while and says what it found.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>
#include "tests/bench/measure.hpp"
#include "tests/bench/node.hpp"
#include "tests/bench/report.hpp"
#include "tests/bench/socket_client.hpp"
#include "tests/bench/world.hpp"

namespace concordat::bench {

struct Settings {
    double seconds = 20;  // of measuring, per phase
    double warm_up = 2;
    bool is_quick = false;       // everything small: to see that it works, not how fast
    std::size_t clients = 16;    // connections that post or read flat out
    std::size_t posters = 4;     // of fanout
    std::size_t sockets = 1000;  // of fanout
    std::size_t idle_sockets = 5000;
    std::size_t log_ins = 200;  // of login-storm
    std::size_t users = 500;    // of mix
    double rate = 200;          // of mix, actions per second; 0: flat out
    std::size_t growth_members = 10000;
    std::size_t growth_posts = 200000;
    std::size_t export_posts = 100000;
    std::size_t federated_posts = 100000;
    std::size_t search_posts = 100000;
    std::size_t directory_people = 13000;  // of sign-in
    std::size_t online = 2000;             // sockets of sign-in
    bool is_compressed = false;
    std::string postgres_user;  // "" : whom PostgreSQL runs as
};

struct Context {
    Loop& loop;
    const Target& target;
    World& world;
    const Processes& processes;
    Settings settings;
    NodeOptions node;                   // for more nodes
    std::optional<double> insert_rate;  // of pgbench, once measured
};

Result run_post(Context& context);
Result run_fanout(Context& context);
Result run_fanout_latency(Context& context);
Result run_idle(Context& context);
Result run_channel_open(Context& context);
// Starts two nodes of its own.
Result run_federation(Context& context);
Result run_login_storm(Context& context);
// Starts a directory and a node of its own.
Result run_sign_in(Context& context);
Result run_growth(Context& context);
Result run_export(Context& context);
Result run_search(Context& context);
Result run_mix(Context& context);
Result run_pgbench(Context& context);

// ---- What scenarios share ----

// Connections of one scenario.
using Clients = std::deque<HttpClient>;

// Turns the loop through the window, and the crew to its end; notes the usage at both ends of the window.
// Throws Error (unavailable) when the node's process is gone by then.
void measure(Context& context, const Window& window, Crew& crew, Result& result);

// `count` channels of `members` people each, overlapping, out of `people` people.
std::vector<Channel> make_channels(Context& context, const std::string& name, std::size_t count,
                                   std::size_t members, std::size_t people);

// Posts as `author`, turn by turn in `channels`, while the window is open; action "post".
Task<> post_flat_out(Context& context, HttpClient& client, Person& author, std::vector<std::string> channels,
                     Tally& tally);
// Opens the newest page of the channels in turn while the window is open; `action` names it.
Task<> open_flat_out(Context& context, HttpClient& client, const std::vector<Channel>& channels, Tally& tally,
                     std::string action);
std::string newest_page(const std::string& channel_id);

// Evenly spaced due times, shared by the workers that serve them.
class Pacer {
public:
    Pacer(Nanos first, double per_second) : next_(first), interval_(static_cast<Nanos>(1e9 / per_second)) {}
    Nanos take() { return std::exchange(next_, next_ + interval_); }

private:
    Nanos next_;
    Nanos interval_;
};

// Sockets of many people, opened together.
class SocketCrowd {
public:
    // Opens `count` sockets over the first `people` people. Throws Error (unavailable) when one is refused.
    void open(Context& context, std::size_t count, std::size_t people, Audience* audience);
    std::deque<SocketClient>& all() { return sockets_; }
    std::size_t open_count() const;
    const Histogram& opening() const { return opening_; }

private:
    Task<> open_some(Context& context, std::size_t& next, std::size_t people);
    std::deque<SocketClient> sockets_;
    Histogram opening_;
    std::string refusal_;
};

// Single-row inserts per second into the node's PostgreSQL, measured once per run. Empty, with a
// note in `result`, when the node's PostgreSQL cannot be reached.
std::optional<double> insert_rate(Context& context, Result& result);

}  // namespace concordat::bench
