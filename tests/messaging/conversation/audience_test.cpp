#include "messaging/conversation/audience.hpp"

#include "messaging/conversation/system_posts.hpp"
#include "storage/database/database.hpp"
#include "tests/messaging/conversation/talk.hpp"

namespace concordat::messaging {
namespace {

TEST(Mentions, ANamedMemberIsToldAndCountsOneMore) {
    Talk t;
    t.say(t.alice, "hello @bob, and `@alice` in code is nobody");
    EXPECT_EQ(t.told_last(), ids({t.bob}));
    EXPECT_EQ(t.membership(t.bob).mention_count, 1);
    EXPECT_EQ(t.membership(t.bob).mention_count_root, 1);
    t.say(t.alice, "@bob. @BOB! (@bob)");
    EXPECT_EQ(t.membership(t.bob).mention_count, 2) << "one post is one mention";
    t.say(t.alice, "bob@example.org and `@bob` and\n```\n@bob\n```");
    EXPECT_TRUE(t.told_last().empty());
}

TEST(Mentions, TheAuthorIsNeverToldByHimself) {
    Talk t;
    t.set_notify(t.alice, {{"mention_keys", "deploy"}});
    t.say(t.alice, "@alice will deploy, @channel");
    EXPECT_EQ(t.told_last(), ids({t.bob}));
    EXPECT_EQ(t.membership(t.alice).mention_count, 0);
}

TEST(Mentions, SomebodyOfTheTeamWhoIsNotInTheChannelIsOfferedToTheAuthorAlone) {
    Talk t;
    const auto carol = t.store.user("carol"), dave = t.store.user("dave"),
               stranger = t.store.user("stranger");
    t.store.add(carol, t.team);
    t.store.add(dave, t.team);
    const auto post = t.say(t.alice, "@carol @dave @stranger @nobody @bob");
    EXPECT_EQ(t.told_last(), ids({t.bob}));
    ASSERT_EQ(t.whispers.size(), 1u);
    EXPECT_EQ(t.whispers[0].first, t.alice.id);
    const auto& note = t.whispers[0].second;
    EXPECT_EQ(note.channel_id, t.room.id);
    const auto& offer = note.props.at("add_channel_member").as_object();
    EXPECT_EQ(offer.at("post_id").as_string(), post.id.text());
    EXPECT_EQ(offer.at("not_in_channel_usernames").as_array(), (json::array{"carol", "dave"}));
    EXPECT_EQ(offer.at("not_in_channel_user_ids").as_array(), (json::array{carol.id.text(), dave.id.text()}));
    EXPECT_EQ(t.number("select count(*) from posts"), 1);
}

TEST(Mentions, KeywordsCallInAnyCaseAndFirstNamesInTheirOwn) {
    Talk t;
    t.bob.first_name = "Robert";
    t.set_notify(t.bob, {{"mention_keys", "Deploy, servers"}, {"first_name", "true"}});
    for (const auto& [text, is_told] : std::vector<std::pair<const char*, bool>>{{"we DEPLOY now", true},
                                                                                 {"the servers.", true},
                                                                                 {"redeployed", false},
                                                                                 {"Robert!", true},
                                                                                 {"robert", false},
                                                                                 {"nothing", false}}) {
        t.say(t.alice, text);
        EXPECT_EQ(t.told_last(), is_told ? ids({t.bob}) : ids({})) << text;
    }
    t.set_notify(t.bob, {{"mention_keys", ""}, {"first_name", "false"}});
    t.say(t.alice, "deploy, Robert");
    EXPECT_TRUE(t.told_last().empty()) << "the book follows changes";
    EXPECT_TRUE(t.book.is_empty());
}

TEST(Mentions, TheBookIsReadAtStart) {
    Talk t;
    t.set_notify(t.bob, {{"mention_keys", "deploy"}});
    MentionBook fresh(t.store.db);
    EXPECT_TRUE(fresh.is_empty());
    fresh.load();
    EXPECT_EQ(fresh.called(scan_mentions("deploy")), ids({t.bob}));
}

TEST(Mentions, AKeywordOfSomebodyOutsideTheChannelTellsNobody) {
    Talk t;
    auto carol = t.store.user("carol");
    t.store.add(carol, t.team);
    t.set_notify(carol, {{"mention_keys", "deploy"}});
    t.say(t.alice, "deploy");
    EXPECT_TRUE(t.told_last().empty());
    EXPECT_TRUE(t.whispers.empty());
}

TEST(Mentions, ChannelWideWordsTellMembersWhoDoNotIgnoreThem) {
    Talk t;
    auto no_wide = t.member("nowide"), ignores = t.member("ignores"), muted = t.member("muted"),
         muted_but = t.member("mutedbut"), gone = t.member("gone");
    t.set_notify(no_wide, {{"channel", "false"}});
    t.set_channel_notify(ignores, t.room, "ignore_channel_mentions", "on");
    t.set_channel_notify(muted, t.room, "mark_unread", "mention");
    t.set_channel_notify(muted_but, t.room, "mark_unread", "mention");
    t.set_channel_notify(muted_but, t.room, "ignore_channel_mentions", "off");
    t.run("update users set delete_at = 1 where id = '" + gone.id.uuid() + "'");
    for (const char* text : {"@channel", "to @all of you", "@Channel:"}) {
        t.say(t.alice, text);
        EXPECT_EQ(t.told_last(), ids({t.bob, muted_but})) << text;
    }
    t.say(t.alice, "the channel, all of it, `@channel`");
    EXPECT_TRUE(t.told_last().empty());
    t.audience.set_presence([&](const UserId& user) { return user == muted_but.id || user == ignores.id; });
    t.say(t.alice, "@here");
    EXPECT_EQ(t.told_last(), ids({muted_but})) << "only who is online";
}

TEST(Mentions, InALargeChannelChannelWideWordsStaySilentAndTheAuthorHearsWhy) {
    Settings settings;
    settings.TeamSettings.MaxNotificationsPerChannel = 3;
    Talk t(settings);
    t.say(t.alice, "@all two");
    EXPECT_EQ(t.told_last(), ids({t.bob}));
    t.member("carol");
    t.say(t.alice, "@all three @bob");
    EXPECT_EQ(t.told_last(), ids({t.bob})) << "a name still counts";
    ASSERT_EQ(t.whispers.size(), 1u);
    EXPECT_EQ(t.whispers[0].first, t.alice.id);
    EXPECT_NE(t.whispers[0].second.message.find("3 members"), std::string::npos);
}

TEST(Mentions, WithoutTheRightToThemChannelWideWordsTellNobody) {
    Talk t;
    const auto guest = t.store.guest("guest");
    t.store.add(guest, t.room);
    t.run(
        "update roles set permissions = replace(permissions, 'use_channel_mentions', '') where name = "
        "'channel_guest'");
    t.store.roles.prepare();
    t.store.roles.on_facts({storage::fact_of(RoleUpdated{}, t.store.now())});
    t.say(guest, "@channel");
    EXPECT_TRUE(t.told_last().empty());
    t.say(guest, "@bob");
    EXPECT_EQ(t.told_last(), ids({t.bob}));
}

TEST(Mentions, BetweenPeopleEveryPostTellsTheOthers) {
    Talk t;
    const auto direct = t.store.direct(t.alice, t.bob);
    t.say(t.alice, direct, "hi");
    EXPECT_EQ(t.told_last(), ids({t.bob}));
    EXPECT_EQ(t.membership(t.bob, direct).mention_count, 1);
    EXPECT_EQ(t.membership(t.alice, direct).mention_count, 0);
    const auto own = t.store.direct(t.alice, t.alice);
    t.say(t.alice, own, "note to self");
    EXPECT_TRUE(t.told_last().empty());
    const auto carol = t.store.user("carol");
    Channel group;
    group.id = ChannelId::fresh();
    group.type = "G";
    group.name = std::string(40, 'a');
    t.store.db.transact([&](storage::Tx& tx) { storage::ChannelTable(tx).insert(group); });
    for (const auto& user : {t.alice, t.bob, carol}) t.store.add(user, group);
    t.say(carol, group, "all of you, @nobody");
    EXPECT_EQ(t.told_last(), ids({t.alice, t.bob}));
}

TEST(Mentions, UrgentPostsAndAttachmentsCount) {
    Talk t;
    auto in = Talk::draft(t.room, "@bob");
    in.metadata.emplace().priority.emplace().priority = std::string("urgent");
    t.put(t.alice, in);
    EXPECT_EQ(t.membership(t.bob).urgent_mention_count, 1);
    auto attached = Talk::draft(t.room, "");
    attached.props["attachments"] = json::array{json::object{
        {"pretext", "see"}, {"text", "for @bob"}, {"fields", json::array{json::object{{"value", "x"}}}}}};
    t.put(t.alice, attached);
    EXPECT_EQ(t.told_last(), ids({t.bob}));
    EXPECT_EQ(t.membership(t.bob).mention_count, 2);
    EXPECT_EQ(t.membership(t.bob).urgent_mention_count, 1);
    attached.props["attachments"] = json::array{1, json::object{{"text", 5}, {"fields", "none"}},
                                                json::object{{"fields", json::array{"x"}}}};
    t.put(t.alice, attached);
    EXPECT_TRUE(t.told_last().empty()) << "malformed ones are passed over";
}

TEST(Mentions, PostsOfTheServerTellOnlyWhomTheyWereMadeFor) {
    Talk t;
    const auto place = *t.store.gate.place(t.room.id);
    t.store.db.transact([&](storage::Tx& tx) {
        write_system_post(tx, place, t.alice.id, "alice", "system_header_change", "@bob @channel");
    });
    EXPECT_TRUE(t.told_last().empty());
    t.store.db.transact([&](storage::Tx& tx) {
        write_system_post(tx, place, t.alice.id, "alice", "system_add_to_channel", "bob was added", {},
                          {t.bob.id});
    });
    EXPECT_EQ(t.told_last(), ids({t.bob}));
    EXPECT_EQ(t.membership(t.bob).mention_count, 1);
    const auto fact = t.store.facts<PostCreated>().back();
    EXPECT_EQ(fact.sender_name, "System");
    EXPECT_EQ(fact.post.props.at("username").as_string(), "alice");
}

TEST(Mentions, WithoutCollapsedThreadsRepliesTellThoseWhoAskedForIt) {
    Settings settings;
    settings.ServiceSettings.CollapsedThreads = "default_off";
    Talk t(settings);
    auto any = t.member("any"), root_only = t.member("rootonly"), collapsed = t.member("collapsed");
    t.set_notify(any, {{"comments", "any"}});
    t.set_notify(root_only, {{"comments", "root"}});
    t.set_notify(t.alice, {{"comments", "root"}});
    t.set_notify(collapsed, {{"comments", "any"}});
    t.set_collapsed(collapsed, true);
    const auto root = t.say(t.alice, "root");
    for (const auto& user : {any, root_only, collapsed}) t.say(user, "me too", root.id);
    t.say(t.bob, "reply", root.id);
    EXPECT_EQ(t.told_last(), ids({t.alice, any}));
    t.say(t.bob, "no reply");
    EXPECT_TRUE(t.told_last().empty());
}

}  // namespace
}  // namespace concordat::messaging
