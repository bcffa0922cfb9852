// Teams, channels, members, reading, sidebar and preferences as clients call them: status, type and shape.
#include <gtest/gtest.h>

#include "messaging/conversation/channel_lists.hpp"
#include "messaging/conversation/channel_members.hpp"
#include "messaging/conversation/channels.hpp"
#include "messaging/conversation/direct_channels.hpp"
#include "messaging/conversation/invitations.hpp"
#include "messaging/conversation/preferences.hpp"
#include "messaging/conversation/reading.hpp"
#include "messaging/conversation/sidebar.hpp"
#include "messaging/conversation/team_members.hpp"
#include "messaging/conversation/teams.hpp"
#include "messaging/group/user_groups.hpp"
#include "tests/support/store.hpp"
#include "web/api/channel_members.hpp"
#include "web/api/channels.hpp"
#include "web/api/preferences.hpp"
#include "web/api/sidebar.hpp"
#include "web/api/teams.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

// Takes the actor as given and asks the real gate.
class GivenActor : public Doorkeeper {
public:
    explicit GivenActor(identity::Gate& gate) : gate_(gate) {}
    void identify(Call&, bool) override {}
    void admit(const Call& call, Scope scope, Permission permission, const std::string& id) override {
        if (scope == Scope::anyone) return;
        concordat::require(call.actor.signed_in(), Fault::unauthenticated,
                           "api.context.session_expired.app_error");
        if (scope == Scope::system) gate_.require(call.actor, permission);
        if (scope == Scope::team) gate_.require_in_team(call.actor, permission, TeamId::from_text(id));
        if (scope == Scope::channel)
            gate_.require_in_channel(call.actor, permission, ChannelId::from_text(id));
        if (scope == Scope::self_or) gate_.require_self_or(call.actor, UserId::from_text(id), permission);
    }

private:
    identity::Gate& gate_;
};

struct PlacesTest : testing::Test {
    concordat::test::Store store;
    Metrics metrics;
    messaging::Teams teams{store.db, store.gate, store.settings};
    messaging::TeamMembers team_members{store.db, store.gate, store.settings};
    identity::Decisions decisions{store.db};
    identity::PostOffice office{store.db, metrics, store.settings};
    messaging::Invitations invitations{store.db, store.gate, office, decisions, store.settings};
    messaging::Channels channels{store.db, store.gate, store.settings};
    messaging::DirectChannels direct{store.db, store.gate, store.settings};
    messaging::ChannelLists lists{store.db, store.gate};
    messaging::ChannelMembers members{store.db, store.gate};
    messaging::Reading reading{store.db, store.gate, store.settings};
    messaging::Sidebar sidebar{store.db};
    messaging::Preferences preferences{store.db, store.gate};
    identity::Directories directories{store.settings};
    messaging::UserGroups groups{store.db, store.gate, directories, decisions, store.settings};
    GivenActor door{store.gate};
    Router router{door, metrics, {}};
    User alice = store.user("alice"), bob = store.user("bob");

    PlacesTest() {
        add_team_routes(router, teams, groups);
        add_team_member_routes(router, team_members, invitations, reading);
        add_invitation_routes(router, invitations);
        add_channel_routes(router, channels, direct, groups);
        add_channel_list_routes(router, lists, store.settings);
        add_channel_member_routes(router, members);
        add_reading_routes(router, reading);
        add_sidebar_routes(router, sidebar, store.gate);
        add_preference_routes(router, preferences);
    }

