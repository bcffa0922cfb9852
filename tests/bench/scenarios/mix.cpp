// mix: many people at the official client, doing what people do as often as they do it.
#include "tests/bench/scenarios/visitor.hpp"

namespace concordat::bench {
namespace {

Task<> arrive_in_turn(std::deque<Visitor>& visitors, std::size_t& next) {
    while (next < visitors.size()) {
        auto& visitor = visitors[next++];
        co_await visitor.arrive();
    }
}

}  // namespace

Result run_mix(Context& context) {
    const auto& settings = context.settings;
    Result result{.scenario = "mix"};
    auto channels = make_channels(context, "mix", 20, settings.users / 2, settings.users);
    Stage stage{
        .context = context, .people = context.world.people(settings.users), .channels = std::move(channels)};
    std::deque<Visitor> visitors;
    for (std::size_t i = 0; i < settings.users; ++i) visitors.emplace_back(stage, i);
    say("mix: " + std::to_string(settings.users) + " people arrive");
    Crew crew(context.loop);
    std::size_t next = 0;
    for (int i = 0; i < 16; ++i) crew.add(arrive_in_turn(visitors, next));
    crew.wait();
    context.loop.run_until(now() + one_second);

    Tally tally(Window::of(settings.warm_up, settings.seconds));
    stage.tally = &tally;
    stage.deliveries.start(tally.window());
    Pacer pacer(now(), settings.rate > 0 ? settings.rate : 1);
    for (auto& visitor : visitors) crew.add(visitor.act(settings.rate > 0 ? &pacer : nullptr));
    measure(context, tally.window(), crew, result);

    result.take(tally);
    result.actions.push_back(
        row_of("post to socket", stage.deliveries.latency(), 0, tally.window().seconds()));
    std::uint64_t actions = 0, calls = 0;
    for (const auto& [name, action] : tally.actions())
        (name.starts_with("call ") ? calls : actions) += action.latency.count();
    const double seconds = tally.window().seconds();
    const double cpu = result.after.node_cpu - result.before.node_cpu + result.after.postgres_cpu -
                       result.before.postgres_cpu;
    result.add("people", static_cast<double>(settings.users), "people");
    result.add("actions", static_cast<double>(actions) / seconds, "per s");
    result.add("calls", static_cast<double>(calls) / seconds, "per s");
    if (actions > 0)
        result.add("CPU per action, node and PostgreSQL", cpu / static_cast<double>(actions) * 1e3, "ms");
    stage.deliveries.note_losses(result);
    return result;
}

}  // namespace concordat::bench
