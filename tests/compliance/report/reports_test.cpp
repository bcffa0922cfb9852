// Reports: what is in them, who may have them, and that none is lost.
#include "compliance/report/reports.hpp"

#include <gtest/gtest.h>

#include "compliance/report/report_table.hpp"
#include "storage/tables/reports.hpp"
#include "tests/compliance/export/exporting.hpp"

namespace concordat::compliance {
namespace {

constexpr const char* forbidden = "api.context.permissions.app_error";

Settings reporting() {
    auto settings = exporting_settings();
    settings.ComplianceSettings.Enable = true;
    return settings;
}

struct Reporting : Exporting {
    explicit Reporting(Settings with = reporting()) : Exporting(std::move(with)) {}

    Report ask(const std::string& keywords = {}, const std::string& emails = {}) {
        store.wait(10);
        Report wanted;
        wanted.desc = "a question";
        wanted.start_at = from;
        wanted.end_at = store.now() + 1000;
        wanted.keywords = keywords;
        wanted.emails = emails;
        const auto actor = store.actor(officer);
        return reports.create({actor, "attempt", "127.0.0.1"}, wanted);
    }
    Report now(const ReportId& id) {
        const auto actor = store.actor(officer);
        return reports.get({actor, "attempt", "127.0.0.1"}, id);
    }
    std::map<std::string, std::string> members(const ReportId& id) {
        const auto actor = store.actor(officer);
        const auto opened = reports.open({actor, "attempt", "127.0.0.1"}, id);
        EXPECT_EQ(opened.name, "adhoc-" + id.text() + ".zip");
        return unzipped(whole(*opened.body));
    }
    // The table of a report with these words and addresses.
    std::string table(const std::string& keywords = {}, const std::string& emails = {}) {
        const auto report = ask(keywords, emails);
        EXPECT_TRUE(reports.make_next());
        return members(report.id).at("posts.csv");
    }
    static std::int64_t lines(const std::string& text) { return std::ranges::count(text, '\n'); }

