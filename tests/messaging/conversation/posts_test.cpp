#include "messaging/conversation/posts.hpp"

#include <future>

#include "tests/messaging/conversation/talk.hpp"

namespace concordat::messaging {
namespace {

constexpr const char* no_such_post = "app.post.get.app_error";
constexpr const char* bad_root = "api.post.create_post.root_id.app_error";
constexpr const char* not_allowed_to_post = "api.context.permissions.app_error";

std::string refused(Talk& t, const User& who, const Post& post) {
    return refusal([&] { t.put(who, post); });
}

TEST(Posts, APostIsStoredSealedToldOnceAndReadBack) {
    Talk t;
    const auto post = t.say(t.alice, "a secret *plan* #work");
    EXPECT_EQ(post.user_id, t.alice.id);
    EXPECT_EQ(post.hashtags, "#work");
    EXPECT_EQ(post.create_at, post.update_at);
    EXPECT_EQ(t.pages.get(post.id).message, "a secret *plan* #work");
    EXPECT_EQ(t.number("select count(*) from posts where position('secret'::bytea in body) > 0 or "
                       "position('work'::bytea in body) > 0"),
              0);
    EXPECT_EQ(t.number("select count(*) from journal where position('secret'::bytea in body) > 0"), 0);
    const auto facts = t.store.facts<PostCreated>();
    ASSERT_EQ(facts.size(), 1u);
    EXPECT_EQ(facts[0].post.id, post.id);
    EXPECT_EQ(facts[0].sender_name, "@alice");
    EXPECT_EQ(facts[0].channel_name, "room");
    EXPECT_EQ(facts[0].team_id, t.team.id);
    EXPECT_TRUE(facts[0].mentions.empty());
    EXPECT_TRUE(facts[0].set_online);
}

TEST(Posts, WhatAClientMayNotSayIsDropped) {
    Talk t;
    auto in = Talk::draft(t.room, "x");
    in.id = PostId::fresh();
    in.user_id = t.bob.id;
    in.create_at = 5;
    in.delete_at = 6;
    in.remote_id = "elsewhere";
    in.is_pinned = true;
    in.reply_count = 9;
    for (const char* key : {"add_channel_member", "force_notification", "deleteBy", "from_bot",
                            "from_webhook", "from_plugin", "from_oauth_app", "previewed_post"})
        in.props[key] = "true";
    in.props["mine"] = "kept";
    const auto post = t.stored(t.put(t.alice, in).id);
    EXPECT_NE(post.id, in.id);
    EXPECT_EQ(post.user_id, t.alice.id);
    EXPECT_GT(post.create_at, 1000);
    EXPECT_EQ(post.delete_at, 0);
    EXPECT_FALSE(post.remote_id.has_value());
    EXPECT_FALSE(post.is_pinned);
    EXPECT_EQ(post.props, (json::object{{"mine", "kept"}}));
}

TEST(Posts, OnlyAnAdministratorChoosesTheTime) {
    Talk t;
    const auto admin = t.store.admin();
    t.store.add(admin, t.room);
    auto in = Talk::draft(t.room, "old");
    in.create_at = 12345;
    EXPECT_EQ(t.put(admin, in).create_at, 12345);
    EXPECT_NE(t.put(t.alice, in).create_at, 12345);
    EXPECT_GT(t.state().last_post_at, 12345);
}

TEST(Posts, WhatIsNotValidIsRefusedInTheWordsClientsKnow) {
    Talk t;
    const auto with = [&](auto change) {
        auto post = Talk::draft(t.room, "x");
        change(post);
        return refused(t, t.alice, post);
    };
    EXPECT_EQ(with([](Post& p) { p.message = ""; }), "model.post.is_valid.message_empty.app_error");
    EXPECT_EQ(with([](Post& p) { p.message = std::string(16384, 'a'); }),
              "model.post.is_valid.message_length.app_error");
    EXPECT_EQ(with([](Post& p) {
                  p.message.clear();
                  for (int i = 0; i < 16383; ++i) p.message += "é";
              }),
              "")
        << "runes count, not bytes";
    EXPECT_EQ(with([](Post& p) { p.props["x"] = std::string(800000, 'a'); }),
              "model.post.is_valid.props.app_error");
    EXPECT_EQ(with([](Post& p) { p.pending_post_id = std::string(129, 'a'); }),
              "model.post.is_valid.pending_post_id.app_error");
    EXPECT_EQ(with([](Post& p) { p.type = "system_generic"; }), "api.context.invalid_body_param.app_error");
    EXPECT_EQ(with([](Post& p) { p.type = "unheard_of"; }), "api.context.invalid_body_param.app_error");
    EXPECT_EQ(with([](Post& p) { p.type = "custom_mine"; }), "");
    EXPECT_EQ(with([](Post& p) {
                  p.file_ids.resize(11);
                  for (auto& id : p.file_ids) id = FileId::fresh();
              }),
              "model.post.is_valid.file_ids.app_error");
    EXPECT_EQ(with([](Post& p) { p.channel_id = ChannelId::fresh(); }), "app.channel.get.find.app_error");
    EXPECT_EQ(
        with([](Post& p) { p.metadata.emplace().priority.emplace().priority = std::string("enormous"); }),
        "api.context.invalid_body_param.app_error");
    EXPECT_EQ(t.store.facts<PostCreated>().size(), 2u);
}

TEST(Posts, AnArchivedChannelTakesNoPosts) {
    Talk t;
    t.run("update channels set delete_at = 1");
    EXPECT_EQ(refused(t, t.alice, Talk::draft(t.room, "x")),
              "api.post.create_post.can_not_post_to_deleted.error");
}

TEST(Posts, ARootMustBeALiveRootOfTheSameChannel) {
    Talk t;
    const auto other = t.store.channel(t.team, "other");
    t.store.add(t.alice, other);
    const auto root = t.say(t.alice, "root"), reply = t.say(t.bob, "reply", root.id),
               elsewhere = t.say(t.alice, other, "there");
    EXPECT_EQ(reply.root_id, root.id);
    EXPECT_EQ(reply.reply_count, 1);
    for (const auto& id : {reply.id, elsewhere.id, PostId::fresh()})
        EXPECT_EQ(refused(t, t.alice, Talk::draft(t.room, "x", id)), bad_root);
    const auto before = t.edit(t.alice, root.id, "root, edited");
    const auto version = t.pages.history(root.id).at(0);
    EXPECT_EQ(refused(t, t.alice, Talk::draft(t.room, "x", version.id)), bad_root);
    t.remove(t.alice, root.id);
    EXPECT_EQ(refused(t, t.alice, Talk::draft(t.room, "x", root.id)), bad_root);
}

TEST(Posts, TheSamePendingIdIsOnePost) {
    Talk t;
    for (const std::string text : {"plain", "to @bob"}) {
        auto in = Talk::draft(t.room, text);
        in.pending_post_id = t.alice.id.text() + ":" + text;
        const auto first = t.put(t.alice, in);
        in.message = "another try";
        const auto second = t.put(t.alice, in);
        EXPECT_EQ(second.id, first.id);
        EXPECT_EQ(second.message, text);
        EXPECT_EQ(second.pending_post_id, in.pending_post_id);
        EXPECT_NE(t.put(t.bob, in).id, first.id) << "the key is the author's own";
    }
    EXPECT_EQ(t.store.facts<PostCreated>().size(), 4u);
    EXPECT_EQ(t.state().total_msg_count, 4);
    EXPECT_EQ(t.membership(t.bob).mention_count, 0) << "he has posted since, and was named once";
}

TEST(Posts, EightTriesAtOnceAreOnePost) {
    Talk t;
    const auto root = t.say(t.bob, "root");
    t.store.forget();
    int round = 0;
    for (const auto& in : {Talk::draft(t.room, "plain"), Talk::draft(t.room, "to @bob"),
                           Talk::draft(t.room, "reply", root.id)}) {
        auto post = in;
        post.pending_post_id = "try" + std::to_string(++round);
        std::vector<std::future<Post>> tries;
        const auto actor = t.store.actor(t.alice);
        for (int i = 0; i < 8; ++i)
            tries.push_back(std::async(std::launch::async, [&] { return t.posts.create(actor, post); }));
        std::vector<PostId> made;
        for (auto& one : tries) made.push_back(one.get().id);
        for (const auto& id : made) EXPECT_EQ(id, made[0]) << post.message;
        EXPECT_EQ(t.store.facts<PostCreated>().size(), static_cast<std::size_t>(round)) << post.message;
    }
    EXPECT_EQ(t.thread(root.id)->reply_count, 1);
    EXPECT_EQ(t.state().total_msg_count, 4);
}

TEST(Posts, ARetryDoesNotWhisperAgain) {
    Talk t;
    const auto carol = t.store.user("carol");
    t.store.add(carol, t.team);
    auto in = Talk::draft(t.room, "where is @carol");
    in.pending_post_id = "once";
    t.put(t.alice, in);
    t.put(t.alice, in);
    EXPECT_EQ(t.whispers.size(), 1u);
}

TEST(Posts, FilesAreSortedEachOnceAndMustBeFreeAndTheAuthorsOwn) {
    Talk t;
    const auto other = t.store.channel(t.team, "other");
    t.store.add(t.alice, other);
    auto a = t.file(t.alice, t.room), b = t.file(t.alice, t.room);
    auto in = Talk::draft(t.room, "");
    in.file_ids = {b, a, b};
    const auto post = t.put(t.alice, in);
    if (b.text() < a.text()) std::swap(a, b);
    EXPECT_EQ(post.file_ids, (std::vector<FileId>{a, b})) << "as text, not as bytes";
    ASSERT_TRUE(post.metadata && post.metadata->files);
    EXPECT_EQ(post.metadata->files->size(), 2u);
    const auto before = t.state().total_msg_count;
    for (const auto& id : {a, t.file(t.bob, t.room), t.file(t.alice, other), FileId::fresh()}) {
        in.file_ids = {id};
        EXPECT_EQ(refused(t, t.alice, in), "api.post.create_post.attach_files.error");
    }
    EXPECT_EQ(t.state().total_msg_count, before) << "nothing of a refused post stays";
}

TEST(Posts, ABotIsMarkedAndItsPostMarksNothingRead) {
    Talk t;
    auto bot = t.store.user("bot");
    bot.is_bot = true;
    t.store.add(bot, t.room);
    const auto post = t.say(bot, "beep");
    EXPECT_EQ(post.props.at("from_bot").as_string(), "true");
    EXPECT_EQ(t.unread(bot).msg_count, 1);
}

TEST(Posts, WhoPostsIsActiveUnlessTheClientSaysOtherwise) {
    Talk t;
    std::vector<UserId> active;
    t.posts.set_active([&](const UserId& user) { active.push_back(user); });
    t.say(t.alice, "x");
    t.posts.create(t.store.actor(t.bob), Talk::draft(t.room, "y"), {.set_online = false});
    EXPECT_EQ(active, std::vector{t.alice.id});
    EXPECT_FALSE(t.store.facts<PostCreated>().back().set_online);
}

TEST(Posts, AnEditKeepsTheVersionBeforeAndMovesTheTimes) {
    Talk t;
    const auto post = t.say(t.alice, "one #aa");
    const auto channel = t.state();
    t.store.forget();
    const auto edited = t.edit(t.alice, post.id, "two #bb");
    EXPECT_EQ(edited.id, post.id);
    EXPECT_EQ(edited.create_at, post.create_at);
    EXPECT_GT(edited.edit_at, post.create_at);
    EXPECT_EQ(edited.update_at, edited.edit_at);
    EXPECT_EQ(edited.hashtags, "#bb");
    EXPECT_EQ(t.stored(post.id).message, "two #bb");
    const auto again = t.edit(t.alice, post.id, "three");
    const auto history = t.pages.history(post.id);
    ASSERT_EQ(history.size(), 2u);
    EXPECT_EQ(history[0].message, "two #bb");
    EXPECT_EQ(history[1].message, "one #aa");
    for (const auto& version : history) {
        EXPECT_NE(version.id, post.id);
        EXPECT_EQ(version.original_id, post.id);
        EXPECT_GT(version.delete_at, 0);
        EXPECT_EQ(version.create_at, post.create_at);
    }
    const auto facts = t.store.facts<PostEdited>();
    ASSERT_EQ(facts.size(), 2u);
    EXPECT_EQ(facts[1].previous.message, "two #bb");
    EXPECT_EQ(facts[1].post.message, "three");
    EXPECT_EQ(t.state().last_post_at, again.update_at);
    EXPECT_EQ(t.state().total_msg_count, channel.total_msg_count);
}

TEST(Posts, AnEditInTheSameMillisecondStillMovesForward) {
    Talk t;
    const auto post = t.say(t.alice, "one");
    PostPatch patch;
    Millis last = post.update_at;
    for (const char* text : {"two", "three", "four"}) {
        patch.message = text;
        const auto edited = t.posts.patch(t.store.actor(t.alice), post.id, patch);
        EXPECT_GT(edited.update_at, last);
        last = edited.update_at;
    }
    EXPECT_EQ(t.pages.history(post.id).size(), 3u);
}

TEST(Posts, APatchLeavesWhatItDoesNotNameAndAPutResetsIt) {
    Talk t;
    auto in = Talk::draft(t.room, "text");
    in.props["a"] = 1;
    in.file_ids = {t.file(t.alice, t.room)};
    const auto post = t.put(t.alice, in);
    const auto patched = t.edit(t.alice, post.id, "new text");
    EXPECT_EQ(patched.props, post.props);
    EXPECT_EQ(patched.file_ids, post.file_ids);
    Post put;
    put.message = "put";
    const auto replaced = t.posts.update(t.store.actor(t.alice), post.id, put);
    EXPECT_TRUE(replaced.props.empty());
    EXPECT_TRUE(replaced.file_ids.empty());
    EXPECT_EQ(t.number("select count(*) from files where delete_at > 0"), 1);
}

TEST(Posts, SavingWithoutAChangeIsNoEdit) {
    Talk t;
    const auto post = t.say(t.alice, "same");
    const auto saved = t.edit(t.alice, post.id, "same");
    EXPECT_EQ(saved.edit_at, 0);
    EXPECT_GT(saved.update_at, post.update_at);
    EXPECT_TRUE(t.pages.history(post.id).empty());
    EXPECT_TRUE(t.store.facts<PostEdited>().empty());
    EXPECT_EQ(t.stored(post.id).message, "same");
}

TEST(Posts, OnlyTheAuthorEditsUntilTheTimeIsUp) {
    Settings settings;
    settings.ServiceSettings.PostEditTimeLimit = 60;
    Talk t(settings);
    const auto admin = t.store.admin();
    const auto post = t.say(t.alice, "mine");
    EXPECT_EQ(refusal([&] { t.edit(t.bob, post.id, "his"); }), not_allowed_to_post);
    EXPECT_EQ(t.edit(admin, post.id, "by the admin").message, "by the admin");
    EXPECT_EQ(t.edit(t.alice, post.id, "in time").message, "in time");
    t.store.wait(61000);
    EXPECT_EQ(refusal([&] { t.edit(t.alice, post.id, "late"); }),
              "api.post.update_post.permissions_time_limit.app_error");
    EXPECT_EQ(t.stored(post.id).message, "in time");
}

TEST(Posts, WhatIsNoLivePostOfAPersonCannotBeEdited) {
    Talk t;
    const auto post = t.say(t.alice, "x"), gone = t.say(t.alice, "y");
    t.edit(t.alice, post.id, "z");
    t.remove(t.alice, gone.id);
    const auto version = t.pages.history(post.id).at(0).id;
    for (const auto& id : {gone.id, version, PostId::fresh()}) {
        EXPECT_EQ(refusal([&] { t.edit(t.alice, id, "new"); }), no_such_post);
        EXPECT_EQ(refusal([&] { t.remove(t.alice, id); }), no_such_post);
        EXPECT_EQ(refusal([&] { t.posts.set_pinned(t.store.actor(t.alice), id, true); }), no_such_post);
        EXPECT_EQ(refusal([&] { t.posts.acknowledge(t.alice.id, id); }), no_such_post);
        EXPECT_EQ(refusal([&] { t.pages.get(id); }), no_such_post);
    }
    t.run("update posts set type = 'system_header_change' where id = '" + post.id.uuid() + "'");
    EXPECT_EQ(refusal([&] { t.edit(t.alice, post.id, "new"); }),
              "api.post.update_post.system_message.app_error");
}

TEST(Posts, AnEarlierVersionComesBackWithItsFiles) {
    Talk t;
    auto in = Talk::draft(t.room, "with file");
    in.file_ids = {t.file(t.alice, t.room)};
    const auto post = t.put(t.alice, in);
    Post put;
    put.message = "without";
    t.posts.update(t.store.actor(t.alice), post.id, put);
    const auto version = t.pages.history(post.id).at(0).id;
    EXPECT_EQ(refusal([&] { t.posts.restore_version(t.store.actor(t.store.admin()), post.id, version); }),
              not_allowed_to_post);
    EXPECT_EQ(t.number("select count(*) from files where delete_at > 0"), 1)
        << "a refusal brings nothing back";
    const auto restored = t.posts.restore_version(t.store.actor(t.alice), post.id, version);
    EXPECT_EQ(restored.message, "with file");
    EXPECT_EQ(restored.file_ids, in.file_ids);
    ASSERT_TRUE(restored.metadata && restored.metadata->files);
    EXPECT_EQ(restored.metadata->files->size(), 1u);
    const auto other = t.say(t.alice, "other");
    EXPECT_EQ(refusal([&] { t.posts.restore_version(t.store.actor(t.alice), other.id, version); }),
              "app.post.restore_post_version.not_an_history_item.app_error");
}

TEST(Posts, DeletingARootTakesItsRepliesAndLeavesTheTotals) {
    Talk t;
    const auto root = t.say(t.alice, "root"), reply = t.say(t.bob, "reply", root.id),
               other = t.say(t.bob, "other");
    const auto before = t.state();
    t.store.forget();
    t.remove(t.alice, root.id);
    for (const auto& id : {root.id, reply.id}) {
        EXPECT_EQ(refusal([&] { t.pages.get(id); }), no_such_post);
        const auto post = t.stored(id);
        EXPECT_GT(post.delete_at, 0);
        EXPECT_EQ(post.delete_at, post.update_at);
        EXPECT_EQ(post.props.at("deleteBy").as_string(), t.alice.id.text());
    }
    EXPECT_EQ(t.pages.get(other.id).message, "other");
    EXPECT_EQ(t.state().total_msg_count, before.total_msg_count);
    EXPECT_EQ(t.state().total_msg_count_root, before.total_msg_count_root);
    EXPECT_GT(t.thread(root.id)->delete_at, 0);
    const auto facts = t.store.facts<PostDeleted>();
    ASSERT_EQ(facts.size(), 1u);
    EXPECT_EQ(facts[0].post.id, root.id);
    EXPECT_EQ(facts[0].actor_id, t.alice.id);
    EXPECT_GT(facts[0].post.delete_at, 0);
}

TEST(Posts, DeletingAReplyMendsItsThread) {
    Talk t;
    const auto carol = t.member("carol");
    const auto root = t.say(t.alice, "root"), first = t.say(t.bob, "one", root.id),
               second = t.say(carol, "two", root.id);
    EXPECT_EQ(t.thread(root.id)->participants, (std::vector{t.bob.id, carol.id}));
    t.remove(carol, second.id);
    auto thread = *t.thread(root.id);
    EXPECT_EQ(thread.reply_count, 1);
    EXPECT_EQ(thread.last_reply_at, first.create_at);
    EXPECT_EQ(thread.participants, std::vector{t.bob.id});
    EXPECT_GT(t.stored(root.id).update_at, second.create_at);
    t.remove(t.bob, first.id);
    thread = *t.thread(root.id);
    EXPECT_EQ(thread.reply_count, 0);
    EXPECT_EQ(thread.last_reply_at, 0);
    EXPECT_EQ(thread.delete_at, 0);
}

TEST(Posts, OthersPostsAreDeletedOnlyWithTheRightToIt) {
    Talk t;
    const auto post = t.say(t.alice, "mine");
    EXPECT_EQ(refusal([&] { t.remove(t.bob, post.id); }), not_allowed_to_post);
    const auto moderator = t.store.user("moderator");
    t.store.add(moderator, t.team, true);
    t.remove(moderator, post.id);
    EXPECT_EQ(t.stored(post.id).props.at("deleteBy").as_string(), moderator.id.text());
}

TEST(Posts, DeletingTakesTheFilesAlong) {
    Talk t;
    auto in = Talk::draft(t.room, "file");
    in.file_ids = {t.file(t.alice, t.room)};
    t.remove(t.alice, t.put(t.alice, in).id);
    EXPECT_EQ(t.number("select count(*) from files where delete_at = 0"), 0);
}

TEST(Posts, PinningTellsOnceAndListsThePost) {
    Talk t;
    const auto post = t.say(t.alice, "pin me");
    t.store.forget();
    for (int i = 0; i < 2; ++i) t.posts.set_pinned(t.store.actor(t.bob), post.id, true);
    ASSERT_EQ(t.store.facts<PostTouched>().size(), 1u);
    EXPECT_TRUE(t.store.facts<PostTouched>()[0].post.is_pinned);
    EXPECT_EQ(t.pages.pinned(t.room.id).order, std::vector{post.id});
    EXPECT_GT(t.stored(post.id).update_at, post.update_at);
    t.posts.set_pinned(t.store.actor(t.bob), post.id, false);
    EXPECT_TRUE(t.pages.pinned(t.room.id).order.empty());
    EXPECT_EQ(refusal([&] { t.posts.set_pinned(t.store.actor(t.store.user("stranger")), post.id, true); }),
              not_allowed_to_post);
    PostPatch patch;
    patch.is_pinned = true;
    EXPECT_EQ(refusal([&] { t.posts.patch(t.store.actor(t.bob), post.id, patch); }), not_allowed_to_post);
    EXPECT_FALSE(t.stored(post.id).is_pinned) << "a patch is the author's, pinned or not";
    EXPECT_TRUE(t.posts.patch(t.store.actor(t.alice), post.id, patch).is_pinned);
}

TEST(Posts, AnEphemeralPostIsShownToOneAndStoredNowhere) {
    Talk t;
    auto in = Talk::draft(t.room, "psst");
    in.props["add_channel_member"] = json::object{};
    const auto post = t.posts.create_ephemeral(t.store.actor(t.store.admin()), t.bob.id, in);
    EXPECT_EQ(post.type, "system_ephemeral");
    EXPECT_FALSE(post.id.empty());
    EXPECT_TRUE(post.props.empty());
    ASSERT_EQ(t.whispers.size(), 1u);
    EXPECT_EQ(t.whispers[0].first, t.bob.id);
    EXPECT_EQ(t.number("select count(*) from posts"), 0);
    EXPECT_EQ(t.number("select count(*) from journal"), 0);
}

TEST(Posts, AcknowledgingCountsOnceAndCanBeTakenBack) {
    Talk t;
    auto in = Talk::draft(t.room, "read this");
    auto& priority = in.metadata.emplace().priority.emplace();
    priority.priority = std::string("urgent");
    priority.requested_ack = true;
    const auto post = t.put(t.alice, in);
    ASSERT_TRUE(post.metadata && post.metadata->priority);
    EXPECT_EQ(*post.metadata->priority->priority, "urgent");
    const auto ack = t.posts.acknowledge(t.bob.id, post.id);
    t.store.wait(50);
    EXPECT_EQ(t.posts.acknowledge(t.bob.id, post.id).acknowledged_at, ack.acknowledged_at);
    EXPECT_EQ(t.store.facts<AcknowledgementAdded>().size(), 1u);
    const auto shown = t.pages.get(post.id);
    ASSERT_TRUE(shown.metadata->acknowledgements);
    EXPECT_EQ(shown.metadata->acknowledgements->at(0).user_id, t.bob.id);
    EXPECT_GT(shown.update_at, post.update_at) << "else the tag of the post would not change";
    t.posts.unacknowledge(t.bob.id, post.id);
    t.posts.unacknowledge(t.bob.id, post.id);
    EXPECT_EQ(t.store.facts<AcknowledgementRemoved>().size(), 1u);
    EXPECT_FALSE(t.pages.get(post.id).metadata->acknowledgements);
    in.root_id = t.say(t.alice, "root").id;
    EXPECT_EQ(refused(t, t.alice, in), "api.post.post_priority.priority_post_not_allowed.app_error");
}

TEST(Posts, AReminderComesWhenItIsDueAndOnlyToThoseWhoMayStillRead) {
    Talk t;
    const auto post = t.say(t.alice, "later"), gone = t.say(t.alice, "gone");
    const auto due = t.store.now() / 1000 + 60;
    const auto guest = t.member("leaver");
    for (const auto& user : {t.bob.id, guest.id}) t.posts.set_reminder(user, post.id, due);
    t.posts.set_reminder(t.bob.id, gone.id, due);
    t.remove(t.alice, gone.id);
    t.store.db.transact(
        [&](storage::Tx& tx) { storage::ChannelMemberTable(tx).remove(t.room.id, guest.id, tx.now()); });
    t.store.gate.on_facts(
        {storage::fact_of(ChannelLeft{t.room.id, t.team.id, guest.id, guest.id}, t.store.now())});
    EXPECT_EQ(t.posts.send_reminders(), 0u);
    t.store.wait(61000);
    EXPECT_EQ(t.posts.send_reminders(), 3u);
    ASSERT_EQ(t.whispers.size(), 1u);
    EXPECT_EQ(t.whispers[0].first, t.bob.id);
    EXPECT_EQ(t.whispers[0].second.props.at("post_id").as_string(), post.id.text());
    EXPECT_EQ(t.posts.send_reminders(), 0u);
}

}  // namespace
}  // namespace concordat::messaging
