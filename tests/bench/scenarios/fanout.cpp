// fanout, fanout-latency: one channel, many sockets. idle: what an open socket costs.
#include "tests/bench/scenarios/deliveries.hpp"
#include "tests/bench/scenarios/scenario.hpp"

namespace concordat::bench {
namespace {

Result fan_out(Context& context, const std::string& name, std::size_t posters, double per_second) {
    const std::size_t people_count = context.settings.is_quick ? 20 : 100;
    const auto channel = make_channels(context, name, 1, people_count, people_count).front();
    auto& people = context.world.people(people_count);
    Result result{.scenario = name};
    Deliveries deliveries;
    SocketCrowd sockets;
    sockets.open(context, context.settings.sockets, people_count, &deliveries);
    context.loop.run_until(now() + one_second);

    Tally tally(Window::of(context.settings.warm_up, context.settings.seconds));
    deliveries.start(tally.window());
    Pacer pacer(now(), per_second > 0 ? per_second : 1);
    Posting posting{context, channel, tally};
    Clients clients;
    Crew crew(context.loop);
    for (std::size_t i = 0; i < posters; ++i) {
        clients.emplace_back(context.loop, context.target);
        crew.add(post_stamped(posting, clients.back(), people[i % people_count],
                              per_second > 0 ? &pacer : nullptr));
    }
    measure(context, tally.window(), crew, result);
    const auto expected = [&] { return posting.sent * sockets.open_count(); };
    const Nanos patience = now() + 15 * one_second;
    while (deliveries.total() < expected() && now() < patience)
        context.loop.run_until(now() + one_second / 20);
    const Nanos drained = now();

    result.take(tally);
    result.actions.push_back(row_of("post to socket", deliveries.latency(), 0, tally.window().seconds()));
    result.add("sockets", static_cast<double>(context.settings.sockets), "sockets");
    result.add("deliveries", static_cast<double>(deliveries.in_window()) / tally.window().seconds(), "per s");
    result.add("until the last delivery", static_cast<double>(drained - tally.window().to) / 1e9, "s");
    deliveries.note_losses(result);
    if (deliveries.lost_count() == 0 && deliveries.total() != expected())
        result.note(std::to_string(deliveries.total()) + " deliveries arrived where " +
                    std::to_string(expected()) + " were due");
    return result;
}

}  // namespace

Result run_fanout(Context& context) {
    return fan_out(context, "fanout", context.settings.posters, 0);
}

Result run_fanout_latency(Context& context) {
    return fan_out(context, "fanout-latency", 8, 20);
}

Result run_idle(Context& context) {
    const auto count = context.settings.idle_sockets;
    const std::size_t people_count =
        std::max<std::size_t>(context.settings.is_quick ? 20 : 100, (count + 49) / 50);
    context.world.people(people_count);
    Result result{.scenario = "idle"};
    Crew nobody(context.loop);
    context.loop.run_until(now() + 2 * one_second);
    const auto before = context.processes.usage();
    {
        Deliveries deliveries;
        SocketCrowd sockets;
        const Nanos began = now();
        sockets.open(context, count, people_count, &deliveries);
        const double took = static_cast<double>(now() - began) / 1e9;
        result.actions.push_back(row_of("open a socket", sockets.opening(), 0, took));
        context.loop.run_until(now() + 3 * one_second);
        measure(context, Window::of(0, context.settings.seconds), nobody, result);
        deliveries.note_losses(result);
    }
    const double sockets = static_cast<double>(count);
    result.add("sockets", sockets, "sockets");
    result.add("node memory per socket", (result.after.node_rss - before.node_rss) * 1024 / sockets, "KiB");
    result.add("PostgreSQL memory per socket",
               (result.after.postgres_pss - before.postgres_pss) * 1024 / sockets, "KiB");
    result.add("node CPU while idle", (result.after.node_cpu - result.before.node_cpu) / result.seconds * 100,
               "% of a core");
    context.loop.run_until(now() + 3 * one_second);
    result.add("node RSS before any socket", before.node_rss, "MiB");
    result.add("node RSS after closing them", context.processes.usage().node_rss, "MiB");
    return result;
}

}  // namespace concordat::bench
