#include "tests/bench/world.hpp"

#include <algorithm>
#include <array>
#include "core/base/clock.hpp"
#include "core/base/json.hpp"
#include "tests/bench/measure.hpp"
#include "tests/bench/node.hpp"
#include "tests/bench/report.hpp"

namespace concordat::bench {

const std::string people_password = "bench-Passw0rd", team_name = "concord-bench";

namespace {

const std::string crowd_prefix = "bench-c";
constexpr std::size_t hashing_workers = 8;  // sign-ups and log-ins at a time
constexpr std::size_t batch = 100;          // members added in one call

constexpr std::array<std::string_view, 64> vocabulary = {
    "the",      "meeting", "report",   "and",     "build",  "is",     "green",   "again",
    "we",       "should",  "look",     "at",      "that",   "before", "release", "friday",
    "thanks",   "for",     "checking", "server",  "logs",   "show",   "nothing", "new",
    "since",    "morning", "can",      "you",     "send",   "a",      "summary", "to",
    "team",     "lunch",   "in",       "kitchen", "budget", "draft",  "looks",   "fine",
    "customer", "asked",   "about",    "delay",   "answer", "them",   "today",   "please",
    "review",   "my",      "change",   "when",    "there",  "time",   "it",      "fixes",
    "broken",   "search",  "page",     "with",    "two",    "more",   "tests",   "yes"};

std::string text_of(const json::value& object, const char* key) {
    const auto* value = object.is_object() ? object.get_object().if_contains(key) : nullptr;
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

bool name_is_taken(const Response& response) {
    return response.status >= 400 && response.status < 500 &&
           response.body.find("exists") != std::string::npos;
}

std::string numbered(const std::string& prefix, std::size_t number) {
    auto digits = std::to_string(number);
    return prefix + std::string(5 - std::min<std::size_t>(5, digits.size()), '0') + digits;
}

std::string sign_up_body(const std::string& name, const std::string& password) {
    return json_text(
        json::object{{"email", name + "@bench.example"}, {"username", name}, {"password", password}});
}

std::string log_in_body(const std::string& name, const std::string& password) {
    return json_text(json::object{{"login_id", name}, {"password", password}});
}

void replace_all(std::string& text, std::string_view what, const std::string& with) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
        text.replace(at, what.size(), with);
}

}  // namespace

std::string words(std::mt19937_64& random, std::string_view lead) {
    std::string text(lead);
    while (text.size() < 115) {
        if (!text.empty()) text += ' ';
        text += vocabulary[random() % vocabulary.size()];
    }
    return text;
}

std::string post_body(Person& author, std::string_view channel_id, std::string_view message,
                      std::string_view root_id) {
    author.last_pending = std::max(author.last_pending + 1, wall_clock());
    std::string body = "{\"channel_id\":\"";
    body.append(channel_id)
        .append("\",\"root_id\":\"")
        .append(root_id)
        .append("\",\"message\":\"")
        .append(message);
    body.append("\",\"pending_post_id\":\"")
        .append(author.id)
        .append(":")
        .append(std::to_string(author.last_pending));
    body.append("\",\"file_ids\":[],\"props\":{},\"metadata\":{}}");
    return body;
}

std::string id_in(std::string_view text) {
    constexpr std::string_view key = "\"id\":\"";
    const auto at = text.find(key);
    return at == std::string_view::npos ? std::string() : std::string(text.substr(at + key.size(), 26));
}

void must(const Response& response, const std::string& what) {
    if (!response.ok()) throw Error(Fault::unavailable, "bench.setup", what + ": " + failure_of(response));
}

World::World(Loop& loop, const Target& target, WorldOptions options)
    : loop_(loop), target_(target), options_(std::move(options)), admin_(loop, target) {
    const auto seconds = static_cast<std::uint64_t>(wall_clock() / 1000);
    for (auto n = seconds; n != 0 && run_.size() < 6; n /= 36)
        run_ += "0123456789abcdefghijklmnopqrstuvwxyz"[n % 36];
    loop_.run(sign_in_admin());
    loop_.run(make_team());
}

Task<> World::sign_in_admin() {
    const auto credentials = log_in_body(options_.admin_name, options_.admin_password);
    auto response = co_await admin_.post("/api/v4/users/login", credentials, Body::keep);
    if (response.status == 401) {  // a new node: the first account becomes its administrator
        const auto sign_up = sign_up_body(options_.admin_name, options_.admin_password);
        response = co_await admin_.post("/api/v4/users", sign_up, Body::keep);
        must(response, "creating the administrator");
        response = co_await admin_.post("/api/v4/users/login", credentials, Body::keep);
    }
    must(response, "signing in the administrator");
    admin_id_ = text_of(parse_json_value(response.body), "id");
    admin_token_ = response.token;
    admin_.set_token(admin_token_);
}

Task<> World::make_team() {
    auto response = co_await admin_.get("/api/v4/teams/name/" + team_name, Body::keep);
    if (response.status == 404) {
        const auto body =
            json_text(json::object{{"name", team_name}, {"display_name", "Bench"}, {"type", "O"}});
        response = co_await admin_.post("/api/v4/teams", body, Body::keep);
    }
    must(response, "making the team");
    team_id_ = text_of(parse_json_value(response.body), "id");
}

Task<> World::give_roles(std::string user_id, std::string roles) {
    const auto body = json_text(json::object{{"roles", roles}});
    must(co_await admin_.exchange("PUT", "/api/v4/users/" + user_id + "/roles", body), "giving roles");
}

void World::make_admin_an_officer() {
    loop_.run(give_roles(admin_id_, "system_admin system_user compliance_officer"));
}

Task<> World::work(HttpClient& client, std::size_t& next, std::size_t count, const Step& step) {
    while (next < count) {
        const auto mine = next++;
        co_await step(client, mine);
    }
}

void World::in_parallel(std::size_t count, std::size_t workers, const Step& step) {
    std::deque<HttpClient> clients;
    std::size_t next = 0;
    Crew crew(loop_);
    for (std::size_t i = 0; i < std::min(workers, count); ++i) {
        clients.emplace_back(loop_, target_).set_token(admin_token_);
        crew.add(work(clients.back(), next, count, step));
    }
    crew.wait();
}

Task<> World::make_person(HttpClient& client, Person& person) {
    const auto body = sign_up_body(person.name, people_password);
    auto response = co_await client.post("/api/v4/users", body, Body::keep);
    if (response.ok())
        person.id = text_of(parse_json_value(response.body), "id");
    else if (name_is_taken(response))
        co_await find_id(client, person.name, person.id);
    else
        must(response, "creating an account");
}

Task<> World::find_id(HttpClient& client, const std::string& name, std::string& id) {
    auto response = co_await client.get("/api/v4/users/username/" + name, Body::keep);
    must(response, "looking up an account");
    id = text_of(parse_json_value(response.body), "id");
}

Task<> World::sign_in(HttpClient& client, Person& person) {
    const auto body = log_in_body(person.name, people_password);
    auto response = co_await client.post("/api/v4/users/login", body);
    must(response, "signing in");
    person.token = response.token;
    if (person.token.empty())
        throw Error(Fault::unavailable, "bench.setup", "The log-in's reply has no Token header.");
}

Task<> World::add_some(HttpClient& client, const std::string& path, const std::string& body) {
    auto response = co_await client.post(path, body);
    must(response, "adding members");
}

void World::join_team(const std::vector<std::string>& user_ids) {
    const auto path = "/api/v4/teams/" + team_id_ + "/members/batch";
    std::vector<std::string> bodies;
    for (std::size_t from = 0; from < user_ids.size(); from += batch) {
        json::array members;
        for (auto i = from; i < std::min(from + batch, user_ids.size()); ++i)
            members.push_back(json::object{{"team_id", team_id_}, {"user_id", user_ids[i]}});
        bodies.push_back(json::serialize(members));
    }
    in_parallel(bodies.size(), 2,
                [&](HttpClient& client, std::size_t i) { return add_some(client, path, bodies[i]); });
}

std::deque<Person>& World::people(std::size_t count) {
    const auto had = people_.size();
    if (count <= had) return people_;
    say("set-up: " + std::to_string(count - had) + " people");
    for (auto i = had; i < count; ++i) people_.push_back({{}, numbered("bench-p", i), {}});
    in_parallel(count - had, hashing_workers,
                [&](HttpClient& client, std::size_t i) { return make_person(client, people_[had + i]); });
    std::vector<std::string> ids;
    for (auto i = had; i < count; ++i) ids.push_back(people_[i].id);
    join_team(ids);
    in_parallel(count - had, hashing_workers, [&](HttpClient& client, std::size_t i) {
        client.set_token({});
        return sign_in(client, people_[had + i]);
    });
    return people_;
}

void World::run_crowd_command(std::size_t count) {
    auto command = options_.crowd_command;
    replace_all(command, "{prefix}", crowd_prefix);
    replace_all(command, "{count}", std::to_string(count));
    replace_all(command, "{team}", team_name);
    const auto finished = run_program({"/bin/sh", "-c", command});
    if (finished.status != 0)
        throw Error(Fault::unavailable, "bench.setup", "the crowd command failed: " + finished.output);
}

std::vector<std::string> World::crowd(std::size_t count) {
    std::vector<std::string> ids;
    for (const auto& person : people_) ids.push_back(person.id);
    const auto missing = count > ids.size() ? count - ids.size() : 0;
    const auto had = crowd_.size();
    if (missing > had) {
        say("set-up: a crowd of " + std::to_string(missing - had) + " accounts");
        if (!options_.crowd_command.empty()) run_crowd_command(missing);
        std::deque<Person> fresh;
        for (auto i = had; i < missing; ++i) fresh.push_back({{}, numbered(crowd_prefix, i), {}});
        const bool is_made = !options_.crowd_command.empty();
        in_parallel(fresh.size(), hashing_workers, [&](HttpClient& client, std::size_t i) {
            return is_made ? find_id(client, fresh[i].name, fresh[i].id) : make_person(client, fresh[i]);
        });
        for (auto& person : fresh) crowd_.push_back(std::move(person.id));
        join_team({crowd_.begin() + static_cast<std::ptrdiff_t>(had), crowd_.end()});
    }
    for (std::size_t i = 0; i < missing; ++i) ids.push_back(crowd_[i]);
    ids.resize(std::min(ids.size(), count));
    return ids;
}

Task<> World::make_channel(const std::string& name, std::string& id) {
    const auto body =
        json_text(json::object{{"team_id", team_id_}, {"name", name}, {"display_name", name}, {"type", "O"}});
    auto response = co_await admin_.post("/api/v4/channels", body, Body::keep);
    must(response, "making a channel");
    id = text_of(parse_json_value(response.body), "id");
}

Channel World::channel(const std::string& name, std::vector<std::size_t> members) {
    Channel made;
    made.name = name + "-" + run_;
    made.members = std::move(members);
    loop_.run(make_channel(made.name, made.id));
    std::vector<std::string> ids;
    for (const auto place : made.members) ids.push_back(people_.at(place).id);
    add_members(made, ids);
    return made;
}

void World::add_members(const Channel& channel, const std::vector<std::string>& user_ids) {
    const auto path = "/api/v4/channels/" + channel.id + "/members";
    std::vector<std::string> bodies;
    for (std::size_t from = 0; from < user_ids.size(); from += batch) {
        json::array ids;
        for (auto i = from; i < std::min(from + batch, user_ids.size()); ++i) ids.emplace_back(user_ids[i]);
        bodies.push_back(json_text(json::object{{"user_ids", ids}}));
    }
    in_parallel(bodies.size(), 2,
                [&](HttpClient& client, std::size_t i) { return add_some(client, path, bodies[i]); });
}

Task<> World::fill_one(HttpClient& client, Person& author, const std::string& channel_id) {
    client.set_token(author.token);
    const auto body = post_body(author, channel_id, words(random_));
    auto response = co_await client.post("/api/v4/posts", body);
    must(response, "posting");
}

void World::fill(const Channel& channel, std::size_t count, std::size_t writers,
                 const std::function<void(std::size_t)>& done) {
    require(!channel.members.empty(), Fault::internal, "bench.setup", "A channel is filled by its members.");
    in_parallel(count, writers, [&](HttpClient& client, std::size_t i) {
        if (done) done(i);
        return fill_one(client, people_[channel.members[i % channel.members.size()]], channel.id);
    });
}

}  // namespace concordat::bench