    // `path` may have a query. Nobody is signed in when `who` is null.
    Reply call(const User* who, Verb verb, const std::string& path, const std::string& body = {},
               const std::string& known_tag = {}) {
        Call call;
        const auto question = path.find('?');
        call.head.verb = verb;
        call.head.path = "/api/v4" + path.substr(0, question);
        if (question != path.npos) call.head.query = path.substr(question + 1);
        if (!known_tag.empty()) call.head.headers.add("If-None-Match", known_tag);
        if (who) call.actor = store.actor(*who);
        call.body = body;
        return router.run(router.plan(call.head), call);
    }
    json::value ok(const User* who, Verb verb, const std::string& path, const std::string& body = {},
                   int status = 200) {
        const auto reply = this->call(who, verb, path, body);
        EXPECT_EQ(reply.status, status) << path << ": " << reply.body;
        EXPECT_EQ(reply.content_type, "application/json");
        return json::parse(reply.body);
    }
    void refused(const User* who, Verb verb, const std::string& path, const std::string& body, int status,
                 const std::string& id) {
        const auto reply = this->call(who, verb, path, body);
        EXPECT_EQ(reply.status, status) << path << ": " << reply.body;
        EXPECT_EQ(json::parse(reply.body).at("id").as_string(), id) << path;
    }
    json::value made_team(const std::string& name = "crew") {
        return ok(&alice, Verb::post, "/teams",
                  R"({"name":")" + name + R"(","display_name":"Crew","type":"O"})", 201);
    }
    static std::string text(const json::value& object, const char* key) {
        return std::string(object.at(key).as_string());
    }
    static std::string header(const Reply& reply, const std::string& name) {
        for (const auto& [key, value] : reply.headers)
            if (key == name) return value;
        return {};
    }
};

TEST_F(PlacesTest, ATeamIsMadeFoundChangedAndLeft) {
    const auto team = made_team();
    const auto path = "/teams/" + text(team, "id");
    EXPECT_TRUE(team.at("scheme_id").is_null());
    EXPECT_EQ(ok(&alice, Verb::get, "/teams/name/crew").at("id"), team.at("id"));
    EXPECT_EQ(ok(&alice, Verb::get, "/teams/name/crew/exists"), json::parse(R"({"exists":true})"));
    EXPECT_EQ(text(ok(nullptr, Verb::get, "/teams/invite/" + text(team, "invite_id")), "name"), "crew");
    refused(&alice, Verb::get, "/teams/name/none", "", 404, "app.team.get_by_name.missing.app_error");
    refused(&alice, Verb::get, "/teams/zzzzzzzzzzzzzzzzzzzzzzzzz9", "", 404, "app.team.get.find.app_error");
    refused(&alice, Verb::get, "/teams/short", "", 400, "api.context.invalid_url_param.app_error");
    refused(&bob, Verb::get, path, "", 403, "api.context.permissions.app_error");
    refused(nullptr, Verb::get, path, "", 401, "api.context.session_expired.app_error");
    const auto member = R"({"team_id":")" + text(team, "id") + R"(","user_id":")" + bob.id.text() + R"("})";
    EXPECT_EQ(text(ok(&alice, Verb::post, path + "/members", member, 201), "roles"), "team_user");
    EXPECT_EQ(ok(&alice, Verb::post, path + "/members/batch?graceful=true", "[" + member + "]", 201)
                  .at(0)
                  .at("error"),
              json::value());
    EXPECT_EQ(ok(&bob, Verb::get, path + "/members?per_page=1").as_array().size(), 1u);
    EXPECT_EQ(ok(&bob, Verb::get, path + "/stats").at("total_member_count"), 2);
    EXPECT_EQ(text(ok(&bob, Verb::get, path), "email"), "");
    EXPECT_EQ(text(ok(&alice, Verb::put, path + "/patch", R"({"display_name":"Renamed"})"), "display_name"),
              "Renamed");
    refused(&alice, Verb::put, path, R"({"id":"zzzzzzzzzzzzzzzzzzzzzzzzz9","display_name":"X"})", 400,
            "api.context.invalid_body_param.app_error");
    EXPECT_EQ(ok(&bob, Verb::get, "/users/me/teams").as_array().size(), 1u);
    EXPECT_EQ(ok(&bob, Verb::get, "/users/me/teams/members").as_array().size(), 1u);
    refused(&bob, Verb::get, "/users/" + alice.id.text() + "/teams", "", 403,
            "api.context.permissions.app_error");
    EXPECT_EQ(text(ok(&bob, Verb::del, path + "/members/me"), "status"), "OK");
    EXPECT_EQ(text(ok(&bob, Verb::post, "/teams/members/invite?token=&invite_id=" + text(team, "invite_id"),
                      "", 201),
                   "user_id"),
              bob.id.text());
    refused(&bob, Verb::post, "/teams/members/invite", "", 400,
            "api.team.add_user_to_team_from_invite.invalid.app_error");
    EXPECT_EQ(
        ok(&bob, Verb::post, "/teams/search", R"({"term":"ren","page":0,"per_page":10})").at("total_count"),
        0);
    EXPECT_EQ(ok(&bob, Verb::get, "/teams?include_total_count=true").at("total_count"), 0);
    EXPECT_EQ(text(ok(&alice, Verb::del, path), "status"), "OK");
}

