// People through the routes: what is seen, who may do what, statuses.
#include "tests/web/api/node.hpp"

namespace concordat::web {
namespace {

using test::Answer;
using test::good_password;
using test::login_body;
using test::Node;
using test::Person;
using Names = std::vector<std::string>;

constexpr const char* forbidden = "api.context.permissions.app_error";

std::string ids(const std::vector<Person>& people) {
    std::vector<UserId> all;
    for (const auto& person : people) all.push_back(person.user.id);
    return json_text(all);
}

class Users : public ::testing::Test {
protected:
    Users() : Users(Settings()) {}
    explicit Users(Settings settings)
        : node(std::move(settings)),
          admin(node.found()),
          alice(node.join("alice")),
          bob(node.join("bob")),
          carol(node.join("carol")) {
        team = node.store.team();
        room = node.store.channel(team, "room");
        for (const auto* person : {&alice, &bob}) node.store.add(person->user, room);
        node.store.add(carol.user, team);
    }
    std::string path(const Person& person, const std::string& rest = {}) {
        return "/users/" + person.user.id.text() + rest;
    }
    Node node;
    Person admin, alice, bob, carol;
    Team team;
    Channel room;
};

TEST_F(Users, AreSeenWholeByThemselvesAndLessByOthers) {
    const json::object own = node.get(alice, "/users/me").parsed().as_object();
    EXPECT_TRUE(own.contains("notify_props") && own.contains("last_password_update"));
    const auto seen = node.get(bob, path(alice)).parsed().as_object();
    for (const char* key : {"notify_props", "last_password_update", "password", "mfa_secret",
                            "failed_attempts", "email_verified"})
        EXPECT_FALSE(seen.contains(key)) << key;
    EXPECT_EQ(seen.at("auth_data").as_string(), "");
    EXPECT_EQ(seen.at("email").as_string(), "alice@example.org");
    EXPECT_TRUE(node.get(admin, path(alice)).parsed().as_object().contains("notify_props"));
}

Settings discreet() {
    Settings settings;
    settings.PrivacySettings.ShowEmailAddress = settings.PrivacySettings.ShowFullName = false;
    return settings;
}

class DiscreetUsers : public Users {
protected:
    DiscreetUsers() : Users(discreet()) {}
};

TEST_F(DiscreetUsers, HideAddressesAndNamesFromOthersInEveryList) {
    for (const auto& answer : {node.get(bob, "/users"), node.post(bob, "/users/ids", ids({alice})),
                               node.post(bob, "/users/usernames", R"(["alice"])"),
                               node.post(bob, "/users/search", R"({"term":"alice"})")}) {
        ASSERT_EQ(answer.status(), 200) << answer.body;
        EXPECT_EQ(answer.body.find("alice@example.org"), std::string::npos) << answer.body;
        EXPECT_EQ(answer.body.find("First-alice"), std::string::npos) << answer.body;
        EXPECT_NE(answer.body.find("\"alice\""), std::string::npos) << answer.body;
    }
    EXPECT_EQ(node.get(bob, "/users/email/alice@example.org").status(), 403);
    EXPECT_EQ(node.get(admin, "/users/email/alice@example.org").status(), 200);
    EXPECT_EQ(node.post(bob, "/users/search", R"({"term":"First-ali"})").body, "[]")
        << "what is hidden is not searched";
    EXPECT_EQ(node.post(admin, "/users/search", R"({"term":"First-ali"})").all("username"), Names{"alice"});
}

TEST_F(Users, AreLookedUpByIdNameAndAddress) {
    for (const auto& where :
         {path(alice), std::string("/users/username/ALICE"), std::string("/users/email/alice@example.org")})
        EXPECT_EQ(node.get(bob, where).text("id"), alice.user.id.text()) << where;
    EXPECT_EQ(node.get(bob, "/users/" + std::string(26, 'y')).status(), 404);
    EXPECT_EQ(node.get(bob, "/users/username/nobody").status(), 404);
    EXPECT_EQ(node.get(bob, "/users/x").error(), "api.context.invalid_url_param.app_error");
}

TEST_F(Users, ComeWithATagThatChangesWithThem) {
    const auto tag = node.get(bob, path(alice)).header("ETag");
    EXPECT_TRUE(
        tag.starts_with("11.6.0." + alice.user.id.text() + "." + std::to_string(alice.user.update_at) + "."))
        << tag;
    const auto again = node.ask(Verb::get, path(alice),
                                {.token = bob.token, .body = {}, .headers = {{"If-None-Match", tag}}});
    EXPECT_EQ(again.status(), 304);
    EXPECT_EQ(again.body, "");
    EXPECT_EQ(again.header("ETag"), tag);
    node.put(alice, "/users/me/patch", R"({"nickname":"al"})");
    EXPECT_EQ(node.ask(Verb::get, path(alice),
                       {.token = bob.token, .body = {}, .headers = {{"If-None-Match", tag}}})
                  .status(),
              200);
    EXPECT_NE(node.get(alice, path(alice)).header("ETag"), node.get(bob, path(alice)).header("ETag"))
        << "each sees something else";
}

TEST_F(Users, AreListedByTeamAndChannel) {
    const auto in_team = "/users?in_team=" + team.id.text(), in_room = "/users?in_channel=" + room.id.text();
    EXPECT_EQ(node.get(alice, in_team).all("username"), (Names{"alice", "bob", "carol"}));
    EXPECT_EQ(node.get(alice, in_room).all("username"), (Names{"alice", "bob"}));
    EXPECT_EQ(node.get(alice, in_team + "&not_in_channel=" + room.id.text()).all("username"), Names{"carol"});
    EXPECT_EQ(node.get(alice, "/users?not_in_team=" + team.id.text()).all("username"), Names{"founder"});
    EXPECT_EQ(node.get(alice, in_team + "&page=1&per_page=2").all("username"), Names{"carol"});
    EXPECT_EQ(node.get(alice, "/users?roles=system_admin&page=0&per_page=100").all("username"),
              Names{"founder"});
    EXPECT_EQ(node.get(alice, in_team + "&sort=last_activity_at").status(), 200);
    EXPECT_EQ(node.get(alice, in_room + "&sort=status").status(), 200);
    EXPECT_EQ(node.get(alice, in_room + "&sort=admin").status(), 200);
    for (const char* query : {"/users?sort=height", "/users?sort=create_at", "/users?roles=no_such_role",
                              "/users?active=true&inactive=true", "/users?in_team=x"})
        EXPECT_EQ(node.get(alice, query).status(), 400) << query;
}

TEST_F(Users, AreListedOnlyWhereOneBelongs) {
    const auto stranger = node.join("stranger");
    for (const auto& query :
         {"?in_team=" + team.id.text(), "?not_in_team=" + team.id.text(), "?in_channel=" + room.id.text(),
          "?not_in_channel=" + room.id.text(), std::string("?without_team=true")})
        EXPECT_EQ(node.get(stranger, "/users" + query).error(), forbidden) << query;
    EXPECT_EQ(node.get(admin, "/users?without_team=true").all("username"), (Names{"founder", "stranger"}));
    EXPECT_EQ(node.get(stranger, "/users/autocomplete?in_team=" + team.id.text() +
                                     "&in_channel=" + room.id.text() + "&name=a")
                  .error(),
              forbidden);
    EXPECT_EQ(
        node.post(stranger, "/users/search", R"({"term":"a","team_id":")" + team.id.text() + "\"}").error(),
        forbidden);
}

TEST_F(Users, InactiveOnesAreListedApart) {
    node.put(admin, path(carol, "/active"), R"({"active":false})");
    const auto in_team = "/users?in_team=" + team.id.text();
    EXPECT_EQ(node.get(alice, in_team + "&active=true").all("username"), (Names{"alice", "bob"}));
    EXPECT_EQ(node.get(alice, in_team + "&inactive=true").all("username"), Names{"carol"});
    EXPECT_EQ(node.post(alice, "/users/search", R"({"term":"carol"})").body, "[]");
    EXPECT_EQ(node.post(alice, "/users/search", R"({"term":"carol","allow_inactive":true})").all("username"),
              Names{"carol"});
}

TEST_F(Users, AreFoundManyAtOnce) {
    EXPECT_EQ(node.post(bob, "/users/ids",
                        R"([")" + alice.user.id.text() + R"(",")" + std::string(26, 'y') + R"(","odd"])")
                  .all("username"),
              Names{"alice"});
    EXPECT_EQ(node.post(bob, "/users/ids?since=" + std::to_string(alice.user.update_at), ids({alice})).body,
              "[]");
    EXPECT_EQ(node.post(bob, "/users/ids?since=soon", ids({alice})).status(), 400);
    EXPECT_EQ(node.post(bob, "/users/usernames", R"(["ALICE","nobody"])").all("username"), Names{"alice"});
    for (const char* where : {"/users/ids", "/users/usernames", "/users/group_channels", "/users/status/ids"})
        for (const char* body : {"[]", "null", "{}", "17"})
            EXPECT_EQ(node.post(bob, where, body).status(), 400) << where << " " << body;
    EXPECT_EQ(node.get(alice, "/users/known").parsed().as_array().size(), 1u);
    EXPECT_EQ(node.get(alice, "/users/stats").parsed().at("total_users_count").as_int64(), 4);
}

TEST_F(Users, AreSearchedByTheStartOfANameWhateverTheCase) {
    EXPECT_EQ(node.post(bob, "/users/search", R"({"term":"@ALI"})").all("username"), Names{"alice"});
    EXPECT_EQ(node.post(bob, "/users/search", R"({"term":"first-al"})").all("username"), Names{"alice"});
    for (const char* term : {"%", "_", "\\\\", "'", "*", "; --"})
        EXPECT_EQ(node.post(bob, "/users/search", std::string(R"({"term":")") + term + "\"}").body, "[]")
            << term;
    for (const char* body :
         {R"({"term":""})", R"({"term":"a","limit":0})", R"({"term":"a","limit":1001})", R"({"term":7})"})
        EXPECT_EQ(node.post(bob, "/users/search", body).status(), 400) << body;
    const auto outside = R"({"term":"c","not_in_channel_id":")" + room.id.text() + "\"";
    EXPECT_EQ(node.post(bob, "/users/search", outside + "}").error(),
              "api.context.invalid_body_param.app_error")
        << "outside of a channel needs a team";
    EXPECT_EQ(
        node.post(bob, "/users/search", outside + R"(,"team_id":")" + team.id.text() + "\"}").all("username"),
        Names{"carol"});
}

