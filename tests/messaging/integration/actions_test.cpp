#include "messaging/integration/actions.hpp"

#include "messaging/conversation/attachments.hpp"
#include "messaging/integration/dialogs.hpp"
#include "storage/crypto/digest.hpp"
#include "tests/messaging/integration/programs.hpp"
#include "tests/web/outbound/receiver.hpp"

namespace concordat::messaging {
namespace {

using test::Receiver;
constexpr const char* failed = "api.post.do_action.action_integration.app_error";

struct Buttons : Programs {
    explicit Buttons(Settings with = listening()) : Programs(std::move(with)) {}
    static Settings listening() {
        Settings settings;
        settings.ServiceSettings.AllowedUntrustedInternalConnections = "127.0.0.1";
        settings.ServiceSettings.OutgoingIntegrationRequestsTimeout = 1;
        return settings;
    }
    Actions& actions = integrations.actions;
    Dialogs& dialogs = integrations.dialogs;
    std::string answer = "{}";
    int status = 200;
    Receiver program{[this](const auto&, int) { return Receiver::reply(status, answer); }};

    Post message() {
        auto post = draft(room, "press");
        post.props["attachments"] = parse_json_value(
            R"([{"actions":[{"id":"go","name":"Go","integration":{"url":")" + program.url("/go") +
            R"(","context":{"n":1}}},{"id":"pick","type":"select","integration":{"url":")" +
            program.url("/pick") + R"("}},{"id":"inside","integration":{"url":"http://localhost:)" +
            std::to_string(program.port()) + R"(/"}},{"id":"idle","name":"leads nowhere"}]}])");
        return post;
    }
    std::string refused(const User& who, const PostId& post, const std::string& id,
                        const std::string& cookie = "") {
        return refusal([&] { actions.press(store.actor(who), post, id, {"", cookie}); });
    }
    json::object told() {
        const auto request = program.requests().back();
        return parse_json_value(request.substr(request.find("\r\n\r\n") + 4)).as_object();
    }
};

TEST(Actions, TheProgramIsToldWhoUsedWhat) {
    Buttons b;
    const auto post = b.put(b.alice, b.message());
    const auto outcome = b.actions.press(b.store.actor(b.bob), post.id, "pick", {"a", ""});
    EXPECT_EQ(outcome.status, "OK");
    EXPECT_EQ(outcome.trigger_id.size(), 26u);
    const auto told = b.told();
    EXPECT_EQ(told.size(), 11u);
    EXPECT_EQ(told.at("user_id").as_string(), b.bob.id.text());
    EXPECT_EQ(told.at("user_name").as_string(), "bob");
    EXPECT_EQ(told.at("team_domain").as_string(), b.team.name);
    EXPECT_EQ(told.at("post_id").as_string(), post.id.text());
    EXPECT_EQ(told.at("type").as_string(), "select");
    EXPECT_EQ(json::serialize(told.at("context")), R"({"selected_option":"a"})");
    b.actions.press(b.store.actor(b.bob), post.id, "go", {});
    EXPECT_EQ(json::serialize(b.told().at("context")), R"({"n":1})");
}

TEST(Actions, TheProgramMayChangeItsMessageAndSpeakToThePerson) {
    Buttons b;
    const auto post = b.put(b.alice, b.message());
    b.answer = R"({"update":{"message":"pressed"},"ephemeral_text":"for <http://x|you>"})";
    b.actions.press(b.store.actor(b.bob), post.id, "go", {});
    EXPECT_EQ(b.stored(post.id).message, "pressed");
    EXPECT_TRUE(b.stored(post.id).props.contains("attachments"));
    ASSERT_EQ(b.whispers.size(), 1u);
    EXPECT_EQ(b.whispers[0].first, b.bob.id);
    EXPECT_EQ(b.whispers[0].second.message, "for [you](http://x)");
    EXPECT_EQ(b.whispers[0].second.root_id, post.id);
    EXPECT_EQ(b.stored(post.id).user_id, b.alice.id);
    b.answer = R"({"update":{"message":"done","props":{"from_bot":"true"}}})";
    b.actions.press(b.store.actor(b.bob), post.id, "go", {});
    EXPECT_EQ(b.stored(post.id).message, "done");
    EXPECT_TRUE(b.stored(post.id).props.empty());
    EXPECT_EQ(b.refused(b.bob, post.id, "go"), "api.post.do_action.action_id.app_error");
    EXPECT_EQ(b.store.facts<PostEdited>().size(), 2u);
}

TEST(Actions, WhatCannotBeUsedIsRefused) {
    Buttons b;
    const auto post = b.put(b.alice, b.message());
    const auto stranger = b.store.user("stranger");
    const auto before = b.program.requests().size();
    EXPECT_EQ(b.refused(b.bob, post.id, "none"), "api.post.do_action.action_id.app_error");
    EXPECT_EQ(b.refused(b.bob, post.id, "idle"), "api.post.do_action.action_id.app_error");
    EXPECT_EQ(b.refused(stranger, post.id, "go"), "api.context.permissions.app_error");
    EXPECT_EQ(b.refused(b.bob, PostId::fresh(), "go"), "api.context.permissions.app_error");
    EXPECT_EQ(b.refused(b.bob, post.id, "inside"), failed);
    EXPECT_EQ(b.program.requests().size(), before);
    b.status = 500;
    EXPECT_EQ(b.refused(b.bob, post.id, "go"), failed);
    b.status = 200;
    b.answer = "junk";
    EXPECT_EQ(b.refused(b.bob, post.id, "go"), failed);
    b.answer = R"({"update":5})";
    EXPECT_EQ(b.refused(b.bob, post.id, "go"), failed);
    b.remove(b.alice, post.id);
    EXPECT_EQ(b.refused(b.bob, post.id, "go"), "app.post.get.app_error");
}