TEST_F(PlacesTest, AChannelIsMadeFoundJoinedAndArchived) {
    const auto team = text(made_team(), "id");
    team_members.add(store.actor(alice), TeamId::from_text(team), bob.id);
    const auto room =
        ok(&alice, Verb::post, "/channels",
           R"({"team_id":")" + team + R"(","name":"room","display_name":"Room","type":"O"})", 201);
    const auto path = "/channels/" + text(room, "id");
    refused(&alice, Verb::post, "/channels",
            R"({"team_id":")" + team + R"(","name":"room","display_name":"Room","type":"O"})", 400,
            "store.sql_channel.save_channel.exists.app_error");
    EXPECT_EQ(ok(&bob, Verb::get, path).at("id"), room.at("id"));
    EXPECT_EQ(ok(&bob, Verb::get, "/teams/name/crew/channels/name/room").at("id"), room.at("id"));
    EXPECT_EQ(text(ok(&bob, Verb::post, path + "/members", R"({"user_id":")" + bob.id.text() + R"("})", 201),
                   "channel_id"),
              text(room, "id"));
    EXPECT_EQ(ok(&bob, Verb::post, path + "/members", R"({"user_ids":[")" + bob.id.text() + R"("]})", 201)
                  .as_array()
                  .size(),
              1u);
    EXPECT_EQ(ok(&bob, Verb::get, path + "/stats?exclude_files_count=true").at("files_count"), -1);
    EXPECT_EQ(ok(&bob, Verb::get, path + "/timezones"), json::array());
    EXPECT_EQ(ok(&bob, Verb::put, path + "/members/me/notify_props",
                 R"({"mark_unread":"mention","channel_id":"x"})")
                  .at("status"),
              "OK");
    EXPECT_EQ(text(ok(&alice, Verb::put, path + "/patch", R"({"header":"h"})"), "header"), "h");
    EXPECT_EQ(text(ok(&alice, Verb::put, path + "/privacy", R"({"privacy":"P"})"), "type"), "P");
    refused(&bob, Verb::put, path + "/privacy", R"({"privacy":"O"})", 403,
            "api.context.permissions.app_error");
    EXPECT_EQ(ok(&alice, Verb::post, "/channels/stats/member_count", R"([")" + text(room, "id") + R"("])")
                  .at(text(room, "id")),
              2);
    EXPECT_EQ(ok(&alice, Verb::post, "/channels/search?system_console=false", R"({"term":"room"})")
                  .as_array()
                  .size(),
              1u);
    refused(&alice, Verb::post, "/channels/search", R"({"term":"room"})", 403,
            "api.context.permissions.app_error");
    EXPECT_EQ(ok(&alice, Verb::del, path).at("status"), "OK");
    EXPECT_EQ(ok(&alice, Verb::get, "/teams/" + team + "/channels/deleted").as_array().size(), 1u);
    refused(&alice, Verb::get, "/teams/" + team + "/channels/name/room", "", 404,
            "app.channel.get_by_name.missing.app_error");
    EXPECT_EQ(ok(&alice, Verb::post, path + "/restore").at("delete_at"), 0);
}

