#include <future>

#include "tests/storage/database/database_fixture.hpp"
#include "tests/storage/database/mortal_server.hpp"

namespace concordat::storage {
namespace {

constexpr const char* no_database = "storage.database_unavailable";

class Outage : public testing::Test {
protected:
    void SetUp() override {
        if (!test::MortalServer::is_possible()) GTEST_SKIP() << "an external server is not ours to stop";
    }
};

TEST_F(Outage, AFrozenServerIsUnavailableWithinTheDeadlineAndHealsWhenItGoesOn) {
    test::MortalServer server;
    Base base(server.fresh_database(), 4, 2s);
    std::vector<std::future<std::string>> calls;
    EXPECT_EQ(base.number("select 1"), 1);
    server.freeze();
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 4; ++i)
        calls.push_back(std::async(std::launch::async, [&] {
            return refusal([&] { base.db.transact([](Tx& tx) { tx.exec("select 1"); }); });
        }));
    for (auto& call : calls) EXPECT_EQ(call.get(), no_database);
    EXPECT_LT(since(start), 30s) << "one deadline, and not the patience of libpq";
    const auto again = std::chrono::steady_clock::now();
    EXPECT_EQ(refusal([&] { base.number("select 1"); }), no_database);
    EXPECT_LT(since(again), 30s);
    server.thaw();
    EXPECT_TRUE(eventually([&] { return refusal([&] { base.number("select 1"); }).empty(); }));
    for (int i = 0; i < 8; ++i) EXPECT_EQ(base.number("select 1"), 1);
    EXPECT_EQ(base.db.in_use(), 0u);
}

TEST_F(Outage, AServerThatFreezesInTheMiddleOfATransactionLosesIt) {
    test::MortalServer server;
    Base base(server.fresh_database(), 2, 2s);
    EXPECT_EQ(refusal([&] {
                  base.db.transact([&](Tx& tx) {
                      tx.exec("insert into system (name, value) values ('a', 'b')");
                      server.freeze();
                  });
              }),
              no_database);
    server.thaw();
    ASSERT_TRUE(eventually([&] { return refusal([&] { base.number("select 1"); }).empty(); }));
    EXPECT_TRUE(eventually([&] {
        return base.number(
                   "select count(*) from pg_stat_activity where datname = current_database() and xact_start "
                   "is not null and pid <> pg_backend_pid()") == 0;
    })) << "nothing of it holds back the journal's readers";
}

TEST_F(Outage, AKilledServerIsUnavailableAtOnceAndHealsWhenItIsBack) {
    test::MortalServer server;
    Base base(server.fresh_database(), 4, 30s);
    base.db.transact([](Tx& tx) {
        tx.run_script("set local synchronous_commit = on");  // the test's server need not hurry
        tx.exec("insert into system (name, value) values ('kept', '')");
    });
    server.kill();
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 3; ++i) EXPECT_EQ(refusal([&] { base.number("select 1"); }), no_database);
    EXPECT_LT(since(start), 30s) << "three times without waiting for the deadline";
    server.start_again();
    EXPECT_EQ(base.number("select count(*) from system where name = 'kept'"), 1);
}

TEST_F(Outage, ANodeThatStartsBeforeItsServerServesAsSoonAsThereIsOne) {
    test::MortalServer server;
    const auto dsn = server.fresh_database();
    server.kill();
    Keys keys;
    Database db({dsn, 2, 20s}, *keys.ring);
    EXPECT_EQ(refusal([&] { migrate(db); }), no_database);
    EXPECT_EQ(refusal([&] { db.read([](Tx& tx) { tx.exec("select 1"); }); }), no_database);
    EXPECT_EQ(db.in_use(), 0u);
    server.start_again();
    EXPECT_GT(migrate(db), 0);
}

TEST(Outages, ADsnThatLeadsNowhereIsUnavailable) {
    Keys keys;
    for (const char* dsn : {"host=/nonexistent dbname=x", "postgresql:///x?host=/nonexistent", "not a dsn"}) {
        Database db({dsn, 2, 1s}, *keys.ring);
        EXPECT_EQ(refusal([&] { db.read([](Tx& tx) { tx.exec("select 1"); }); }), no_database) << dsn;
    }
}

}  // namespace
}  // namespace concordat::storage
