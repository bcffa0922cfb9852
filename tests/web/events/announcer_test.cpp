// Facts become the events that clients know: names, data, and who hears them.
#include "web/events/announcer.hpp"

#include <gtest/gtest.h>

#include "core/model/facts.hpp"
#include "identity/account/accounts.hpp"
#include "identity/session/sessions.hpp"
#include "messaging/conversation/channel_links.hpp"
#include "tests/support/store.hpp"
#include "tests/web/socket/rig.hpp"

namespace concordat::web {
namespace {

using testing::SocketClient;
using testing::SocketRig;

class Announcing : public ::testing::Test {
protected:
    using Events = std::vector<json::object>;

    template <class F>
    void tell(const F& fact) {
        announcer_.take({storage::fact_of(fact, 1000)});
    }
    SocketClient join(const UserId& user) {
        auto client = rig_.connect(user);
        client.event("hello");
        return client;
    }
    // What this client was sent since the last time.
    Events heard(SocketClient& client) {
        rig_.hub().publish(testing::numbered("mark", ++marks_));
        Events out;
        for (;;) {
            auto next = client.text();
            if (!next.contains("event")) continue;
            if (next.at("event").as_string() != "mark")
                out.push_back(std::move(next));
            else if (testing::n_of(next) == marks_)
                return out;
        }
    }
    std::vector<std::string> names(SocketClient& client) {
        std::vector<std::string> out;
        for (const auto& event : heard(client)) out.emplace_back(event.at("event").as_string());
        return out;
    }
    // The data of the only event that this client was sent.
    json::object only(SocketClient& client, const std::string& name) {
        const auto events = heard(client);
        if (events.size() != 1 || events[0].at("event").as_string() != name) {
            ADD_FAILURE() << "expected one " << name << ", got " << json::serialize(json::value_from(events));
            return {};
        }
        return events[0].at("data").as_object();
    }
    // JSON inside a string, as most members are.
    static json::object inner(const json::object& data, const char* key) {
        return json::parse(data.at(key).as_string()).as_object();
    }
    static std::string text(const json::object& data, const char* key) {
        return std::string(data.at(key).as_string());
    }

    Post post(const std::string& message = "hello") {
        Post post;
        post.id = PostId::fresh();
        post.channel_id = town_;
        post.user_id = anna_;
        post.message = message;
        post.metadata.emplace();
        return post;
    }

