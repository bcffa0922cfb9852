// sign-in: people of a directory and of a SAML provider sign in while others are at work; a directory of
// 13,000 people is synced; one falls silent.
#include <signal.h>
#include "core/base/json.hpp"
#include "tests/bench/scenarios/deliveries.hpp"
#include "tests/bench/scenarios/saml_provider.hpp"
#include "tests/bench/scenarios/scenario.hpp"
#include "tests/support/slapd.hpp"

namespace concordat::bench {
namespace {

constexpr double sign_ins_per_second = 40, posts_per_second = 50;
constexpr std::size_t doors = 16;         // connections that people sign in over
constexpr std::size_t saml_people = 100;  // who come by SAML, again and again

struct Arriving {
    Context& context;
    SamlProvider& provider;
    std::size_t directory_people;
    std::size_t next = 0;

    std::string saml_name() { return "saml" + std::to_string(next++ % saml_people); }
    std::string name() { return "number" + std::to_string(next++ % directory_people); }
};

std::string directory_body(const std::string& name) {
    return json_text(json::object{{"login_id", name}, {"password", test::Slapd::password}});
}

Task<> sign_in_by_directory(HttpClient& client, std::string name, Nanos due, Tally& tally) {
    const auto response = co_await client.post("/api/v4/users/login", directory_body(name));
    tally.add("sign in by directory", response, due);
}

Task<> sign_in_by_saml(Arriving& arriving, HttpClient& client, std::string name, Nanos due, Tally& tally) {
    const auto response = co_await client.post_form("/login/sso/saml", arriving.provider.arrival(name));
    tally.add_whole("sign in by SAML", response.status == 302, due);
}

enum class By { directory, saml };

Task<> arrive_paced(Arriving& arriving, HttpClient& client, By by, Pacer& pacer, Tally& tally) {
    while (tally.window().is_open()) {
        const Nanos due = pacer.take();
        co_await arriving.context.loop.until(due);
        if (by == By::directory)
            co_await sign_in_by_directory(client, arriving.name(), due, tally);
        else
            co_await sign_in_by_saml(arriving, client, arriving.saml_name(), due, tally);
    }
}

Task<> arrive_once(Arriving& arriving, HttpClient& client, Tally& tally) {
    while (arriving.next < arriving.directory_people) {
        const auto name = arriving.name();
        co_await sign_in_by_directory(client, name, now(), tally);
    }
}

// Posts at a fixed rate for a while, and meanwhile people who sign in, if any.
Tally work(Context& context, const Channel& channel, Arriving* arriving, std::optional<By> by,
           const std::string& name, Result& result) {
    const auto& settings = context.settings;
    Tally tally(Window::of(settings.warm_up, settings.seconds));
    Deliveries deliveries;
    SocketCrowd ear;
    ear.open(context, 1, 1, &deliveries);
    deliveries.start(tally.window());
    Pacer posts(now(), posts_per_second), sign_ins(now(), sign_ins_per_second);
    Posting posting{context, channel, tally};
    Clients clients;
    Crew crew(context.loop);
    for (std::size_t i = 0; i < 8; ++i) {
        clients.emplace_back(context.loop, context.target);
        crew.add(post_stamped(posting, clients.back(), context.world.people(0)[i + 1], &posts));
    }
    if (arriving && by)
        for (std::size_t i = 0; i < doors; ++i) {
            clients.emplace_back(context.loop, context.target);
            crew.add(arrive_paced(*arriving, clients.back(), *by, sign_ins, tally));
        }
    Result unused{.scenario = "sign-in, " + name};
    measure(context, tally.window(), crew, unused);
    result.take(tally, name + ": ");
    result.add(name + ": CPU of node and PostgreSQL",
               (unused.after.node_cpu - unused.before.node_cpu + unused.after.postgres_cpu -
                unused.before.postgres_cpu) /
                   unused.seconds * 100,
               "% of a core");
    return tally;
}

}  // namespace

Result run_sign_in(Context& context) {
    require(!context.node.bin.empty(), Fault::invalid, "bench.options", "sign-in needs --start and --bin.");
    auto& loop = context.loop;
    const auto& settings = context.settings;
    const std::size_t people_count = settings.is_quick ? 20 : 100;
    say("sign-in: a directory of " + std::to_string(settings.directory_people) + " people");
    test::Slapd slapd(static_cast<int>(settings.directory_people));
    SamlProvider provider;
    auto options = context.node;
    options.environment = provider.environment();
    const auto section = slapd.settings();
    for (const auto& [key, value] :
         std::vector<std::pair<std::string, std::string>>{{"ENABLE", "true"},
                                                          {"LDAPSERVER", section.LdapServer},
                                                          {"LDAPPORT", std::to_string(section.LdapPort)},
                                                          {"BASEDN", section.BaseDN},
                                                          {"BINDUSERNAME", section.BindUsername},
                                                          {"BINDPASSWORD", section.BindPassword},
                                                          {"USERFILTER", section.UserFilter},
                                                          {"IDATTRIBUTE", section.IdAttribute},
                                                          {"LOGINIDATTRIBUTE", section.LoginIdAttribute},
                                                          {"USERNAMEATTRIBUTE", section.UsernameAttribute},
                                                          {"EMAILATTRIBUTE", section.EmailAttribute},
                                                          {"QUERYTIMEOUT", "5"},
                                                          {"PROBESECONDS", "0"}})
        options.environment.push_back("CONCORDAT_LDAPSETTINGS_" + key + "=" + value);
    const PrivateNode node(loop, options);
    const Target target(node.url());
    World world(loop, target, {});
    const Processes processes(node.pid(), 0);
    Context own{loop, target, world, processes, settings, context.node, std::nullopt};
    world.people(people_count);
    const auto channel = make_channels(own, "sign-in", 1, 10, people_count).front();
    SocketCrowd online;
    online.open(own, settings.online, people_count, nullptr);

    Result result{.scenario = "sign-in"};
    result.before = processes.usage();
    const Nanos began = now();
    Arriving arriving{own, provider, settings.directory_people};
    const auto calm = work(own, channel, nullptr, {}, "calm", result);
    {
        // Everybody of the directory for the first time: accounts are made, as fast as it goes.
        say("sign-in: everybody's first");
        Tally first(Window::of(0, 3600));
        Clients clients;
        Crew crew(loop);
        for (std::size_t i = 0; i < doors; ++i) {
            clients.emplace_back(loop, target);
            crew.add(arrive_once(arriving, clients.back(), first));
        }
        crew.wait();
        first.close_window();
        result.take(first, "everybody's first: ");
    }
    const auto by_directory = work(own, channel, &arriving, By::directory, "40 by directory", result);
    {
        Tally first(Window::of(0, 3600));
        HttpClient client(loop, target);
        for (std::size_t i = 0; i < saml_people; ++i)
            loop.run(sign_in_by_saml(arriving, client, arriving.saml_name(), now(), first));
        first.close_window();
        result.take(first, "one after the other, first: ");
    }
    const auto by_saml = work(own, channel, &arriving, By::saml, "40 by SAML", result);
    {
        const auto before = processes.usage();
        const Nanos from = now();
        node.control({"ldap", "sync"});
        result.add("sync of all accounts", static_cast<double>(now() - from) / 1e9, "s");
        result.add("the node's memory grew by, of a sync", processes.usage().node_rss - before.node_rss,
                   "MiB");
        result.add("the node's memory", processes.usage().node_rss, "MiB");
    }
    slapd.pause();
    const auto silent = work(own, channel, &arriving, By::directory, "40 by a silent directory", result);
    slapd.resume();
    result.after = processes.usage();
    result.seconds = static_cast<double>(now() - began) / 1e9;
    if (const double quiet = calm.action("post").latency.percentile(0.99); quiet > 0)
        for (const auto& [name, tally] : {std::pair{"40 by directory", &by_directory},
                                          {"40 by SAML", &by_saml},
                                          {"40 by a silent directory", &silent}})
            result.add(std::string("posting p99, ") + name + " to calm",
                       tally->action("post").latency.percentile(0.99) / quiet, "ratio");
    result.add("sockets that stayed open", static_cast<double>(online.open_count()), "sockets");
    return result;
}

}  // namespace concordat::bench
