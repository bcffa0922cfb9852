#include "compliance/export/approvals.hpp"

#include "storage/tables/approvals.hpp"
#include "tests/compliance/export/exporting.hpp"

namespace concordat::compliance {
namespace {

Settings approving_settings(std::int64_t approvals = 2) {
    auto settings = exporting_settings();
    settings.ConcordatSettings.ExportApprovals = approvals;
    return settings;
}

// An officer who asks, and people who approve.
struct Approving : Exporting {
    explicit Approving(Settings with = approving_settings()) : Exporting(std::move(with)) {}

    User anna = store.user("anna", "system_user export_approver");
    User berta = store.user("berta", "system_user export_approver");
    Approvals& approvals = exports.approvals();

    template <class Act>
    auto as(const User& who, Act act) {
        const auto actor = store.actor(who);
        return act(Request{actor, "attempt", "127.0.0.1"});
    }
    AskedExport approve(const User& who, const JobId& id, const std::string& reason = "") {
        store.wait(10);
        return as(who, [&](const Request& r) { return approvals.approve(r, id, reason); });
    }
    AskedExport refuse(const User& who, const JobId& id, const std::string& reason = "not now") {
        return as(who, [&](const Request& r) { return approvals.refuse(r, id, reason); });
    }
    AskedExport ask_again(const User& who, const JobId& id, const std::string& reason = "case 8") {
        store.wait(10);
        return as(who, [&](const Request& r) { return approvals.ask(r, id, reason); });
    }
    std::string state(const JobId& id) {
        return as(officer, [&](const Request& r) { return approvals.get(r, id).request.state; });
    }
    Job wanted() { return ask({{"reason", "case 7"}}); }
    bool works() { return runner.run_next(is_stopping); }
    std::int64_t records(const char* rule) {
        identity::DecisionQuery query;
        query.act = "export";
        query.rule = rule;
        return static_cast<std::int64_t>(decisions.list(query).size());
    }
};

TEST(Approvals, AnExportIsMadeWhenEnoughOthersSaidYes) {
    Approving e;
    e.say(e.alice, e.room, "hello");
    const auto job = e.wanted();
    EXPECT_EQ(job.status, "pending");
    EXPECT_EQ(job.data.at("approval"), "asked");
    EXPECT_EQ(e.as(e.officer, [&](const Request& r) { return e.exports.list(r, "pending", 0, 10); }).size(),
              1u);
    EXPECT_FALSE(e.works());
    EXPECT_TRUE(e.as(e.anna, [&](const Request& r) { return e.approvals.get(r, job.id).may_vote; }));
    EXPECT_EQ(e.approve(e.anna, job.id, "I know the case").request.state, "asked");
    EXPECT_FALSE(e.works());
    EXPECT_FALSE(e.as(e.anna, [&](const Request& r) { return e.approvals.get(r, job.id).may_vote; }));
    EXPECT_EQ(e.approve(e.berta, job.id).request.state, "approved");
    EXPECT_TRUE(e.works());
    EXPECT_EQ(e.now(job.id).status, "success");

    const auto manifest = json::parse(e.content(job.id).at("manifest.json")).as_object();
    const auto& approval = manifest.at("approval").as_object();
    EXPECT_EQ(approval.at("reason").as_string(), "case 7");
    EXPECT_EQ(approval.at("asked_by_name").as_string(), "olive");
    EXPECT_EQ(approval.at("needed").as_int64(), 2);
    ASSERT_EQ(approval.at("votes").as_array().size(), 2u);
    EXPECT_EQ(approval.at("votes").as_array()[0].at("username").as_string(), "anna");
    EXPECT_EQ(approval.at("votes").as_array()[0].at("reason").as_string(), "I know the case");
    EXPECT_EQ(e.records("export.approval_asked"), 1);
    EXPECT_EQ(e.records("export.approved_by"), 2);
}

TEST(Approvals, WhoAskedWhoIsMeantAndWhoHasSaidSoDoNotApprove) {
    Approving e;
    const auto both = e.store.user("both", "system_user compliance_officer export_approver");
    const auto job = e.as(both, [&](const Request& r) {
        Job one;
        one.type = message_export;
        one.data = {{"custodian_ids", e.berta.id.text()}, {"reason", "case 7"}};
        return e.exports.create(r, one);
    });
    EXPECT_EQ(refusal([&] { e.approve(both, job.id); }), "export.approval.own");
    EXPECT_EQ(refusal([&] { e.refuse(both, job.id); }), "export.approval.own");
    EXPECT_EQ(refusal([&] { e.approve(e.berta, job.id); }), "export.approval.custodian");
    e.approve(e.anna, job.id);
    EXPECT_EQ(refusal([&] { e.approve(e.anna, job.id); }), "export.approval.voted");
    EXPECT_EQ(e.state(job.id), "asked");
    EXPECT_EQ(e.records("export.two_people"), 2);
    EXPECT_EQ(e.records("export.custodian"), 1);
}

TEST(Approvals, OnlyPeopleWithTheRoleVote) {
    Approving e(approving_settings(1));
    const auto job = e.wanted();
    const std::string forbidden = "api.context.permissions.app_error";
    EXPECT_EQ(refusal([&] { e.approve(e.store.admin(), job.id); }), forbidden);
    EXPECT_EQ(refusal([&] { e.approve(e.alice, job.id); }), forbidden);
    EXPECT_EQ(refusal([&] { e.approve(e.store.user("other", "system_user compliance_officer"), job.id); }),
              forbidden);
    EXPECT_EQ(refusal([&] { e.as(e.alice, [&](const Request& r) { return e.approvals.get(r, job.id); }); }),
              forbidden);
    auto actor = e.store.actor(e.anna);
    for (auto* flag : {&actor.is_bot, &actor.by_application, &actor.is_remote}) {
        *flag = true;
        EXPECT_EQ(refusal([&] { e.approvals.approve({actor, "attempt", ""}, job.id, ""); }), forbidden);
        *flag = false;
    }
    const Actor nobody;  // the operator is no second person
    EXPECT_EQ(refusal([&] { e.approvals.approve({nobody, "attempt", "", true}, job.id, ""); }), forbidden);
    EXPECT_EQ(e.records("export.approver_role"), 7);
    EXPECT_EQ(e.state(job.id), "asked");
}

TEST(Approvals, ARefusalHasAReasonAndEndsIt) {
    Approving e;
    const auto job = e.wanted();
    e.approve(e.anna, job.id);
    EXPECT_EQ(refusal([&] { e.refuse(e.berta, job.id, "  "); }), "export.approval.reason");
    EXPECT_EQ(refusal([&] { e.refuse(e.berta, job.id, std::string(501, 'x')); }), "export.approval.reason");
    const auto refused = e.refuse(e.berta, job.id, "no such case");
    EXPECT_EQ(refused.request.state, "refused");
    EXPECT_EQ(refused.request.votes.back().reason, "no such case");
    EXPECT_EQ(e.now(job.id).status, "canceled");
    EXPECT_FALSE(e.works());
    EXPECT_EQ(refusal([&] { e.approve(e.store.user("carla", "system_user export_approver"), job.id); }),
              "export.approval.state");
    EXPECT_EQ(refusal([&] { e.ask_again(e.officer, job.id); }), "export.approval.state");  // a new one
}

TEST(Approvals, WithoutAReasonNobodyApproves) {
    Approving e(approving_settings(1));
    const auto job = e.ask();  // as clients do that know nothing of reasons
    EXPECT_EQ(refusal([&] { e.approve(e.anna, job.id); }), "export.approval.no_reason");
    EXPECT_EQ(refusal([&] { e.ask_again(e.officer, job.id, " "); }), "export.approval.reason");
    EXPECT_EQ(refusal([&] { e.ask_again(e.store.user("other", "system_user compliance_officer"), job.id); }),
              "export.approval.own");
    EXPECT_EQ(e.ask_again(e.officer, job.id, "case 9").request.reason, "case 9");
    EXPECT_EQ(refusal([&] { e.ask_again(e.officer, job.id, "case 10"); }), "export.approval.state");
    EXPECT_EQ(e.approve(e.anna, job.id).request.state, "approved");
}

TEST(Approvals, ItIsWithdrawnOrExpires) {
    Approving e(approving_settings(1));
    const auto one = e.wanted();
    e.as(e.officer, [&](const Request& r) { e.exports.cancel(r, one.id); });
    EXPECT_EQ(e.state(one.id), "withdrawn");
    EXPECT_EQ(e.now(one.id).status, "canceled");
    EXPECT_EQ(refusal([&] { e.approve(e.anna, one.id); }), "export.approval.state");

    const auto two = e.wanted();
    e.store.wait(Approvals::asking_ends);
    EXPECT_EQ(refusal([&] { e.approve(e.anna, two.id); }), "export.approval.state");
    e.approvals.expire();
    EXPECT_EQ(e.state(two.id), "expired");
    EXPECT_EQ(e.now(two.id).status, "canceled");
    EXPECT_EQ(e.records("export.approval_expired"), 1);
    EXPECT_FALSE(e.works());
}

TEST(Approvals, AVoteNeedsAFreshFactorWhereChangesDo) {
    auto settings = approving_settings(1);
    settings.ConcordatSettings.StepUpMinutes = 10;
    Approving e(settings);
    const auto job = e.wanted();
    EXPECT_EQ(refusal([&] { e.approve(e.anna, job.id); }), "identity.step_up.needed");
    EXPECT_EQ(refusal([&] { e.refuse(e.anna, job.id); }), "identity.step_up.needed");
    auto actor = e.store.actor(e.anna);
    actor.has_factor = true;
    actor.factor_at = e.store.now() - 9 * 60000;
    EXPECT_EQ(e.approvals.approve({actor, "attempt", ""}, job.id, "").request.state, "approved");
}

TEST(Approvals, WhatIsNotWhatWasApprovedIsNotMade) {
    Approving e(approving_settings(1));
    const auto other = [&](const JobId& id) {
        e.run_script("update jobs set data = data || '{\"export_type\": \"native\"}' where id = '" +
                     id.uuid() + "'");
    };
    const auto one = e.wanted();
    other(one.id);
    EXPECT_EQ(refusal([&] { e.approve(e.anna, one.id); }), "export.approval.scope");
    e.as(e.officer, [&](const Request& r) { e.exports.cancel(r, one.id); });

    const auto two = e.wanted();
    e.approve(e.anna, two.id);
    other(two.id);
    EXPECT_TRUE(e.works());
    EXPECT_EQ(e.now(two.id).status, "error");
    EXPECT_EQ(e.now(two.id).data.at("error"), "export.approval.scope");

    const auto three = e.wanted();  // let loose behind the node's back
    e.run_script("update jobs set status = 'pending' where status = 'asked'");
    EXPECT_TRUE(e.works());
    EXPECT_EQ(e.now(three.id).data.at("error"), "export.approval.state");
}

TEST(Approvals, APackageThatWasMadeWithoutIsFetchedAfterOne) {
    Approving e(approving_settings(1));
    const auto job = new_export(e.store.now(), *e.store.settings.current(), "csv", "scheduler", "scheduler");
    e.store.db.read([&](storage::Tx& tx) { storage::JobTable(tx).insert(job); });
    EXPECT_TRUE(e.works());
    EXPECT_EQ(e.now(job.id).status, "success");
    const auto fetch = [&] { e.as(e.officer, [&](const Request& r) { e.exports.open(r, job.id); }); };
    EXPECT_EQ(refusal(fetch), "export.approval.needed");
    EXPECT_EQ(e.records("export.approval"), 1);
    const Actor nobody;
    EXPECT_EQ(refusal([&] { e.exports.open({nobody, "attempt", "", true}, job.id); }), "");

    EXPECT_TRUE(e.ask_again(e.officer, job.id).request.is_release);
    EXPECT_EQ(refusal(fetch), "export.approval.needed");
    e.refuse(e.anna, job.id);
    EXPECT_EQ(e.now(job.id).status, "success");  // it stays
    EXPECT_EQ(refusal(fetch), "export.approval.needed");
    e.ask_again(e.officer, job.id);
    e.approve(e.anna, job.id);
    EXPECT_EQ(refusal(fetch), "");
    EXPECT_EQ(refusal([&] { e.ask_again(e.officer, job.id); }), "export.approval.state");
    e.store.wait(Approvals::fetching_ends);
    EXPECT_EQ(refusal(fetch), "export.approval.needed");
    e.ask_again(e.officer, job.id);
    EXPECT_EQ(e.state(job.id), "asked");
}

TEST(Approvals, TheOperatorNeedsNone) {
    Approving e;
    const Actor nobody;
    Job wanted;
    wanted.type = message_export;
    const auto job = e.exports.create({nobody, "attempt", "", true}, wanted);
    EXPECT_TRUE(e.works());
    const auto manifest =
        json::parse(
            unzipped(whole(*e.exports.open({nobody, "attempt", "", true}, job.id).body)).at("manifest.json"))
            .as_object();
    EXPECT_TRUE(manifest.at("approval").is_null());
    EXPECT_EQ(manifest.at("requested_by").as_string(), "operator");
}

TEST(Approvals, WhatWaitsIsBounded) {
    Approving e;
    for (std::size_t i = 0; i < MessageExports::most_waiting; ++i) e.wanted();
    EXPECT_EQ(refusal([&] { e.wanted(); }), "ent.message_export.too_many_waiting");
    EXPECT_EQ(e.as(e.anna, [&](const Request& r) { return e.approvals.list(r, "asked", 0, 60); }).size(),
              MessageExports::most_waiting);
    EXPECT_TRUE(
        e.as(e.anna, [&](const Request& r) { return e.approvals.list(r, "approved", 0, 60); }).empty());
}

TEST(Approvals, ReasonsAreSealed) {
    Approving e;
    e.wanted();
    const auto rows = e.store.db.read([](storage::Tx& tx) {
        return tx
            .exec("select count(*) from export_approvals where position('case 7'::bytea in reason) > 0")[0][0]
            .as<int>();
    });
    EXPECT_EQ(rows, 0);
}

}  // namespace
}  // namespace concordat::compliance