TEST(Actions, AMessageForOnePersonWorksByItsCookie) {
    Buttons b;
    const auto shown = b.posts.create_ephemeral(b.store.actor(b.alice), b.bob.id, b.message());
    auto props = b.whispers.back().second.props;
    const std::string cookie(find_action(props, "go")->at("cookie").as_string());
    EXPECT_EQ(find_action(props, "idle")->if_contains("cookie"), nullptr);
    b.answer = R"({"update":{"message":"pressed"}})";
    EXPECT_EQ(b.actions.press(b.store.actor(b.bob), shown.id, "go", {"", cookie}).status, "OK");
    EXPECT_EQ(b.whispers.back().second.id, shown.id);
    EXPECT_EQ(b.whispers.back().second.message, "pressed");
    EXPECT_EQ(b.refused(b.bob, shown.id, "go", "AAAA"), failed);
    EXPECT_EQ(b.refused(b.bob, shown.id, "pick", cookie), failed);
    EXPECT_EQ(b.refused(b.alice, shown.id, "go", cookie), failed) << "it was shown to another";
    EXPECT_EQ(b.refused(b.bob, PostId::fresh(), "go", cookie), failed);
}

TEST(Dialogs, ASignedTriggerOpensOneForItsPerson) {
    Buttons b;
    std::vector<std::pair<UserId, std::string>> opened;
    b.dialogs.set_teller(
        [&](const UserId& user, const std::string& dialog) { opened.emplace_back(user, dialog); });
    const auto trigger = b.integrations.triggers.make(b.bob.id);
    const auto open = [&](const std::string& id, const std::string& url = "http://x/") {
        return refusal([&] { b.dialogs.open({id, url, {{"title", "Who?"}}}); });
    };
    EXPECT_EQ(open(trigger.text), "");
    ASSERT_EQ(opened.size(), 1u);
    EXPECT_EQ(opened[0].first, b.bob.id);
    EXPECT_EQ(opened[0].second, R"({"trigger_id":")" + trigger.client_part +
                                    R"(","url":"http://x/","dialog":{"title":"Who?"}})");
    const std::string decode = "interactive_message.decode_trigger_id.";
    EXPECT_EQ(open("%%%"), decode + "base64_decode_failed");
    EXPECT_EQ(open(storage::base64("a:b:c")), decode + "missing_data");
    auto plain = *storage::from_base64(trigger.text);
    plain.back() = plain.back() == 'A' ? 'B' : 'A';
    EXPECT_EQ(open(storage::base64(plain)), decode + "verify_signature_failed");
    EXPECT_EQ(open(trigger.text, ""), "api.context.invalid_body_param.app_error");
    EXPECT_EQ(open(trigger.text, "javascript:x"), "api.context.invalid_body_param.app_error");
    b.store.wait(1001);
    EXPECT_EQ(open(trigger.text), decode + "expired");
    EXPECT_EQ(opened.size(), 1u);
}

TEST(Dialogs, WhatIsSubmittedReachesTheProgramInTheCallersName) {
    Buttons b;
    const auto submission = [&] {
        DialogSubmission out;
        out.url = b.program.url("/d");
        out.callback_id = "c";
        out.user_id = b.alice.id;
        out.channel_id = b.room.id;
        out.team_id = b.team.id;
        out.submission = json::object{{"name", "x"}};
        return out;
    };
    b.answer = R"({"errors":{"name":"no"}})";
    EXPECT_EQ(json::serialize(b.dialogs.submit(b.store.actor(b.bob), submission())), b.answer);
    EXPECT_EQ(b.told().at("user_id").as_string(), b.bob.id.text());
    EXPECT_EQ(b.told().at("type").as_string(), "dialog_submission");
    EXPECT_EQ(b.told().at("url").as_string(), "");
    b.dialogs.look_up(b.store.actor(b.bob), submission());
    EXPECT_EQ(b.told().at("type").as_string(), "dialog_lookup");
    b.answer = "";
    EXPECT_TRUE(b.dialogs.submit(b.store.actor(b.bob), submission()).empty());
    b.answer = "[]";
    EXPECT_EQ(refusal([&] { b.dialogs.submit(b.store.actor(b.bob), submission()); }),
              "app.submit_interactive_dialog.decode_json_error");
    b.status = 404;
    EXPECT_EQ(refusal([&] { b.dialogs.submit(b.store.actor(b.bob), submission()); }), failed);
    const auto stranger = b.store.user("stranger");
    EXPECT_EQ(refusal([&] { b.dialogs.submit(b.store.actor(stranger), submission()); }),
              "api.context.permissions.app_error");
    auto nowhere = submission();
    nowhere.url = "/plugins/x";
    EXPECT_EQ(refusal([&] { b.dialogs.submit(b.store.actor(b.bob), nowhere); }),
              "api.context.invalid_body_param.app_error");
}

}  // namespace
}  // namespace concordat::messaging
