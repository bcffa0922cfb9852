#include "storage/database/database.hpp"

#include <atomic>
#include <future>

#include "storage/crypto/seal.hpp"
#include "tests/storage/database/database_fixture.hpp"

namespace concordat::storage {
namespace {

constexpr const char* unavailable = "storage.database_unavailable";

EmojiAdded some_fact(const std::string& name = "parrot") {
    EmojiAdded fact;
    fact.emoji.name = name;
    return fact;
}

void put(Tx& tx, const std::string& name, const std::string& value = "x") {
    tx.exec("insert into system (name, value) values ($1, $2)", name, value);
}

TEST(Database, ATransactionIsKeptWholeOrNotAtAll) {
    Base base;
    EXPECT_EQ(base.db.transact([](Tx& tx) {
        put(tx, "a");
        put(tx, "b");
        return 7;
    }),
              7);
    EXPECT_EQ(refusal([&] {
                  base.db.transact([](Tx& tx) {
                      put(tx, "c");
                      throw Error(Fault::conflict, "test.no");
                  });
              }),
              "test.no");
    EXPECT_EQ(base.number("select count(*) from system"), 2);
    EXPECT_THROW(base.db.transact([](Tx& tx) {
        put(tx, "d");
        throw std::logic_error("a mistake");
    }),
                 std::logic_error);
    EXPECT_EQ(base.number("select count(*) from system"), 2);
    EXPECT_EQ(base.db.in_use(), 0u);
}

// What readers of the journal saw must not be lost by a crash of the server, so it is on the disk first.
TEST(Database, OnlyWhatTellsNothingMayBeCommittedWithoutWaitingForTheDisk) {
    Base base;
    base.db.transact([](Tx& tx) {
        tx.run_script(R"(
            create table commits (mode text);
            create function note_commit() returns trigger language plpgsql as
                $$ begin insert into commits values (current_setting('synchronous_commit')); return null; end $$;
            create constraint trigger note_commit after insert on system deferrable initially deferred
                for each row execute function note_commit())");
    });
    const auto mode = [&] {
        return base.db.transact(
            [](Tx& tx) { return tx.exec("delete from commits returning mode")[0][0].as<std::string>(); });
    };
    {
        const Database::Relaxed relaxed;
        base.db.transact([](Tx& tx) { put(tx, "a"); });
    }
    EXPECT_EQ(mode(), "off");
    {
        const Database::Relaxed relaxed;
        base.db.transact([](Tx& tx) {
            put(tx, "b");
            tx.emit(some_fact());
        });
    }
    EXPECT_EQ(mode(), "on");
    base.db.transact([](Tx& tx) { put(tx, "c"); });
    EXPECT_EQ(mode(), "on");
}

TEST(Database, AReadKeepsEachStatementByItself) {
    Base base;
    EXPECT_EQ(refusal([&] {
                  base.db.read([](Tx& tx) {
                      put(tx, "a");
                      throw Error(Fault::conflict, "test.no");
                  });
              }),
              "test.no");
    EXPECT_EQ(base.number("select count(*) from system"), 1);
}

TEST(Database, FactsAreToldAfterTheCommitAndNeverWithoutOne) {
    Base base;
    std::vector<std::string> told;
    base.db.on_commit([&](const std::vector<Fact>& facts) {
        for (const auto& fact : facts)
            told.push_back(fact.kind + " " + std::to_string(base.number("select count(*) from journal")));
    });
    base.db.transact([](Tx& tx) {
        tx.emit(some_fact());
        tx.emit(some_fact());
    });
    EXPECT_EQ(told, (std::vector<std::string>{"emoji_added 2", "emoji_added 2"}));
    EXPECT_EQ(refusal([&] {
                  base.db.transact([](Tx& tx) {
                      tx.emit(some_fact());
                      throw Error(Fault::conflict, "test.no");
                  });
              }),
              "test.no");
    EXPECT_EQ(told.size(), 2u);
    EXPECT_EQ(base.number("select count(*) from journal"), 2);
}

TEST(Database, ATransactionInsideABodyIsRefusedAndAReadJoinsIt) {
    Base base;
    EXPECT_EQ(refusal([&] { base.db.transact([&](Tx&) { base.db.transact([](Tx&) {}); }); }),
              "storage.nested_transaction");
    EXPECT_EQ(refusal([&] { base.db.read([&](Tx&) { base.db.transact([](Tx&) {}); }); }),
              "storage.nested_transaction");
    base.db.transact([&](Tx& tx) {
        put(tx, "mine");
        EXPECT_EQ(base.db.read([](Tx& joined) { return joined.exec("select 1 from system").size(); }), 1u)
            << "it sees what is not committed yet";
        EXPECT_EQ(base.db.in_use(), 1u);
    });
    base.db.transact([](Tx& tx) { put(tx, "after"); });  // and the mark of the body is gone
}

TEST(Database, BodiesOfTwoDatabasesDoNotMixUp) {
    Base one, other;
    one.db.transact([&](Tx& tx) {
        put(tx, "mine");
        EXPECT_EQ(other.number("select count(*) from system"), 0);
        other.db.transact([](Tx& theirs) { put(theirs, "theirs"); });
        EXPECT_EQ(one.number("select count(*) from system"), 1);
    });
    EXPECT_EQ(other.number("select count(*) from system"), 1);
}

TEST(Database, ATakenKeyIsAConflictThatNamesIt) {
    Base base;
    base.db.transact([](Tx& tx) { put(tx, "a"); });
    try {
        base.db.transact([](Tx& tx) { put(tx, "a"); });
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.fault(), Fault::conflict);
        EXPECT_EQ(error.id(), "storage.unique");
        EXPECT_NE(error.detail().find("system_pkey"), std::string::npos);
    }
}

TEST(Database, AFullDiskSaysSoAndReadsGoOn) {
    Base base;
    try {
        base.db.transact([](Tx& tx) {
            tx.run_script(
                "do $$ begin raise exception 'No space left on device' using errcode = '53100'; end $$");
        });
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.fault(), Fault::unavailable);
        EXPECT_EQ(error.id(), "storage.disk_full");
        EXPECT_FALSE(error.text().empty());
    }
    EXPECT_EQ(base.number("select 1"), 1);
}

