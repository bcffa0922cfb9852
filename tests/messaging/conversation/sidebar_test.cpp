#include "messaging/conversation/sidebar.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "messaging/conversation/channel_members.hpp"
#include "messaging/conversation/preferences.hpp"
#include "storage/tables/posts.hpp"
#include "tests/support/refusal.hpp"
#include "tests/support/store.hpp"

namespace concordat::messaging {
namespace {

using test::refusal;

struct SidebarTest : testing::Test {
    test::Store store;
    Sidebar sidebar{store.db};
    Preferences preferences{store.db, store.gate};
    User alice = store.user("alice"), bob = store.user("bob");
    Team team = store.team();
    Channel room = store.channel(team, "room"), other = store.channel(team, "other");
    Channel dm = store.direct(alice, bob);
    Actor actor = store.actor(alice);

    SidebarTest() {
        store.add(alice, room);
        store.add(alice, other);
    }
    SidebarCategory of_type(const std::string& type) {
        for (auto& each : sidebar.of_user(alice.id, team.id).categories)
            if (each.type == type) return each;
        throw std::runtime_error("no category of type " + type);
    }
    SidebarCategory make(const std::string& name, std::vector<ChannelId> channels = {}) {
        SidebarCategory category;
        category.display_name = name;
        category.channel_ids = std::move(channels);
        return sidebar.create(alice.id, team.id, category);
    }
    bool holds(const std::string& type, const ChannelId& channel) {
        const auto ids = of_type(type).channel_ids;
        return std::find(ids.begin(), ids.end(), channel) != ids.end();
    }
    std::string mark_unread(const ChannelId& channel) {
        return store.db
            .read([&](storage::Tx& tx) { return storage::ChannelMemberTable(tx).find(channel, alice.id); })
            ->notify_props.at("mark_unread");
    }
};

TEST_F(SidebarTest, BeginsWithThreeCategoriesThatHoldEverything) {
    const auto all = sidebar.of_user(alice.id, team.id);
    ASSERT_EQ(all.categories.size(), 3u);
    const auto suffix = "_" + alice.id.text() + "_" + team.id.text();
    EXPECT_EQ(all.order, (std::vector<std::string>{"favorites" + suffix, "channels" + suffix,
                                                   "direct_messages" + suffix}));
    EXPECT_EQ(all.categories[2].sort_order, 20);
    EXPECT_EQ(all.categories[1].channel_ids, (std::vector<ChannelId>{other.id, room.id}));  // by name
    EXPECT_EQ(all.categories[2].channel_ids, std::vector<ChannelId>{dm.id});
    EXPECT_TRUE(all.categories[0].channel_ids.empty());
}

TEST_F(SidebarTest, IsForMembersOfTheTeam) {
    EXPECT_EQ(refusal([&] { sidebar.of_user(bob.id, team.id); }), "app.channel.sidebar_categories.app_error");
}

TEST_F(SidebarTest, AnOwnCategoryStandsBehindTheFavouritesAndTakesItsChannels) {
    sidebar.of_user(alice.id, team.id);
    const auto made = make("Work", {room.id, ChannelId::fresh(), room.id, dm.id});
    EXPECT_EQ(made.type, "custom");
    EXPECT_EQ(made.channel_ids, (std::vector<ChannelId>{room.id, dm.id}));
    const auto all = sidebar.of_user(alice.id, team.id);
    EXPECT_EQ(all.order.at(1), made.id);
    EXPECT_EQ(all.categories.at(1).sort_order, 10);
    EXPECT_FALSE(holds("channels", room.id));
    EXPECT_FALSE(holds("direct_messages", dm.id));
    EXPECT_EQ(store.facts<CategoryCreated>().at(0).category.id, made.id);
    sidebar.remove(alice.id, team.id, made.id);
    EXPECT_TRUE(holds("channels", room.id));
    EXPECT_TRUE(holds("direct_messages", dm.id));
    EXPECT_EQ(refusal([&] { sidebar.remove(alice.id, team.id, made.id); }),
              "app.channel.sidebar_categories.app_error");
    EXPECT_EQ(refusal([&] { sidebar.remove(alice.id, team.id, of_type("channels").id); }),
              "app.channel.sidebar_categories.app_error");
}

TEST_F(SidebarTest, AnUpdateChangesWhatMayChange) {
    auto made = make("Work");
    made.display_name = "Play";
    made.sorting = "alpha";
    made.collapsed = true;
    made.channel_ids = {room.id};
    const auto updated = sidebar.update(actor, alice.id, team.id, {made});
    ASSERT_EQ(updated.size(), 1u);
    EXPECT_EQ(updated[0].display_name, "Play");
    EXPECT_EQ(updated[0].sorting, "alpha");
    EXPECT_TRUE(updated[0].collapsed);
    EXPECT_EQ(updated[0].channel_ids, std::vector<ChannelId>{room.id});
    auto channels = of_type("channels");
    channels.display_name = "Renamed";
    channels.channel_ids.push_back(dm.id);
    EXPECT_EQ(sidebar.update(actor, alice.id, team.id, {channels})[0].display_name, "Channels");
    EXPECT_TRUE(holds("direct_messages", dm.id));
    made.sorting = "sideways";
    EXPECT_EQ(refusal([&] { sidebar.update(actor, alice.id, team.id, {made}); }),
              "api.context.invalid_body_param.app_error");
}

TEST_F(SidebarTest, MutingACategoryMutesItsChannels) {
    auto made = make("Noise", {room.id});
    made.muted = true;
    store.forget();
    sidebar.update(actor, alice.id, team.id, {made});
    EXPECT_EQ(mark_unread(room.id), "mention");
    EXPECT_EQ(store.facts<ChannelMemberUpdated>().size(), 1u);
    made.channel_ids = {other.id};
    sidebar.update(actor, alice.id, team.id, {made});
    EXPECT_EQ(mark_unread(room.id), "all");
    EXPECT_EQ(mark_unread(other.id), "mention");
    sidebar.remove(alice.id, team.id, made.id);
    EXPECT_EQ(mark_unread(other.id), "all");
}

TEST_F(SidebarTest, FavouritesAreKeptAsPreferencesToo) {
    auto favorites = of_type("favorites"), channels = of_type("channels");
    favorites.channel_ids = {room.id, dm.id};
    store.forget();
    sidebar.update(actor, alice.id, team.id, {favorites, channels});
    EXPECT_TRUE(holds("favorites", dm.id));
    EXPECT_EQ(preferences.named(alice.id, "favorite_channel", dm.id.text()).value, "true");
    ASSERT_EQ(store.facts<PreferencesChanged>().size(), 1u);
    favorites.channel_ids = {};
    sidebar.update(actor, alice.id, team.id, {favorites});
    EXPECT_EQ(refusal([&] { preferences.in_category(alice.id, "favorite_channel"); }),
              "app.preference.get_category.app_error");
    EXPECT_TRUE(holds("channels", room.id));
    EXPECT_TRUE(holds("direct_messages", dm.id));
}

TEST_F(SidebarTest, PreferencesMakeFavouritesToo) {
    sidebar.of_user(alice.id, team.id);
    const std::vector<Preference> wanted = {{alice.id, "favorite_channel", room.id.text(), "true"},
                                            {alice.id, "favorite_channel", dm.id.text(), "true"}};
    preferences.set(actor, alice.id, wanted);
    EXPECT_EQ(of_type("favorites").channel_ids,
              (std::vector<ChannelId>{dm.id, room.id}));  // the last is on top
    EXPECT_EQ(store.facts<CategoriesUpdated>().size(), 1u);
    preferences.remove(alice.id, {wanted[0]});
    EXPECT_TRUE(holds("channels", room.id));
    preferences.set(actor, alice.id, {{alice.id, "favorite_channel", dm.id.text(), "false"}});
    EXPECT_TRUE(holds("direct_messages", dm.id));
}

TEST_F(SidebarTest, TheOrderNamesEveryCategoryOnce) {
    const auto order = sidebar.of_user(alice.id, team.id).order;
    const std::vector<std::string> turned(order.rbegin(), order.rend());
    EXPECT_EQ(sidebar.reorder(alice.id, team.id, turned), turned);
    EXPECT_EQ(sidebar.of_user(alice.id, team.id).order, turned);
    EXPECT_EQ(store.facts<CategoryOrderUpdated>().at(0).order, turned);
    for (const auto& wrong : std::vector<std::vector<std::string>>{{},
                                                                   {order[0], order[1]},
                                                                   {order[0], order[0], order[1]},
                                                                   {order[0], order[1], order[2], order[2]}})
        EXPECT_EQ(refusal([&] { sidebar.reorder(alice.id, team.id, wrong); }),
                  "app.channel.sidebar_categories.app_error");
}

TEST_F(SidebarTest, ChannelsThatWereLeftAreGone) {
    ChannelMembers members(store.db, store.gate);
    make("Work", {room.id});
    members.remove(actor, room.id, alice.id);
    for (const auto& category : sidebar.of_user(alice.id, team.id).categories)
        EXPECT_EQ(std::count(category.channel_ids.begin(), category.channel_ids.end(), room.id), 0);
}

TEST_F(SidebarTest, SavedPreferencesAreChecked) {
    const auto refused = [&](Preference p) {
        return refusal([&] { preferences.set(actor, alice.id, {p}); });
    };
    EXPECT_EQ(refused({bob.id, "c", "n", "v"}), "api.preference.update_preferences.set.app_error");
    EXPECT_EQ(refused({alice.id, "", "n", "v"}), "model.preference.is_valid.category.app_error");
    EXPECT_EQ(refused({alice.id, "c", std::string(33, 'n'), "v"}),
              "model.preference.is_valid.name.app_error");
    EXPECT_EQ(refused({alice.id, "c", "n", std::string(20001, 'v')}),
              "model.preference.is_valid.value.app_error");
    EXPECT_EQ(refused({alice.id, "c", std::string("n\0", 2), "v"}),
              "model.preference.is_valid.name.app_error");
    EXPECT_EQ(refused({alice.id, "theme", "", "blue"}), "model.preference.is_valid.theme.app_error");
    EXPECT_EQ(refused({alice.id, "theme", "", R"({"linkColor":1})"}),
              "model.preference.is_valid.theme.app_error");
    EXPECT_EQ(refused({alice.id, "theme", "", R"({"linkColor":"#fff"})"}), "");
    EXPECT_EQ(refusal([&] { preferences.set(actor, alice.id, {}); }),
              "api.context.invalid_body_param.app_error");
    EXPECT_EQ(refusal([&] {
                  preferences.set(actor, alice.id, std::vector<Preference>(101, {alice.id, "c", "n", "v"}));
              }),
              "api.context.invalid_body_param.app_error");
    preferences.set(actor, alice.id, {{alice.id, "c", "n", "one"}, {alice.id, "c", "n", "two \" \\ {}"}});
    EXPECT_EQ(preferences.named(alice.id, "c", "n").value, "two \" \\ {}");
    EXPECT_EQ(preferences.of_user(alice.id).size(), 2u);
}

TEST_F(SidebarTest, OnlyPostsOneMayReadAreSaved) {
    const auto closed = store.channel(team, "closed", "P");
    const auto post_in = [&](const Channel& channel) {
        storage::NewPost entry;
        entry.post.id = PostId::fresh(store.now());
        entry.post.create_at = store.now();
        entry.post.channel_id = channel.id;
        entry.post.user_id = bob.id;
        store.db.transact([&](storage::Tx& tx) { storage::PostTable(tx).insert({entry}); });
        return entry.post.id.text();
    };
    const auto refused = [&](const std::string& post) {
        return refusal([&] { preferences.set(actor, alice.id, {{alice.id, "flagged_post", post, "true"}}); });
    };
    EXPECT_EQ(refused(post_in(room)), "");
    EXPECT_EQ(refused(post_in(closed)), "api.context.permissions.app_error");
    EXPECT_EQ(refused(PostId::fresh().text()), "api.context.invalid_body_param.app_error");
}

TEST_F(SidebarTest, CollapsedThreadsFollowTheSettingThenThePerson) {
    const auto collapses = [&](const char* mode) {
        Settings settings;
        settings.ServiceSettings.CollapsedThreads = mode;
        return store.db.read([&](storage::Tx& tx) { return collapses_threads(tx, settings, alice.id); });
    };
    EXPECT_TRUE(collapses("always_on"));
    EXPECT_FALSE(collapses("disabled"));
    EXPECT_TRUE(collapses("default_on"));
    EXPECT_FALSE(collapses("default_off"));
    preferences.set(actor, alice.id, {{alice.id, "display_settings", "collapsed_reply_threads", "on"}});
    EXPECT_TRUE(collapses("default_off"));
    EXPECT_FALSE(collapses("disabled"));
}

}  // namespace
}  // namespace concordat::messaging
