#include "messaging/integration/commands.hpp"

#include "messaging/integration/command_mentions.hpp"
#include "tests/messaging/integration/programs.hpp"
#include "tests/web/outbound/receiver.hpp"

namespace concordat::messaging {
namespace {

using test::Receiver;
constexpr const char* forbidden = "api.context.permissions.app_error";

struct Shell : Programs {
    explicit Shell(Settings with = listening()) : Programs(std::move(with)) {}
    static Settings listening() {
        auto settings = with_overrides();
        settings.ServiceSettings.AllowedUntrustedInternalConnections = "127.0.0.1";
        settings.ServiceSettings.OutgoingIntegrationRequestsTimeout = 1;
        settings.ServiceSettings.SiteURL = "https://chat.example.org";
        return settings;
    }
    Commands& commands = integrations.commands;
    CommandRunner& runner = integrations.command_runner;

    SlashCommand wanted(const std::string& trigger, const std::string& url = "http://127.0.0.1:1/") {
        SlashCommand command;
        command.team_id = team.id;
        command.trigger = trigger;
        command.method = "P";
        command.url = url;
        return command;
    }
    SlashCommand add(const std::string& trigger, const std::string& url) {
        return commands.create(store.actor(chief), wanted(trigger, url));
    }
    CommandReply run(const User& who, const std::string& line, const Channel& where) {
        store.wait(10);
        CommandCall call;
        call.channel_id = where.id;
        call.command = line;
        return runner.execute(store.actor(who), call);
    }
    CommandReply run(const User& who, const std::string& line) { return run(who, line, room); }
    std::string whispered() { return whispers.empty() ? "" : whispers.back().second.message; }
    Post last() { return store.facts<PostCreated>().back().post; }
};

std::string answer_with(const std::string& json) {
    return Receiver::reply(200, json, "Content-Type: application/json; charset=utf-8\r\n");
}

TEST(Commands, TriggersAreLowerCaseWithoutBlanksAndTakenOnce) {
    Shell s;
    const auto chief = s.store.actor(s.chief);
    EXPECT_EQ(s.add("Weather", "http://x/").trigger, "weather");
    const auto refused = [&](const std::string& trigger) {
        return refusal([&] { s.commands.create(chief, s.wanted(trigger)); });
    };
    EXPECT_EQ(refused("weather"), "api.command.duplicate_trigger.app_error");
    EXPECT_EQ(refused("AWAY"), "api.command.duplicate_trigger.app_error");
    for (const auto& trigger : {std::string("a b"), std::string("/x"), std::string(129, 'x'), std::string()})
        EXPECT_EQ(refused(trigger), "model.command.is_valid.trigger.app_error");
    auto odd = s.wanted("odd");
    odd.url = "file:///etc/passwd";
    EXPECT_EQ(refusal([&] { s.commands.create(chief, odd); }), "model.command.is_valid.url_http.app_error");
    odd = s.wanted("odd");
    odd.method = "PUT";
    EXPECT_EQ(refusal([&] { s.commands.create(chief, odd); }), "model.command.is_valid.method.app_error");
}

TEST(Commands, OthersMayNotManageThemAndSeeNoSecrets) {
    Shell s;
    auto command = s.wanted("tide");
    command.auto_complete = true;
    command = s.commands.create(s.store.actor(s.chief), command);
    const auto alice = s.store.actor(s.alice);
    EXPECT_EQ(refusal([&] { s.commands.create(alice, s.wanted("x")); }), forbidden);
    EXPECT_EQ(refusal([&] { s.commands.get(alice, command.id); }), forbidden);
    EXPECT_EQ(refusal([&] { s.commands.renew_token(alice, command.id); }), forbidden);
    EXPECT_EQ(refusal([&] { s.commands.remove(alice, command.id); }), forbidden);
    EXPECT_EQ(refusal([&] { s.commands.list(alice, s.team.id, true); }), forbidden);
    const auto stranger = s.store.actor(s.store.user("stranger"));
    EXPECT_EQ(refusal([&] { s.commands.get(stranger, command.id); }),
              "store.sql_command.get.missing.app_error");
    const auto seen = s.commands.list(alice, s.team.id, false);
    const auto own =
        std::find_if(seen.begin(), seen.end(), [&](const auto& c) { return c.id == command.id; });
    ASSERT_NE(own, seen.end());
    EXPECT_EQ(own->token, "");
    EXPECT_EQ(own->url, "");
    EXPECT_EQ(s.number("select count(*) from slash_commands where position('" + command.token +
                       "'::bytea in details) > 0"),
              0);
}

TEST(Commands, SuggestionsBeginAsWasTyped) {
    Shell s;
    const auto found = s.commands.suggestions(s.team.id, "/aw");
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].Complete, "away");
    EXPECT_TRUE(s.commands.suggestions(s.team.id, "/away now").empty());
    EXPECT_GT(s.commands.suggestions(s.team.id, "/").size(), 20u);
}

