// search: how soon what was said is found, and how long questions take in a history of many messages.
#include "core/base/json.hpp"
#include "tests/bench/scenarios/scenario.hpp"

namespace concordat::bench {
namespace {

constexpr std::size_t askers = 4;

std::string question(std::string_view terms) {
    return json_text(json::object{{"terms", terms}, {"is_or_search", false}, {"page", 0}, {"per_page", 20}});
}

std::string address_of(const Context& context) {
    return "/api/v4/teams/" + context.world.team_id() + "/posts/search";
}

struct Kind {
    const char* name;
    const char* terms;
};
// Of the vocabulary that messages of the world are made of.
constexpr Kind kinds[] = {{"one word", "meeting"},
                          {"two words", "meeting report"},
                          {"a phrase", "\"the report\""},
                          {"the beginning of a word", "meet*"},
                          {"a word but not another", "meeting -report"},
                          {"a person's", "meeting from:{person}"},
                          {"a word that nobody said", "xylophone"}};

std::string terms_of(const Kind& kind, const std::string& person) {
    std::string terms = kind.terms;
    if (const auto at = terms.find("{person}"); at != terms.npos) terms.replace(at, 8, person);
    return terms;
}

Task<> ask_flat_out(Context& context, HttpClient& client, Person& person, Tally& tally) {
    client.set_token(person.token);
    const auto address = address_of(context);
    for (std::size_t turn = context.world.random()(); tally.window().is_open(); ++turn) {
        const auto& kind = kinds[turn % std::size(kinds)];
        tally.add(kind.name, co_await client.post(address, question(terms_of(kind, person.name))));
    }
}

// Says something and asks for it until it is found.
Task<> find_fresh(Context& context, HttpClient& client, Person& person, const std::string& channel,
                  std::size_t times, Tally& tally) {
    client.set_token(person.token);
    const auto address = address_of(context);
    for (std::size_t i = 0; i < times; ++i) {
        const auto marker = "fresh" + context.world.run() + std::to_string(i);
        const Nanos said = now();
        must(co_await client.post("/api/v4/posts",
                                  post_body(person, channel, words(context.world.random(), marker))),
             "saying what is looked for");
        for (;;) {
            const auto answer = co_await client.post(address, question(marker), Body::keep);
            must(answer, "looking for what was said");
            if (answer.body.find("\"order\":[]") == std::string::npos) break;
            if (now() - said > 600 * one_second)
                throw Error(Fault::unavailable, "bench.setup", "The index does not catch up.");
            co_await context.loop.pause(10);
        }
        tally.add_whole("said until found", true, said);
    }
}

}  // namespace

Result run_search(Context& context) {
    const auto& settings = context.settings;
    auto& people = context.world.people(10);
    const auto channel = context.world.channel("search", {0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
    say("search: " + std::to_string(settings.search_posts) + " posts");
    Result result{.scenario = "search"};
    const Nanos began = now();
    context.world.fill(channel, settings.search_posts, settings.clients);
    const Nanos filled = now();
    HttpClient client(context.loop, context.target);
    {
        Tally last(Window{now(), INT64_MAX});
        context.loop.run(find_fresh(context, client, people[0], channel.id, 1, last));
        result.add("posting flat out",
                   static_cast<double>(settings.search_posts) / (static_cast<double>(filled - began) / 1e9),
                   "posts/s");
        result.add("the last of them found after", static_cast<double>(now() - filled) / 1e9, "s");
    }
    Tally fresh(Window{now(), INT64_MAX});
    context.loop.run(find_fresh(context, client, people[0], channel.id, settings.is_quick ? 3 : 50, fresh));
    fresh.close_window();
    Tally tally(Window::of(settings.warm_up, settings.seconds));
    Clients clients;
    Crew crew(context.loop);
    for (std::size_t i = 0; i < askers; ++i) {
        clients.emplace_back(context.loop, context.target);
        crew.add(ask_flat_out(context, clients.back(), people[i], tally));
    }
    measure(context, tally.window(), crew, result);
    result.take(fresh);
    result.take(tally);
    return result;
}

}  // namespace concordat::bench
