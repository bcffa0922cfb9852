#include "storage/journal/journal.hpp"

#include <future>
#include <set>

#include "tests/storage/database/database_fixture.hpp"

namespace concordat::storage {
namespace {

// Writes down what it is given; can be slow or fail. Thread-safe.
class Notebook : public EventSink {
public:
    explicit Notebook(std::string name, bool is_durable = true)
        : name_(std::move(name)), is_durable_(is_durable) {}
    std::string name() const override { return name_; }
    bool is_durable() const override { return is_durable_; }
    void take(const std::vector<Fact>& facts) override {
        std::unique_lock lock(mutex_);
        ++calls_;
        if (failures_ > 0) {
            --failures_;
            throw Error(Fault::unavailable, "test.not_now");
        }
        resumed_.wait(lock, [&] { return !is_stuck_; });
        for (const auto& fact : facts) names_.push_back(fact.as<EmojiAdded>().emoji.name);
    }
    void fail(int times) { set(failures_, times); }
    void stick(bool is_stuck) {
        set(is_stuck_, is_stuck);
        resumed_.notify_all();
    }
    std::vector<std::string> names() const {
        std::lock_guard lock(mutex_);
        return names_;
    }
    int calls() const {
        std::lock_guard lock(mutex_);
        return calls_;
    }

private:
    template <class T>
    void set(T& member, T value) {
        std::lock_guard lock(mutex_);
        member = value;
    }
    const std::string name_;
    const bool is_durable_;
    mutable std::mutex mutex_;
    std::condition_variable resumed_;
    std::vector<std::string> names_;
    int failures_ = 0, calls_ = 0;
    bool is_stuck_ = false;
};

using Names = std::vector<std::string>;

void emit(Tx& tx, const std::string& name) {
    EmojiAdded fact;
    fact.emoji.name = name;
    tx.emit(fact);
}

void commit(Database& db, const std::string& name) {
    db.transact([&](Tx& tx) { emit(tx, name); });
}

struct Desk : Base {
    explicit Desk() : Base(test::fresh_database(), 8) {}
    Metrics metrics;
    Journal journal{db, metrics};
    Names read() {
        Position reached;
        Names names;
        for (const auto& fact : journal.after({}, 1000, reached))
            names.push_back(fact.as<EmojiAdded>().emoji.name);
        return names;
    }
};

TEST(Journal, FactsComeInTheOrderOfTheirTransactions) {
    Notebook sink("sink");
    Desk desk;
    desk.journal.add(sink);
    desk.journal.start();
    desk.db.transact([](Tx& tx) {
        emit(tx, "a");
        emit(tx, "b");
    });
    commit(desk.db, "c");
    desk.journal.hint();
    EXPECT_TRUE(eventually([&] { return sink.names() == Names{"a", "b", "c"}; }));
    EXPECT_TRUE(desk.journal.is_fresh(60s));
    EXPECT_TRUE(eventually([&] {
        return desk.metrics.text().find("concordat_journal_delivered_total{sink=\"sink\"} 3") !=
               std::string::npos;
    }));
}

TEST(Journal, NothingThatRolledBackIsDelivered) {
    Desk desk;
    refusal([&] {
        desk.db.transact([](Tx& tx) {
            emit(tx, "never");
            throw Error(Fault::conflict, "test.no");
        });
    });
    commit(desk.db, "a");
    EXPECT_EQ(desk.read(), Names{"a"});
}

TEST(Journal, AWriterThatCommitsLateIsNotPassedOver) {
    Notebook sink("sink");
    Desk desk;
    desk.journal.add(sink);
    desk.journal.start();
    std::promise<void> wrote, may_commit;
    auto slow = std::async(std::launch::async, [&] {
        desk.db.transact([&](Tx& tx) {
            emit(tx, "slow");
            wrote.set_value();
            may_commit.get_future().wait();
        });
    });
    wrote.get_future().wait();
    commit(desk.db, "quick");
    desk.journal.hint();
    std::this_thread::sleep_for(400ms);  // more than one look: nothing may show while the slow one is open
    EXPECT_EQ(sink.names(), Names{});
    may_commit.set_value();
    slow.get();
    desk.journal.hint();
    EXPECT_TRUE(eventually([&] { return sink.names() == Names{"slow", "quick"}; }));
}

TEST(Journal, WhatASilentTransactionHeldBackIsDeliveredWhenThatEndsWithoutAHint) {
    Notebook sink("sink");
    Desk desk;
    Journal never_polls(desk.db, desk.metrics, 1h);
    never_polls.add(sink);
    never_polls.start();
    std::promise<void> wrote, may_commit;
    auto silent = std::async(std::launch::async, [&] {
        desk.db.transact([&](Tx& tx) {
            tx.exec("select pg_current_xact_id()");  // now it counts as a writer
            wrote.set_value();
            may_commit.get_future().wait();
        });
    });
    wrote.get_future().wait();
    commit(desk.db, "held");
    never_polls.hint();
    std::this_thread::sleep_for(50ms);  // nothing may show while the silent one is open
    EXPECT_EQ(sink.names(), Names{});
    may_commit.set_value();
    silent.get();
    EXPECT_TRUE(eventually([&] { return sink.names() == Names{"held"}; }));
}

TEST(Journal, ManyWritersAtOnceAreDeliveredEachOnceToEverySink) {
    Notebook one("one"), other("other");
    Desk desk;
    desk.journal.add(one);
    desk.journal.add(other);
    desk.db.on_commit([&](const std::vector<Fact>&) { desk.journal.hint(); });
    desk.journal.start();
    std::vector<std::thread> writers;
    for (int w = 0; w < 4; ++w)
        writers.emplace_back([&, w] {
            for (int i = 0; i < 200; ++i) commit(desk.db, std::to_string(w) + '.' + std::to_string(i));
        });
    for (auto& writer : writers) writer.join();
    ASSERT_TRUE(eventually([&] { return one.names().size() >= 800 && other.names().size() >= 800; }));
    const auto names = one.names();
    EXPECT_EQ(names.size(), 800u);
    EXPECT_EQ(std::set(names.begin(), names.end()).size(), 800u);
    EXPECT_EQ(names, other.names()) << "all sinks see one order";
    for (int w = 0; w < 4; ++w) {
        int next = 0;
        for (const auto& name : names) {
            if (!name.starts_with(std::to_string(w) + '.')) continue;
            EXPECT_EQ(name, std::to_string(w) + '.' + std::to_string(next++));
        }
    }
}

TEST(Journal, TheOrderIsThatOfNumbersAlsoWhereTheyGetAnotherDigit) {
    Desk desk;
    for (const char* name : {"a", "b", "c"}) commit(desk.db, name);
    desk.db.read([](Tx& tx) {
        tx.run_script(
            "update journal j set tx = o.n::text::xid8 from (select seq, (array[9, 10, 100])[row_number() "
            "over (order by seq)] n from journal) o where o.seq = j.seq");
    });
    EXPECT_EQ(desk.read(), (Names{"a", "b", "c"}));
    Position reached;
    desk.journal.after({}, 1, reached);
    EXPECT_EQ(reached.tx, "9");
    EXPECT_EQ(desk.journal.after(reached, 10, reached).size(), 2u);
    EXPECT_EQ(reached.tx, "100");
    EXPECT_EQ(desk.journal.present(), reached);
}

TEST(Journal, ASinkThatFailsGetsTheSameFactsAgainAndLosesNothing) {
    Notebook sink("sink");
    Desk desk;
    sink.fail(2);
    desk.journal.add(sink);
    commit(desk.db, "a");
    desk.journal.start();
    ASSERT_TRUE(eventually([&] { return sink.names() == Names{"a"}; }));
    EXPECT_EQ(sink.calls(), 3);
    commit(desk.db, "b");
    desk.journal.hint();
    EXPECT_TRUE(eventually([&] { return sink.names() == (Names{"a", "b"}); }));
}

TEST(Journal, ASinkThatHangsHoldsBackNobodyElse) {
    Notebook stuck("stuck"), quick("quick");
    Desk desk;
    stuck.stick(true);
    desk.journal.add(stuck);
    desk.journal.add(quick);
    desk.journal.start();
    for (const char* name : {"a", "b", "c"}) {
        commit(desk.db, name);
        desk.journal.hint();
    }
    EXPECT_TRUE(eventually([&] { return quick.names().size() == 3; }));
    EXPECT_TRUE(stuck.names().empty());
    stuck.stick(false);
    EXPECT_TRUE(eventually([&] { return stuck.names() == (Names{"a", "b", "c"}); }));
}

TEST(Journal, ADurableSinkGoesOnWhereItWasAndAnotherBeginsAtThePresent) {
    Desk desk;
    commit(desk.db, "before");
    {
        Notebook durable("durable"), passing("passing", false);
        Journal journal(desk.db, desk.metrics);
        journal.add(durable);
        journal.add(passing);
        journal.start();
        ASSERT_TRUE(eventually([&] { return durable.names() == Names{"before"} && journal.is_fresh(60s); }));
        commit(desk.db, "during");
        journal.hint();
        ASSERT_TRUE(
            eventually([&] { return durable.names().size() == 2 && passing.names() == Names{"during"}; }));
    }
    commit(desk.db, "between");
    Notebook durable("durable"), passing("passing", false), fresh("fresh");
    Journal journal(desk.db, desk.metrics);
    for (auto* sink : {&durable, &passing, &fresh}) journal.add(*sink);
    journal.start();
    EXPECT_TRUE(eventually([&] { return durable.names() == Names{"between"}; }));
    EXPECT_TRUE(eventually([&] { return fresh.names() == (Names{"before", "during", "between"}); }));
    EXPECT_TRUE(eventually([&] { return journal.is_fresh(60s); }));
    commit(desk.db, "after");
    journal.hint();
    EXPECT_TRUE(eventually([&] { return passing.names() == Names{"after"}; }));
}

TEST(Journal, MoreThanOneBatchComesThroughInOrder) {
    Notebook sink("sink");
    Desk desk;
    desk.db.transact([](Tx& tx) {
        for (int i = 0; i < 1201; ++i) emit(tx, std::to_string(i));
    });
    desk.journal.add(sink);
    desk.journal.start();
    ASSERT_TRUE(eventually([&] { return sink.names().size() == 1201; }));
    EXPECT_EQ(sink.names()[1200], "1200");
    EXPECT_EQ(sink.calls(), 3);
}

TEST(Journal, AFactThatCannotBeReadIsPassedOverAndCounted) {
    Notebook sink("sink");
    Desk desk;
    for (const char* name : {"a", "b", "c"}) commit(desk.db, name);
    desk.db.read([](Tx& tx) {
        tx.exec(
            "update journal set body = (select body from journal order by tx, seq limit 1) where seq = "
            "(select seq from journal order by tx, seq offset 1 limit 1)");
    });
    desk.journal.add(sink);
    desk.journal.start();
    EXPECT_TRUE(eventually([&] { return sink.names() == (Names{"a", "c"}); }));
    EXPECT_NE(desk.metrics.text().find("concordat_journal_lost_total 1\n"), std::string::npos);
}

TEST(Journal, ThePresentIsBehindEverythingCommitted) {
    Desk desk;
    EXPECT_EQ(desk.journal.present(), Position{});
    commit(desk.db, "a");
    commit(desk.db, "b");
    Position reached;
    EXPECT_TRUE(desk.journal.after(desk.journal.present(), 10, reached).empty());
    EXPECT_EQ(reached, desk.journal.present());
    EXPECT_EQ(desk.journal.after({}, 1, reached).size(), 1u);
    EXPECT_EQ(desk.journal.after(reached, 10, reached).size(), 1u);
}

TEST(Journal, StoppingIsQuickAndMayBeRepeated) {
    Notebook sink("sink");
    Desk desk;
    desk.journal.add(sink);
    EXPECT_FALSE(desk.journal.is_fresh(60s)) << "nobody has looked yet";
    desk.journal.start();
    EXPECT_TRUE(eventually([&] { return desk.journal.is_fresh(60s); }));
    const auto start = std::chrono::steady_clock::now();
    desk.journal.stop();
    desk.journal.stop();
    EXPECT_LT(since(start), 30s);
}

}  // namespace
}  // namespace concordat::storage