    const Millis from = store.now();
    storage::LocalBlobStore archives{store.directory.path("reports")};
    Reports reports{store.db, archives, store.roles, decisions, store.settings};
};

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != text.npos;
}

TEST(Reports, HoldWhatWasSaidWithEarlierTextsAndDeletions) {
    Reporting r;
    const auto first = r.say(r.alice, "=1+1 deal");
    r.say(r.bob, "nothing of it");
    const auto edited = r.say(r.alice, "the first deal");
    r.edit(r.alice, edited.id, "the second thing");
    const auto gone = r.say(r.bob, "a DEAL that was deleted");
    r.posts.remove(r.store.actor(r.bob), gone.id);
    const auto report = r.ask("Deal, other");
    EXPECT_EQ(report.status, "created");
    EXPECT_EQ(report.keywords, "deal, other");
    EXPECT_TRUE(r.reports.make_next());
    EXPECT_FALSE(r.reports.make_next());
    const auto done = r.now(report.id);
    EXPECT_EQ(done.status, "finished");
    EXPECT_EQ(done.count, 3);
    const auto members = r.members(report.id);
    const auto& table = members.at("posts.csv");
    EXPECT_EQ(r.lines(table), 4);
    EXPECT_TRUE(table.starts_with("TeamName,TeamDisplayName,ChannelName,"));
    EXPECT_TRUE(has(table, ",'=1+1 deal,"));
    EXPECT_TRUE(has(table, ",the first deal,"));
    EXPECT_FALSE(has(table, "the second thing"));
    EXPECT_FALSE(has(table, "nothing of it"));
    EXPECT_TRUE(has(table, "alice@example.org"));
    EXPECT_TRUE(has(members.at("meta.json"), report.id.text()));
    EXPECT_TRUE(has(members.at("meta.json"), "\"count\":3"));
    EXPECT_TRUE(has(table, first.id.text()));
}

TEST(Reports, AreNarrowedByAuthorAndPeriod) {
    Reporting r;
    r.say(r.alice, "by alice");
    r.say(r.bob, "by bob");
    EXPECT_EQ(r.lines(r.table()), 3);
    const auto one = r.table("", "Alice@example.org nobody@example.org");
    EXPECT_TRUE(has(one, "by alice"));
    EXPECT_FALSE(has(one, "by bob"));
    EXPECT_EQ(r.lines(r.table("", "nobody@example.org")), 1) << "an address of nobody narrows to nothing";
    const auto actor = r.store.actor(r.officer);
    Report before;
    before.desc = "before";
    before.start_at = r.from - 2000;
    before.end_at = r.from - 1000;
    const auto early = r.reports.create({actor, "attempt", ""}, before);
    EXPECT_TRUE(r.reports.make_next());
    EXPECT_EQ(r.now(early.id).count, 0);
}

TEST(Reports, EveryPageOfAChannelIsRead) {
    Reporting r;
    for (int i = 0; i < 2100; ++i) r.say(r.alice, "deal " + std::to_string(i));
    EXPECT_EQ(r.lines(r.table("deal")), 2101);
}

TEST(Reports, AdministrationAloneGivesNoRight) {
    Reporting r;
    const auto report = r.ask();
    r.reports.make_next();
    const auto admin = r.store.actor(r.store.admin());
    const Request request{admin, "attempt", "127.0.0.1"};
    EXPECT_EQ(refusal([&] { r.reports.create(request, {}); }), forbidden);
    EXPECT_EQ(refusal([&] { r.reports.list(request, 0, 10); }), forbidden);
    EXPECT_EQ(refusal([&] { r.reports.get(request, report.id); }), forbidden);
    EXPECT_EQ(refusal([&] { r.reports.open(request, report.id); }), forbidden);
    identity::DecisionQuery query;
    query.rule = "export.role";
    EXPECT_EQ(r.decisions.list(query).size(), 4u);
    r.members(report.id);
    query.rule = "report.fetched";
    EXPECT_EQ(r.decisions.list(query).size(), 1u);
}

TEST(Reports, RefuseWhatMakesNoSense) {
    Reporting r;
    const auto actor = r.store.actor(r.officer);
    const auto ask = [&](auto change) {
        Report wanted;
        wanted.desc = "a question";
        wanted.start_at = 1000;
        wanted.end_at = 2000;
        change(wanted);
        return refusal([&] { r.reports.create({actor, "attempt", ""}, wanted); });
    };
    EXPECT_EQ(ask([](Report& w) { w.desc = " "; }), "model.compliance.is_valid.desc.app_error");
    EXPECT_EQ(ask([](Report& w) { w.desc = std::string(513, 'x'); }),
              "model.compliance.is_valid.desc.app_error");
    EXPECT_EQ(ask([](Report& w) { w.start_at = 0; }), "model.compliance.is_valid.start_end_at.app_error");
    EXPECT_EQ(ask([](Report& w) { w.end_at = 1000; }), "model.compliance.is_valid.start_end_at.app_error");
    EXPECT_EQ(ask([](Report& w) { w.keywords = std::string(4001, 'x'); }),
              "model.compliance.is_valid.keywords.app_error");
    for (std::int64_t i = 0; i < Reports::most_waiting; ++i) EXPECT_EQ(ask([](Report&) {}), "");
    EXPECT_EQ(ask([](Report&) {}), "ent.compliance.too_many_waiting");
    const auto waiting = r.reports.list({actor, "attempt", ""}, 0, 1);
    EXPECT_EQ(refusal([&] { r.members(waiting.at(0).id); }), "ent.compliance.report.not_finished");
    EXPECT_EQ(refusal([&] { r.members(ReportId::fresh()); }), "ent.compliance.report.not_found");
}

TEST(Reports, AreOffUntilTheyAreWanted) {
    Reporting r(exporting_settings());
    EXPECT_EQ(refusal([&] { r.ask(); }), "ent.compliance.licence_disable.app_error");
}

// The node ended while one was made: it is made anew, and what was left of it goes.
TEST(Reports, GoOnAfterTheNodeEnded) {
    Reporting r;
    r.say(r.alice, "hello");
    const auto report = r.ask();
    r.store.db.transact([](storage::Tx& tx) { storage::ReportTable(tx).take_next(); });
    EXPECT_EQ(r.now(report.id).status, "running");
    messaging::SealedBlobs(r.store.db, r.archives)
        .put(storage::Kind::export_file, scopes::exports, "left over");
    r.reports.tidy();
    EXPECT_EQ(r.archives.usage().blobs, 0u);
    EXPECT_TRUE(r.reports.make_next());
    EXPECT_EQ(r.now(report.id).status, "finished");
    r.reports.tidy();
    EXPECT_EQ(r.archives.usage().blobs, 1u);
}

TEST(ReportWords, AreFoundInAnyCaseAnywhere) {
    EXPECT_TRUE(ReportWords("").match("anything"));
    EXPECT_TRUE(ReportWords("merger,SECRET").match("the mergers"));
    EXPECT_TRUE(ReportWords("été").match("L'ÉTÉ"));
    EXPECT_FALSE(ReportWords("merger secret").match("nothing"));
}

}  // namespace
}  // namespace concordat::compliance
