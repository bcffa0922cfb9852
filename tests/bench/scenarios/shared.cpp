#include <algorithm>
#include "core/base/error.hpp"
#include "tests/bench/scenarios/scenario.hpp"

namespace concordat::bench {
namespace {
constexpr Nanos progress_every = 5 * one_second;
constexpr std::size_t sockets_at_once = 32;  // being opened
}  // namespace

void measure(Context& context, const Window& window, Crew& crew, Result& result) {
    context.loop.run_until(window.from);
    result.before = context.processes.usage();
    while (now() < window.to) {
        context.loop.run_until(std::min(window.to, now() + progress_every));
        const auto left = (window.to - now()) / one_second;
        if (left > 0) say(result.scenario + ": " + std::to_string(left) + " s left");
    }
    result.after = context.processes.usage();
    result.seconds = window.seconds();
    crew.wait();
    if (result.before.node_rss > 0 && result.after.node_rss == 0)
        throw Error(Fault::unavailable, "bench.node", "The node ended while it was measured.");
}

std::vector<Channel> make_channels(Context& context, const std::string& name, std::size_t count,
                                   std::size_t members, std::size_t people) {
    context.world.people(people);
    std::vector<Channel> channels;
    for (std::size_t c = 0; c < count; ++c) {
        std::vector<std::size_t> places;
        for (std::size_t m = 0; m < std::min(members, people); ++m)
            places.push_back((c * people / count + m) % people);
        channels.push_back(context.world.channel(name + std::to_string(c), std::move(places)));
    }
    return channels;
}

Task<> post_flat_out(Context& context, HttpClient& client, Person& author, std::vector<std::string> channels,
                     Tally& tally) {
    client.set_token(author.token);
    for (std::size_t turn = 0; tally.window().is_open(); ++turn) {
        const auto body = post_body(author, channels[turn % channels.size()], words(context.world.random()));
        const auto response = co_await client.post("/api/v4/posts", body);
        tally.add("post", response);
        if (!response.ok()) co_await context.loop.pause(50);
    }
}

std::string newest_page(const std::string& channel_id) {
    return "/api/v4/channels/" + channel_id + "/posts?page=0&per_page=60";
}

Task<> open_flat_out(Context& context, HttpClient& client, const std::vector<Channel>& channels, Tally& tally,
                     std::string action) {
    for (std::size_t turn = context.world.random()(); tally.window().is_open(); ++turn) {
        const auto& channel = channels[turn % channels.size()];
        const auto place = channel.members[turn / channels.size() % channel.members.size()];
        client.set_token(context.world.people(0)[place].token);
        const auto path = newest_page(channel.id);
        const auto response = co_await client.get(path);
        tally.add(action, response);
        if (!response.ok()) co_await context.loop.pause(50);
    }
}

Task<> SocketCrowd::open_some(Context& context, std::size_t& next, std::size_t people) {
    while (next < sockets_.size() && refusal_.empty()) {
        const auto mine = next++;
        const Nanos began = now();
        auto& socket = sockets_[mine];
        const bool opened = co_await socket.open(context.world.people(people)[mine % people].token);
        opening_.add(now() - began);
        if (!opened) refusal_ = socket.failure();
    }
}

void SocketCrowd::open(Context& context, std::size_t count, std::size_t people, Audience* audience) {
    for (std::size_t i = 0; i < count; ++i) sockets_.emplace_back(context.loop, context.target, audience);
    std::size_t next = 0;
    Crew crew(context.loop);
    for (std::size_t i = 0; i < sockets_at_once; ++i) crew.add(open_some(context, next, people));
    crew.wait();
    if (!refusal_.empty())
        throw Error(Fault::unavailable, "bench.socket", "A WebSocket was refused: " + refusal_);
}

std::size_t SocketCrowd::open_count() const {
    return static_cast<std::size_t>(std::count_if(
        sockets_.begin(), sockets_.end(), [](const SocketClient& socket) { return socket.is_open(); }));
}

}  // namespace concordat::bench
