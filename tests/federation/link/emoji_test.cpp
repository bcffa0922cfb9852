// Custom emoji between two nodes that are connected.
#include <gtest/gtest.h>

#include "federation/stream/partner_emoji.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/tables/emoji.hpp"
#include "tests/federation/link/organisations.hpp"

namespace concordat::federation {
namespace {

Emoji make_emoji(Org& org, const User& who, const std::string& name, std::uint32_t side = 40) {
    Emoji wanted;
    wanted.name = name;
    wanted.creator_id = who.id;
    auto actor = org.store.actor(who);
    actor.is_admin = true;
    actor.roles = {"system_user", "system_admin"};
    return org.custom_emoji.create(actor, wanted, messaging::sample_png(side, side));
}

bool has_emoji(Org& org, const std::string& name) {
    return org.store.db.read(
        [&](storage::Tx& tx) { return storage::EmojiTable(tx).by_name(name).has_value(); });
}

bool reads(Org& org, const PostId& id, const std::string& text) {
    return becomes([&] {
        const auto post = org.post(id);
        return post && post->message == text;
    });
}

Reaction with(const User& who, const Post& post, const std::string& emoji) {
    Reaction out;
    out.user_id = who.id;
    out.post_id = post.id;
    out.emoji_name = emoji;
    return out;
}

std::vector<std::string> reactions_at(Org& org, const PostId& id) {
    std::vector<std::string> out;
    for (const auto& reaction : org.reactions.of_post(id)) out.push_back(reaction.emoji_name);
    return out;
}

TEST(LinkEmoji, ShowTheirOwnPictureUnderANameThatTakesNobodys) {
    Pair p;
    const auto at_a = make_emoji(p.a, p.ana, "quayside", 40), at_b = make_emoji(p.b, p.bob, "quayside", 60);
    p.share();
    const auto post = p.a.say(p.ana, p.room.id, "see :quayside: and `:quayside:` and :smile:");
    ASSERT_TRUE(reads(p.b, post.id, "see :quayside-alpha: and `:quayside:` and :smile:"));
    EXPECT_TRUE(has_emoji(p.b, "quayside-alpha"));
    EXPECT_EQ(p.b.custom_emoji.by_name("quayside").id, at_b.id);
    EXPECT_NE(p.b.custom_emoji.image(p.b.custom_emoji.by_name("quayside-alpha").id).bytes,
              p.b.custom_emoji.image(at_b.id).bytes);
    EXPECT_EQ(p.b.custom_emoji.image(p.b.custom_emoji.by_name("quayside-alpha").id).bytes,
              p.a.custom_emoji.image(at_a.id).bytes);

    // Who uses it there uses this one.
    p.b.reactions.add(p.b.store.actor(p.bob), with(p.bob, post, "quayside-alpha"));
    EXPECT_TRUE(becomes([&] { return reactions_at(p.a, post.id) == std::vector<std::string>{"quayside"}; }));
    p.b.reactions.remove(p.b.store.actor(p.bob), with(p.bob, post, "quayside-alpha"));
    EXPECT_TRUE(becomes([&] { return reactions_at(p.a, post.id).empty(); }));
    const auto back = p.b.say(p.bob, p.room.id, ":quayside-alpha: or :quayside:");
    EXPECT_TRUE(reads(p.a, back.id, ":quayside: or :quayside-beta:"));

    // Removed at its origin, the word stays and shows nothing.
    auto admin = p.a.store.actor(p.ana);
    admin.is_admin = true;
    admin.roles = {"system_user", "system_admin"};
    p.a.custom_emoji.remove(admin, at_a.id);
    EXPECT_TRUE(becomes([&] { return !has_emoji(p.b, "quayside-alpha"); }));
    EXPECT_TRUE(has_emoji(p.b, "quayside"));
}

TEST(LinkEmoji, StayAtHomeWhenEitherPolicySaysSo) {
    Pair p;
    make_emoji(p.a, p.ana, "tidepool");
    make_emoji(p.a, p.ana, "oilskin");
    make_emoji(p.b, p.bob, "tidepool", 60);
    p.share();
    auto policy = p.b.partners.by_name("alpha").policy;
    policy.emoji = false;
    p.b.partners.set_policy("alpha", policy);
    const auto post = p.a.say(p.ana, p.room.id, "a :tidepool:");
    // Not the picture of bob's.
    ASSERT_TRUE(reads(p.b, post.id, "a :tidepool-alpha:"));
    EXPECT_FALSE(has_emoji(p.b, "tidepool-alpha"));
    EXPECT_TRUE(becomes([&] {
        const auto told = p.a.shares.refusals_of(p.b.own.id(), 10);
        return std::ranges::count(told, "emoji_off", &Refusal::code) == 1;
    }));
    policy.emoji = true;
    p.b.partners.set_policy("alpha", policy);
    auto own = p.a.partners.by_name("beta").policy;
    own.emoji = false;
    p.a.partners.set_policy("beta", own);
    const auto next = p.a.say(p.ana, p.room.id, "a :oilskin:");
    ASSERT_TRUE(reads(p.b, next.id, "a :oilskin-alpha:"));
    EXPECT_FALSE(has_emoji(p.b, "oilskin-alpha"));
}

TEST(LinkEmoji, WhatIsNoPictureIsRefused) {
    Pair p;
    p.share();
    p.b.say(p.bob, p.room.id, "here");
    EmojiBody body;
    body.emoji = EmojiId::fresh(1);
    body.name = "odd";
    const auto take = [&] { return p.b.emoji.take(p.a.own.id(), "alpha", p.bob.id, body); };
    body.picture = storage::base64("no picture at all");
    EXPECT_EQ(take(), "api.emoji.upload.image.app_error");
    body.picture = storage::base64(std::string((512 << 10) + 1, 'x'));
    EXPECT_EQ(take(), "api.emoji.create.too_large.app_error");
    body.picture = "***";
    EXPECT_EQ(take(), "body");
    body.picture.reset();
    EXPECT_EQ(take(), "origin.refused");
    body.name = "not a name";
    EXPECT_EQ(take(), "body");
    body.name = "odd";
    body.picture = storage::base64(messaging::sample_png(32, 32));
    EXPECT_EQ(take(), "");
    EXPECT_TRUE(has_emoji(p.b, "odd-alpha"));
}

}  // namespace
}  // namespace concordat::federation
