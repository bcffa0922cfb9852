#include "messaging/conversation/direct_channels.hpp"

#include "messaging/conversation/channel_members.hpp"
#include "messaging/conversation/sidebar.hpp"
#include "messaging/conversation/team_members.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/channels.hpp"
#include "storage/tables/posts.hpp"
#include "tests/messaging/conversation/talk.hpp"

namespace concordat::messaging {
namespace {

struct Circle : Talk {
    using Talk::Talk;
    DirectChannels direct{store.db, store.gate, store.settings};
    ChannelMembers members{store.db, store.gate};
    Sidebar sidebar{store.db};
    User carol = member("carol");
    Channel group = direct.group(store.actor(alice), {bob.id, carol.id});

    Channel wanted(const Team& into) {
        Channel channel;
        channel.team_id = into.id;
        channel.name = "circle";
        channel.display_name = "Circle";
        return channel;
    }
    Channel convert(const User& who, const Channel& into) {
        store.wait(10);
        return direct.make_private(store.actor(who), group.id, into);
    }
    std::string refused(const User& who, const Channel& into) {
        return refusal([&] { convert(who, into); });
    }
    std::string category_of(const User& user, const Team& of) {
        for (const auto& category : sidebar.of_user(user.id, of.id).categories)
            if (std::ranges::find(category.channel_ids, group.id) != category.channel_ids.end())
                return category.type;
        return "none";
    }
};

TEST(GroupsBecomingChannels, KeepTheirPeopleMessagesAndThreads) {
    Circle t;
    const auto other = t.store.team("other");
    t.store.add(t.bob, other);
    const auto root = t.say(t.alice, t.group, "before");
    t.say(t.bob, t.group, "reply", root.id);
    EXPECT_EQ(t.category_of(t.bob, t.team), "direct_messages");
    EXPECT_EQ(t.category_of(t.bob, other), "direct_messages");
    const auto made = t.convert(t.bob, t.wanted(t.team));
    EXPECT_EQ(made.id, t.group.id);
    EXPECT_EQ(made.type, "P");
    EXPECT_EQ(made.team_id, t.team.id);
    EXPECT_EQ(made.name, "circle");
    EXPECT_EQ(t.category_of(t.bob, t.team), "channels");
    EXPECT_EQ(t.category_of(t.bob, other), "none");
    EXPECT_EQ(t.members.get(t.store.actor(t.bob), made.id, t.bob.id).roles, "channel_user channel_admin");
    EXPECT_EQ(t.members.get(t.store.actor(t.bob), made.id, t.alice.id).roles, "channel_user");
    EXPECT_EQ(t.thread(root.id)->reply_count, 1);
    EXPECT_EQ(
        t.number("select count(*) from threads t join channels c on c.id = t.channel_id and c.team_id = "
                 "t.team_id where c.name = 'circle'"),
        1);
    const auto newest =
        t.store.db.read([&](storage::Tx& tx) { return storage::PostTable(tx).page(made.id, {}, 0, 1); });
    EXPECT_EQ(newest.at(0).type, "system_gm_to_channel");
    EXPECT_EQ(t.say(t.carol, made, "after").channel_id, made.id);
    const auto facts = t.store.facts<ChannelUpdated>();
    ASSERT_EQ(facts.size(), 1u);
    EXPECT_EQ(facts[0].previous.type, "G");
    EXPECT_EQ(facts[0].channel.type, "P");
    EXPECT_EQ(facts[0].actor_id, t.bob.id);
    // The same people may talk among themselves again.
    EXPECT_NE(t.direct.group(t.store.actor(t.alice), {t.bob.id, t.carol.id}).id, made.id);
    EXPECT_EQ(t.refused(t.bob, t.wanted(t.team)), "api.channel.group_to_channel.type.app_error");
}

TEST(GroupsBecomingChannels, AreRefusedWithAReason) {
    Circle t;
    const auto other = t.store.team("other");
    for (const auto* user : {&t.alice, &t.bob}) t.store.add(*user, other);
    EXPECT_EQ(t.refused(t.alice, t.wanted(other)), "api.channel.group_to_channel.team.app_error");
    EXPECT_EQ(t.refused(t.carol, t.wanted(other)), "api.context.permissions.app_error");
    EXPECT_EQ(t.refused(t.store.admin(), t.wanted(t.team)), "api.context.permissions.app_error");
    auto into = t.wanted(t.team);
    into.name = "room";
    EXPECT_EQ(t.refused(t.alice, into), "store.sql_channel.save_channel.exists.app_error");
    into.name = "Not A Name";
    EXPECT_EQ(t.refused(t.alice, into), "model.channel.is_valid.1_or_more.app_error");
    into = t.wanted(t.team);
    into.display_name = " ";
    EXPECT_EQ(t.refused(t.alice, into), "model.channel.is_valid.display_name.app_error");
    into = t.wanted(t.team);
    into.team_id = {};
    EXPECT_EQ(t.refused(t.alice, into), "api.context.invalid_body_param.app_error");
    const auto between = t.store.direct(t.alice, t.bob);
    EXPECT_EQ(refusal([&] { t.direct.make_private(t.store.actor(t.alice), between.id, t.wanted(t.team)); }),
              "api.channel.group_to_channel.type.app_error");
    EXPECT_EQ(t.state(t.group).type, "G");
    EXPECT_EQ(t.category_of(t.bob, t.team), "direct_messages");
}

}  // namespace
}  // namespace concordat::messaging
