// post: how fast messages are taken. growth: whether that changes as channels grow.
#include <algorithm>
#include "tests/bench/scenarios/scenario.hpp"

namespace concordat::bench {

Result run_post(Context& context) {
    const std::size_t people_count = context.settings.is_quick ? 20 : 100;
    const auto channels = make_channels(context, "post", 10, people_count / 2, people_count);
    auto& people = context.world.people(people_count);
    Result result{.scenario = "post"};
    Clients clients;
    Tally tally(Window::of(context.settings.warm_up, context.settings.seconds));
    Crew crew(context.loop);
    for (std::size_t i = 0; i < context.settings.clients; ++i) {
        const auto author = i * people_count / context.settings.clients;
        std::vector<std::string> own;
        for (const auto& channel : channels)
            if (std::find(channel.members.begin(), channel.members.end(), author) != channel.members.end())
                own.push_back(channel.id);
        clients.emplace_back(context.loop, context.target);
        crew.add(post_flat_out(context, clients.back(), people[author], std::move(own), tally));
    }
    measure(context, tally.window(), crew, result);
    result.take(tally);
    const double rate = static_cast<double>(tally.action("post").latency.count()) / tally.window().seconds();
    const double cpu = result.after.node_cpu - result.before.node_cpu + result.after.postgres_cpu -
                       result.before.postgres_cpu;
    if (rate > 0) result.add("CPU per post, node and PostgreSQL", cpu / (rate * result.seconds) * 1e3, "ms");
    if (const auto inserts = insert_rate(context, result)) {
        result.add("pgbench single-row inserts", *inserts, "per s");
        result.add("posts per pgbench insert", rate / *inserts, "ratio");
    }
    return result;
}

namespace {

// Fills the channel, telling how fast its first and its last tenth went.
void fill_and_tell(Context& context, const Channel& channel, std::size_t count, const std::string& name,
                   Result& result) {
    say("growth: " + std::to_string(count) + " posts into " + name);
    const Nanos began = now();
    Nanos first_tenth = 0, last_tenth = 0;
    context.world.fill(channel, count, context.settings.clients, [&](std::size_t done) {
        if (done == count / 10) first_tenth = now();
        if (done == count - count / 10) last_tenth = now();
        if (done % 10000 == 0 && done > 0) say("growth: " + std::to_string(done) + " posts");
    });
    const double tenth = static_cast<double>(count / 10) * 1e9;
    result.add("posts/s, first tenth of filling " + name, tenth / static_cast<double>(first_tenth - began),
               "per s");
    result.add("posts/s, last tenth of filling " + name, tenth / static_cast<double>(now() - last_tenth),
               "per s");
}

void load_one(Context& context, const Channel& channel, const std::string& prefix, Result& result,
              Tally& total) {
    auto& people = context.world.people(10);
    Tally tally(Window::of(context.settings.warm_up / 2, context.settings.seconds / 2));
    Clients clients;
    Crew crew(context.loop);
    const std::vector<Channel> only{channel};
    for (std::size_t i = 0; i < context.settings.clients; ++i) {
        clients.emplace_back(context.loop, context.target);
        crew.add(post_flat_out(context, clients.back(), people[i % 10], {channel.id}, tally));
    }
    Result inner{.scenario = "growth, posting into " + prefix};
    measure(context, tally.window(), crew, inner);
    Tally opens(Window::of(0, context.settings.seconds / 4));
    for (auto& client : clients) crew.add(open_flat_out(context, client, only, opens, "open"));
    inner.scenario = "growth, opening " + prefix;
    measure(context, opens.window(), crew, inner);
    result.take(tally, prefix + " ");
    result.take(opens, prefix + " ");
    total = tally;
}

}  // namespace

Result run_growth(Context& context) {
    const auto& settings = context.settings;
    Result result{.scenario = "growth"};
    std::vector<std::size_t> ten;
    for (std::size_t i = 0; i < 10; ++i) ten.push_back(i);
    context.world.people(10);
    const auto small = context.world.channel("small", ten);
    const auto large = context.world.channel("large", ten);
    const auto crowd = context.world.crowd(settings.growth_members);
    context.world.add_members(
        large, {crowd.begin() + std::min<std::ptrdiff_t>(10, static_cast<std::ptrdiff_t>(crowd.size())),
                crowd.end()});
    result.before = context.processes.usage();
    const Nanos began = now();
    fill_and_tell(context, small, std::min<std::size_t>(10000, settings.growth_posts / 10),
                  "the small channel", result);
    fill_and_tell(context, large, settings.growth_posts, "the large channel", result);
    // Turn and turn about, so that what drifts meanwhile strikes both.
    double rates[2] = {0, 0}, medians[2] = {0, 0};
    for (const int round : {1, 2}) {
        for (const int which : {0, 1}) {
            Tally tally{Window{}};
            load_one(context, which == 0 ? small : large,
                     (which == 0 ? "small, round " : "large, round ") + std::to_string(round), result, tally);
            rates[which] +=
                static_cast<double>(tally.action("post").latency.count()) / tally.window().seconds() / 2;
            medians[which] += tally.action("post").latency.percentile(0.5) / 2;
        }
    }
    result.after = context.processes.usage();
    result.seconds = static_cast<double>(now() - began) / 1e9;
    result.add("members of the large channel", static_cast<double>(crowd.size()), "members");
    result.add("posts in the large channel, filled", static_cast<double>(settings.growth_posts), "posts");
    if (rates[0] > 0) result.add("posting rate, large to small", rates[1] / rates[0], "ratio");
    if (medians[0] > 0) result.add("posting p50, large to small", medians[1] / medians[0], "ratio");
    return result;
}

}  // namespace concordat::bench
