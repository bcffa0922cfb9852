// export: how fast an export is made, how much memory that takes, and what posting pays meanwhile.
#include <algorithm>
#include "core/base/json.hpp"
#include "tests/bench/scenarios/scenario.hpp"

namespace concordat::bench {
namespace {

struct Made {
    bool is_done = false;
    double seconds = 0, messages = 0, peak_rss = 0;
};

// Asks for one and looks after it until it has ended; leaves the place of the daily one alone.
Task<> make_one(Context& context, HttpClient& client, std::string format, Made& made) {
    const auto wanted =
        json_text(json::object{{"type", "message_export"},
                               {"data", json::object{{"initiated_by", "mmctl"}, {"export_type", format}}}});
    const Nanos began = now();
    const auto asked = co_await client.post("/api/v4/jobs", wanted, Body::keep);
    must(asked, "asking for an export");
    const auto id = id_in(asked.body);
    for (std::string status = "pending"; status == "pending" || status == "in_progress";) {
        co_await context.loop.pause(50);
        const auto response = co_await client.get("/api/v4/jobs/" + id, Body::keep);
        must(response, "looking at an export");
        const auto job = parse_json_value(response.body).as_object();
        status = std::string(job.at("status").as_string());
        made.peak_rss = std::max(made.peak_rss, context.processes.usage().node_rss);
        if (const auto* count = job.at("data").as_object().if_contains("messages_exported"))
            made.messages = std::stod(std::string(count->as_string()));
        if (status == "error") throw Error(Fault::unavailable, "bench.setup", "The export failed.");
    }
    made.seconds = static_cast<double>(now() - began) / 1e9;
    made.is_done = true;
}

Task<> post_until(Context& context, HttpClient& client, Person& author, const std::string& channel,
                  const Made& made, Tally& tally) {
    client.set_token(author.token);
    while (!made.is_done)
        tally.add("post", co_await client.post("/api/v4/posts",
                                               post_body(author, channel, words(context.world.random()))));
}

}  // namespace

Result run_export(Context& context) {
    const auto& settings = context.settings;
    auto& people = context.world.people(10);
    const auto channel = context.world.channel("export", {0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
    say("export: " + std::to_string(settings.export_posts) + " posts");
    context.world.fill(channel, settings.export_posts, settings.clients);
    context.world.make_admin_an_officer();
    Result result{.scenario = "export"};
    result.before = context.processes.usage();
    const Nanos began = now();
    for (const std::string format : {"csv", "actiance", "native"}) {
        HttpClient client(context.loop, context.target);
        client.set_token(context.world.admin_token());
        Made made;
        context.loop.run(make_one(context, client, format, made));
        result.add(format + ", messages", made.messages, "messages");
        result.add(format, made.messages / made.seconds, "messages/s");
        result.add(format + ", node's memory at most", made.peak_rss, "MiB");
    }
    // Posting as fast as it goes, alone and while an export runs.
    Tally alone(Window::of(settings.warm_up, settings.seconds / 4));
    Clients clients;
    {
        Crew crew(context.loop);
        for (std::size_t i = 0; i < settings.posters; ++i) {
            clients.emplace_back(context.loop, context.target);
            crew.add(post_flat_out(context, clients.back(), people[i], {channel.id}, alone));
        }
        crew.wait();
    }
    Tally meanwhile(Window{now(), INT64_MAX});
    {
        HttpClient client(context.loop, context.target);
        client.set_token(context.world.admin_token());
        Made made;
        Crew crew(context.loop);
        const Nanos from = now();
        crew.add(make_one(context, client, "csv", made));
        for (std::size_t i = 0; i < settings.posters; ++i)
            crew.add(post_until(context, clients[i], people[i], channel.id, made, meanwhile));
        crew.wait();
        result.add("csv while people post", made.messages / (static_cast<double>(now() - from) / 1e9),
                   "messages/s");
    }
    meanwhile.close_window();
    result.after = context.processes.usage();
    result.seconds = static_cast<double>(now() - began) / 1e9;
    result.take(alone, "alone, ");
    result.take(meanwhile, "while exporting, ");
    if (const double before = alone.action("post").latency.percentile(0.99); before > 0)
        result.add("posting p99, while exporting to alone",
                   meanwhile.action("post").latency.percentile(0.99) / before, "ratio");
    return result;
}

}  // namespace concordat::bench
