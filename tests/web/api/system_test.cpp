// What the node tells about itself, before and after log-in.
#include <sstream>

#include "storage/crypto/digest.hpp"
#include "tests/web/api/node.hpp"
#include "web/api/landing.hpp"
#include "web/api/timezones.hpp"

namespace concordat::web {
namespace {

using test::Node;

TEST(ClientConfiguration, SaysWhetherThereIsAnAccountYet) {
    Node node;
    EXPECT_EQ(node.ask(Verb::get, "/config/client?format=old").text("NoAccounts"), "true");
    node.found();
    EXPECT_EQ(node.ask(Verb::get, "/config/client").text("NoAccounts"), "false");
}

TEST(ClientConfiguration, IsLargerForThoseWhoAreSignedIn) {
    Node node;
    const auto admin = node.found();
    const auto before = node.ask(Verb::get, "/config/client").parsed().as_object(),
               after = node.get(admin, "/config/client").parsed().as_object();
    EXPECT_FALSE(before.contains("MaxPostSize"));
    EXPECT_TRUE(after.contains("MaxPostSize"));
    EXPECT_EQ(after.at("DiagnosticId").as_string(), node.installation.diagnostic_id());
    EXPECT_EQ(after.at("InstallationDate").as_string(), std::to_string(node.installation.date()));
}

TEST(ClientConfiguration, FollowsTheSettings) {
    Node node;
    const auto version = node.texts.version_header();
    node.change([](Settings& settings) { settings.TeamSettings.SiteName = "Another name"; });
    EXPECT_EQ(node.ask(Verb::get, "/config/client").text("SiteName"), "Another name");
    EXPECT_NE(node.texts.version_header(), version) << "clients fetch the configuration again";
}

TEST(Installation, KeepsItsIdentityForEver) {
    Node node;
    identity::Installation again(node.store.db);
    again.prepare();
    EXPECT_EQ(again.diagnostic_id().size(), 26u);
    EXPECT_EQ(again.diagnostic_id(), node.installation.diagnostic_id());
    EXPECT_EQ(again.date(), node.installation.date());
}

TEST(ClientLicence, InsistsOnItsFormatAndTellsAdministratorsMore) {
    Node node;
    const auto admin = node.found(), alice = node.join("alice");
    EXPECT_EQ(node.ask(Verb::get, "/license/client").status(), 400);
    EXPECT_EQ(node.ask(Verb::get, "/license/client?format=new").status(), 400);
    EXPECT_EQ(node.get(alice, "/license/client?format=old").body,
              node.ask(Verb::get, "/license/client?format=old").body);
    EXPECT_FALSE(node.get(alice, "/license/client?format=old").parsed().as_object().contains("SkuName"));
    EXPECT_TRUE(node.get(admin, "/license/client?format=old").parsed().as_object().contains("SkuName"));
}

TEST(Ping, AnswersWithStatusAndDevice) {
    Node node;
    EXPECT_EQ(node.ask(Verb::get, "/system/ping").text("status"), "OK");
    EXPECT_FALSE(node.ask(Verb::get, "/system/ping").parsed().as_object().contains("database_status"));
    EXPECT_EQ(node.ask(Verb::get, "/system/ping?device_id=android:x").text("CanReceiveNotifications"),
              "not_available");
    const auto well = node.ask(Verb::get, "/system/ping?get_server_status=true");
    EXPECT_EQ(well.text("database_status") + well.text("filestore_status"), "OKOK");
    node.trouble = "it is gone";
    const auto ill = node.ask(Verb::get, "/system/ping?get_server_status=true");
    EXPECT_EQ(ill.status(), 500);
    EXPECT_EQ(ill.text("database_status"), "UNHEALTHY");
    EXPECT_EQ(node.ask(Verb::get, "/system/ping?get_server_status=true&use_rest_semantics=true").status(),
              200);
}

TEST(Health, TellsWhatIsWrongToThisMachineOnly) {
    Node node;
    EXPECT_EQ(node.ask(Verb::get, "//healthz").status(), 200);
    EXPECT_EQ(node.ask(Verb::get, "//readyz").status(), 200);
    node.trouble = "secret-host is gone";
    const auto afar = node.ask(Verb::get, "//readyz"),
               here = node.ask(Verb::get, "//readyz",
                               {.token = {}, .body = {}, .headers = {}, .from = "127.0.0.1"});
    EXPECT_EQ(afar.status(), 503);
    EXPECT_EQ(afar.body.find("secret-host"), std::string::npos);
    EXPECT_NE(here.body.find("secret-host"), std::string::npos);
    EXPECT_EQ(node.ask(Verb::get, "//healthz").status(), 200) << "a node without its database is alive";
}

TEST(MetricsPage, IsForThisMachineUnlessSwitchedOn) {
    Node node;
    EXPECT_EQ(node.ask(Verb::get, "//metrics").status(), 403);
    const auto here =
        node.ask(Verb::get, "//metrics", {.token = {}, .body = {}, .headers = {}, .from = "::1"});
    EXPECT_EQ(here.status(), 200);
    EXPECT_NE(here.body.find("concordat_http_request_seconds"), std::string::npos);
    node.change([](Settings& settings) { settings.MetricsSettings.Enable = true; });
    EXPECT_EQ(node.ask(Verb::get, "//metrics").status(), 200);
}

TEST(Roles, AreFoundByNameAndId) {
    Node node;
    const auto admin = node.found(), alice = node.join("alice");
    const auto found = node.post(alice, "/roles/names", R"(["system_user","no_such_role","channel_user"])");
    EXPECT_EQ(found.all("name"), (std::vector<std::string>{"channel_user", "system_user"}));
    const auto id = node.get(alice, "/roles/name/channel_user").text("id");
    EXPECT_EQ(node.get(alice, "/roles/" + id).text("name"), "channel_user");
    EXPECT_EQ(node.get(alice, "/roles/name/no_such_role").status(), 404);
    EXPECT_EQ(node.get(alice, "/roles/" + std::string(26, 'y')).status(), 404);
    EXPECT_EQ(node.post(alice, "/roles/names", "[]").status(), 400);
    EXPECT_EQ(node.post(alice, "/roles/names", R"(["../etc"])").status(), 400);
    EXPECT_EQ(
        node.post(alice, "/roles/names", json_text(std::vector<std::string>(101, "system_user"))).status(),
        400);
    EXPECT_EQ(node.ask(Verb::post, "/roles/names", {.token = {}, .body = R"(["system_user"])"}).status(),
              401);
    EXPECT_EQ(node.get(alice, "/roles").status(), 403);
    EXPECT_EQ(node.get(admin, "/roles").parsed().as_array().size(), 29u);
}

TEST(FirstSteps, AreTheAdministratorsAndDoneOnce) {
    Node node;
    const auto admin = node.found(), alice = node.join("alice");
    EXPECT_EQ(node.get(alice, "/system/onboarding/complete").status(), 403);
    EXPECT_EQ(node.get(admin, "/system/onboarding/complete").text("value"), "false");
    EXPECT_EQ(node.post(alice, "/system/onboarding/complete", R"({"organization":"x"})").status(), 403);
    EXPECT_EQ(node.post(admin, "/system/onboarding/complete", R"({"organization":"x","install_plugins":[]})")
                  .status(),
              200);
    EXPECT_EQ(node.get(admin, "/system/onboarding/complete").text("value"), "true");
}

TEST(Limits, AreCountedForThoseWhoManagePeople) {
    Node node;
    const auto admin = node.found(), alice = node.join("alice");
    EXPECT_EQ(node.get(alice, "/limits/server").parsed().at("activeUserCount").as_int64(), 0);
    EXPECT_EQ(node.get(admin, "/limits/server").parsed().at("activeUserCount").as_int64(), 2);
    EXPECT_EQ(node.get(admin, "/limits/server").parsed().at("maxUsersLimit").as_int64(), 0);
}

TEST(ReportsOfClients, AreCountedAndNotKept) {
    Node node;
    const auto alice = node.found();
    const auto report = R"({"level":"ERROR","message":"the secret of a message"})";
    EXPECT_EQ(node.ask(Verb::post, "/logs", {.token = {}, .body = report}).status(), 403);
    const auto answer = node.post(alice, "/logs", report);
    EXPECT_EQ(answer.status(), 200);
    EXPECT_EQ(answer.body.find("secret"), std::string::npos);
    EXPECT_NE(node.metrics.text().find("concordat_client_errors_total 1"), std::string::npos);
    EXPECT_EQ(node.post(alice, "/logs", "[]").status(), 400);
}

TEST(AbsentFeatures, HaveEmptyAnswers) {
    Node node;
    const auto alice = node.found();
    const auto team = node.store.team();
    for (const char* where : {"/plugins/webapp", "/users/me/groups"})
        EXPECT_EQ(node.get(alice, where).body, "[]") << where;
    EXPECT_EQ(node.get(alice, "/system/notices/" + team.id.text() + "?client=web").body, "[]");
    EXPECT_EQ(node.get(alice, "/image?url=https%3A%2F%2Fexample.org%2Fa.png").status(), 404);
    EXPECT_EQ(node.get(alice, "/image").status(), 400);
    EXPECT_EQ(node.post(alice, "/notifications/test", "").status(), 501);
}

TEST(TimeZones, AreReadFromTheCompactDatabase) {
    std::istringstream data(
        "# version\nR A 1916 o - Jun 14 23s 1 S\nZ Europe/Paris 0:9:21 - LMT 1891\n0 F CE%sT\nZ EST -5 - "
        "EST\nL Europe/Paris Europe/Monaco\n");
    EXPECT_EQ(timezones_in(data), (std::vector<std::string>{"Europe/Monaco", "Europe/Paris", "UTC"}));
    EXPECT_EQ(installed_timezones("/nowhere/tzdata.zi"), std::vector<std::string>{"UTC"});
}

TEST(LandingPage, StandsAloneAndAllowsItsStyleOnly) {
    Settings settings;
    settings.TeamSettings.SiteName = "Ours <b>&";
    settings.ServiceSettings.SiteURL = "https://chat.example.org";
    LiveSettings live(settings);
    const LandingPage page(live);
    Head head;
    head.path = "/";
    const auto reply = page.reply(head);
    ASSERT_TRUE(reply);
    EXPECT_NE(reply->body.find("Ours &lt;b&gt;&amp;"), std::string::npos);
    EXPECT_NE(reply->body.find("no tie to Mattermost, Inc."), std::string::npos);
    for (const char* foreign : {"<script", "<link", "<img", "src=", "href=", "url("})
        EXPECT_EQ(reply->body.find(foreign), std::string::npos) << foreign;
    const auto begin = reply->body.find("<style>") + 7;
    const auto style = reply->body.substr(begin, reply->body.find("</style>") - begin);
    const auto hash = storage::base64(storage::text_of(storage::sha256(style)));
    EXPECT_EQ(reply->headers[0].second.find("default-src 'none'; style-src 'sha256-" + hash + "'"), 0u);
    head.path = "/other";
    EXPECT_FALSE(page.reply(head));
    head.path = "/";
    head.verb = Verb::post;
    EXPECT_FALSE(page.reply(head));
}

}  // namespace
}  // namespace concordat::web
