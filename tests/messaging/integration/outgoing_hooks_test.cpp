#include "messaging/integration/outgoing_hooks.hpp"

#include <condition_variable>

#include "messaging/integration/deliveries.hpp"
#include "messaging/integration/hook_sender.hpp"
#include "tests/messaging/integration/programs.hpp"
#include "tests/web/outbound/receiver.hpp"

namespace concordat::messaging {
namespace {

using test::Receiver;

struct Senders : Programs {
    explicit Senders(Settings with = listening()) : Programs(std::move(with)) { sender.start(); }
    ~Senders() { sender.stop(); }
    static Settings listening() {
        auto settings = with_overrides();
        settings.ServiceSettings.AllowedUntrustedInternalConnections = "127.0.0.1";
        settings.ServiceSettings.OutgoingIntegrationRequestsTimeout = 1;
        return settings;
    }
    OutgoingHooks& outgoing = integrations.outgoing_hooks;
    HookSender& sender = integrations.hook_sender;

    OutgoingHook wanted(const std::string& url, std::vector<std::string> words = {"!go"}) {
        OutgoingHook hook;
        hook.team_id = team.id;
        hook.channel_id = room.id;
        hook.trigger_words = std::move(words);
        hook.callback_urls = {url};
        hook.display_name = "Deploys";
        hook.content_type = "application/json";
        return hook;
    }
    OutgoingHook make(const OutgoingHook& hook) { return outgoing.create(store.actor(chief), hook); }
    // The words of the hooks that a message concerns.
    std::vector<std::string> words(const std::string& message) {
        std::vector<std::string> out;
        for (const auto& each : outgoing.triggered_by(team.id, room.id, message)) out.push_back(each.word);
        return out;
    }
    bool comes(const std::function<bool()>& what) {
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (!what()) {
            if (std::chrono::steady_clock::now() > until) return false;
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        return true;
    }
};

TEST(OutgoingHooks, WhatMakesNoSenseIsRefused) {
    Senders s;
    const auto refused = [&](auto change) {
        auto hook = s.wanted("http://x/");
        change(hook);
        return refusal([&] { s.make(hook); });
    };
    EXPECT_EQ(refused([](auto& h) { h.channel_id = {}, h.trigger_words.clear(); }),
              "api.webhook.create_outgoing.triggers.app_error");
    EXPECT_EQ(refused([](auto& h) { h.callback_urls.clear(); }),
              "model.outgoing_hook.is_valid.callback.app_error");
    EXPECT_EQ(refused([](auto& h) { h.callback_urls = {"x"}; }),
              "model.outgoing_hook.is_valid.url.app_error");
    EXPECT_EQ(refused([](auto& h) { h.trigger_when = 2; }),
              "model.outgoing_hook.is_valid.content_type.app_error");
    EXPECT_EQ(refused([](auto& h) { h.trigger_words = {std::string(1025, 'x')}; }),
              "model.outgoing_hook.is_valid.words.app_error");
    const auto secret = s.store.channel(s.team, "secret", "P");
    EXPECT_EQ(refused([&](auto& h) { h.channel_id = secret.id; }),
              "api.webhook.create_outgoing.not_open.app_error");
    s.make(s.wanted("http://x/", {"!go", "!run"}));
    EXPECT_EQ(refused([](auto& h) { h.trigger_words = {"!run"}; }),
              "api.webhook.create_outgoing.intersect.app_error");
    EXPECT_EQ(refused([](auto& h) { h.callback_urls = {"http://y/"}; }), "");
    EXPECT_EQ(refusal([&] { s.outgoing.create(s.store.actor(s.alice), s.wanted("http://z/")); }),
              "api.context.permissions.app_error");
}

TEST(OutgoingHooks, TheFirstWordDecides) {
    Senders s;
    auto exact = s.make(s.wanted("http://a/"));
    auto start = s.wanted("http://b/", {"run"});
    start.trigger_when = 1;
    s.make(start);
    EXPECT_EQ(s.words("!go now"), (std::vector<std::string>{"!go"}));
    EXPECT_EQ(s.words("\n !go"), (std::vector<std::string>{"!go"}));
    EXPECT_EQ(s.words("running"), (std::vector<std::string>{"run"}));
    for (const char* text : {"!Go", "x !go", "!gone", "", " ", "a run"})
        EXPECT_TRUE(s.words(text).empty()) << text;
    EXPECT_TRUE(
        s.outgoing.triggered_by(s.team.id, s.store.channel_named(s.team, "town-square").id, "!go").empty());
    // A change is seen.
    exact.trigger_words = {};
    exact = s.outgoing.update(s.store.actor(s.chief), exact.id, exact);
    s.outgoing.on_facts({storage::fact_of(s.store.facts<IntegrationChanged>().back(), 1)});
    EXPECT_EQ(s.words("anything"), (std::vector<std::string>{""}));
}

TEST(HookSender, TheReceiverIsToldAndItsAnswerIsPosted) {
    Senders s;
    Receiver receiver([](const auto&, int) {
        return Receiver::reply(200, R"({"text":"on it","response_type":"comment","username":"robot"})");
    });
    const auto hook = s.make(s.wanted(receiver.url()));
    const auto post = s.say(s.alice, "!go now");
    s.store.forget();
    PostCreated fact;
    fact.post = post;
    fact.channel_type = "O";
    fact.channel_name = "room";
    fact.team_id = s.team.id;
    fact.sender_name = "@alice";
    s.sender.take({storage::fact_of(fact, s.store.now())});
    ASSERT_TRUE(s.comes([&] { return !s.store.facts<PostCreated>().empty(); }));
    const auto answer = s.store.facts<PostCreated>().back().post;
    EXPECT_EQ(answer.message, "on it");
    EXPECT_EQ(answer.root_id, post.id);
    EXPECT_EQ(answer.user_id, s.chief.id);
    EXPECT_EQ(answer.props.at("override_username").as_string(), "robot");
    const auto request = receiver.requests().at(0);
    const auto told = parse_json_value(request.substr(request.find("\r\n\r\n") + 4)).as_object();
    EXPECT_EQ(told.size(), 12u);
    EXPECT_EQ(told.at("token").as_string(), hook.token);
    EXPECT_EQ(told.at("text").as_string(), "!go now");
    EXPECT_EQ(told.at("timestamp").as_int64(), post.create_at);
    EXPECT_EQ(told.at("user_name").as_string(), "alice");
    // What a hook wrote, a private channel, a message of the server: nobody is told.
    auto other = fact;
    other.post.props["from_webhook"] = "true";
    auto secret = fact;
    secret.channel_type = "P";
    auto system = fact;
    system.post.type = "system_header_change";
    s.sender.take({storage::fact_of(other, 1), storage::fact_of(secret, 1), storage::fact_of(system, 1)});
    fact.post.message = "!go last";
    s.sender.take({storage::fact_of(fact, 1)});
    ASSERT_TRUE(s.comes([&] { return receiver.requests().size() >= 2; }));
    EXPECT_NE(receiver.requests()[1].find("!go last"), std::string::npos);
}

TEST(Deliveries, ALineGoesInOrderAndHoldsUpNoOther) {
    Metrics metrics;
    Deliveries deliveries(metrics);
    deliveries.start();
    std::mutex mutex;
    std::condition_variable changed;
    bool is_open = false;
    std::vector<int> done;
    for (int i = 0; i < 3; ++i)
        ASSERT_TRUE(deliveries.add("slow", [&, i] {
            std::unique_lock lock(mutex);
            changed.wait(lock, [&] { return is_open; });
            done.push_back(i);
            changed.notify_all();
        }));
    ASSERT_TRUE(deliveries.add("quick", [&] {
        std::lock_guard lock(mutex);
        done.push_back(99);
        changed.notify_all();
    }));
    std::unique_lock lock(mutex);
    ASSERT_TRUE(changed.wait_for(lock, std::chrono::seconds(20), [&] { return done == std::vector{99}; }));
    is_open = true;
    changed.notify_all();
    ASSERT_TRUE(changed.wait_for(lock, std::chrono::seconds(20), [&] { return done.size() == 4; }));
    EXPECT_EQ(done, (std::vector{99, 0, 1, 2}));
}

TEST(Deliveries, AFullLineTakesNothingMore) {
    Metrics metrics;
    Deliveries deliveries(metrics);  // not started: nothing is worked on
    for (std::size_t i = 0; i < Deliveries::longest_line; ++i) ASSERT_TRUE(deliveries.add("one", [] {}));
    EXPECT_FALSE(deliveries.add("one", [] {}));
    EXPECT_TRUE(deliveries.add("two", [] {}));
    EXPECT_EQ(deliveries.waiting(), Deliveries::longest_line + 1);
    deliveries.stop();
    EXPECT_FALSE(deliveries.add("three", [] {}));
    EXPECT_NE(metrics.text().find("concordat_hook_deliveries_dropped_total 2"), std::string::npos);
}

}  // namespace
}  // namespace concordat::messaging
