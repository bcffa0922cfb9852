#include <ctime>
#include <thread>

#include "tests/compliance/export/exporting.hpp"

namespace concordat::compliance {
namespace {

constexpr const char* forbidden = "api.context.permissions.app_error";
constexpr const char* bad = "ent.message_export.bad_request";

TEST(MessageExports, AdministrationAloneGivesNoRight) {
    Exporting e;
    const auto job = e.run();
    const auto admin = e.store.actor(e.store.admin());
    const Request request{admin, "attempt", "127.0.0.1"};
    EXPECT_EQ(refusal([&] { e.exports.create(request, {}); }), forbidden);
    EXPECT_EQ(refusal([&] { e.exports.list(request, "", 0, 10); }), forbidden);
    EXPECT_EQ(refusal([&] { e.exports.get(request, job.id); }), forbidden);
    EXPECT_EQ(refusal([&] { e.exports.cancel(request, job.id); }), forbidden);
    EXPECT_EQ(refusal([&] { e.exports.open(request, job.id); }), forbidden);
    identity::DecisionQuery query;
    query.rule = "export.role";
    EXPECT_EQ(e.decisions.list(query).size(), 5u);

    auto both = e.store.actor(e.store.user("both", "system_admin system_user compliance_officer"));
    EXPECT_EQ(refusal([&] { e.exports.get({both, "attempt", ""}, job.id); }), "");
}

TEST(MessageExports, WhatIsAskedForIsChecked) {
    Exporting e;
    EXPECT_EQ(refusal([&] { e.ask({{"export_type", "globalrelay"}}); }), bad);
    EXPECT_EQ(refusal([&] { e.ask({{"job_start_time", "1"}}); }), bad);
    EXPECT_EQ(refusal([&] { e.ask({{"job_start_time", "2"}, {"job_end_time", "1"}}); }), bad);
    EXPECT_EQ(refusal([&] { e.ask({{"job_start_time", "x"}, {"job_end_time", "1"}}); }), bad);
    EXPECT_EQ(refusal([&] { e.ask({{"job_start_time", "-1"}, {"job_end_time", "1"}}); }), bad);
    EXPECT_EQ(refusal([&] {
                  e.ask({{"job_start_time", "99999999999999999999"}, {"job_end_time", "1"}});
              }),
              bad);
    EXPECT_EQ(refusal([&] { e.ask({{"channel_ids", "nonsense"}}); }), bad);
    EXPECT_EQ(refusal([&] { e.ask({{"channel_ids", ChannelId::fresh().text()}}); }), bad);
    EXPECT_EQ(refusal([&] { e.ask({{"custodian_ids", UserId::fresh().text()}}); }), bad);
    for (std::size_t i = 0; i < MessageExports::most_waiting; ++i) e.ask();
    EXPECT_EQ(refusal([&] { e.ask(); }), "ent.message_export.too_many_waiting");
}

TEST(MessageExports, WhatAClientSaysOfTheJobIsNotBelieved) {
    Exporting e;
    const auto job = e.run({{"export_dir", "../../etc"}, {"is_chained", "false"}, {"from_tx", "99"}});
    EXPECT_TRUE(job.data.at("export_dir").starts_with("compliance-export-"));
    EXPECT_EQ(job.data.at("is_chained"), "true");
    EXPECT_EQ(job.data.at("from_tx"), "0");
}

TEST(MessageExports, TheyAreOffUntilTheyAreWanted) {
    Exporting e{Settings()};
    EXPECT_EQ(refusal([&] { e.ask(); }), "ent.message_export.disabled");
}

TEST(MessageExports, AFetchNeedsItsSetting) {
    auto settings = exporting_settings();
    settings.MessageExportSettings.DownloadExportResults = false;
    Exporting e(settings);
    const auto job = e.run();
    EXPECT_EQ(refusal([&] { e.package(job.id); }), "api.job.unable_to_download_job");
    const Actor nobody;
    EXPECT_EQ(refusal([&] { e.exports.open({nobody, "attempt", "", true}, job.id); }), "");
}

TEST(MessageExports, AFetchNeedsAFreshFactorWhereChangesDo) {
    auto settings = exporting_settings();
    settings.ConcordatSettings.StepUpMinutes = 10;
    Exporting e(settings);
    const auto job = e.run();
    auto actor = e.store.actor(e.officer);
    const auto open = [&] { e.exports.open({actor, "attempt", ""}, job.id); };
    EXPECT_EQ(refusal(open), "identity.step_up.needed");
    actor.has_factor = true;
    actor.factor_at = e.store.now() - 11 * 60000;
    EXPECT_EQ(refusal(open), "identity.step_up.needed");
    actor.factor_at = e.store.now() - 9 * 60000;
    EXPECT_EQ(refusal(open), "");
}

TEST(MessageExports, ThereIsNoPackageBeforeTheEnd) {
    Exporting e;
    const auto job = e.ask();
    EXPECT_EQ(refusal([&] { e.package(job.id); }), "api.job.unable_to_download_job");
    EXPECT_EQ(refusal([&] { e.package(JobId::fresh()); }), "app.job.get.app_error");
}

class TimeZone {
public:
    explicit TimeZone(const char* name) {
        ::setenv("TZ", name, 1);
        ::tzset();
    }
    ~TimeZone() {
        ::unsetenv("TZ");
        ::tzset();
    }
};

// Every 20 seconds of the days round both changes of the clock.
TEST(ExportKeeper, OneRunADayAlsoWhenTheClockChanges) {
    const TimeZone paris("Europe/Paris");
    for (const Millis begin : {1774569600000, 1792800000000}) {  // 27 March and 24 October 2026, 00:00 UTC
        Millis last = 0;
        std::map<int, int> runs;
        for (Millis now = begin; now < begin + 5 * 86400000LL; now += 20000) {
            if (!is_due("02:30", now, last)) continue;
            last = now;
            const std::time_t seconds = now / 1000;
            std::tm local{};
            ::localtime_r(&seconds, &local);
            ++runs[local.tm_yday];
        }
        EXPECT_GE(runs.size(), 5u);
        for (const auto& [day, count] : runs) EXPECT_EQ(count, 1) << day;
    }
}

TEST(ExportKeeper, MakesTheDailyOneAndWhatIsAskedFor) {
    auto settings = exporting_settings();
    settings.MessageExportSettings.DailyRunTime = "00:00";
    Exporting e(settings);
    ExportKeeper keeper(e.store.db, e.runner, e.exports.approvals(), e.store.settings);
    e.exports.set_wake([&] { keeper.wake(); });
    keeper.start();
    const auto job = e.ask();
    const auto actor = e.store.actor(e.officer);
    std::vector<Job> done;
    for (int i = 0; i < 200 && done.size() < 2; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        done = e.exports.list({actor, "attempt", ""}, "success", 0, 10);
    }
    keeper.stop();
    ASSERT_EQ(done.size(), 2u);
    std::set<std::string> by{done[0].data.at("initiated_by"), done[1].data.at("initiated_by")};
    EXPECT_EQ(by, (std::set<std::string>{"api", "scheduler"}));
}

}  // namespace
}  // namespace concordat::compliance