TEST(Database, AnotherStatementErrorIsInternalAndTellsNoValues) {
    Base base;
    try {
        base.db.read([](Tx& tx) { tx.exec("select $1::int", std::string("secret words")); });
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.fault(), Fault::internal);
        EXPECT_EQ(error.id(), "storage.statement");
        EXPECT_EQ(error.detail(), "sqlstate 22P02");
    }
}

TEST(Database, AnErrorDoesNotCostTheConnection) {
    Base base(test::fresh_database(), 1);
    const auto backend = base.number("select pg_backend_pid()");
    refusal([&] { base.db.transact([](Tx& tx) { tx.exec("select 1/0"); }); });
    refusal([&] { base.db.read([](Tx& tx) { tx.exec("select * from no_such_table"); }); });
    refusal([&] { base.db.read([](Tx& tx) { tx.exec("select * from no_such_table"); }); });
    EXPECT_EQ(base.number("select pg_backend_pid()"), backend);
    base.db.read([](Tx& tx) { tx.run_script("create table no_such_table (n int)"); });
    EXPECT_EQ(base.number("select count(*) from no_such_table"), 0)
        << "a statement that failed once is prepared anew";
    base.db.read([](Tx& tx) { tx.exec("select * from no_such_table"); });
}

TEST(Database, ASerializationFailureIsTriedThreeTimes) {
    Base base;
    int tries = 0;
    EXPECT_EQ(base.db.transact([&](Tx& tx) {
        put(tx, "a");
        if (++tries < 3) tx.run_script("do $$ begin raise exception 'x' using errcode = '40001'; end $$");
        return tries;
    }),
              3);
    EXPECT_EQ(base.number("select count(*) from system"), 1);
    tries = 0;
    EXPECT_EQ(refusal([&] {
                  base.db.transact([&](Tx& tx) {
                      ++tries;
                      tx.run_script("do $$ begin raise exception 'x' using errcode = '40001'; end $$");
                  });
              }),
              "storage.contention");
    EXPECT_EQ(tries, 3);
}

