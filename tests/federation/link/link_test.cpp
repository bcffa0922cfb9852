#include "federation/link/link.hpp"

#include <gtest/gtest.h>

#include "storage/crypto/digest.hpp"
#include "storage/tables/reactions.hpp"
#include "tests/federation/link/organisations.hpp"
#include "tests/support/refusal.hpp"

namespace concordat::federation {
namespace {

using test::refusal;

TEST(Link, TwoOrganisationsPairAndTalkBothWays) {
    Pair p;
    p.share();
    const auto root = p.a.say(p.ana, p.room.id, "good morning");
    ASSERT_TRUE(becomes([&] { return p.b.post(root.id).has_value(); }));
    const auto there = *p.b.post(root.id);
    EXPECT_EQ(there.message, "good morning");
    EXPECT_EQ(there.create_at, root.create_at);
    const auto author =
        p.b.store.db.read([&](storage::Tx& tx) { return *storage::UserTable(tx).find(there.user_id); });
    EXPECT_EQ(author.username, "ana:alpha");
    EXPECT_EQ(author.remote_id, p.a.own.id().text());
    const auto reply = p.b.say(p.bob, p.room.id, "good morning to you", root.id);
    ASSERT_TRUE(becomes([&] { return p.a.post(reply.id).has_value(); }));
    EXPECT_EQ(p.a.post(reply.id)->root_id, root.id);
    EXPECT_EQ(p.a.post(root.id)->reply_count, 1);

    Reaction thumb;
    thumb.post_id = root.id;
    thumb.user_id = p.bob.id;
    thumb.emoji_name = "thumbsup";
    p.b.reactions.add(p.b.store.actor(p.bob), thumb);
    EXPECT_TRUE(becomes([&] { return p.a.reactions.of_post(root.id).size() == 1; }));
    p.b.reactions.remove(p.b.store.actor(p.bob), thumb);
    EXPECT_TRUE(becomes([&] { return p.a.reactions.of_post(root.id).empty(); }));

    p.a.posts.patch(p.a.store.actor(p.ana), root.id, {std::nullopt, "good evening", {}, {}, {}});
    EXPECT_TRUE(becomes([&] { return p.b.post(root.id)->message == "good evening"; }));
    p.b.posts.remove(p.b.store.actor(p.bob), reply.id);
    EXPECT_TRUE(becomes([&] { return p.a.post(reply.id)->delete_at > 0; }));
}

TEST(Link, SuspendedHearsNothingAndCatchesUpAndRevokedIsGone) {
    Pair p;
    p.share();
    p.a.partners.suspend("beta", "an audit");
    ASSERT_TRUE(becomes([&] { return !Pair::is_up(p.a) && !Pair::is_up(p.b); }, 2s));
    const auto there = p.b.say(p.bob, p.room.id, "while apart");
    const auto here = p.a.say(p.ana, p.room.id, "while apart");
    // It is refused when it comes again, and told no reason.
    EXPECT_TRUE(becomes([&] { return p.b.link.status()[0].trouble == "it refuses: refused"; }));
    EXPECT_FALSE(p.a.post(there.id));
    p.a.partners.resume("beta");
    p.b.link.partner_changed(p.a.own.id());
    EXPECT_TRUE(becomes([&] { return p.a.post(there.id) && p.b.post(here.id); }));

    p.a.partners.revoke("beta", "a breach");
    p.a.shares.forget_revoked(p.b.own.id());
    EXPECT_TRUE(becomes([&] { return !Pair::is_up(p.a) && !Pair::is_up(p.b); }, 2s));
    EXPECT_EQ(p.a.shares.all()[0].state, "ended");
    p.b.link.partner_changed(p.a.own.id());
    const auto late = p.b.say(p.bob, p.room.id, "too late");
    EXPECT_FALSE(becomes([&] { return p.a.post(late.id).has_value(); }, 1s));
}

TEST(Link, WhatIsRefusedWhileApartIsToldAfterwards) {
    Pair p;
    p.share();
    const auto next = [&](Org& org) -> std::int64_t {
        for (const auto& s : org.shares.streams_of(p.room.id))
            if (s.origin == p.a.own.id()) return s.next_seq;
        return 0;
    };
    ASSERT_TRUE(becomes([&] { return next(p.a) > 1 && next(p.b) == next(p.a); }));
    p.b.applier.stop();
    PartnerPolicy silent;
    silent.read_only = true;
    p.b.partners.set_policy("alpha", silent);
    const auto before = next(p.b);
    const auto post = p.a.say(p.ana, p.room.id, "hello");
    ASSERT_TRUE(becomes([&] { return next(p.b) > before; }));
    p.a.partners.suspend("beta", "");
    ASSERT_TRUE(becomes([&] { return !Pair::is_up(p.a) && !Pair::is_up(p.b); }));
    Applier late(p.b.store.db, p.b.own, p.b.posts, p.b.reactions, p.b.files, p.b.conversations, p.b.emoji);
    while (late.apply()) continue;
    EXPECT_FALSE(p.b.post(post.id));
    EXPECT_TRUE(p.a.shares.refusals_of(p.b.own.id(), 10).empty());
    p.a.partners.resume("beta");
    p.b.link.partner_changed(p.a.own.id());
    EXPECT_TRUE(becomes([&] {
        const auto told = p.a.shares.refusals_of(p.b.own.id(), 10);
        return !told.empty() && told[0].code == "policy";
    }));
}

TEST(Link, NothingIsSaidBeforeBothHaveConfirmedAndStrangersAreRefused) {
    Org a("Alpha Ltd", true), b("Beta SA"), stranger("Gamma");
    a.start();
    b.start();
    stranger.start();
    b.partners.accept(a.partners.invite({"beta"}, 24).word, {"alpha"});
    ASSERT_TRUE(becomes([&] { return !a.partners.all().empty(); }));
    a.partners.confirm("beta", a.partners.number_of(a.partners.by_name("beta")));
    EXPECT_TRUE(becomes([&] {
        const auto all = b.link.status();
        return !all.empty() && all[0].trouble == "the check number waits to be confirmed here";
    }));
    EXPECT_FALSE(Pair::is_up(b));
    // With an invitation that its owner has used.
    Organisation& own = a.own;
    InvitationText text{1,
                        "Alpha Ltd",
                        storage::base64(own.public_key()),
                        own.address(),
                        AnyId::fresh(1),
                        storage::base64(std::string(16, 't')),
                        a.store.db.now() + 60000,
                        {}};
    stranger.partners.accept(encode_invitation(own.key(), text), {"alpha"});
    EXPECT_TRUE(becomes([&] {
        const auto all = stranger.link.status();
        return !all.empty() && !all[0].trouble.empty();
    }));
    EXPECT_EQ(a.partners.all().size(), 1u);
}

TEST(Link, APartnerThatAsksAndDoesNotListenIsLetGo) {
    Rude r;
    r.node.connect();
    ASSERT_TRUE(becomes([&] { return Pair::is_up(r.a); }));
    std::string many;
    for (int i = 0; i < 1000; ++i) many += frame_of(FrameType::ping, Ping{1});
    // Until the buffers of the network are full, too.
    EXPECT_ANY_THROW({
        for (int i = 0; i < 2000; ++i) r.node.send(many);
    });
    EXPECT_TRUE(r.ends_with("it does not read what it is sent"));
}

TEST(Link, APartnerRefusesOnlyWhatItWasSent) {
    Rude r;
    r.node.connect();
    r.node.send(frame_of(FrameType::refused, Refused{r.a.own.id(), ChannelId::fresh(1), 5, "authority"}));
    r.node.send(frame_of(FrameType::refused, Refused{r.b.own.id(), r.pair.room.id, 1, "authority"}));
    r.node.send(frame_of(FrameType::ping, Ping{1}));
    r.node.next(FrameType::pong);
    EXPECT_TRUE(r.a.shares.refusals_of(r.b.own.id(), 10).empty());
}

TEST(Link, APartnerThatBreaksTheProtocolIsLetGo) {
    Rude r;
    r.node.connect();
    ASSERT_TRUE(becomes([&] { return Pair::is_up(r.a); }));
    r.node.send(frame_of(FrameType::hello_ok, HelloOk{true}));
    EXPECT_TRUE(r.ends_with("a hello in the middle of a session"));
}

TEST(Link, AnotherMayNotUseTheProofOfAConnection) {
    Rude r;
    r.node.stream.next_layer().connect({asio::ip::make_address("127.0.0.1"), r.a.link.port()});
    r.node.stream.handshake(asio::ssl::stream_base::client);
    auto hello = r.b.partners.hello({r.a.own.public_key(), r.a.own.keys()}, r.b.own.key(),
                                    std::string(32, 'x'), End::dialler);
    r.node.send(frame_of(FrameType::hello, hello));
    r.node.reader.set_limit(longest_frame);
    EXPECT_EQ(r.node.next(FrameType::error).type, FrameType::error);
    EXPECT_FALSE(Pair::is_up(r.a));
}

TEST(Link, ANodeThatForgotWhatItSaidTellsThatPartnerNothingMore) {
    Rude r;
    const auto& ana = r.pair.ana;
    const auto& room = r.pair.room;
    r.a.store.add(ana, room, true);
    r.a.shares.share(r.a.store.actor(ana), room.id, "beta");
    // All that sharing says is said, so that one batch holds it.
    const auto said = [&] {
        const auto streams = r.a.shares.streams_of(room.id);
        return streams.empty() ? 0 : streams[0].next_seq;
    };
    std::int64_t before = 0;
    ASSERT_TRUE(becomes([&] {
        const auto now = said();
        const bool is_settled = now > 1 && now == std::exchange(before, now);
        std::this_thread::sleep_for(300ms);
        return is_settled;
    }));
    r.node.connect();
    r.node.next(FrameType::shares);
    Wants wants;
    wants.streams.push_back({r.a.own.id(), room.id, 1, std::string(64, '0')});
    r.node.send(frame_of(FrameType::wants, wants));
    r.node.next(FrameType::batch);
    // It has more than there is; and it has something else.
    for (const auto& [next, head] : {std::pair{1000, std::string(64, 'a')}, {2, std::string(64, 'a')}}) {
        wants.streams[0].next = next;
        wants.streams[0].head = head;
        wants.again = true;
        r.node.send(frame_of(FrameType::wants, wants));
    }
    r.a.say(ana, room.id, "a new history");
    r.node.send(frame_of(FrameType::ping, Ping{1}));
    const auto after = r.node.next();
    EXPECT_EQ(after.type, FrameType::pong);
    std::this_thread::sleep_for(300ms);
    r.node.send(frame_of(FrameType::ping, Ping{2}));
    EXPECT_EQ(r.node.next().type, FrameType::pong);
}

}  // namespace
}  // namespace concordat::federation
