// What authors are told of where their messages have come.
#include "federation/stream/deliveries.hpp"

#include <gtest/gtest.h>

#include <mutex>

#include "storage/tables/federation.hpp"
#include "tests/federation/link/organisations.hpp"

namespace concordat::federation {
namespace {

struct Told : Pair {
    Told() { share(); }
    PartnerDelivery to_beta(const std::optional<UserId>& author = {}) {
        const auto all = Deliveries(a.store.db, a.own).of_channel(room.id, author);
        EXPECT_EQ(all.partners.size(), 1u);
        return all.partners.empty() ? PartnerDelivery() : all.partners[0];
    }
    bool has_come(const Post& post) {
        return becomes([&] { return to_beta().upto >= post.create_at; });
    }
};

TEST(Deliveries, AMessageWaitsUntilItIsOnThePartnersDisk) {
    Told t;
    const auto first = t.a.say(t.ana, t.room.id, "one");
    EXPECT_TRUE(t.has_come(first));
    EXPECT_EQ(t.to_beta().name, "beta");
    EXPECT_EQ(t.to_beta().refusals, 0);
    EXPECT_LE(Deliveries(t.a.store.db, t.a.own).of_channel(t.room.id).since, first.create_at);

    t.b.stop();
    t.a.store.wait(1000);
    const auto second = t.a.say(t.ana, t.room.id, "two");
    t.a.store.wait(1000);
    const auto third = t.a.say(t.ana, t.room.id, "three");
    std::this_thread::sleep_for(300ms);
    EXPECT_GE(t.to_beta().upto, first.create_at);
    EXPECT_LT(t.to_beta().upto, second.create_at);
    EXPECT_LT(t.to_beta().upto, third.create_at);
}

TEST(Deliveries, WhoReadsAlongAtThePartnerIsToldOfTheHome) {
    Told t;
    const auto post = t.b.say(t.bob, t.room.id, "from beta");
    Deliveries there(t.b.store.db, t.b.own);
    EXPECT_TRUE(becomes([&] {
        const auto all = there.of_channel(t.room.id);
        return all.partners.size() == 1 && all.partners[0].name == "alpha" &&
               all.partners[0].upto >= post.create_at;
    }));
}

TEST(Deliveries, ARefusalIsNamedToItsAuthorOnly) {
    Told t;
    auto policy = t.b.partners.by_name("alpha").policy;
    policy.read_only = true;
    t.b.partners.set_policy("alpha", policy);
    const auto post = t.a.say(t.ana, t.room.id, "unwanted");
    ASSERT_TRUE(becomes([&] { return t.to_beta(t.ana.id).refused.size() == 1; }));
    EXPECT_EQ(t.to_beta(t.ana.id).refused[0].post_id, post.id);
    EXPECT_EQ(t.to_beta(t.ana.id).refused[0].reason, "policy");
    EXPECT_GE(t.to_beta().refusals, 1);
    EXPECT_TRUE(t.to_beta().refused.empty());
    EXPECT_TRUE(t.to_beta(t.a.store.user("eva").id).refused.empty());
}

TEST(Deliveries, WindowsHearOfItInGroups) {
    Told t;
    ASSERT_TRUE(t.has_come(t.a.say(t.ana, t.room.id, "before")));
    std::this_thread::sleep_for(500ms);
    const auto told_before = t.a.told_of_delivery();
    std::optional<Post> last;
    for (int i = 0; i < 50; ++i) last = t.a.say(t.ana, t.room.id, "many");
    ASSERT_TRUE(t.has_come(*last));
    ASSERT_TRUE(becomes([&] { return t.a.told_of_delivery().size() > told_before.size(); }));
    std::this_thread::sleep_for(500ms);
    const auto told = t.a.told_of_delivery();
    EXPECT_LT(told.size() - told_before.size(), 50u);
    for (const auto& channel : told) EXPECT_EQ(channel, t.room.id);
}

TEST(Deliveries, OfAChannelThatIsNotSharedThereIsNothing) {
    Told t;
    const auto other = t.a.store.channel(t.a_team, "other");
    const auto all = Deliveries(t.a.store.db, t.a.own).of_channel(other.id, t.ana.id);
    EXPECT_EQ(all.since, 0);
    EXPECT_TRUE(all.partners.empty());
}

}  // namespace
}  // namespace concordat::federation