TEST_F(Users, AreCompletedInTheChannelAndAround) {
    const auto where = "/users/autocomplete?in_team=" + team.id.text();
    const auto in_room = node.get(alice, where + "&in_channel=" + room.id.text() + "&name=").parsed();
    EXPECT_EQ(Answer::all_of(in_room.at("users"), "username"), (Names{"alice", "bob"}));
    EXPECT_EQ(Answer::all_of(in_room.at("out_of_channel"), "username"), Names{"carol"});
    const auto in_team = node.get(alice, where + "&name=c").parsed();
    EXPECT_EQ(Answer::all_of(in_team.at("users"), "username"), Names{"carol"});
    EXPECT_FALSE(in_team.as_object().contains("out_of_channel"));
    EXPECT_EQ(node.get(alice, where + "&name=&limit=1").parsed().at("users").as_array().size(), 1u);
}

// -- guests -----------------------------------------------------------------------------------------

TEST_F(Users, GuestsSeeOnlyPeopleOfTheirChannels) {
    const auto guest = node.guest("gil");
    node.store.add(guest.user, room);
    EXPECT_EQ(node.get(guest, path(alice)).status(), 200);
    EXPECT_EQ(node.get(guest, path(carol)).error(), forbidden);
    EXPECT_EQ(node.get(guest, "/users/username/carol").error(), forbidden);
    EXPECT_EQ(node.get(guest, "/users").all("username"), (Names{"alice", "bob", "gil"}));
    EXPECT_EQ(node.post(guest, "/users/ids", ids({alice, carol, guest})).all("username"),
              (Names{"alice", "gil"}));
    EXPECT_EQ(node.post(guest, "/users/usernames", R"(["alice","carol"])").all("username"), Names{"alice"});
    EXPECT_EQ(node.post(guest, "/users/search", R"({"term":"carol"})").body, "[]");
    EXPECT_EQ(node.get(guest, "/users/stats").parsed().at("total_users_count").as_int64(), 3);
    EXPECT_EQ(node.get(alice, "/users/username/gil").status(), 200);
}