TEST(Database, TwoThatLockEachOtherOutBothEndWell) {
    Base base;
    base.db.transact([](Tx& tx) {
        put(tx, "a", "0");
        put(tx, "b", "0");
    });
    std::atomic<int> holding{0};
    auto both = [&](const char* first, const char* second) {
        base.db.transact([&](Tx& tx) {
            tx.run_script("set local deadlock_timeout = '20ms'");
            const auto add = [&](const char* name) {
                tx.exec("update system set value = (value::int + 1)::text where name = $1",
                        std::string(name));
            };
            add(first);
            ++holding;
            for (int i = 0; i < 10'000 && holding < 2; ++i) std::this_thread::sleep_for(1ms);
            add(second);
        });
    };
    auto other = std::async(std::launch::async, [&] { both("b", "a"); });
    both("a", "b");
    other.get();
    EXPECT_EQ(base.number("select value::int from system where name = 'a'"), 2);
    EXPECT_EQ(base.number("select value::int from system where name = 'b'"), 2);
    EXPECT_GE(holding, 3) << "one of them had to try again";
}

TEST(Database, WhenAllConnectionsAreLentTheWaitEndsAtTheDeadline) {
    Base base(test::fresh_database(), 1, 1s);
    std::promise<void> lent, done;
    auto holder = std::async(std::launch::async, [&] {
        base.db.read([&](Tx& tx) {
            tx.exec("select 1");
            lent.set_value();
            done.get_future().wait();
        });
    });
    lent.get_future().wait();
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(refusal([&] { base.number("select 1"); }), unavailable);
    EXPECT_GE(since(start), 950ms);
    EXPECT_LT(since(start), 30s);
    done.set_value();
    holder.get();
    EXPECT_EQ(base.number("select 1"), 1);
}

TEST(Database, AStatementPastTheDeadlineIsCutAndTheNextOneGoes) {
    Base base(test::fresh_database(), 2, 1s);
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(refusal([&] {
                  base.db.transact([](Tx& tx) {
                      put(tx, "a");
                      tx.exec("select pg_sleep(120)");
                  });
              }),
              unavailable);
    EXPECT_LT(since(start), 30s);
    EXPECT_EQ(base.number("select count(*) from system"), 0);
    EXPECT_GE(base.db.outages(), 1u);
}

TEST(Database, AnIdleConnectionThatTheServerEndedIsReplacedUnnoticed) {
    Base base(test::fresh_database(), 1);
    const auto backend = base.number("select pg_backend_pid()");
    test::postgres_detail::run_sql(base.db.options().dsn,
                                   "select pg_terminate_backend(" + std::to_string(backend) + ", 5000)");
    EXPECT_NE(base.number("select pg_backend_pid()"), backend);
}

TEST(Database, ATransactionWhoseConnectionTheServerEndsIsUnavailableAndTheNextGoes) {
    Base base(test::fresh_database(), 1);
    EXPECT_EQ(refusal([&] {
                  base.db.transact([&](Tx& tx) {
                      put(tx, "a");
                      const auto backend = int_in(tx.exec("select pg_backend_pid()")[0][0]);
                      test::postgres_detail::run_sql(
                          base.db.options().dsn,
                          "select pg_terminate_backend(" + std::to_string(backend) + ", 5000)");
                      put(tx, "b");
                  });
              }),
              unavailable);
    EXPECT_EQ(base.number("select count(*) from system"), 0);
}

TEST(Database, AfterReconnectNoOldConnectionIsUsed) {
    Base base(test::fresh_database(), 1);
    const auto backend = base.number("select pg_backend_pid()");
    base.db.reconnect();
    EXPECT_NE(base.number("select pg_backend_pid()"), backend);
}

TEST(Database, ManyThreadsShareFewConnections) {
    Base base(test::fresh_database(), 2);
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t)
        threads.emplace_back([&, t] {
            for (int i = 0; i < 25; ++i)
                base.db.transact([&](Tx& tx) { put(tx, std::to_string(t) + '.' + std::to_string(i)); });
        });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(base.number("select count(*) from system"), 200);
    EXPECT_LE(base.number("select count(*) from pg_stat_activity where datname = current_database() and pid "
                          "<> pg_backend_pid()"),
              2);
}

TEST(Database, WhatIsSealedOpensOnlyWhereItBelongs) {
    Base base;
    const auto scope = ChannelId::fresh().bytes(), record = PostId::fresh().bytes(),
               other = PostId::fresh().bytes();
    base.db.read([&](Tx& tx) {
        const auto sealed = tx.seal(Kind::post, scope, record, 3, "hello");
        EXPECT_EQ(sealed.find("hello"), std::string::npos);
        EXPECT_EQ(tx.open(Kind::post, scope, record, 3, sealed), "hello");
        EXPECT_EQ(refusal([&] { tx.open(Kind::post, scope, other, 3, sealed); }), "storage.sealed.damaged");
        EXPECT_EQ(refusal([&] { tx.open(Kind::post, scope, record, 4, sealed); }), "storage.sealed.damaged");
        EXPECT_EQ(refusal([&] { tx.open(Kind::draft, scope, record, 3, sealed); }), "storage.sealed.damaged");
        EXPECT_EQ(refusal([&] { tx.open(Kind::post, other, record, 3, sealed); }), "storage.key.missing")
            << "another scope has another key";
        auto moved = sealed;
        moved[1] ^= 1;  // the day
        EXPECT_EQ(refusal([&] { tx.open(Kind::post, scope, record, 3, moved); }), "storage.key.missing");
        EXPECT_EQ(refusal([&] { tx.open(Kind::post, scope, record, 3, "short"); }), "storage.sealed.damaged");
    });
}

}  // namespace
}  // namespace concordat::storage