TEST_F(PlacesTest, MessagesBetweenPeopleAnswerCreatedEachTime) {
    const auto both = R"([")" + alice.id.text() + R"(",")" + bob.id.text() + R"("])";
    const auto first = ok(&alice, Verb::post, "/channels/direct", both, 201);
    EXPECT_EQ(ok(&bob, Verb::post, "/channels/direct", both, 201).at("id"), first.at("id"));
    EXPECT_EQ(text(first, "team_id"), "");
    refused(&alice, Verb::post, "/channels/group", both, 400, "api.channel.create_group.bad_size.app_error");
    EXPECT_EQ(ok(&alice, Verb::get, "/channels/" + text(first, "id") + "/common_teams"), json::array());
    refused(&alice, Verb::del, "/channels/" + text(first, "id") + "/members/me", "", 400,
            "api.channel.remove_channel_member.type.app_error");
}

TEST_F(PlacesTest, AllMembershipsAreOneObjectALine) {
    made_team();
    const auto reply = call(&alice, Verb::get, "/users/me/channel_members?page=-1&per_page=60");
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.content_type, "application/x-ndjson");
    EXPECT_EQ(std::count(reply.body.begin(), reply.body.end(), '\n'), 2);
    EXPECT_EQ(reply.body.back(), '\n');
    EXPECT_EQ(json::parse(reply.body.substr(0, reply.body.find('\n'))).at("team_name").as_string(), "crew");
    EXPECT_EQ(ok(&alice, Verb::get, "/users/me/channel_members?page=0&per_page=1").as_array().size(), 1u);
    refused(&bob, Verb::get, "/users/" + alice.id.text() + "/channel_members?page=-1", "", 403,
            "api.context.permissions.app_error");
}

TEST_F(PlacesTest, AListOfChannelsIsSentOnceUntilItChanges) {
    const auto team = made_team();
    refused(&bob, Verb::get, "/users/me/channels", "", 404, "app.channel.get_channels.not_found.app_error");
    EXPECT_EQ(ok(&alice, Verb::get, "/users/me/channels").as_array().size(), 2u);
    const auto path = "/users/me/teams/" + text(team, "id") + "/channels";
    const auto tag = header(call(&alice, Verb::get, path), "ETag");
    EXPECT_TRUE(tag.starts_with("11."));
    EXPECT_EQ(call(&alice, Verb::get, path, {}, tag).status, 304);
    EXPECT_EQ(call(&alice, Verb::get, path, {}, tag).body, "");
    store.wait(2);
    ok(&alice, Verb::post, "/channels",
       R"({"team_id":")" + text(team, "id") + R"(","name":"more","display_name":"More","type":"P"})", 201);
    EXPECT_EQ(call(&alice, Verb::get, path, {}, tag).status, 200);
}

TEST_F(PlacesTest, ViewingAnswersWithTimes) {
    const auto team = made_team();
    team_members.add(store.actor(alice), TeamId::from_text(text(team, "id")), bob.id);
    const auto town = store.db
                          .read([&](storage::Tx& tx) {
                              return storage::ChannelTable(tx).by_name(TeamId::from_text(text(team, "id")),
                                                                       "town-square", false);
                          })
                          ->id.text();
    const auto viewed =
        ok(&alice, Verb::post, "/channels/members/me/view",
           R"({"channel_id":")" + town + R"(","prev_channel_id":"","collapsed_threads_supported":true})");
    EXPECT_EQ(text(viewed, "status"), "OK");
    EXPECT_EQ(ok(&alice, Verb::post, "/channels/members/me/view", R"({"channel_id":""})")
                  .at("last_viewed_at_times"),
              json::object());
    EXPECT_EQ(
        text(ok(&alice, Verb::post, "/channels/members/me/mark_read", R"([")" + town + R"("])"), "status"),
        "OK");
    refused(&alice, Verb::post, "/channels/members/" + bob.id.text() + "/view", R"({"channel_id":""})", 403,
            "api.context.permissions.app_error");
    EXPECT_EQ(ok(&alice, Verb::get, "/users/me/channels/" + town + "/unread").at("msg_count"), 0);
    EXPECT_EQ(
        ok(&alice, Verb::get, "/users/me/teams/unread?include_collapsed_threads=true").as_array().size(), 1u);
    EXPECT_EQ(ok(&alice, Verb::get, "/users/me/teams/unread?exclude_team=" + text(team, "id")),
              json::array());
}

