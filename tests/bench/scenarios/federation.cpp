// federation: two organisations share a channel, each with a node and a PostgreSQL of its own.
#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "tests/bench/scenarios/deliveries.hpp"
#include "tests/bench/scenarios/scenario.hpp"

namespace concordat::bench {
namespace {

constexpr double quiet_rate = 20;  // posts per second
constexpr std::size_t people_count = 16;
constexpr Nanos longest_catch_up = 600 * one_second, look_every = one_second / 50;

NodeOptions options_of(const Context& context, const std::string& name, const std::string& address) {
    auto options = context.node;
    options.environment = {"CONCORDAT_CONNECTEDWORKSPACESSETTINGS_ENABLESHAREDCHANNELS=true",
                           "CONCORDAT_CONCORDATSETTINGS_ORGANISATIONNAME=" + name};
    if (!address.empty())
        for (const char* key : {"LISTEN", "PUBLIC"})
            options.environment.push_back(std::string("CONCORDAT_CONCORDATSETTINGS_FEDERATION") + key +
                                          "ADDRESS=" + address);
    return options;
}

struct Organisation {
    Organisation(Context& context, const std::string& name, const std::string& address)
        : name(name),
          node(context.loop, options_of(context, name, address)),
          target(node.url()),
          world(context.loop, target, {}),
          processes(node.pid(), 0),
          context{context.loop, target, world, processes, context.settings, context.node, std::nullopt} {}

    json::value ask(std::vector<std::string> words) const {
        words.insert(words.begin(), "federation");
        return parse_json_value(node.control(words), "answer");
    }
    std::string number_of(const std::string& partner) const {
        const auto shown = ask({"show"});
        for (const auto& one : shown.as_object().at("partners").as_array())
            if (one.as_object().at("name").as_string() == partner)
                return std::string(one.as_object().at("check_number").as_string());
        return {};
    }