TEST(CommandRunner, WhatIsNoCommandIsRefused) {
    Shell s;
    EXPECT_EQ(refusal([&] { s.run(s.alice, "hello"); }), "api.command.execute_command.start.app_error");
    EXPECT_EQ(refusal([&] { s.run(s.alice, "/"); }), "api.command.execute_command.start.app_error");
    EXPECT_EQ(refusal([&] { s.run(s.alice, "/nosuch x"); }),
              "api.command.execute_command.not_found.app_error");
}

TEST(CommandRunner, BuiltInCommandsSayThings) {
    Shell s;
    EXPECT_EQ(s.run(s.alice, "/me waves").trigger_id.size(), 26u);
    EXPECT_EQ(s.last().message, "*waves*");
    EXPECT_EQ(s.last().type, "me");
    EXPECT_EQ(s.last().user_id, s.alice.id);
    EXPECT_FALSE(s.last().props.contains("from_webhook"));
    s.run(s.alice, "/SHRUG");
    EXPECT_EQ(s.last().message, "¯\\\\\\_(ツ)\\_/¯");
    s.run(s.alice, "/code a\nb");
    EXPECT_EQ(s.last().message, "    a\n    b");
    s.run(s.alice, "/echo hello");
    EXPECT_EQ(s.last().message, "hello");
    s.run(s.alice, "/code");
    EXPECT_NE(s.whispered(), "");
}

TEST(CommandRunner, EchoWaitsAndMayBeTooLate) {
    Shell s;
    s.store.forget();
    s.run(s.alice, "/echo \"in a while\" 5");
    s.integrations.later.tick();
    EXPECT_TRUE(s.store.facts<PostCreated>().empty());
    s.store.wait(5001);
    EXPECT_EQ(s.integrations.later.tick(), 1u);
    EXPECT_EQ(s.last().message, "in a while");
    s.run(s.alice, "/echo \"never\" 10001");
    EXPECT_NE(s.whispered().find("10,000"), std::string::npos);
    for (std::size_t i = 0; i < LaterPosts::most; ++i) s.run(s.alice, "/echo \"x\" 9");
    s.run(s.alice, "/echo \"x\" 9");
    EXPECT_NE(s.whispered().find("Too many"), std::string::npos);
}

TEST(CommandRunner, BuiltInCommandsChangeChannelsAsTheCallerMay) {
    Shell s;
    s.run(s.alice, "/header a head");
    EXPECT_EQ(s.state().header, "a head");
    s.run(s.alice, "/purpose a purpose");
    EXPECT_EQ(s.state().purpose, "a purpose");
    s.run(s.alice, "/rename Another Room");
    EXPECT_EQ(s.state().display_name, "Another Room");
    s.run(s.alice, "/mute");
    EXPECT_EQ(s.membership(s.alice).notify_props.at("mark_unread"), "mention");
    s.run(s.alice, "/mute");
    EXPECT_EQ(s.membership(s.alice).notify_props.at("mark_unread"), "all");
    const auto carol = s.store.user("carol");
    s.store.add(carol, s.team);
    s.run(s.alice, "/invite @carol @nobody");
    EXPECT_TRUE(s.store.gate.is_member(carol.id, s.room.id));
    EXPECT_NE(s.whispered().find("nobody of the user name nobody"), std::string::npos);
    EXPECT_EQ(s.run(carol, "/leave").goto_location, "/" + s.team.name + "/channels/town-square");
    EXPECT_FALSE(s.store.gate.is_member(carol.id, s.room.id));
    EXPECT_EQ(s.run(s.alice, "/msg @bob hi").goto_location.find("/" + s.team.name + "/channels/"), 0u);
    EXPECT_EQ(s.last().message, "hi");
    s.run(s.alice, "/msg @nobody hi");
    EXPECT_EQ(s.whispered(), "There is nobody of this user name.");
    const auto square = s.store.channel_named(s.team, "town-square");
    s.store.add(s.alice, square);
    s.run(s.alice, "/leave", square);
    EXPECT_TRUE(s.store.gate.is_member(s.alice.id, square.id)) << "town-square cannot be left";
}

