#include "messaging/integration/incoming_hooks.hpp"

#include "tests/messaging/integration/programs.hpp"

namespace concordat::messaging {
namespace {

using Reason = std::pair<std::string, Fault>;

TEST(IncomingHooks, AMessageIsPostedInTheOwnersName) {
    Programs p;
    const auto hook = p.hook(p.chief, p.room);
    EXPECT_EQ(hook.id.size(), 26u);
    EXPECT_EQ(hook.team_id, p.team.id);
    EXPECT_EQ(hook.user_id, p.chief.id);
    const auto post = p.deliver(hook, R"({"text":"built"})");
    EXPECT_EQ(post.user_id, p.chief.id);
    EXPECT_EQ(post.channel_id, p.room.id);
    EXPECT_EQ(post.message, "built");
    EXPECT_EQ(post.type, "");
    EXPECT_EQ(post.props, (json::object{{"from_webhook", "true"},
                                        {"webhook_display_name", "Builds"},
                                        {"override_username", "webhook"}}));
    EXPECT_EQ(p.store.facts<PostCreated>().back().sender_name, "webhook");
    EXPECT_FALSE(p.store.facts<PostCreated>().back().set_online);
    EXPECT_EQ(p.unread(p.chief).msg_count, 1);  // the owner has not read it
}

TEST(IncomingHooks, WhatPostsIsKeptSealedAndFoundByItsHash) {
    Programs p;
    const auto hook = p.hook(p.chief, p.room);
    const auto held = "select count(*) from incoming_hooks where position('" + hook.id +
                      "'::bytea in details) > 0 or position('" + hook.id + "'::bytea in key_hash) > 0";
    EXPECT_EQ(p.number(held), 0);
    EXPECT_EQ(p.number("select count(*) from journal where position('" + hook.id + "'::bytea in body) > 0"),
              0);
    EXPECT_EQ(p.hooks.get(p.store.actor(p.chief), hook.id).display_name, "Builds");
    const auto facts = p.store.facts<IntegrationChanged>();
    ASSERT_EQ(facts.size(), 1u);
    EXPECT_EQ(facts[0].change, "created");
    EXPECT_EQ(facts[0].actor_id, p.chief.id);
    EXPECT_EQ(json_text(facts[0]).find(hook.id), std::string::npos);
}

TEST(IncomingHooks, PropsThatOnlyTheServerWritesAreIgnored) {
    Programs p;
    const auto hook = p.hook(p.chief, p.room);
    const auto post = p.deliver(
        hook,
        R"({"text":"x","props":{"override_username":"evil","from_webhook":"false","from_bot":"true","k":1}})");
    EXPECT_EQ(post.props.at("k").as_int64(), 1);
    EXPECT_EQ(post.props.at("from_webhook").as_string(), "true");
    EXPECT_EQ(post.props.at("override_username").as_string(), "webhook");
    EXPECT_FALSE(post.props.contains("from_bot"));
}

TEST(IncomingHooks, NamesAndIconsComeFromTheMessageThenTheHook) {
    Programs p;
    auto hook = p.hook(p.chief, p.room);
    hook.username = "builder";
    hook.icon_url = "https://example.org/i.png";
    hook = p.hooks.update(p.store.actor(p.chief), hook.id, hook);
    auto post = p.deliver(hook, R"({"text":"x"})");
    EXPECT_EQ(post.props.at("override_username").as_string(), "builder");
    EXPECT_EQ(post.props.at("override_icon_url").as_string(), "https://example.org/i.png");
    post = p.deliver(
        hook, R"j({"text":"x","username":"other","icon_url":"javascript:alert(1)","icon_emoji":":tada:"})j");
    EXPECT_EQ(post.props.at("override_username").as_string(), "other");
    EXPECT_FALSE(post.props.contains("override_icon_url"));
    EXPECT_EQ(post.props.at("override_icon_emoji").as_string(), "tada");
}

TEST(IncomingHooks, OverridesAreDroppedWhereTheyAreNotAllowed) {
    Programs p{Settings{}};
    auto hook = p.hook(p.chief, p.room);
    hook.username = "builder";
    EXPECT_EQ(p.hooks.update(p.store.actor(p.chief), hook.id, hook).username, "");
    const auto post =
        p.deliver(hook, R"({"text":"x","username":"other","icon_url":"https://example.org/i.png"})");
    EXPECT_FALSE(post.props.contains("override_username"));
    EXPECT_FALSE(post.props.contains("override_icon_url"));
    EXPECT_EQ(p.store.facts<PostCreated>().back().sender_name, "@chief");
}

TEST(IncomingHooks, ALongTextBecomesSeveralPostsTheAttachmentsOnTheLast) {
    Programs p;
    const auto hook = p.hook(p.chief, p.room);
    p.store.forget();
    p.deliver(hook, R"({"text":")" + std::string(40000, 'a') + R"(","attachments":[{"text":"box"}]})");
    std::vector<std::size_t> sizes;
    for (const auto& fact : p.store.facts<PostCreated>()) {
        sizes.push_back(fact.post.message.size());
        EXPECT_EQ(fact.post.props.contains("attachments"), sizes.size() == 3);
    }
    EXPECT_EQ(sizes, (std::vector<std::size_t>{16383, 16383, 7234}));
    EXPECT_EQ(p.store.facts<PostCreated>().back().post.type, "slack_attachment");
}

TEST(IncomingHooks, TheMessageMayNameAnotherChannelOrAPerson) {
    Programs p;
    const auto hook = p.hook(p.chief, p.room);
    const auto square = p.store.channel_named(p.team, "town-square");
    EXPECT_EQ(p.deliver(hook, R"({"text":"x","channel":"town-square"})").channel_id, square.id);
    EXPECT_EQ(p.deliver(hook, R"({"text":"x","channel":"#town-square"})").channel_id, square.id);
    const auto direct = p.deliver(hook, R"({"text":"x","channel":"@alice"})").channel_id;
    EXPECT_TRUE(p.store.gate.is_member(p.alice.id, direct));
    EXPECT_TRUE(p.store.gate.is_member(p.chief.id, direct));
    EXPECT_EQ(p.deliver(hook, R"({"text":"y","channel":"@alice"})").channel_id, direct);
}

TEST(IncomingHooks, RefusalsHaveTheirReasons) {
    Programs p;
    const auto hook = p.hook(p.chief, p.room), locked = p.hook(p.chief, p.room, true);
    const auto secret = p.store.channel(p.team, "secret", "P");
    EXPECT_EQ(p.reason(hook.id, "{}"), Reason("web.incoming_webhook.text.app_error", Fault::invalid));
    EXPECT_EQ(p.reason(hook.id, R"({"attachments":[]})"),
              Reason("web.incoming_webhook.text.app_error", Fault::invalid));
    EXPECT_EQ(p.reason(new_token(), R"({"text":"x"})"),
              Reason("web.incoming_webhook.invalid.app_error", Fault::invalid));
    EXPECT_EQ(p.reason(hook.id, R"({"text":"x","channel":"nope"})"),
              Reason("web.incoming_webhook.channel.app_error", Fault::not_found));
    EXPECT_EQ(p.reason(hook.id, R"({"text":"x","channel":"@zzz"})"),
              Reason("web.incoming_webhook.user.app_error", Fault::invalid));
    EXPECT_EQ(p.reason(hook.id, R"({"text":"x","channel":"secret"})"),
              Reason("web.incoming_webhook.permissions.app_error", Fault::forbidden));
    EXPECT_EQ(p.reason(locked.id, R"({"text":"x","channel":"town-square"})"),
              Reason("web.incoming_webhook.channel_locked.app_error", Fault::forbidden));
    EXPECT_EQ(p.reason(locked.id, R"({"text":"x","channel":"@alice"})"),
              Reason("web.incoming_webhook.channel_locked.app_error", Fault::forbidden));
    EXPECT_EQ(p.reason(hook.id, R"({"text":"x","type":"system_join_channel"})").second, Fault::invalid);
    p.hooks.remove(p.store.actor(p.chief), hook.id);
    EXPECT_EQ(p.reason(hook.id, R"({"text":"x"})"),
              Reason("web.incoming_webhook.invalid.app_error", Fault::invalid));
    EXPECT_TRUE(p.store.facts<PostCreated>().empty());
}

TEST(IncomingHooks, AHookOfADeactivatedOwnerOrAnArchivedChannelPostsNothing) {
    Programs p;
    const auto hook = p.hook(p.chief, p.room), other = p.hook(p.chief, p.store.channel(p.team, "old"));
    p.store.db.transact([&](storage::Tx& tx) {
        auto channel = storage::ChannelTable(tx).find(other.channel_id).value();
        channel.delete_at = tx.now();
        storage::ChannelTable(tx).update(channel);
        tx.emit(ChannelDeleted{channel, p.chief.id});
    });
    EXPECT_EQ(p.reason(other.id, R"({"text":"x"})"),
              Reason("web.incoming_webhook.invalid.app_error", Fault::invalid));
    const auto left = p.hook(p.as_chief(p.alice), p.room);
    p.store.db.transact([&](storage::Tx& tx) {
        storage::TeamMemberTable(tx).remove(p.team.id, p.alice.id, tx.now());
        storage::ChannelMemberTable(tx).remove(p.room.id, p.alice.id, tx.now());
        tx.emit(ChannelLeft{p.room.id, p.team.id, p.alice.id, p.alice.id});
        tx.emit(TeamLeft{p.team.id, p.alice.id, p.alice.id});
    });
    EXPECT_EQ(p.reason(left.id, R"({"text":"x"})"),
              Reason("web.incoming_webhook.permissions.app_error", Fault::forbidden));
    auto gone = p.chief;
    gone.delete_at = p.store.now();
    p.store.db.transact([&](storage::Tx& tx) { storage::UserTable(tx).update(gone); });
    EXPECT_EQ(p.reason(hook.id, R"({"text":"x"})"),
              Reason("web.incoming_webhook.user.app_error", Fault::forbidden));
}

TEST(IncomingHooks, SwitchedOffTheyTakeNothingAndShowNothing) {
    auto settings = with_overrides();
    settings.ServiceSettings.EnableIncomingWebhooks = false;
    Programs p(settings);
    EXPECT_EQ(p.reason(new_token(), R"({"text":"x"})").second, Fault::unsupported);
    EXPECT_EQ(refusal([&] { p.hook(p.chief, p.room); }), "api.incoming_webhook.disabled.app_error");
    EXPECT_EQ(refusal([&] { p.hooks.list(p.store.actor(p.chief), p.team.id, 0, 60); }),
              "api.incoming_webhook.disabled.app_error");
}

TEST(IncomingHooks, MembersMakeNoneAndSeeNone) {
    Programs p;
    const auto hook = p.hook(p.chief, p.room);
    const char* forbidden = "api.context.permissions.app_error";
    const auto alice = p.store.actor(p.alice);
    EXPECT_EQ(refusal([&] { p.hook(p.alice, p.room); }), forbidden);
    EXPECT_EQ(refusal([&] { p.hooks.get(alice, hook.id); }), forbidden);
    EXPECT_EQ(refusal([&] { p.hooks.update(alice, hook.id, hook); }), forbidden);
    EXPECT_EQ(refusal([&] { p.hooks.remove(alice, hook.id); }), forbidden);
    EXPECT_EQ(refusal([&] { p.hooks.list(alice, p.team.id, 0, 60); }), forbidden);
    // A private channel that the maker is not in.
    EXPECT_EQ(refusal([&] { p.hook(p.chief, p.store.channel(p.team, "secret", "P")); }), forbidden);
    EXPECT_EQ(refusal([&] { p.hooks.get(p.store.actor(p.chief), new_token()); }),
              "app.webhooks.get_incoming.app_error");
    EXPECT_EQ(p.hooks.list(p.store.actor(p.chief), p.team.id, 0, 60).total_count, 1);
}

TEST(IncomingHooks, FieldsHaveTheirBoundsAndTheTeamStays) {
    Programs p;
    const auto hook = p.hook(p.chief, p.room);
    const auto with = [&](auto change) {
        auto wanted = hook;
        change(wanted);
        return refusal([&] { p.hooks.update(p.store.actor(p.chief), hook.id, wanted); });
    };
    EXPECT_EQ(with([](auto& h) { h.display_name = std::string(65, 'x'); }),
              "model.incoming_hook.display_name.app_error");
    EXPECT_EQ(with([](auto& h) { h.description = std::string(501, 'x'); }),
              "model.incoming_hook.description.app_error");
    EXPECT_EQ(with([](auto& h) { h.icon_url = std::string(1025, 'x'); }),
              "model.incoming_hook.icon_url.app_error");
    EXPECT_EQ(with([](auto& h) { h.username = "No Name"; }),
              "api.incoming_webhook.invalid_username.app_error");
    const auto other = p.store.team();
    p.store.add(p.chief, other, true);
    const auto elsewhere = p.store.channel(other, "there");
    EXPECT_EQ(with([&](auto& h) { h.channel_id = elsewhere.id; }), "api.webhook.team_mismatch.app_error");
    EXPECT_EQ(with([](auto& h) { h.display_name = std::string(64, 'x'); }), "");
}

TEST(IncomingHooks, MentionsAndLinksOfTheOtherDialectAreUnderstood) {
    Programs p;
    const auto hook = p.hook(p.chief, p.room);
    const auto post = p.deliver(hook, R"({"text":"hello <http://x.test/a|site> <!channel> <@)" +
                                          p.bob.id.text() + R"(> <@nobody1> & <"})");
    EXPECT_EQ(post.message, "hello [site](http://x.test/a) @channel @bob <@nobody1> & <");
    const auto told = p.told_last();
    EXPECT_NE(std::find(told.begin(), told.end(), p.bob.id), told.end());
}

}  // namespace
}  // namespace concordat::messaging
