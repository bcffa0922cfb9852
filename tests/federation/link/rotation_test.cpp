// An organisation changes its key while its partners are there, away, and behind another one.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/federation/link/organisations.hpp"
#include "tests/support/refusal.hpp"

namespace concordat::federation {
namespace {

std::size_t changes_known(Org& org, const OrganisationId& of) {
    return org.partners.keys_of(of).changes().size();
}

bool arrives(Org& org, const Post& post) {
    return becomes([&] { return org.post(post.id).has_value(); });
}

std::uint64_t refused_in(Org& org) {
    return org.metrics
        .counter("concordat_federation_refused_total", "Connections between nodes that were refused.")
        .value();
}

std::size_t recorded(Org& org, const std::string& rule) {
    identity::DecisionQuery query;
    query.rule = rule;
    return org.decisions.list(query).size();
}

TEST(Rotation, UnderLoadNothingIsLostAndNothingRefused) {
    Pair p;
    p.share();
    std::vector<PostId> said_at_a, said_at_b;
    const auto until = std::chrono::steady_clock::now() + 5s;
    std::thread at_b([&] {
        while (std::chrono::steady_clock::now() < until) {
            said_at_b.push_back(p.b.say(p.bob, p.room.id, "from beta").id);
            std::this_thread::sleep_for(20ms);
        }
    });
    int turn = 0;
    while (std::chrono::steady_clock::now() < until) {
        said_at_a.push_back(p.a.say(p.ana, p.room.id, "from alpha").id);
        std::this_thread::sleep_for(20ms);
        if (++turn % 10 == 0) p.a.link.keys_changed();  // another certificate of the same key
        if (turn == 30) p.a.rotation.rotate(7);
        if (turn == 60) p.b.rotation.rotate(1);
    }
    at_b.join();
    for (const auto& id : said_at_a) EXPECT_TRUE(becomes([&] { return p.b.post(id).has_value(); }));
    for (const auto& id : said_at_b) EXPECT_TRUE(becomes([&] { return p.a.post(id).has_value(); }));
    EXPECT_GT(said_at_a.size(), 60u);
    EXPECT_EQ(changes_known(p.b, p.a.own.id()), 1u);
    EXPECT_EQ(changes_known(p.a, p.b.own.id()), 1u);
    EXPECT_EQ(refused_in(p.a) + refused_in(p.b), 0u);
    EXPECT_TRUE(p.a.shares.refusals_of(p.b.own.id(), 10).empty());
    EXPECT_TRUE(p.b.shares.refusals_of(p.a.own.id(), 10).empty());
    // Both sides have it written down.
    EXPECT_EQ(recorded(p.a, "federation.key_changed"), 2u);
    EXPECT_EQ(recorded(p.b, "federation.key_changed"), 2u);
}

TEST(Rotation, WhoWasAwayLearnsItFromTheCertificate) {
    Pair p;
    p.share();
    const auto number = p.a.partners.number_of(p.a.partners.by_name("beta"));
    p.b.partners.suspend("alpha", "an audit");
    ASSERT_TRUE(becomes([&] { return !Pair::is_up(p.a) && !Pair::is_up(p.b); }));
    const auto before = p.a.say(p.ana, p.room.id, "with the first key");
    p.a.rotation.rotate(1);
    p.a.rotation.abort();
    p.a.rotation.rotate(1, p.a.store.db.now());  // bad only from now on
    const auto after = p.a.say(p.ana, p.room.id, "with the third");
    p.b.partners.resume("alpha");
    EXPECT_TRUE(arrives(p.b, before));
    EXPECT_TRUE(arrives(p.b, after));
    EXPECT_EQ(changes_known(p.b, p.a.own.id()), 3u);
    EXPECT_NE(p.a.partners.number_of(p.a.partners.by_name("beta")), number);
    EXPECT_EQ(p.a.partners.number_of(p.a.partners.by_name("beta")),
              p.b.partners.number_of(p.b.partners.by_name("alpha")));
}

TEST(Rotation, ASessionOfAKeyThatIsBadEnds) {
    Pair p;
    p.share();
    const auto since = p.a.link.status()[0].since;
    p.a.rotation.rotate(7, p.a.store.db.now());
    EXPECT_TRUE(becomes([&] {
        const auto all = p.a.link.status();
        return all[0].is_up && all[0].since > since;
    }));
    EXPECT_TRUE(arrives(p.b, p.a.say(p.ana, p.room.id, "with a good one")));
    EXPECT_TRUE(arrives(p.a, p.b.say(p.bob, p.room.id, "heard")));
}

TEST(Rotation, ThirdOrganisationsLearnItFromTheHome) {
    Pair p;
    p.share();
    Org c{"Gamma AG"};
    c.start();
    c.partners.accept(p.a.partners.invite({"gamma"}, 24).word, {"alpha"});
    ASSERT_TRUE(becomes([&] { return p.a.partners.all().size() == 2; }));
    const auto number = p.a.partners.number_of(p.a.partners.by_name("gamma"));
    p.a.partners.confirm("gamma", number);
    c.partners.confirm("alpha", number);
    p.a.shares.share(p.a.store.actor(p.ana), p.room.id, "gamma");
    ASSERT_TRUE(becomes([&] { return c.shares.all().size() == 1; }));
    const auto cleo = c.store.user("cleo");
    c.shares.join(c.store.actor(cleo), p.room.id, c.store.team("three").id, "");
    EXPECT_TRUE(arrives(c, p.b.say(p.bob, p.room.id, "with the first key")));
    p.b.rotation.rotate(7);
    EXPECT_TRUE(arrives(c, p.b.say(p.bob, p.room.id, "with the second")));
    EXPECT_EQ(changes_known(c, p.b.own.id()), 1u);
    // And who comes later is told at once.
    p.b.rotation.rotate(7, p.b.store.db.now());
    const auto last = p.b.say(p.bob, p.room.id, "with the third");
    EXPECT_TRUE(arrives(c, last));
    c.stop();
}

TEST(Rotation, WhoPairsAfterwardsIsNotSurprised) {
    Org a{"Alpha Ltd", true}, b{"Beta SA"};
    a.rotation.rotate(7);
    b.rotation.rotate(7);
    a.start();
    b.start();
    b.partners.accept(a.partners.invite({"beta"}, 24).word, {"alpha"});
    ASSERT_TRUE(becomes([&] { return !a.partners.all().empty(); }));
    const auto number = a.partners.number_of(a.partners.by_name("beta"));
    EXPECT_EQ(number, b.partners.number_of(b.partners.by_name("alpha")));
    a.partners.confirm("beta", number);
    b.partners.confirm("alpha", number);
    EXPECT_TRUE(becomes([&] { return Pair::is_up(a) && Pair::is_up(b); }));
}

TEST(Rotation, KeysThatAreNotOnesEndTheSessionAndOfOthersAreNotTaken) {
    Rude r;
    r.node.connect();
    const auto stranger = storage::SigningKey::fresh().public_key();
    r.node.send(
        encode({FrameType::keys, {json_text(Keys{organisation_of(stranger)}), KeyChain(stranger).encode()}}));
    r.node.send(frame_of(FrameType::ping, Ping{1}));
    r.node.next(FrameType::pong);
    EXPECT_TRUE(r.a.partners.keys_of(organisation_of(stranger)).empty());
    r.node.send(encode({FrameType::keys, {json_text(Keys{r.b.own.id()}), KeyChain(stranger).encode()}}));
    EXPECT_TRUE(r.ends_with("keys of somebody else"));
}

TEST(Rotation, AnotherHistoryOfKeysEndsTheSessionAndIsRecorded) {
    Rude r;
    const auto first = r.b.own.key();
    r.b.rotation.rotate(7);
    r.node.connect();  // with the first key, in the overlap
    const auto other = storage::SigningKey::fresh();
    const auto tell = [&](const KeyChain& keys) {
        r.node.send(encode({FrameType::keys, {json_text(Keys{keys.organisation()}), keys.encode()}}));
    };
    tell(r.b.own.keys());
    ASSERT_TRUE(becomes([&] { return changes_known(r.a, r.b.own.id()) == 1; }));
    KeyChange change;
    change.organisation = r.b.own.id();
    change.number = 1;
    change.old_key = storage::base64(first.public_key());
    change.new_key = storage::base64(other.public_key());
    change.at = r.b.store.db.now();
    change.old_until = change.at;
    KeyChain forged(first.public_key());
    forged.add(sign_key_change(change, first, other));
    tell(forged);
    EXPECT_TRUE(becomes([&] { return !Pair::is_up(r.a); }));
    EXPECT_EQ(recorded(r.a, "federation.key_conflict"), 1u);
    EXPECT_EQ(r.a.partners.keys_of(r.b.own.id()).key(), r.b.own.public_key());
}

}  // namespace
}  // namespace concordat::federation