TEST(CommandRunner, AProgramIsToldEverythingAndAnswers) {
    Shell s;
    Receiver program([](const auto&, int) {
        return answer_with(
            R"({"response_type":"in_channel","text":"sunny","username":"sky","icon_url":"http://i/x",
            "extra_responses":[{"text":"for you"}],"goto_location":"/x"})");
    });
    const auto command = s.add("weather", program.url("/w?a=b"));
    const auto reply = s.run(s.alice, "/weather  Paris @bob. ~town-square");
    EXPECT_EQ(reply.goto_location, "/x");
    const auto post = s.last();
    EXPECT_EQ(post.message, "sunny");
    EXPECT_EQ(post.user_id, s.alice.id);
    EXPECT_EQ(post.props.at("from_webhook").as_string(), "true");
    EXPECT_EQ(post.props.at("override_username").as_string(), "sky");
    EXPECT_EQ(s.whispered(), "for you");
    const auto request = program.requests().at(0);
    EXPECT_TRUE(request.starts_with("POST /w?a=b "));
    for (const auto& part :
         {"Authorization: Token " + command.token, std::string("text=+Paris+%40bob.+~town-square"),
          std::string("user_mentions=bob&"), "user_mentions_ids=" + s.bob.id.text(),
          std::string("channel_mentions=town-square"), std::string("command=%2Fweather"),
          std::string("response_url=https%3A%2F%2Fchat.example.org%2Fhooks%2Fcommands%2F"),
          "team_domain=" + s.team.name})
        EXPECT_NE(request.find(part), request.npos) << part;
    auto by_get = command;
    by_get.method = "G";
    s.commands.update(s.store.actor(s.chief), command.id, by_get);
    s.run(s.alice, "/weather x");
    EXPECT_TRUE(program.requests().back().starts_with("GET /w?a=b&channel_id="));
}

TEST(CommandRunner, AProgramThatFailsIsSaidTo) {
    Shell s;
    std::string bytes;
    Receiver program([&](const auto&, int) { return bytes; });
    s.add("bad", program.url());
    const auto told = [&](const std::string& answer) {
        bytes = answer;
        return refusal([&] { s.run(s.alice, "/bad"); });
    };
    const std::string failed = "api.command.execute_command.failed.app_error";
    EXPECT_EQ(told(Receiver::reply(201, "{}")), "api.command.execute_command.failed_resp.app_error");
    EXPECT_EQ(told(answer_with("")), failed);
    EXPECT_EQ(told(answer_with("{")), failed);
    EXPECT_EQ(told(answer_with("[]")), failed);
    EXPECT_EQ(told("junk"), failed);
    EXPECT_EQ(told(answer_with(R"({"response_type":"in_channel","text":"x","type":"system_x"})")),
              "api.command.execute_command.create_post_failed.app_error");
    const auto secret = s.store.channel(s.team, "secret", "P");
    EXPECT_EQ(told(answer_with(R"({"response_type":"in_channel","text":"x","channel_id":")" +
                               secret.id.text() + "\"}")),
              "api.command.execute_command.create_post_failed.app_error");
    EXPECT_EQ(told(Receiver::reply(200, "", "Content-Type: text/plain\r\n")), "");
    EXPECT_EQ(told(answer_with(R"({"response_type":"other","text":"x"})")), "");
    EXPECT_TRUE(s.store.facts<PostCreated>().empty());
}

TEST(CommandRunner, LateAnswersAreCountedAndEnd) {
    Shell s;
    Receiver program([](const auto&, int) { return answer_with("{}"); });
    s.add("slow", program.url());
    const auto key_of_run = [&] {
        s.run(s.alice, "/slow");
        const auto request = program.requests().back();
        const auto at = request.find("hooks%2Fcommands%2F") + 19;
        return request.substr(at, 26);
    };
    const auto later = [&](const std::string& key) {
        return refusal([&] {
            s.runner.answer_later(key, "application/json", R"({"response_type":"in_channel","text":"late"})");
        });
    };
    const std::string refused = "web.command_webhook.general.app_error";
    const auto key = key_of_run();
    for (int i = 0; i < CommandRunner::most_late_answers; ++i) EXPECT_EQ(later(key), "");
    EXPECT_EQ(s.last().message, "late");
    EXPECT_EQ(s.last().user_id, s.alice.id);
    EXPECT_EQ(later(key), refused);
    EXPECT_EQ(later(new_token()), refused);
    const auto old = key_of_run();
    s.store.wait(CommandRunner::longest_late + 1);
    EXPECT_EQ(later(old), refused);
    EXPECT_EQ(s.runner.sweep(), 2u);
    EXPECT_EQ(s.number("select count(*) from command_callbacks"), 0);
}

TEST(CommandMentions, NamesAreFoundAsTheyAreWritten) {
    using Names = std::vector<std::string>;
    EXPECT_EQ(possible_names("@ada, @Bob. mail@x @", '@'), (Names{"ada", "bob.", "bob"}));
    EXPECT_EQ(possible_names("~a-b ~c_d x~e", '~'), (Names{"a-b", "c_d"}));
}

}  // namespace
}  // namespace concordat::messaging
