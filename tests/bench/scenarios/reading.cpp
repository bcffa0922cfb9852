// channel-open: the page that opening a channel asks for. login-storm: whether log-ins hold up the rest.
#include "core/base/json.hpp"
#include "tests/bench/scenarios/scenario.hpp"

namespace concordat::bench {
namespace {

constexpr double fixed_rate = 200;  // openings per second

Task<> open_paced(Context& context, HttpClient& client, const std::vector<Channel>& channels, Pacer& pacer,
                  Tally& tally) {
    for (std::size_t turn = context.world.random()();; ++turn) {
        const Nanos due = pacer.take();
        if (due >= tally.window().to) break;
        co_await context.loop.until(due);
        const auto& channel = channels[turn % channels.size()];
        client.set_token(context.world.people(0)[channel.members[turn % channel.members.size()]].token);
        const auto path = newest_page(channel.id);
        const auto response = co_await client.get(path);
        tally.add("open at 200 per s", response, due);
    }
}

// Until the person is in. A refusal because of the crowd (503, 429) is tried again, as a person would.
Task<> log_in(Context& context, HttpClient& client, const Person& person, Tally& tally,
              std::uint64_t& refused) {
    const auto body = json_text(json::object{{"login_id", person.name}, {"password", people_password}});
    const Nanos began = now();
    while (true) {
        const auto response = co_await client.post("/api/v4/users/login", body);
        if (response.status != 503 && response.status != 429) {
            tally.add("log in", response, began);
            break;
        }
        ++refused;
        co_await context.loop.pause(500);
    }
}

// Two posters and two readers, as actions "post" and "open" of `tally`.
void add_everyday_work(Context& context, Clients& clients, const std::vector<Channel>& channels, Tally& tally,
                       Crew& crew) {
    auto& people = context.world.people(0);
    for (std::size_t i = 0; i < 4; ++i) {
        const auto& channel = channels[i % channels.size()];
        auto& client = clients[i];
        if (i < 2)
            crew.add(post_flat_out(context, client, people[channel.members[0]], {channel.id}, tally));
        else
            crew.add(open_flat_out(context, client, channels, tally, "open"));
    }
}

}  // namespace

Result run_channel_open(Context& context) {
    const auto& settings = context.settings;
    const auto channels = make_channels(context, "open", 10, 20, 20);
    for (const auto& channel : channels) context.world.fill(channel, settings.is_quick ? 70 : 300);
    Result result{.scenario = "channel-open"};
    Clients clients;
    for (std::size_t i = 0; i < 64; ++i)
        clients.emplace_back(context.loop, context.target).set_compressed(settings.is_compressed);
    Tally paced(Window::of(settings.warm_up, settings.seconds));
    {
        Pacer pacer(now(), fixed_rate);
        Crew crew(context.loop);
        for (auto& client : clients) crew.add(open_paced(context, client, channels, pacer, paced));
        Result unused{.scenario = "channel-open at 200 per s"};
        measure(context, paced.window(), crew, unused);
    }
    Tally flat_out(Window::of(settings.warm_up, settings.seconds));
    Crew crew(context.loop);
    for (std::size_t i = 0; i < std::min<std::size_t>(settings.clients, clients.size()); ++i)
        crew.add(open_flat_out(context, clients[i], channels, flat_out, "open flat out"));
    measure(context, flat_out.window(), crew, result);
    result.take(paced);
    result.take(flat_out);
    return result;
}

Result run_login_storm(Context& context) {
    const auto& settings = context.settings;
    const auto count = settings.log_ins;
    const auto channels = make_channels(context, "storm", 4, 10, 20);
    for (const auto& channel : channels) context.world.fill(channel, 70);
    auto& people = context.world.people(count);
    Result result{.scenario = "login-storm"};
    Clients everyday, storming;
    for (int i = 0; i < 4; ++i) everyday.emplace_back(context.loop, context.target);
    for (std::size_t i = 0; i < count; ++i) storming.emplace_back(context.loop, context.target);

    Tally calm(Window::of(settings.warm_up, settings.seconds / 2));
    {
        Crew crew(context.loop);
        add_everyday_work(context, everyday, channels, calm, crew);
        Result unused{.scenario = "login-storm, calm"};
        measure(context, calm.window(), crew, unused);
    }
    // Only what begins while the storm lasts counts as storm; the window is cut to it afterwards.
    Tally storm(Window::of(0, 3600)), log_ins(Window::of(0, 3600));
    std::uint64_t refused = 0;
    result.before = context.processes.usage();
    const Nanos began = now();
    Crew storm_crew(context.loop);
    for (std::size_t i = 0; i < count; ++i)
        storm_crew.add(log_in(context, storming[i], people[i], log_ins, refused));
    Crew crew(context.loop);
    add_everyday_work(context, everyday, channels, storm, crew);
    storm_crew.wait();
    result.seconds = static_cast<double>(now() - began) / 1e9;
    result.after = context.processes.usage();
    storm.close_window();
    log_ins.close_window();
    crew.wait();

    result.take(calm, "calm: ");
    result.take(storm, "storm: ");
    result.take(log_ins);
    result.add("log-ins at once", static_cast<double>(count), "log-ins");
    result.add("all signed in after", result.seconds, "s");
    result.add("refused and tried again", static_cast<double>(refused), "times");
    const double quiet = calm.action("post").latency.percentile(0.5);
    if (quiet > 0)
        result.add("posting p50, storm to calm", storm.action("post").latency.percentile(0.5) / quiet,
                   "ratio");
    return result;
}

}  // namespace concordat::bench