// -- changes ----------------------------------------------------------------------------------------

TEST_F(Users, ChangeThemselvesAndNobodyElse) {
    const auto patched = node.put(alice, "/users/me/patch", R"({"nickname":"Al","locale":"fr"})");
    EXPECT_EQ(patched.text("nickname"), "Al");
    EXPECT_EQ(patched.text("first_name"), "First-alice");
    EXPECT_EQ(node.put(alice, "/users/me/patch", "null").status(), 400);
    EXPECT_EQ(node.put(bob, path(alice, "/patch"), R"({"nickname":"hacked"})").error(), forbidden);
    EXPECT_EQ(node.put(admin, path(alice, "/patch"), R"({"nickname":"renamed"})").text("nickname"),
              "renamed");
}

TEST_F(Users, AreReplacedWholeWithoutWhatIsNotTheirs) {
    auto whole = node.get(alice, "/users/me").parsed().as_object();
    whole["nickname"] = "Queen";
    whole["roles"] = "system_admin system_user";
    whole["delete_at"] = 5;
    const auto answer = node.put(alice, path(alice), json::serialize(whole));
    EXPECT_EQ(answer.text("nickname"), "Queen");
    EXPECT_EQ(answer.text("roles"), "system_user");
    EXPECT_EQ(answer.parsed().at("delete_at").as_int64(), 0);
    EXPECT_EQ(node.put(bob, path(bob), json::serialize(whole)).status(), 400)
        << "the body names somebody else";
}

