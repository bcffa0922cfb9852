#include "web/socket/roster.hpp"

#include <gtest/gtest.h>

namespace concordat::web {
namespace {

class RosterTest : public ::testing::Test {
protected:
    Subscriber& enter(const UserId& user) {
        auto& subscriber = *subscribers_.emplace_back(std::make_unique<Subscriber>(limits_));
        subscriber.id = ConnectionId::fresh();
        subscriber.session.user_id = user;
        roster_.enter(subscriber);
        return subscriber;
    }
    void change(RosterChange::Kind kind, const UserId& user, const ChannelId& place) {
        roster_.apply({kind, user, place.bytes()});
    }
    std::size_t size(const ChannelId& channel) const {
        const auto* members = roster_.in_channel(channel);
        return members ? members->size() : 0;
    }

    BacklogLimits limits_;
    Roster roster_;
    std::vector<std::unique_ptr<Subscriber>> subscribers_;
    const UserId anna_ = UserId::fresh(), bert_ = UserId::fresh();
    const ChannelId town_ = ChannelId::fresh(), off_topic_ = ChannelId::fresh();
    using Kind = RosterChange::Kind;
};

TEST_F(RosterTest, HasOneMemberForAllConnectionsOfAUser) {
    auto& one = enter(anna_);
    auto& two = enter(anna_);
    change(Kind::joined_channel, anna_, town_);
    EXPECT_EQ(one.member, two.member);
    EXPECT_EQ(size(town_), 1u);
    roster_.leave(one);
    EXPECT_EQ(size(town_), 1u);
    roster_.leave(two);
    EXPECT_EQ(size(town_), 0u);
    EXPECT_EQ(roster_.find(anna_), nullptr);
}

TEST_F(RosterTest, JoinsOnceAndLeavesOnce) {
    auto& one = enter(anna_);
    change(Kind::joined_channel, anna_, town_);
    change(Kind::joined_channel, anna_, town_);
    EXPECT_EQ(size(town_), 1u);
    change(Kind::left_channel, anna_, town_);
    change(Kind::left_channel, anna_, town_);
    EXPECT_EQ(size(town_), 0u);
    EXPECT_FALSE(one.member->is_in(town_));
}

TEST_F(RosterTest, ReplaysChangesThatCameWhileLoading) {
    auto& one = enter(anna_);
    roster_.begin_load(one);
    change(Kind::joined_channel, anna_, off_topic_);  // not in the snapshot
    change(Kind::left_channel, anna_, town_);         // still in it
    roster_.apply({Kind::role, anna_, {}, true, false});
    roster_.end_load(one, {{town_}, {}, false, true});
    EXPECT_EQ(size(off_topic_), 1u);
    EXPECT_EQ(size(town_), 0u);
    EXPECT_TRUE(one.member->is_admin);
    EXPECT_FALSE(one.member->is_guest);
}

TEST_F(RosterTest, ReplaysAChannelThatVanishedWhileLoading) {
    auto& one = enter(anna_);
    roster_.begin_load(one);
    roster_.apply({Kind::channel_gone, {}, town_.bytes()});
    roster_.end_load(one, {{town_, off_topic_}, {}});
    EXPECT_EQ(size(town_), 0u);
    EXPECT_EQ(size(off_topic_), 1u);
}

TEST_F(RosterTest, LoadsTwiceAtOnceForTwoConnections) {
    auto& one = enter(anna_);
    roster_.begin_load(one);
    change(Kind::joined_channel, anna_, town_);
    auto& two = enter(anna_);
    roster_.begin_load(two);
    change(Kind::left_channel, anna_, town_);
    roster_.end_load(two, {{town_}, {}});  // sees the first change, not the second
    EXPECT_EQ(size(town_), 0u);
    roster_.end_load(one, {{}, {}});  // sees neither
    EXPECT_EQ(size(town_), 0u);
    EXPECT_TRUE(one.member->since_load.empty());
}

TEST_F(RosterTest, ForgetsALoadWhoseConnectionLeft) {
    auto& one = enter(anna_);
    auto& two = enter(anna_);
    roster_.begin_load(one);
    roster_.leave(one);
    EXPECT_EQ(two.member->loads, 0u);
    change(Kind::joined_channel, anna_, town_);
    EXPECT_TRUE(two.member->since_load.empty());
    EXPECT_EQ(size(town_), 1u);
}

TEST_F(RosterTest, TakesAChannelAwayFromEverybody) {
    enter(anna_);
    enter(bert_);
    change(Kind::joined_channel, anna_, town_);
    change(Kind::joined_channel, bert_, town_);
    change(Kind::joined_channel, bert_, off_topic_);
    roster_.apply({Kind::channel_gone, {}, town_.bytes()});
    EXPECT_EQ(size(town_), 0u);
    EXPECT_EQ(size(off_topic_), 1u);
    EXPECT_FALSE(roster_.find(anna_)->is_in(town_));
}

TEST_F(RosterTest, IgnoresUsersThatAreNotConnected) {
    change(Kind::joined_channel, anna_, town_);
    EXPECT_EQ(size(town_), 0u);
}

TEST_F(RosterTest, FindsCommonChannels) {
    auto& one = enter(anna_);
    change(Kind::joined_channel, anna_, town_);
    std::vector<ChannelId> some{town_, off_topic_, ChannelId::fresh()};
    std::sort(some.begin(), some.end());
    EXPECT_TRUE(one.member->is_in_any(some));
    EXPECT_FALSE(one.member->is_in_any({off_topic_}));
    EXPECT_FALSE(one.member->is_in_any({}));
}

}  // namespace
}  // namespace concordat::web