TEST_F(PlacesTest, TheSidebarIsOnesOwn) {
    const auto team = text(made_team(), "id");
    const auto path = "/users/" + alice.id.text() + "/teams/" + team + "/channels/categories";
    const auto all = ok(&alice, Verb::get, path);
    const auto category =
        R"({"user_id":")" + alice.id.text() + R"(","team_id":")" + team + R"(","display_name":"Work"})";
    EXPECT_EQ(all.at("categories").as_array().size(), 3u);
    const auto made = ok(&alice, Verb::post, path, category);
    EXPECT_EQ(text(made, "type"), "custom");
    EXPECT_EQ(ok(&alice, Verb::get, path + "/order").as_array().size(), 4u);
    EXPECT_EQ(ok(&alice, Verb::get, path + "/" + text(made, "id")), made);
    EXPECT_EQ(text(ok(&alice, Verb::put, path + "/" + text(made, "id"), category), "display_name"), "Work");
    refused(&alice, Verb::put, path + "/order", json::serialize(all.at("order")), 400,
            "app.channel.sidebar_categories.app_error");
    EXPECT_EQ(ok(&alice, Verb::del, path + "/" + text(made, "id")).at("status"), "OK");
    EXPECT_EQ(ok(&alice, Verb::put, path + "/order", json::serialize(all.at("order"))), all.at("order"));
    refused(&alice, Verb::post, path, R"({"display_name":"Nobody's"})", 400,
            "api.context.invalid_body_param.app_error");
    refused(&bob, Verb::get, path, "", 403, "api.context.permissions.app_error");
    refused(&bob, Verb::post, path, category, 403, "api.context.permissions.app_error");
    refused(&bob, Verb::get, "/users/me/teams/" + team + "/channels/categories", "", 403,
            "api.context.permissions.app_error");
}

TEST_F(PlacesTest, PreferencesAreKeptByCategoryAndName) {
    const auto one = R"([{"user_id":")" + alice.id.text() +
                     R"(","category":"display_settings","name":"clock","value":"24"}])";
    EXPECT_EQ(ok(&alice, Verb::get, "/users/me/preferences"), json::array());
    EXPECT_EQ(ok(&alice, Verb::put, "/users/me/preferences", one).at("status"), "OK");
    EXPECT_EQ(json::serialize(ok(&alice, Verb::get, "/users/me/preferences")), one);
    EXPECT_EQ(text(ok(&alice, Verb::get, "/users/me/preferences/display_settings/name/clock"), "value"),
              "24");
    EXPECT_EQ(ok(&alice, Verb::post, "/users/me/preferences/delete", one).at("status"), "OK");
    refused(&alice, Verb::get, "/users/me/preferences/display_settings", "", 404,
            "app.preference.get_category.app_error");
    refused(&alice, Verb::put, "/users/me/preferences", "[]", 400,
            "api.context.invalid_body_param.app_error");
    refused(&bob, Verb::put, "/users/" + alice.id.text() + "/preferences", one, 403,
            "api.context.permissions.app_error");
    refused(&bob, Verb::put, "/users/me/preferences", one, 403,
            "api.preference.update_preferences.set.app_error");
}

}  // namespace
}  // namespace concordat::web
