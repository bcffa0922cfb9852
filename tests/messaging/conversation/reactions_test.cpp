#include "messaging/conversation/reactions.hpp"

#include <future>

#include "storage/database/database.hpp"
#include "tests/messaging/conversation/talk.hpp"

namespace concordat::messaging {
namespace {

Reaction with(const PostId& post, const std::string& emoji) {
    Reaction reaction;
    reaction.post_id = post;
    reaction.emoji_name = emoji;
    return reaction;
}

TEST(Reactions, AddingTwiceKeepsOneAndTellsOnce) {
    Talk t;
    const auto post = t.say(t.alice, "x");
    const auto added = t.reactions.add(t.store.actor(t.bob), with(post.id, "smile"));
    t.reactions.add(t.store.actor(t.bob), with(post.id, "smile"));
    EXPECT_EQ(added.user_id, t.bob.id);
    EXPECT_EQ(added.channel_id, t.room.id);
    EXPECT_EQ(t.reactions.of_post(post.id).size(), 1u);
    EXPECT_EQ(t.store.facts<ReactionAdded>().size(), 1u);
    const auto shown = t.pages.get(post.id);
    EXPECT_EQ(shown.has_reactions, true);
    EXPECT_GT(shown.update_at, post.update_at);
    EXPECT_EQ(shown.edit_at, 0);
    EXPECT_EQ(shown.metadata->reactions->at(0).emoji_name, "smile");
}

TEST(Reactions, AReactionTakenBackMayComeAgain) {
    Talk t;
    const auto post = t.say(t.alice, "x");
    auto mine = with(post.id, "smile");
    mine.user_id = t.bob.id;
    t.reactions.add(t.store.actor(t.bob), mine);
    t.reactions.remove(t.store.actor(t.bob), mine);
    t.reactions.remove(t.store.actor(t.bob), mine);
    EXPECT_TRUE(t.reactions.of_post(post.id).empty());
    EXPECT_FALSE(t.pages.get(post.id).has_reactions.has_value());
    EXPECT_EQ(t.store.facts<ReactionRemoved>().size(), 1u);
    t.reactions.add(t.store.actor(t.bob), mine);
    EXPECT_EQ(t.reactions.of_post(post.id).size(), 1u);
    EXPECT_EQ(t.store.facts<ReactionAdded>().size(), 2u);
}

TEST(Reactions, OneKindOfEmojiIsNotTwoForTheLimit) {
    Settings settings;
    settings.ServiceSettings.UniqueEmojiReactionLimitPerPost = 2;
    Talk t(settings);
    const auto post = t.say(t.alice, "x");
    for (const char* emoji : {"one", "two"}) t.reactions.add(t.store.actor(t.bob), with(post.id, emoji));
    EXPECT_EQ(refusal([&] { t.reactions.add(t.store.actor(t.bob), with(post.id, "three")); }),
              "app.reaction.save.save.too_many_reactions");
    t.reactions.add(t.store.actor(t.alice), with(post.id, "two"));
    EXPECT_EQ(t.reactions.of_post(post.id).size(), 3u);
}

TEST(Reactions, WhatIsNoNameNoPostOrAnArchivedChannelIsRefused) {
    Talk t;
    const auto post = t.say(t.alice, "x");
    for (const std::string name : {"", "with space", "ünicode", "a/b"})
        EXPECT_EQ(refusal([&] { t.reactions.add(t.store.actor(t.bob), with(post.id, name)); }),
                  "model.reaction.is_valid.emoji_name.app_error")
            << name;
    EXPECT_EQ(refusal([&] { t.reactions.add(t.store.actor(t.bob), with(post.id, std::string(65, 'a'))); }),
              "model.reaction.is_valid.emoji_name.app_error");
    EXPECT_EQ(refusal([&] { t.reactions.add(t.store.actor(t.bob), with(PostId::fresh(), "smile")); }),
              "app.post.get.app_error");
    auto others = with(post.id, "smile");
    others.user_id = t.alice.id;
    t.reactions.add(t.store.actor(t.alice), others);
    EXPECT_EQ(refusal([&] { t.reactions.remove(t.store.actor(t.bob), others); }),
              "api.context.permissions.app_error");
    t.remove(t.alice, post.id);
    EXPECT_EQ(refusal([&] { t.reactions.add(t.store.actor(t.bob), with(post.id, "smile")); }),
              "app.post.get.app_error");
}

TEST(Reactions, ManyAtOnceAreAllKept) {
    Talk t;
    const auto post = t.say(t.alice, "x");
    std::vector<std::future<void>> all;
    for (int i = 0; i < 12; ++i)
        all.push_back(std::async(std::launch::async, [&, i] {
            t.reactions.add(t.store.actor(i % 2 ? t.alice : t.bob),
                            with(post.id, "e" + std::to_string(i / 4)));
        }));
    for (auto& one : all) one.get();
    EXPECT_EQ(t.reactions.of_post(post.id).size(), 6u);
}

TEST(Reactions, OfSeveralPostsOnlyThoseTheReaderMayRead) {
    Talk t;
    const auto secret = t.store.channel(t.team, "secret", "P");
    t.store.add(t.alice, secret);
    const auto open = t.say(t.alice, "open"), bare = t.say(t.alice, "bare"),
               hidden = t.say(t.alice, secret, "hidden");
    for (const auto& id : {open.id, hidden.id}) t.reactions.add(t.store.actor(t.alice), with(id, "smile"));
    const auto seen =
        t.reactions.of_posts(t.store.actor(t.bob), {open.id, bare.id, hidden.id, PostId::fresh()});
    ASSERT_EQ(seen.size(), 2u);
    EXPECT_EQ(seen.at(open.id.text()).size(), 1u);
    EXPECT_TRUE(seen.at(bare.id.text()).empty());
}

}  // namespace
}  // namespace concordat::messaging
