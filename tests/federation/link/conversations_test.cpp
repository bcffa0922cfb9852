// Direct and group messages between people of different organisations.
#include "federation/stream/conversations.hpp"

#include <gtest/gtest.h>

#include "messaging/conversation/names.hpp"
#include "storage/tables/federation.hpp"
#include "tests/federation/link/organisations.hpp"
#include "tests/support/refusal.hpp"

namespace concordat::federation {
namespace {

void allow(Org& org, const std::string& partner, bool is_allowed = true) {
    auto policy = org.partners.by_name(partner).policy;
    policy.direct = is_allowed;
    org.partners.set_policy(partner, policy);
}

bool is_told(Org& org, const std::string& partner, bool is_allowed = true) {
    return becomes([&] { return org.partners.by_name(partner).told.direct == is_allowed; });
}

bool knows(Org& org, const User& user) {
    return becomes([&] {
        return org.store.db.read(
            [&](storage::Tx& tx) { return storage::UserTable(tx).find(user.id).has_value(); });
    });
}

std::optional<Share> share_of(Org& org, const ChannelId& id) {
    return org.store.db.read([&](storage::Tx& tx) { return storage::ShareTable(tx).find(id); });
}

std::vector<UserId> members_of(Org& org, const ChannelId& id) {
    return org.store.db.read([&](storage::Tx& tx) { return storage::ChannelMemberTable(tx).user_ids(id); });
}

bool has(Org& org, const Post& post) {
    return becomes([&] { return org.post(post.id).has_value(); });
}

// Ana at alpha and bob at beta, who know each other from a channel.
struct Friends : Pair {
    explicit Friends(bool are_allowed = true) {
        share();
        b.say(bob, room.id, "I am here");
        EXPECT_TRUE(knows(a, bob));
        EXPECT_TRUE(knows(b, ana));
        if (!are_allowed) return;
        allow(a, "beta");
        allow(b, "alpha");
        EXPECT_TRUE(is_told(a, "beta"));
        EXPECT_TRUE(is_told(b, "alpha"));
    }
    User bob_at_a() {
        return a.store.db.read([&](storage::Tx& tx) { return *storage::UserTable(tx).find(bob.id); });
    }
    Channel at_a() { return a.direct.direct(a.store.actor(ana), {ana.id, bob.id}); }
    Channel at_b() { return b.direct.direct(b.store.actor(bob), {bob.id, ana.id}); }
};

TEST(Conversations, OneComesUpWithItsFirstMessageAndGoesBothWays) {
    Friends f;
    const auto channel = f.at_a();
    EXPECT_EQ(channel.id, conversation_id("D", channel.name));
    EXPECT_EQ(f.at_a().id, channel.id);
    std::this_thread::sleep_for(300ms);
    EXPECT_FALSE(share_of(f.b, channel.id)) << "nobody hears of what was not said";

    const auto first = f.a.say(f.ana, channel.id, "hello");
    ASSERT_TRUE(has(f.b, first));
    EXPECT_EQ(f.b.post(first.id)->message, "hello");
    EXPECT_EQ(f.b.post(first.id)->channel_id, channel.id);
    EXPECT_EQ(members_of(f.b, channel.id).size(), 2u);
    EXPECT_TRUE(f.b.store.gate.is_member(f.bob.id, channel.id));
    EXPECT_EQ(f.b.store.gate.place(channel.id)->name, channel.name);
    EXPECT_EQ(f.at_b().id, channel.id) << "who begins it there gets this one";
    EXPECT_EQ(f.b.store.facts<DirectCreated>().size(), 1u);

    const auto second = f.b.say(f.bob, channel.id, "hello, too", first.id);
    ASSERT_TRUE(has(f.a, second));
    EXPECT_EQ(f.a.post(second.id)->root_id, first.id);
    Reaction reaction;
    reaction.user_id = f.ana.id;
    reaction.post_id = second.id;
    reaction.emoji_name = "wave";
    f.a.reactions.add(f.a.store.actor(f.ana), reaction);
    EXPECT_TRUE(becomes([&] { return f.b.reactions.of_post(second.id).size() == 1; }));
    f.a.posts.remove(f.a.store.actor(f.ana), first.id);
    EXPECT_TRUE(becomes([&] { return f.b.post(first.id)->delete_at > 0; }));
}

TEST(Conversations, WhenBothBeginAtOnceItIsOne) {
    Friends f;
    const auto one = f.at_a(), other = f.at_b();
    EXPECT_EQ(one.id, other.id);
    EXPECT_TRUE(share_of(f.a, one.id)->is_home && share_of(f.b, one.id)->is_home);
    const auto from_a = f.a.say(f.ana, one.id, "me first"), from_b = f.b.say(f.bob, one.id, "no, me");
    EXPECT_TRUE(has(f.b, from_a));
    EXPECT_TRUE(has(f.a, from_b));
    const bool is_a = f.a.own.id() < f.b.own.id();
    EXPECT_TRUE(becomes(
        [&] { return share_of(f.a, one.id)->is_home == is_a && share_of(f.b, one.id)->is_home == !is_a; }));
    const auto later = f.a.say(f.ana, one.id, "and now?"), answer = f.b.say(f.bob, one.id, "now, too");
    EXPECT_TRUE(has(f.b, later));
    EXPECT_TRUE(has(f.a, answer));
}

TEST(Conversations, NothingPassesUnlessBothAllowIt) {
    Friends f(false);
    EXPECT_EQ(test::refusal([&] { f.at_a(); }), "federation.direct.off_here");
    allow(f.a, "beta");
    ASSERT_TRUE(is_told(f.b, "alpha"));
    EXPECT_EQ(test::refusal([&] { f.at_a(); }), "federation.direct.off_there");
    EXPECT_EQ(test::refusal([&] { f.at_b(); }), "federation.direct.off_here");
    EXPECT_FALSE(f.a.conversations.may_begin(f.ana, f.bob_at_a()));
    allow(f.b, "alpha");
    ASSERT_TRUE(is_told(f.a, "beta"));
    EXPECT_TRUE(f.a.conversations.may_begin(f.ana, f.bob_at_a()));

    const auto channel = f.at_a();
    ASSERT_TRUE(has(f.b, f.a.say(f.ana, channel.id, "hello")));
    const auto answer = f.b.say(f.bob, channel.id, "hello, too");
    ASSERT_TRUE(has(f.a, answer));

    allow(f.b, "alpha", false);
    ASSERT_TRUE(is_told(f.a, "beta", false));
    EXPECT_EQ(test::refusal([&] { f.a.say(f.ana, channel.id, "are you there?"); }),
              "federation.direct.off_there");
    EXPECT_EQ(test::refusal([&] { f.b.say(f.bob, channel.id, "no"); }), "federation.direct.off_here");
    f.b.posts.remove(f.b.store.actor(f.bob), answer.id);
    std::this_thread::sleep_for(500ms);
    EXPECT_EQ(f.a.post(answer.id)->delete_at, 0) << "nothing leaves";
    allow(f.b, "alpha");
    EXPECT_TRUE(becomes([&] { return f.a.post(answer.id)->delete_at > 0; }));
    EXPECT_TRUE(has(f.b, f.a.say(f.ana, channel.id, "again")));
}

TEST(Conversations, WhoIsNotThereIsRefusedWithAReason) {
    Friends f;
    f.b.store.db.transact([&](storage::Tx& tx) {
        auto bob = *storage::UserTable(tx).find(f.bob.id);
        bob.delete_at = tx.now();
        storage::UserTable(tx).update(bob);
    });
    const auto channel = f.at_a();
    const auto first = f.a.say(f.ana, channel.id, "hello");
    ASSERT_TRUE(becomes([&] {
        const auto all = f.a.shares.partners_of(channel.id);
        return all.size() == 1 && all[0].reason == "deactivated";
    }));
    EXPECT_EQ(test::refusal([&] { f.a.say(f.ana, channel.id, "hello?"); }), "federation.direct.refused");
    EXPECT_FALSE(f.b.post(first.id));
    EXPECT_TRUE(members_of(f.b, channel.id).empty());
}

TEST(Conversations, MembersOfTheSameTeamOnlyAreThoseOfOneChannel) {
    Friends f;
    const auto outsider = f.a.store.user("eva");
    auto settings = f.a.store.settings.current();
    auto restricted = *settings;
    restricted.TeamSettings.RestrictDirectMessage = "team";
    f.a.store.settings.replace(restricted);
    EXPECT_EQ(test::refusal([&] {
                  f.a.direct.direct(f.a.store.actor(outsider), {outsider.id, f.bob.id});
              }),
              "api.channel.create_channel.direct_channel.team_restricted_error.app_error");
    // That he is in the channel comes after who he is.
    EXPECT_TRUE(becomes([&] { return test::refusal([&] { f.at_a(); }).empty(); }));
}

TEST(Conversations, AnOfferIsTakenOnlyWhenEverythingInItFits) {
    Friends f;
    const auto alpha = f.b.partners.by_name("alpha");
    const auto own = f.a.own.id(), there = f.b.own.id();
    const auto other = f.b.store.user("carl");
    const auto offer = [&](std::vector<SharePerson> people, const std::string& type = "D",
                           std::optional<ChannelId> id = {}) {
        SharedChannel said;
        std::vector<UserId> ids;
        for (const auto& person : people) ids.push_back(person.user);
        said.details.type = type;
        said.details.name = type == "D" ? messaging::direct_channel_name(ids.front(), ids.back())
                                        : messaging::group_channel_name(ids);
        said.details.people = std::move(people);
        said.channel = id.value_or(conversation_id(type, said.details.name));
        ShareList list;
        list.direct = true;
        list.channels.push_back(said);
        const auto declined = f.b.shares.take_shares(alpha, list);
        return declined.empty() ? std::string() : declined[0].code;
    };
    const auto stranger = UserId::fresh(1);
    EXPECT_EQ(offer({{f.ana.id, own}, {f.bob.id, there}}, "D", f.room.id), "authority") << "another id";
    EXPECT_EQ(offer({{f.ana.id, there}, {f.bob.id, there}}), "authority") << "none of the home's people";
    EXPECT_EQ(offer({{f.ana.id, own}, {f.bob.id, own}}), "authority") << "bob is not theirs";
    EXPECT_EQ(offer({{f.ana.id, own}, {stranger, own}}), "authority") << "nobody from here";
    EXPECT_EQ(offer({{f.ana.id, own}, {f.ana.id, own}}), "authority");
    EXPECT_EQ(offer({{f.ana.id, own}, {f.bob.id, there}}, "G"), "authority") << "a group of two";
    EXPECT_EQ(offer({{f.ana.id, own}, {f.bob.id, there}, {other.id, there}}), "authority")
        << "three, directly";
    EXPECT_EQ(offer({{f.ana.id, own}, {stranger, there}}), "unknown_person");
    EXPECT_EQ(offer({{f.ana.id, own}, {f.bob.id, there}, {stranger, OrganisationId::fresh(1)}}, "G"),
              "partner");
    f.b.store.db.transact([&](storage::Tx& tx) {
        auto carl = *storage::UserTable(tx).find(other.id);
        carl.roles = "system_guest";
        storage::UserTable(tx).update(carl);
    });
    EXPECT_EQ(offer({{f.ana.id, own}, {other.id, there}}), "guest");
    allow(f.b, "alpha", false);
    EXPECT_EQ(offer({{f.ana.id, own}, {f.bob.id, there}}), "direct_off_here");
    allow(f.b, "alpha");
    EXPECT_EQ(offer({{f.ana.id, own}, {f.bob.id, there}}), "");
}

// Alpha, beta and gamma, each paired with both others.
struct Three : Friends {
    Three() {
        c.start();
        pair_up(a, c, "gamma", "alpha");
        pair_up(c, b, "beta", "gamma");
    }
    ~Three() { c.stop(); }
    static void pair_up(Org& inviter, Org& other, const std::string& name, const std::string& own_name) {
        other.partners.accept(inviter.partners.invite({name}, 24).word, {own_name});
        const auto is_there = [&](Org& org, const std::string& called) {
            return std::ranges::any_of(org.partners.all(),
                                       [&](const Partner& p) { return p.name == called; });
        };
        ASSERT_TRUE(becomes([&] { return is_there(inviter, name); }));
        const auto number = inviter.partners.number_of(inviter.partners.by_name(name));
        inviter.partners.confirm(name, number);
        other.partners.confirm(own_name, number);
        allow(inviter, name);
        allow(other, own_name);
        ASSERT_TRUE(is_told(inviter, name, true));
        ASSERT_TRUE(is_told(other, own_name, true));
    }
    // Cleo comes into the channel of the others.
    void come_in() {
        a.shares.share(a.store.actor(ana), room.id, "gamma");
        ASSERT_TRUE(becomes([&] { return c.shares.all().size() == 1; }));
        const auto team = c.store.team("three");
        c.shares.join(c.store.actor(cleo), room.id, team.id, "");
        c.store.add(cleo, c.store.channel_named(team, "room"));
        c.say(cleo, room.id, "I am here");
        ASSERT_TRUE(knows(a, cleo));
        ASSERT_TRUE(knows(b, cleo));
        ASSERT_TRUE(knows(c, bob));
    }
    Org c{"Gamma AG", true};
    User cleo = c.store.user("cleo");
};

TEST(Conversations, AGroupOfThreeOrganisationsIsPassedOnByItsHome) {
    Three t;
    t.come_in();
    const auto group = t.a.direct.group(t.a.store.actor(t.ana), {t.bob.id, t.cleo.id});
    const auto first = t.a.say(t.ana, group.id, "the three of us");
    ASSERT_TRUE(has(t.b, first));
    ASSERT_TRUE(has(t.c, first));
    const auto second = t.b.say(t.bob, group.id, "hello");
    ASSERT_TRUE(has(t.a, second));
    ASSERT_TRUE(has(t.c, second));
    const auto third = t.c.say(t.cleo, group.id, "hello, too", second.id);
    ASSERT_TRUE(has(t.a, third));
    ASSERT_TRUE(has(t.b, third));
    EXPECT_TRUE(becomes(
        [&] { return members_of(t.b, group.id).size() == 3 && members_of(t.c, group.id).size() == 3; }));

    allow(t.b, "gamma", false);
    EXPECT_EQ(test::refusal([&] { t.b.say(t.bob, group.id, "still here?"); }), "federation.direct.off_here");
    ASSERT_TRUE(is_told(t.c, "beta", false));
    EXPECT_EQ(test::refusal([&] { t.c.say(t.cleo, group.id, "and here?"); }), "federation.direct.off_there");
}

TEST(Conversations, AThirdOrganisationHasNoPartInOne) {
    Three t;
    const auto channel = t.at_a();
    const auto secret = t.a.say(t.ana, channel.id, "between us");
    ASSERT_TRUE(has(t.b, secret));
    const auto gamma = t.a.partners.by_name("gamma");
    Wants wants;
    wants.streams.push_back({t.a.own.id(), channel.id, 1, std::string(64, '0')});
    wants.streams.push_back({t.b.own.id(), channel.id, 1, std::string(64, '0')});
    EXPECT_TRUE(t.a.shares.take_wants(gamma, wants).empty());
    for (const auto& told : t.a.shares.lists_for(gamma.id).shares.channels)
        EXPECT_NE(told.channel, channel.id);
    for (const auto& wanted : t.a.shares.lists_for(gamma.id).wants.streams)
        EXPECT_NE(wanted.channel, channel.id);
    // It claims to be its home, with nobody of its own in it.
    ShareList list;
    list.direct = true;
    list.channels.push_back({channel.id, share_of(t.a, channel.id)->details});
    const auto declined = t.b.shares.take_shares(t.b.partners.by_name("gamma"), list);
    ASSERT_EQ(declined.size(), 1u);
    EXPECT_EQ(declined[0].code, "authority");
    EXPECT_EQ(share_of(t.b, channel.id)->home, t.a.own.id());
}

}  // namespace
}  // namespace concordat::federation
