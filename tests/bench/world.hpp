// The world that scenarios act in: one team, people who are signed in, channels, history.
//
// Made through the API like everything else, lazily and once per run; accounts survive between runs
// against the same node. All calls block and throw Error (unavailable, "bench.setup") when the node
// refuses; they run the loop, so call them between measurements and never from a coroutine.
#pragma once
#include <deque>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>
#include "tests/bench/http_client.hpp"

namespace concordat::bench {

struct Person {
    std::string id;
    std::string name;
    std::string token;
    std::int64_t last_pending = 0;
};

struct Channel {
    std::string id;
    std::string name;
    std::vector<std::size_t> members;  // places in World::people, of those who are signed in
};

struct WorldOptions {
    std::string admin_name = "bench-admin";
    std::string admin_password = "bench-Admin-1";
    // Makes accounts without a log-in faster than the API can; {prefix} {count} {team} are replaced.
    // "" : through the API, one password hash each.
    std::string crowd_command;
};

extern const std::string people_password, team_name;

class World {
public:
    World(Loop& loop, const Target& target, WorldOptions options);

    // The first `count` people, signed in and in the team. The reference stays valid; people are only added.
    std::deque<Person>& people(std::size_t count);
    // Ids of `count` accounts in the team that never sign in; people come first.
    std::vector<std::string> crowd(std::size_t count);
    // A new public channel with those members (places in people()).
    Channel channel(const std::string& name, std::vector<std::size_t> members);
    void add_members(const Channel& channel, const std::vector<std::string>& user_ids);
    // Posts `count` messages by the members, `writers` at a time. `done` hears the number so far.
    void fill(const Channel& channel, std::size_t count, std::size_t writers = 16,
              const std::function<void(std::size_t)>& done = {});

    // Gives the administrator the rights over exports as well.
    void make_admin_an_officer();

    const std::string& team_id() const { return team_id_; }
    const std::string& admin_token() const { return admin_token_; }
    // Differs between runs, so that names of channels do.
    const std::string& run() const { return run_; }
    std::mt19937_64& random() { return random_; }

private:
    using Step = std::function<Task<>(HttpClient&, std::size_t)>;
    void in_parallel(std::size_t count, std::size_t workers, const Step& step);
    Task<> work(HttpClient& client, std::size_t& next, std::size_t count, const Step& step);
    Task<> sign_in_admin();
    Task<> make_team();
    Task<> give_roles(std::string user_id, std::string roles);
    Task<> make_person(HttpClient& client, Person& person);
    Task<> find_id(HttpClient& client, const std::string& name, std::string& id);
    Task<> sign_in(HttpClient& client, Person& person);
    Task<> make_channel(const std::string& name, std::string& id);
    Task<> add_some(HttpClient& client, const std::string& path, const std::string& body);
    Task<> fill_one(HttpClient& client, Person& author, const std::string& channel_id);
    void join_team(const std::vector<std::string>& user_ids);
    void run_crowd_command(std::size_t count);

    Loop& loop_;
    const Target& target_;
    WorldOptions options_;
    std::mt19937_64 random_{20240229};
    std::string run_;
    std::string admin_token_;
    std::string admin_id_;
    std::string team_id_;
    HttpClient admin_;
    std::deque<Person> people_;
    std::vector<std::string> crowd_;
};

// JSON text of a message: about 120 bytes of words, or starting with `lead`.
std::string words(std::mt19937_64& random, std::string_view lead = {});
// The body of POST /posts; the pending id is new each time.
std::string post_body(Person& author, std::string_view channel_id, std::string_view message,
                      std::string_view root_id = {});
// The first "id":"..." of an object: its own, as the node writes it first. "" when there is none.
std::string id_in(std::string_view json);
// Throws Error (unavailable, "bench.setup") unless the response is a success.
void must(const Response& response, const std::string& what);

}  // namespace concordat::bench