TEST_F(Users, ProveTheirPasswordToChangeTheirAddress) {
    EXPECT_EQ(node.put(alice, "/users/me/patch", R"({"email":"new@example.org"})").error(),
              "api.user.check_user_password.invalid.app_error");
    EXPECT_EQ(
        node.put(alice, "/users/me/patch", R"({"email":"new@example.org","password":"wrong"})").status(),
        400);
    EXPECT_EQ(node.put(alice, "/users/me/patch",
                       std::string(R"({"email":"new@example.org","password":")") + good_password + "\"}")
                  .text("email"),
              "new@example.org");
}

TEST_F(Users, ChangeTheirPasswordWithTheOldOne) {
    const auto body = [](const std::string& current) {
        return json_text(StringMap{{"current_password", current}, {"new_password", "a brand new secret"}});
    };
    EXPECT_EQ(node.put(alice, "/users/me/password", body("")).status(), 400);
    EXPECT_EQ(node.put(alice, "/users/me/password", body("not it at all")).status(), 400);
    EXPECT_EQ(node.put(bob, path(alice, "/password"), body(good_password)).error(), forbidden);
    EXPECT_EQ(node.put(alice, "/users/me/password", body(good_password)).status(), 200);
    EXPECT_EQ(node.ask(Verb::post, "/users/login", {.token = {}, .body = login_body("alice")}).status(), 401);
    EXPECT_EQ(
        node.ask(Verb::post, "/users/login", {.token = {}, .body = login_body("alice", "a brand new secret")})
            .status(),
        200);
    EXPECT_EQ(node.put(admin, path(bob, "/password"), R"({"new_password":"given by the admin"})").status(),
              200);
    EXPECT_EQ(node.get(bob, "/users/me").status(), 401)
        << "a password set by somebody else ends the sessions";
}