    std::string name;
    PrivateNode node;
    Target target;
    World world;
    Processes processes;
    Context context;
};

template <class Is>
void wait_for(Loop& loop, const std::string& what, Is is) {
    for (const Nanos latest = now() + 60 * one_second; !is(); loop.run_until(now() + one_second / 10))
        if (now() > latest)
            throw Error(Fault::unavailable, "bench.federation", what + " did not happen within a minute.");
}

void pair(Loop& loop, const Organisation& inviter, const Organisation& accepter) {
    const auto word = inviter.ask({"invite", "--name", accepter.name});
    accepter.ask({"accept", "--name", inviter.name, "--invitation", std::string(word.as_string())});
    wait_for(loop, "Pairing", [&] { return !inviter.number_of(accepter.name).empty(); });
    const auto number = inviter.number_of(accepter.name);
    inviter.ask({"confirm", "--name", accepter.name, "--number", number});
    accepter.ask({"confirm", "--name", inviter.name, "--number", number});
}

// A channel of `home` that `guest` has joined, with people of both in it.
Channel share(Loop& loop, Organisation& home, Organisation& guest) {
    auto channel = make_channels(home.context, "federated", 1, people_count, people_count).front();
    guest.world.people(people_count);
    home.ask({"share", "--team", team_name, "--channel", channel.name, "--partner", guest.name});
    wait_for(loop, "The offer of the channel", [&] { return !guest.ask({"channels"}).as_array().empty(); });
    guest.ask({"join", "--id", channel.id, "--team", team_name});
    std::vector<std::string> ids;
    for (const auto& person : guest.world.people(people_count)) ids.push_back(person.id);
    guest.world.add_members(channel, ids);
    return channel;
}

Task<> read_count(HttpClient& client, const std::string& path, std::int64_t& count) {
    const auto response = co_await client.get(path, Body::keep);
    must(response, "reading the channel");
    count = parse_json_value(response.body, "channel")
                .as_object()
                .at("total_msg_count")
                .to_number<std::int64_t>();
}

std::int64_t count_at(Organisation& where, const Channel& channel) {
    HttpClient client(where.context.loop, where.target);
    client.set_token(where.world.admin_token());
    std::int64_t count = 0;
    where.context.loop.run(read_count(client, "/api/v4/channels/" + channel.id, count));
    return count;
}

// Paced posting into a channel of one node, heard at a node.
void post_quietly(Organisation& from, const Channel& channel, Organisation& heard_at, const std::string& name,
                  Result& result) {
    auto& loop = from.context.loop;
    Deliveries deliveries;
    SocketCrowd sockets;
    sockets.open(heard_at.context, 1, 1, &deliveries);
    Tally tally(Window::of(from.context.settings.warm_up, from.context.settings.seconds));
    deliveries.start(tally.window());
    Pacer pacer(now(), quiet_rate);
    Posting posting{from.context, channel, tally};
    Clients clients;
    Crew crew(loop);
    for (std::size_t i = 0; i < 4; ++i) {
        clients.emplace_back(loop, from.target);
        crew.add(post_stamped(posting, clients.back(), from.world.people(people_count)[i + 1], &pacer));
    }
    crew.wait();
    loop.run_until(now() + one_second);
    result.take(tally, name + ": ");
    result.actions.push_back(
        row_of(name + ": post to socket", deliveries.latency(), 0, tally.window().seconds()));
    if (deliveries.total() != posting.sent)
        result.note(name + ": " + std::to_string(deliveries.total()) + " of " + std::to_string(posting.sent) +
                    " posts were heard within a second");
}

// What was said while the partner was suspended, until it is shown there; people of the guest post meanwhile.
void catch_up(Organisation& home, Organisation& guest, const Channel& channel, const Channel& local,
              Result& result) {
    auto& loop = home.context.loop;
    const auto posts = home.context.settings.federated_posts;
    guest.ask({"suspend", "--name", home.name});
    home.world.fill(channel, posts, 16, [&](std::size_t done) {
        if (done % 10000 == 0 && done > 0) say("federation: " + std::to_string(done) + " posts said apart");
    });
    const auto wanted = count_at(home, channel);
    const auto before = guest.processes.usage();
    const auto home_before = home.processes.usage();
    guest.ask({"resume", "--name", home.name});
    const Nanos began = now();
    Tally tally(Window{began, began + longest_catch_up});
    Pacer pacer(began, quiet_rate);
    Posting posting{guest.context, local, tally};
    HttpClient client(loop, guest.target);
    Crew crew(loop);
    crew.add(post_stamped(posting, client, guest.world.people(people_count)[1], &pacer));
    while (count_at(guest, channel) < wanted && now() - began < longest_catch_up)
        loop.run_until(now() + look_every);
    const double took = static_cast<double>(now() - began) / 1e9;
    tally.close_window();
    crew.wait();
    const auto after = guest.processes.usage();
    const auto home_after = home.processes.usage();
    result.take(tally, "catching up: local ");
    result.add("posts said while apart", static_cast<double>(posts), "posts");
    result.add("until the partner shows all of them", took, "s");
    result.add("events applied", static_cast<double>(posts) / took, "per s");
    const auto cpu = [&](double seconds) { return seconds / static_cast<double>(posts) * 1e3; };
    result.add("CPU per event, receiving node", cpu(after.node_cpu - before.node_cpu), "ms");
    result.add("CPU per event, receiving PostgreSQL", cpu(after.postgres_cpu - before.postgres_cpu), "ms");
    result.add(
        "CPU per event, sending node and PostgreSQL",
        cpu(home_after.node_cpu - home_before.node_cpu + home_after.postgres_cpu - home_before.postgres_cpu),
        "ms");
    result.add("receiving node's RSS afterwards", after.node_rss, "MiB");
    result.add("sending node's RSS afterwards", home_after.node_rss, "MiB");
}

}  // namespace

Result run_federation(Context& context) {
    require(!context.node.bin.empty(), Fault::invalid, "bench.options",
            "federation needs --start and --bin.");
    auto& loop = context.loop;
    Organisation home(context, "alpha", "127.0.0.1:" + std::to_string(free_port())),
        guest(context, "beta", "");
    pair(loop, home, guest);
    const auto channel = share(loop, home, guest);
    const auto local = make_channels(guest.context, "local", 1, people_count, people_count).front();
    Result result{.scenario = "federation"};
    result.before = context.processes.usage();
    const Nanos began = now();
    post_quietly(guest, local, guest, "within a node", result);
    post_quietly(home, channel, guest, "to the partner", result);
    catch_up(home, guest, channel, local, result);
    result.after = context.processes.usage();
    result.seconds = static_cast<double>(now() - began) / 1e9;
    return result;
}

}  // namespace concordat::bench
