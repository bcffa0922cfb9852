// Messages that mention a group: who is told, and what the author is shown.
#include "messaging/conversation/audience.hpp"
#include "messaging/conversation/group_book.hpp"
#include "storage/tables/user_groups.hpp"
#include "tests/messaging/conversation/talk.hpp"

namespace concordat::messaging {
namespace {

struct GroupTalk : Talk {
    using Talk::Talk;
    UserGroup group(const std::string& name, const std::vector<User>& people,
                    const std::string& source = "custom") {
        UserGroup made;
        made.id = GroupId::fresh(store.now());
        made.name = name;
        made.display_name = name;
        made.source = source;
        made.allow_reference = true;
        store.db.transact([&](storage::Tx& tx) {
            storage::UserGroupTable table(tx);
            table.insert(made);
            table.add_members(made.id, ids(people));
            tx.emit(GroupSaved{made, {}});
        });
        return made;
    }
    void save(const UserGroup& changed) {
        store.db.transact([&](storage::Tx& tx) {
            storage::UserGroupTable(tx).update(changed);
            tx.emit(GroupSaved{changed, {}});
        });
    }
    void enter(const UserGroup& of, const User& user) {
        store.db.transact([&](storage::Tx& tx) {
            storage::UserGroupTable(tx).add_member(of.id, user.id);
            tx.emit(GroupMembersChanged{of.id, {user.id}, {}, {}});
        });
    }
    void leave(const UserGroup& of, const User& user) {
        store.db.transact([&](storage::Tx& tx) {
            storage::UserGroupTable(tx).remove_member(of.id, user.id);
            tx.emit(GroupMembersChanged{of.id, {}, {user.id}, {}});
        });
    }
    void set_active(User user, bool is_active) {
        const auto before = user;
        user.delete_at = is_active ? 0 : store.now();
        store.db.transact([&](storage::Tx& tx) {
            storage::UserTable(tx).update(user);
            tx.emit(UserUpdated{user, before, user.id});
        });
    }
    std::string last_note() { return whispers.empty() ? "" : whispers.back().second.message; }
};

TEST(GroupMentions, MembersInTheChannelAreToldAndCountOneMore) {
    GroupTalk t;
    const auto carol = t.member("carol"), dave = t.member("dave");
    const auto devs = t.group("devs", {t.bob, carol});
    t.say(t.alice, "to all @devs: @devs and @bob");
    EXPECT_EQ(t.told_last(), ids({t.bob, carol}));
    EXPECT_EQ(t.membership(t.bob).mention_count, 1);
    EXPECT_EQ(t.membership(dave).mention_count, 0);
    t.say(t.alice, "`@devs` in code, devs without it, @dev");
    EXPECT_TRUE(t.told_last().empty());
    const auto root = t.say(t.bob, "@Devs.");
    EXPECT_EQ(t.told_last(), ids({carol})) << "in any case, never the author";
    EXPECT_TRUE(t.store.db.read([&](storage::Tx& tx) {
        const auto thread = storage::ThreadTable(tx).membership(root.id, carol.id);
        return thread && thread->following;
    })) << "who is told follows the thread";
    EXPECT_TRUE(t.whispers.empty());
}

TEST(GroupMentions, FollowWhoComesAndGoes) {
    GroupTalk t;
    const auto carol = t.member("carol");
    const auto devs = t.group("devs", {t.bob});
    t.say(t.alice, "@devs");
    EXPECT_EQ(t.told_last(), ids({t.bob}));
    t.enter(devs, carol);
    t.say(t.alice, "@devs");
    EXPECT_EQ(t.told_last(), ids({t.bob, carol}));
    t.leave(devs, t.bob);
    t.say(t.alice, "@devs");
    EXPECT_EQ(t.told_last(), ids({carol}));
    t.set_active(carol, false);
    t.say(t.alice, "@devs");
    EXPECT_TRUE(t.told_last().empty());
    t.set_active(carol, true);
    t.say(t.alice, "@devs");
    EXPECT_EQ(t.told_last(), ids({carol}));
}

TEST(GroupMentions, FollowNamesAndWhatIsAllowed) {
    GroupTalk t;
    auto devs = t.group("devs", {t.bob});
    GroupBook fresh(t.store.db);
    EXPECT_TRUE(fresh.is_empty());
    fresh.load();
    ASSERT_TRUE(fresh.named("devs"));
    EXPECT_EQ(*fresh.members(devs.id), ids({t.bob}));
    devs.name = "makers";
    t.save(devs);
    t.say(t.alice, "@devs");
    EXPECT_TRUE(t.told_last().empty());
    t.say(t.alice, "@makers");
    EXPECT_EQ(t.told_last(), ids({t.bob}));
    auto settings = *t.store.settings.current();
    settings.ServiceSettings.EnableCustomGroups = false;
    t.store.settings.replace(settings);
    t.say(t.alice, "@makers");
    EXPECT_TRUE(t.told_last().empty()) << "no groups that people make";
    settings.ServiceSettings.EnableCustomGroups = true;
    t.store.settings.replace(settings);
    devs.allow_reference = false;
    t.save(devs);
    t.say(t.alice, "@makers");
    EXPECT_TRUE(t.told_last().empty());
    devs.allow_reference = true;
    devs.delete_at = t.store.now();
    t.save(devs);
    t.say(t.alice, "@makers");
    EXPECT_TRUE(t.told_last().empty());
    EXPECT_TRUE(t.groups.is_empty());
}

TEST(GroupMentions, APersonOfThatNameComesFirst) {
    GroupTalk t;
    const auto carol = t.member("carol");
    t.group("bob", {carol});
    t.say(t.alice, "@bob");
    EXPECT_EQ(t.told_last(), ids({t.bob}));
}

TEST(GroupMentions, WithoutTheRightTheyCallNobodyAndAreNotHighlighted) {
    GroupTalk t;
    const auto guest = t.store.guest("gina");
    t.store.add(guest, t.room);
    t.group("devs", {t.bob});
    ASSERT_FALSE(
        t.store.gate.may_in_channel(t.store.actor(guest), Permission::use_group_mentions, t.room.id));
    const auto post = t.say(guest, "@devs");
    EXPECT_TRUE(t.told_last().empty());
    EXPECT_TRUE(post.props.contains("disable_group_highlight"));
    EXPECT_TRUE(t.whispers.empty());
    EXPECT_FALSE(t.say(t.alice, "@devs").props.contains("disable_group_highlight"));
}

TEST(GroupMentions, OthersOfTheTeamAreOfferedToTheAuthorAndNobodyElseIsNamed) {
    GroupTalk t;
    const auto carol = t.store.user("carol"), stranger = t.store.user("stranger");
    t.store.add(carol, t.team);
    t.group("devs", {t.bob, carol, stranger});
    t.say(t.alice, "@devs");
    EXPECT_EQ(t.told_last(), ids({t.bob}));
    ASSERT_EQ(t.whispers.size(), 1u);
    EXPECT_EQ(t.whispers[0].first, t.alice.id);
    const auto& offer = t.whispers[0].second.props.at("add_channel_member").as_object();
    EXPECT_EQ(offer.at("not_in_channel_usernames").as_array(), json::array{"carol"});
    t.group("others", {stranger});
    t.say(t.alice, "@others");
    EXPECT_TRUE(t.told_last().empty());
    EXPECT_EQ(t.last_note(), "@others has no members in this channel.");
}

TEST(GroupMentions, AtMostTenOfThemAreOffered) {
    GroupTalk t;
    std::vector<User> people;
    for (int i = 0; i < 12; ++i) {
        people.push_back(t.store.user("user" + std::to_string(i)));
        t.store.add(people.back(), t.team);
    }
    t.group("devs", people);
    t.say(t.alice, "@devs");
    ASSERT_FALSE(t.whispers.empty());
    EXPECT_EQ(t.whispers.back()
                  .second.props.at("add_channel_member")
                  .at("not_in_channel_usernames")
                  .as_array()
                  .size(),
              Audience::most_outside);
}

TEST(GroupMentions, AGroupThatIsTooBigStaysSilent) {
    Settings settings;
    settings.TeamSettings.MaxNotificationsPerChannel = 2;
    GroupTalk t(settings);
    const auto carol = t.member("carol"), dave = t.member("dave");
    const auto devs = t.group("devs", {t.bob, carol});
    t.say(t.alice, "@devs");
    EXPECT_EQ(t.told_last(), ids({t.bob, carol}));
    t.enter(devs, dave);
    t.say(t.alice, "@devs");
    EXPECT_TRUE(t.told_last().empty());
    EXPECT_EQ(t.last_note(), "Nobody of @devs was notified, because too many of its members are here.");
}

TEST(GroupMentions, WhereOnlyLinkedGroupsMayBeOnlyTheseAreCalled) {
    GroupTalk t;
    const auto devs = t.group("devs", {t.bob}, "ldap");
    t.store.db.transact(
        [&](storage::Tx& tx) { storage::UserGroupTable(tx).constrain(id_as<AnyId>(t.room.id), true, true); });
    t.say(t.alice, "@devs");
    EXPECT_TRUE(t.told_last().empty());
    GroupPlace place;
    place.group_id = devs.id;
    place.place_id = id_as<AnyId>(t.room.id);
    place.is_channel = true;
    t.store.db.transact([&](storage::Tx& tx) { storage::UserGroupTable(tx).put(place); });
    t.say(t.alice, "@devs");
    EXPECT_EQ(t.told_last(), ids({t.bob}));
}

TEST(GroupMentions, CountAgainWhenAPostIsMarkedUnread) {
    GroupTalk t;
    t.group("devs", {t.bob});
    const auto post = t.say(t.alice, "@devs");
    t.say(t.alice, "nothing");
    EXPECT_EQ(t.posts.set_unread(t.bob.id, post.id, false).mention_count, 1);
    const auto edited = t.say(t.alice, "nothing yet");
    t.edit(t.alice, edited.id, "now @devs");
    EXPECT_EQ(t.posts.set_unread(t.bob.id, edited.id, false).mention_count, 1);
}

TEST(GroupMentions, OfPeopleOfOtherOrganisationsCallNobody) {
    GroupTalk t;
    t.group("devs", {t.bob});
    auto author = t.store.actor(t.alice);
    author.is_remote = true;
    PostOptions options;
    options.elsewhere.emplace();
    options.elsewhere->id = PostId::fresh(t.store.now());
    options.elsewhere->create_at = t.store.now();
    t.posts.create(author, Talk::draft(t.room, "@devs"), options);
    EXPECT_TRUE(t.told_last().empty());
}

}  // namespace
}  // namespace concordat::messaging