TEST_F(Users, AreDeactivatedByAdministratorsOnly) {
    const auto off = R"({"active":false})";
    EXPECT_EQ(node.put(bob, path(alice, "/active"), off).error(), forbidden);
    EXPECT_EQ(node.del(bob, path(alice)).error(), forbidden);
    EXPECT_EQ(node.put(alice, path(alice, "/active"), off).error(),
              "api.user.update_active.not_enable.app_error");
    EXPECT_EQ(node.put(alice, path(alice, "/active"), R"({"active":true})").error(), forbidden);
    EXPECT_EQ(node.put(admin, path(alice, "/active"), "{}").status(), 400);
    EXPECT_EQ(node.put(admin, path(alice, "/active"), off).status(), 200);
    EXPECT_EQ(node.get(alice, "/users/me").status(), 401);
    EXPECT_EQ(node.ask(Verb::post, "/users/login", {.token = {}, .body = login_body("alice")}).error(),
              "api.user.login.invalid_credentials_email_username");
    EXPECT_EQ(node.del(admin, path(bob)).status(), 200);
    EXPECT_EQ(node.get(bob, "/users/me").status(), 401);
    EXPECT_EQ(node.del(admin, path(bob) + "?permanent=true").status(), 501);
}

TEST_F(Users, AreGivenRolesByAdministratorsOnly) {
    const auto up = R"({"roles":"system_admin system_user"})";
    EXPECT_EQ(node.put(alice, path(alice, "/roles"), up).error(), forbidden);
    for (const char* body : {R"({"roles":"system_admin"})", R"({"roles":"no_such_role system_user"})",
                             R"({"roles":"system_user channel_admin"})",
                             R"({"roles":"system_user system_guest"})", R"({"roles":""})"})
        EXPECT_EQ(node.put(admin, path(alice, "/roles"), body).status(), 400) << body;
    EXPECT_EQ(node.put(admin, path(alice, "/roles"), up).status(), 200);
    EXPECT_EQ(node.get(alice, "/roles").status(), 200) << "the sessions know at once";
}

TEST_F(Users, TypeWhereTheyMayPost) {
    const auto body = R"({"channel_id":")" + room.id.text() + R"(","parent_id":""})";
    EXPECT_EQ(node.post(alice, "/users/me/typing", body).status(), 200);
    EXPECT_EQ(node.post(carol, "/users/me/typing", body).error(), forbidden);
    EXPECT_EQ(node.post(bob, path(alice, "/typing"), body).error(), forbidden);
    ASSERT_EQ(node.typed.size(), 1u);
    EXPECT_EQ(node.typed[0], std::pair(alice.user.id, room.id));
}

// -- statuses ---------------------------------------------------------------------------------------

std::string status_body(const Person& person, const std::string& status, const std::string& more = {}) {
    return R"({"user_id":")" + person.user.id.text() + R"(","status":")" + status + "\"" + more + "}";
}

TEST_F(Users, ChooseTheirStatus) {
    EXPECT_EQ(node.put(alice, "/users/me/status", status_body(alice, "away")).text("status"), "away");
    EXPECT_EQ(node.get(bob, path(alice, "/status")).text("status"), "away");
    EXPECT_EQ(node.put(alice, "/users/me/status", status_body(alice, "dnd", R"(,"dnd_end_time":4000000017)"))
                      .parsed()
                      .at("dnd_end_time")
                      .as_int64() %
                  60,
              0);
    for (const auto& body : {status_body(alice, "asleep"), status_body(alice, "ooo"),
                             status_body(bob, "away"), std::string("null")})
        EXPECT_EQ(node.put(alice, "/users/me/status", body).status(), 400) << body;
    EXPECT_EQ(node.put(bob, path(alice, "/status"), status_body(alice, "away")).error(), forbidden);
    const auto unknown = Person{[] {
                                    User user;
                                    user.id = UserId::fresh();
                                    return user;
                                }(),
                                {}};
    EXPECT_EQ(node.put(admin, path(unknown, "/status"), status_body(unknown, "away")).status(), 404);
}

