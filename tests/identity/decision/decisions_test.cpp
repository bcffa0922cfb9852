#include "identity/decision/decisions.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "tests/support/store.hpp"

namespace concordat::identity {
namespace {

class DecisionsTest : public testing::Test {
protected:
    void decide(const std::string& attempt, bool is_admitted = true) {
        Trail trail("sign_in", attempt, "192.0.2.7");
        trail.passed("account.known");
        if (is_admitted)
            trail.admitted("session.started");
        else
            trail.refused("password.matches", "The password is wrong.");
        decisions.record(trail);
    }
    void sql(const std::string& statement) {
        store.db.transact([&](storage::Tx& tx) { tx.run_script(statement); });
    }

    test::Store store;
    Decisions decisions{store.db};
};

TEST_F(DecisionsTest, AreFoundByTheNumberOfTheAttempt) {
    decide("first");
    decide("second", false);
    const auto found = decisions.list({.attempt = "second"});
    ASSERT_EQ(found.size(), 1u);
    EXPECT_FALSE(found[0].is_admitted);
    EXPECT_EQ(found[0].rule, "password.matches");
    EXPECT_EQ(found[0].address, "192.0.2.7");
    ASSERT_EQ(found[0].steps.size(), 2u);
    EXPECT_EQ(found[0].steps[1].detail, "The password is wrong.");
    EXPECT_EQ(store.facts<IdentityDecided>().size(), 2u);
}

TEST_F(DecisionsTest, AreListedNewestFirstAndNarrowed) {
    for (int i = 0; i < 5; ++i) decide("attempt " + std::to_string(i), i % 2 == 0);
    const auto all = decisions.list({});
    ASSERT_EQ(all.size(), 5u);
    EXPECT_EQ(all[0].attempt, "attempt 4");
    EXPECT_EQ(decisions.list({.is_admitted = false}).size(), 2u);
    EXPECT_EQ(decisions.list({.rule = "session.started"}).size(), 3u);
    EXPECT_EQ(decisions.list({.user_id = UserId::fresh(1)}).size(), 0u);
    EXPECT_EQ(decisions.list({.limit = 2}).size(), 2u);
}

TEST_F(DecisionsTest, OneThatDecidedNothingIsAMistake) {
    EXPECT_THROW(decisions.record(Trail("sign_in", "x")), Error);
    Trail trail("sign_in", "x");
    trail.refused("a.rule");
    EXPECT_THROW(trail.admitted("another.rule"), Error);
    trail.refused("a.later.rule");
    EXPECT_EQ(trail.decision.rule, "a.rule");
}

TEST_F(DecisionsTest, LongTrailsAreCutAndSaySo) {
    Trail trail("sign_in", "long");
    for (int i = 0; i < 500; ++i) trail.noted("rule", std::string(2000, 'x'));
    trail.refused("the.rule");
    decisions.record(trail);
    const auto found = decisions.list({.attempt = "long"}).at(0);
    EXPECT_EQ(found.steps.size(), Decisions::most_steps);
    EXPECT_LE(found.steps[0].detail.size(), Decisions::longest_detail);
    EXPECT_EQ(found.rule, "the.rule");
}

TEST_F(DecisionsTest, FormOneChainUnderParallelWriters) {
    std::vector<std::thread> writers;
    for (int w = 0; w < 3; ++w)
        writers.emplace_back([&, w] {
            for (int i = 0; i < 10; ++i) decide(std::to_string(w * 100 + i), i % 2 == 0);
        });
    for (auto& writer : writers) writer.join();
    const auto report = decisions.verify();
    EXPECT_EQ(report.records, 30);
    EXPECT_TRUE(report.faults.empty()) << report.faults.front();
}

TEST_F(DecisionsTest, ATakenOutRecordIsNoticed) {
    for (int i = 0; i < 4; ++i) decide(std::to_string(i));
    sql("delete from identity_decisions where attempt = '2'");
    const auto report = decisions.verify();
    ASSERT_EQ(report.faults.size(), 1u);
    EXPECT_NE(report.faults[0].find("the record before it"), std::string::npos) << report.faults[0];
}

TEST_F(DecisionsTest, AChangedRecordIsNoticed) {
    for (int i = 0; i < 4; ++i) decide(std::to_string(i), false);
    sql("update identity_decisions set is_admitted = true where attempt = '1'");
    sql("update identity_decisions set body = set_byte(body, 40, get_byte(body, 40) # 1) where attempt = "
        "'3'");
    const auto report = decisions.verify();
    ASSERT_EQ(report.faults.size(), 2u);
    EXPECT_NE(report.faults[0].find("columns"), std::string::npos) << report.faults[0];
    EXPECT_NE(report.faults[1].find("changed"), std::string::npos) << report.faults[1];
}

}  // namespace
}  // namespace concordat::identity