    test::Store store_;
    identity::Sessions sessions_{store_.db, store_.settings, store_.roles};
    identity::Accounts accounts_{store_.db, store_.gate, sessions_, store_.settings};
    SocketRig rig_;
    Announcer announcer_{rig_.hub(), accounts_, "node-a"};
    const TeamId team_ = TeamId::fresh();
    const ChannelId town_ = ChannelId::fresh(), side_ = ChannelId::fresh();
    const UserId anna_ = rig_.town.user({{town_}, {team_}, false, false});
    const UserId bert_ = rig_.town.user({{town_, side_}, {team_}, false, false});
    const UserId admin_ = rig_.town.user({{town_}, {}, true, false});
    const UserId guest_ = rig_.town.user({{town_}, {}, false, true});
    const UserId alien_ = rig_.town.user({{}, {}, false, false});
    int marks_ = 0;
};
using Names = std::vector<std::string>;

TEST_F(Announcing, APostGoesToItsChannelAndSaysWhoItIsFor) {
    auto anna = join(anna_), bert = join(bert_), alien = join(alien_);
    PostCreated fact;
    fact.post = post("hi \"bert\"");
    fact.post.pending_post_id = "pending:1";
    fact.channel_type = "O";
    fact.channel_name = "town";
    fact.channel_display_name = "The Town";
    fact.team_id = team_;
    fact.sender_name = "@anna";
    fact.mentions = {bert_};
    fact.followers = {bert_, anna_};
    tell(fact);
    const auto data = only(bert, "posted");
    EXPECT_EQ(text(data, "channel_type"), "O");
    EXPECT_EQ(text(data, "channel_name"), "town");
    EXPECT_EQ(text(data, "channel_display_name"), "The Town");
    EXPECT_EQ(text(data, "sender_name"), "@anna");
    EXPECT_EQ(text(data, "team_id"), team_.text());
    EXPECT_TRUE(data.at("set_online").as_bool());
    EXPECT_EQ(inner(data, "post").at("message").as_string(), "hi \"bert\"");
    EXPECT_EQ(inner(data, "post").at("pending_post_id").as_string(), "pending:1");
    EXPECT_EQ(json::parse(text(data, "mentions")), (json::array{bert_.text()}))
        << "only the recipient's own id";
    EXPECT_EQ(json::parse(text(data, "followers")), (json::array{bert_.text()}));
    EXPECT_FALSE(data.contains("image"));
    EXPECT_FALSE(data.contains("otherFile"));
    const auto own = only(anna, "posted");
    EXPECT_FALSE(own.contains("mentions"));
    EXPECT_EQ(json::parse(text(own, "followers")), (json::array{anna_.text()}));
    EXPECT_TRUE(heard(alien).empty());
}

TEST_F(Announcing, APostWithFilesSaysSoAndADirectOneBearsItsSendersName) {
    auto bert = join(bert_);
    PostCreated fact;
    fact.post = post();
    fact.channel_type = "D";
    fact.sender_name = "@anna";
    FileInfo file;
    file.mime_type = "image/png";
    fact.post.metadata->files = std::vector{file};
    tell(fact);
    auto data = only(bert, "posted");
    EXPECT_EQ(text(data, "image"), "true");
    EXPECT_EQ(text(data, "otherFile"), "true");
    EXPECT_EQ(text(data, "channel_display_name"), "@anna");
    fact.post.metadata->files->at(0).mime_type = "text/plain";
    tell(fact);
    data = only(bert, "posted");
    EXPECT_FALSE(data.contains("image"));
    EXPECT_EQ(text(data, "otherFile"), "true");
}

TEST_F(Announcing, EditsTouchesAndReactionsGoToTheChannel) {
    auto bert = join(bert_);
    tell(PostEdited{post("after"), post("before"), anna_});
    const auto edited = only(bert, "post_edited");
    EXPECT_EQ(inner(edited, "post").at("message").as_string(), "after");
    EXPECT_EQ(edited.size(), 1u) << "the text before is nobody's";
    tell(PostTouched{post("pinned"), anna_, "pinned"});
    EXPECT_EQ(inner(only(bert, "post_edited"), "post").at("message").as_string(), "pinned");
    Reaction reaction;
    reaction.channel_id = town_;
    reaction.emoji_name = "smile";
    tell(ReactionAdded{reaction});
    EXPECT_EQ(inner(only(bert, "reaction_added"), "reaction").at("emoji_name").as_string(), "smile");
    tell(ReactionRemoved{reaction});
    EXPECT_EQ(inner(only(bert, "reaction_removed"), "reaction").at("emoji_name").as_string(), "smile");
    PostAcknowledgement ack{bert_, PostId::fresh(), 5, town_};
    tell(AcknowledgementAdded{ack});
    EXPECT_EQ(inner(only(bert, "post_acknowledgement_added"), "acknowledgement").at("user_id").as_string(),
              bert_.text());
    tell(AcknowledgementRemoved{ack});
    EXPECT_EQ(inner(only(bert, "post_acknowledgement_removed"), "acknowledgement").at("post_id").as_string(),
              ack.post_id.text());
}

TEST_F(Announcing, OnlyAdministratorsHearWhoDeletedAPost) {
    auto bert = join(bert_), admin = join(admin_);
    PostDeleted fact{post(), anna_};
    fact.post.props["deleteBy"] = anna_.text();
    tell(fact);
    const auto seen = only(bert, "post_deleted");
    EXPECT_FALSE(seen.contains("delete_by"));
    EXPECT_FALSE(inner(seen, "post").at("props").as_object().contains("deleteBy"));
    EXPECT_EQ(text(only(admin, "post_deleted"), "delete_by"), anna_.text());
}

TEST_F(Announcing, GuestsAreShownPostsWithoutChannelLinks) {
    auto bert = join(bert_), guest = join(guest_);
    auto linked = post("see ~secret");
    linked.props[messaging::channel_links_prop] =
        json::object{{"secret", json::object{{"display_name", "Secret"}}}};
    PostCreated fact;
    fact.post = linked;
    tell(fact);
    EXPECT_TRUE(
        inner(only(bert, "posted"), "post").at("props").as_object().contains(messaging::channel_links_prop));
    EXPECT_TRUE(inner(only(guest, "posted"), "post").at("props").as_object().empty());
    tell(PostEdited{linked, post(), anna_});
    EXPECT_TRUE(inner(only(bert, "post_edited"), "post")
                    .at("props")
                    .as_object()
                    .contains(messaging::channel_links_prop));
    EXPECT_TRUE(inner(only(guest, "post_edited"), "post").at("props").as_object().empty());
}

TEST_F(Announcing, WhatSomebodyReadIsToldToTheirOwnConnections) {
    auto anna = join(anna_), again = join(anna_), bert = join(bert_);
    tell(ChannelsViewed{anna_, {{town_.text(), 77}}});
    EXPECT_EQ(only(anna, "multiple_channels_viewed").at("channel_times").as_object().at(town_.text()), 77);
    only(again, "multiple_channels_viewed");
    ChannelUnreadAt unread;
    unread.user_id = anna_;
    unread.channel_id = town_;
    unread.msg_count = 4;
    unread.msg_count_root = 3;
    unread.mention_count = 2;
    unread.mention_count_root = 1;
    unread.last_viewed_at = 99;
    const auto id = PostId::fresh();
    tell(PostUnreadSet{id, unread});
    const auto data = only(anna, "post_unread");
    for (const auto& [key, value] : std::map<std::string, int>{{"msg_count", 4},
                                                               {"msg_count_root", 3},
                                                               {"mention_count", 2},
                                                               {"mention_count_root", 1},
                                                               {"urgent_mention_count", 0},
                                                               {"last_viewed_at", 99}})
        EXPECT_EQ(data.at(key), value) << key;
    EXPECT_EQ(text(data, "post_id"), id.text());
    EXPECT_TRUE(heard(bert).empty());
}

TEST_F(Announcing, EachFollowerHearsOfAThreadWithTheirOwnCounts) {
    auto anna = join(anna_), bert = join(bert_), alien = join(alien_);
    ThreadUpdated fact;
    fact.team_id = team_;
    fact.channel_id = town_;
    fact.thread.id = PostId::fresh();
    fact.thread.reply_count = 3;
    fact.thread.post = post("root");
    fact.readers.push_back({anna_, 11, 0, 0, 0, 0});
    fact.readers.push_back({bert_, 5, 2, 1, 1, 0});
    tell(fact);
    const auto for_bert = only(bert, "thread_updated");
    const auto thread = inner(for_bert, "thread");
    EXPECT_EQ(thread.at("id").as_string(), fact.thread.id.text());
    EXPECT_EQ(thread.at("unread_replies"), 2);
    EXPECT_EQ(thread.at("unread_mentions"), 1);
    EXPECT_EQ(thread.at("last_viewed_at"), 5);
    EXPECT_EQ(thread.at("reply_count"), 3);
    EXPECT_TRUE(thread.at("post").as_object().at("is_following").as_bool());
    EXPECT_EQ(for_bert.at("previous_unread_replies"), 1);
    EXPECT_EQ(for_bert.at("previous_unread_mentions"), 0);
    EXPECT_EQ(inner(only(anna, "thread_updated"), "thread").at("unread_replies"), 0);
    EXPECT_TRUE(heard(alien).empty());
}

TEST_F(Announcing, ReadingThreadsComesInThreeForms) {
    auto anna = join(anna_);
    const auto thread = PostId::fresh();
    tell(ThreadReadChanged{anna_, team_, town_, thread, 8, 1, 2, 3, 4});
    auto data = only(anna, "thread_read_changed");
    EXPECT_EQ(text(data, "thread_id"), thread.text());
    EXPECT_EQ(text(data, "channel_id"), town_.text());
    EXPECT_EQ(data.at("timestamp"), 8);
    EXPECT_EQ(data.at("unread_mentions"), 1);
    EXPECT_EQ(data.at("unread_replies"), 2);
    EXPECT_EQ(data.at("previous_unread_mentions"), 3);
    EXPECT_EQ(data.at("previous_unread_replies"), 4);
    tell(ThreadReadChanged{anna_, {}, town_, {}, 9});
    data = only(anna, "thread_read_changed");
    EXPECT_EQ(data.at("timestamp"), 9);
    EXPECT_FALSE(data.contains("thread_id"));
    tell(ThreadReadChanged{anna_, team_, {}, {}, 10});
    EXPECT_TRUE(only(anna, "thread_read_changed").empty()) << "all threads of the team";
    tell(ThreadFollowChanged{anna_, team_, thread, true, 6});
    data = only(anna, "thread_follow_changed");
    EXPECT_TRUE(data.at("state").as_bool());
    EXPECT_EQ(data.at("reply_count"), 6);
    EXPECT_EQ(text(data, "thread_id"), thread.text());
}

TEST_F(Announcing, WhoJoinsAChannelHearsItFromThenOnAndWhoLeavesNoMore) {
    auto alien = join(alien_), bert = join(bert_);
    tell(ChannelJoined{side_, team_, alien_, bert_});
    const auto added = only(bert, "user_added");
    EXPECT_EQ(text(added, "user_id"), alien_.text());
    EXPECT_EQ(text(added, "team_id"), team_.text());
    EXPECT_EQ(names(alien), Names{"user_added"});
    PostCreated fact;
    fact.post = post();
    fact.post.channel_id = side_;
    tell(fact);
    EXPECT_EQ(names(alien), Names{"posted"});
    heard(bert);
    tell(ChannelLeft{side_, team_, alien_, bert_});
    const auto removed = only(bert, "user_removed");
    EXPECT_EQ(text(removed, "user_id"), alien_.text());
    EXPECT_EQ(text(removed, "remover_id"), bert_.text());
    const auto own = only(alien, "user_removed");
    EXPECT_EQ(text(own, "channel_id"), side_.text());
    EXPECT_EQ(text(own, "remover_id"), bert_.text());
    tell(fact);
    EXPECT_TRUE(heard(alien).empty());
}

TEST_F(Announcing, ChannelsAreToldToThoseWhomTheyConcern) {
    auto anna = join(anna_), bert = join(bert_), alien = join(alien_);
    Channel channel;
    channel.id = side_;
    channel.team_id = team_;
    channel.type = "P";
    channel.delete_at = 44;
    tell(ChannelCreated{channel, anna_});
    EXPECT_EQ(text(only(anna, "channel_created"), "channel_id"), side_.text());
    EXPECT_TRUE(heard(bert).empty()) << "only its maker hears of it";
    tell(ChannelUpdated{channel, channel, anna_});
    EXPECT_EQ(inner(only(bert, "channel_updated"), "channel").at("id").as_string(), side_.text());
    EXPECT_TRUE(heard(anna).empty());
    tell(ChannelDeleted{channel, anna_});
    EXPECT_EQ(only(bert, "channel_deleted").at("delete_at"), 44);
    EXPECT_TRUE(heard(anna).empty()) << "a private channel's end is its members'";
    channel.type = "O";
    tell(ChannelDeleted{channel, anna_});
    EXPECT_EQ(text(only(anna, "channel_deleted"), "channel_id"), side_.text());
    EXPECT_TRUE(heard(alien).empty());
    tell(ChannelRestored{channel, anna_});
    EXPECT_EQ(names(anna), Names{"channel_restored"});
    tell(ChannelConverted{channel, anna_});
    EXPECT_EQ(text(only(anna, "channel_converted"), "channel_id"), side_.text());
    heard(bert);
    ChannelMember member;
    member.channel_id = side_;
    member.user_id = bert_;
    member.notify_props = {{"desktop", "all"}};
    tell(ChannelMemberUpdated{member, anna_});
    EXPECT_EQ(inner(only(bert, "channel_member_updated"), "channelMember")
                  .at("notify_props")
                  .as_object()
                  .at("desktop")
                  .as_string(),
              "all");
    EXPECT_TRUE(heard(anna).empty());
}

TEST_F(Announcing, NewConversationsBetweenPeopleReachAllOfThem) {
    auto anna = join(anna_), alien = join(alien_), bert = join(bert_);
    Channel direct;
    direct.id = ChannelId::fresh();
    direct.type = "D";
    tell(DirectCreated{direct, anna_, {alien_, anna_}});
    auto data = only(alien, "direct_added");
    EXPECT_EQ(text(data, "creator_id"), anna_.text());
    EXPECT_EQ(text(data, "teammate_id"), alien_.text());
    EXPECT_EQ(names(anna), Names{"direct_added"});
    Channel group;
    group.id = ChannelId::fresh();
    group.type = "G";
    tell(DirectCreated{group, anna_, {anna_, bert_, alien_}});
    data = only(alien, "group_added");
    EXPECT_EQ(json::parse(text(data, "teammate_ids")).as_array().size(), 3u);
    EXPECT_EQ(names(bert), Names{"group_added"});
    PostCreated fact;
    fact.post = post();
    fact.post.channel_id = group.id;
    tell(fact);
    EXPECT_EQ(names(alien), Names{"posted"}) << "and they belong to it at once";
}

TEST_F(Announcing, TeamsAreToldWithoutTheirSecrets) {
    auto anna = join(anna_), alien = join(alien_);
    Team team;
    team.id = team_;
    team.display_name = "Team";
    team.email = "owner@example.org";
    team.invite_id = "secretinvitation";
    for (const auto& [name, tell_it] :
         std::map<std::string, std::function<void()>>{{"update_team",
                                                       [&] {
                                                           tell(TeamUpdated{team, team, anna_});
                                                       }},
                                                      {"delete_team",
                                                       [&] {
                                                           tell(TeamDeleted{team, anna_});
                                                       }},
                                                      {"restore_team", [&] {
                                                           tell(TeamRestored{team, anna_});
                                                       }}}) {
        tell_it();
        const auto shown = inner(only(anna, name), "team");
        EXPECT_EQ(shown.at("display_name").as_string(), "Team");
        EXPECT_EQ(shown.at("email").as_string(), "") << name;
        EXPECT_EQ(shown.at("invite_id").as_string(), "") << name;
    }
    EXPECT_TRUE(heard(alien).empty());
    tell(TeamJoined{team_, alien_, anna_});
    auto data = only(alien, "added_to_team");
    EXPECT_EQ(text(data, "team_id"), team_.text());
    EXPECT_EQ(text(data, "user_id"), alien_.text());
    tell(TeamUpdated{team, team, anna_});
    EXPECT_EQ(names(alien), Names{"update_team"}) << "a member from then on";
    heard(anna);
    tell(TeamLeft{team_, alien_, anna_});
    EXPECT_EQ(text(only(anna, "leave_team"), "user_id"), alien_.text());
    EXPECT_EQ(names(alien), Names{"leave_team"});
    TeamMember member;
    member.user_id = anna_;
    member.team_id = team_;
    tell(TeamMemberUpdated{member, admin_});
    EXPECT_EQ(inner(only(anna, "memberrole_updated"), "member").at("team_id").as_string(), team_.text());
}

TEST_F(Announcing, AChangedUserIsSeenAsEachMaySee) {
    auto anna = join(anna_), bert = join(bert_), admin = join(admin_);
    User user;
    user.id = anna_;
    user.username = "anna";
    user.email = "anna@example.org";
    user.auth_data = "secret";
    user.notify_props = StringMap{{"mention_keys", "private"}};
    tell(UserUpdated{user, user, anna_});
    const auto for_bert = only(bert, "user_updated").at("user").as_object();
    EXPECT_EQ(for_bert.at("username").as_string(), "anna");
    EXPECT_FALSE(for_bert.contains("notify_props"));
    const auto for_anna = only(anna, "user_updated").at("user").as_object();
    EXPECT_EQ(for_anna.at("notify_props").as_object().at("mention_keys").as_string(), "private");
    const auto for_admin = only(admin, "user_updated").at("user").as_object();
    EXPECT_EQ(for_admin.at("email").as_string(), "anna@example.org");
    for (const auto& seen : {for_bert, for_anna, for_admin}) EXPECT_EQ(seen.at("auth_data").as_string(), "");
}

TEST_F(Announcing, WhatConcernsOnePersonReachesThatPerson) {
    auto anna = join(anna_), bert = join(bert_);
    tell(UserRolesChanged{anna_, "system_user", "system_user system_admin", admin_});
    EXPECT_EQ(text(only(anna, "user_role_updated"), "roles"), "system_user");
    tell(PreferencesChanged{anna_, {{anna_, "c", "n", "v"}}});
    EXPECT_EQ(json::parse(text(only(anna, "preferences_changed"), "preferences"))
                  .as_array()
                  .at(0)
                  .as_object()
                  .at("value")
                  .as_string(),
              "v");
    tell(PreferencesDeleted{anna_, {{anna_, "c", "n", "v"}}});
    EXPECT_EQ(names(anna), Names{"preferences_deleted"});
    SidebarCategory category;
    category.id = "favorites_x";
    category.user_id = anna_;
    category.team_id = team_;
    tell(CategoryCreated{category});
    EXPECT_EQ(text(only(anna, "sidebar_category_created"), "category_id"), "favorites_x");
    tell(CategoriesUpdated{anna_, team_, {category}});
    EXPECT_EQ(
        json::parse(text(only(anna, "sidebar_category_updated"), "updatedCategories")).as_array().size(), 1u);
    tell(CategoryDeleted{anna_, team_, "gone"});
    EXPECT_EQ(text(only(anna, "sidebar_category_deleted"), "category_id"), "gone");
    tell(CategoryOrderUpdated{anna_, team_, {"a", "b"}});
    EXPECT_EQ(only(anna, "sidebar_category_order_updated").at("order").as_array(), (json::array{"a", "b"}));
    Status status;
    status.user_id = anna_;
    status.status = "away";
    announcer_.tell_status(status);
    EXPECT_EQ(text(only(anna, "status_change"), "status"), "away");
    announcer_.whisper(anna_, post("psst"));
    const auto note = inner(only(anna, "ephemeral_message"), "post");
    EXPECT_EQ(note.at("type").as_string(), "system_ephemeral");
    EXPECT_EQ(note.at("message").as_string(), "psst");
    EXPECT_GT(note.at("create_at").to_number<Millis>(), 0);
    EXPECT_TRUE(heard(bert).empty());
}

TEST_F(Announcing, TheSocketThatSavedADraftIsNotToldOfIt) {
    auto saving = rig_.connect(anna_);
    const auto id = testing::connection_of(saving.event("hello"));
    auto other = join(anna_), bert = join(bert_);
    Draft draft;
    draft.user_id = anna_;
    draft.channel_id = town_;
    draft.message = "not yet";
    tell(DraftSaved{draft, true, id});
    EXPECT_EQ(inner(only(other, "draft_created"), "draft").at("message").as_string(), "not yet");
    EXPECT_TRUE(heard(saving).empty());
    tell(DraftSaved{draft, false, "nonsense"});
    EXPECT_EQ(names(saving), Names{"draft_updated"});
    heard(other);
    tell(DraftDeleted{draft, id});
    EXPECT_EQ(names(other), Names{"draft_deleted"});
    EXPECT_TRUE(heard(saving).empty());
    EXPECT_TRUE(heard(bert).empty());
}

TEST_F(Announcing, EverybodyHearsOfEmojiRolesPeopleAndSettings) {
    auto alien = join(alien_);
    EmojiAdded emoji;
    emoji.emoji.name = "parrot";
    tell(emoji);
    EXPECT_EQ(inner(only(alien, "emoji_added"), "emoji").at("name").as_string(), "parrot");
    RoleUpdated role;
    role.role.name = "system_user";
    tell(role);
    EXPECT_EQ(inner(only(alien, "role_updated"), "role").at("name").as_string(), "system_user");
    UserCreated created;
    created.user.id = anna_;
    tell(created);
    EXPECT_EQ(text(only(alien, "new_user"), "user_id"), anna_.text());
    tell(UserActivated{anna_, true, admin_});
    EXPECT_EQ(names(alien), Names{"user_activation_status_change"});
    announcer_.config_changed(R"({"SiteName":"X"})");
    EXPECT_EQ(only(alien, "config_changed").at("config").as_object().at("SiteName").as_string(), "X");
}

TEST_F(Announcing, TypingIsToldToTheOthersInTheChannel) {
    auto anna = join(anna_), bert = join(bert_), alien = join(alien_);
    const auto parent = PostId::fresh();
    announcer_.typing(anna_, town_, parent);
    const auto data = only(bert, "typing");
    EXPECT_EQ(text(data, "user_id"), anna_.text());
    EXPECT_EQ(text(data, "parent_id"), parent.text());
    EXPECT_TRUE(heard(anna).empty());
    EXPECT_TRUE(heard(alien).empty());
}

TEST_F(Announcing, AnEndedSessionLosesItsSocketAndADeactivatedPersonAll) {
    auto anna = join(anna_), bert = join(bert_), again = join(bert_);
    tell(SessionEnded{rig_.town.session(anna_).session_id, anna_, anna_, "revoked"});
    EXPECT_NE(anna.closing().opcode, 1);
    tell(UserActivated{bert_, false, admin_});
    EXPECT_NE(bert.closing().opcode, 1);
    EXPECT_NE(again.closing().opcode, 1);
}

TEST_F(Announcing, AFactThatMakesNoSenseOrThatNobodyNeedsStopsNoOther) {
    auto bert = join(bert_);
    EmojiAdded emoji;
    emoji.emoji.name = "parrot";
    announcer_.take({{PostCreated::kind, town_.bytes(), 1, R"({"post":5})"},
                     {PostCreated::kind, town_.bytes(), 1, "{"},
                     {"kind_of_a_later_version", town_.bytes(), 1, "{}"},
                     storage::fact_of(PasswordChanged{anna_, anna_}, 1),
                     storage::fact_of(emoji, 1)});
    EXPECT_EQ(names(bert), Names{"emoji_added"});
    EXPECT_EQ(announcer_.name(), "sockets@node-a");
    EXPECT_FALSE(announcer_.is_durable());
}

TEST_F(Announcing, AGroupIsToldToAllOrToAdministratorsAlone) {
    auto bert = join(bert_), admin = join(admin_);
    GroupSaved fact;
    fact.group.id = GroupId::fresh();
    fact.group.name = "devs";
    fact.group.display_name = "Developers";
    fact.group.source = "custom";
    fact.group.allow_reference = true;
    tell(fact);
    EXPECT_EQ(inner(only(bert, "received_group"), "group").at("name").as_string(), "devs");
    only(admin, "received_group");
    fact.group.allow_reference = false;
    tell(fact);
    EXPECT_TRUE(heard(bert).empty());
    only(admin, "received_group");
}

TEST_F(Announcing, WhoComesToAGroupHearsOfItAlone) {
    auto anna = join(anna_), bert = join(bert_);
    GroupMembersChanged fact;
    fact.group_id = GroupId::fresh();
    fact.added = {bert_};
    tell(fact);
    auto member = inner(only(bert, "group_member_add"), "group_member");
    EXPECT_EQ(text(member, "user_id"), bert_.text());
    EXPECT_EQ(text(member, "group_id"), fact.group_id.text());
    EXPECT_EQ(member.at("delete_at").as_int64(), 0);
    std::swap(fact.added, fact.removed);
    tell(fact);
    member = inner(only(bert, "group_member_deleted"), "group_member");
    EXPECT_GT(member.at("delete_at").as_int64(), 0);
    EXPECT_TRUE(heard(anna).empty());
}

TEST_F(Announcing, ALinkOfAGroupIsToldWhereItLeads) {
    auto anna = join(anna_), bert = join(bert_), alien = join(alien_);
    GroupLinkChanged fact;
    fact.group_id = GroupId::fresh();
    fact.place_id = id_as<AnyId>(team_);
    fact.is_linked = true;
    tell(fact);
    EXPECT_EQ(text(only(anna, "received_group_associated_to_team"), "group_id"), fact.group_id.text());
    only(bert, "received_group_associated_to_team");
    fact.place_id = id_as<AnyId>(side_);
    fact.is_channel = true;
    fact.is_linked = false;
    tell(fact);
    only(bert, "received_group_not_associated_to_channel");
    EXPECT_TRUE(heard(anna).empty());
    EXPECT_TRUE(heard(alien).empty());
}

}  // namespace
}  // namespace concordat::web