TEST_F(Users, AreAskedForTheirStatusesAtOnce) {
    node.put(alice, "/users/me/status", status_body(alice, "dnd"));
    const auto answer = node.post(bob, "/users/status/ids", ids({alice, carol}));
    EXPECT_EQ(answer.all("status"), (Names{"dnd", "offline"}));
    EXPECT_EQ(node.post(bob, "/users/status/ids", R"(["x"])").status(), 400);
}

TEST_F(Users, WriteAndForgetACustomStatus) {
    const auto soon =
        R"({"emoji":"palm_tree","text":"On holiday","duration":"thirty_minutes","expires_at":"2099-05-01T10:00:00.123Z"})";
    const auto for_ever = R"({"emoji":"","text":"Here","duration":"","expires_at":"0001-01-01T00:00:00Z"})";
    EXPECT_EQ(node.put(alice, "/users/me/status/custom", soon).body, R"({"status":"OK"})");
    EXPECT_EQ(parse_json_value(node.get(bob, path(alice)).parsed().at("props").at("customStatus").as_string())
                  .at("text")
                  .as_string(),
              "On holiday");
    EXPECT_EQ(node.put(alice, "/users/me/status/custom", for_ever).status(), 200);
    const auto props = [&] { return node.get(alice, "/users/me").parsed().at("props"); };
    EXPECT_EQ(Answer::all_of(parse_json_value(props().at("recentCustomStatuses").as_string()), "text"),
              (Names{"Here", "On holiday"}));
    EXPECT_EQ(node.post(alice, "/users/me/status/custom/recent/delete", soon).status(), 200);
    EXPECT_EQ(Answer::all_of(parse_json_value(props().at("recentCustomStatuses").as_string()), "text"),
              Names{"Here"});
    EXPECT_EQ(node.del(alice, "/users/me/status/custom").status(), 200);
    EXPECT_EQ(props().at("customStatus").as_string(), "");
    EXPECT_EQ(node.put(bob, path(alice, "/status/custom"), soon).error(), forbidden);
}

TEST_F(Users, CustomStatusesSaySomethingAndEndLater) {
    for (const char* body :
         {R"({"emoji":"","text":"  ","duration":""})",
          R"({"text":"x","duration":"for_ages","expires_at":"2099-05-01T10:00:00Z"})",
          R"({"text":"x","duration":"today","expires_at":"2001-05-01T10:00:00Z"})",
          R"({"text":"x","duration":"today"})", R"({"text":"x","expires_at":"tomorrow"})", "null"})
        EXPECT_EQ(node.put(alice, "/users/me/status/custom", body).status(), 400) << body;
    for (int i = 0; i < 8; ++i)
        node.put(alice, "/users/me/status/custom", R"({"text":"status )" + std::to_string(i) + "\"}");
    EXPECT_EQ(parse_json_value(
                  node.get(alice, "/users/me").parsed().at("props").at("recentCustomStatuses").as_string())
                  .as_array()
                  .size(),
              5u);
}

TEST(TimesOfClients, AreReadAsRfc3339) {
    using identity::time_of_rfc3339;
    EXPECT_EQ(time_of_rfc3339("1970-01-01T00:00:01Z"), 1000);
    EXPECT_EQ(time_of_rfc3339("2024-02-29T12:00:00.5+01:30"), 1709202600500);
    EXPECT_LT(*time_of_rfc3339("0001-01-01T00:00:00Z"), 0);
    for (const char* text :
         {"", "2024-02-30T00:00:00Z", "2024-02-20", "2024-02-20T25:00:00Z", "2024-02-20T00:00:00",
          "2024-02-20T00:00:00.Z", "2024-02-20T00:00:00Zx", "-024-02-20T00:00:00Z"})
        EXPECT_FALSE(time_of_rfc3339(text)) << text;
}

}  // namespace
}  // namespace concordat::web
