#include "compliance/ledger/ledger.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <memory>
#include <thread>

#include "compliance/ledger/checkpoint_files.hpp"
#include "compliance/ledger/ledger_keeper.hpp"
#include "storage/crypto/digest.hpp"
#include "tests/compliance/ledger/ledgering.hpp"

namespace concordat::compliance {
namespace {

using namespace std::chrono_literals;
using test::LedgerTest;
using test::refusal;

std::string text_in(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

bool waits_for(const std::function<bool()>& is_so) {
    for (const auto until = std::chrono::steady_clock::now() + 30s; std::chrono::steady_clock::now() < until;
         std::this_thread::sleep_for(10ms))
        if (is_so()) return true;
    return false;
}

TEST_F(LedgerTest, RecordsBecomeLeavesInTheirOrderAndAreProved) {
    decide(5);
    EXPECT_EQ(ledger.append(), 5u);
    EXPECT_EQ(ledger.append(), 0u);
    EXPECT_TRUE(ledger.sign());
    const auto bundle = all();
    const auto good = checked(bundle);
    EXPECT_TRUE(good.findings.empty()) << good.findings[0].text;
    EXPECT_EQ(good.records, 5);
    EXPECT_EQ(good.checkpoint->size, 5u);
    EXPECT_TRUE(good.checkpoint->origin.starts_with("concordat-audit/"));
    std::vector<std::int64_t> seqs;
    for (const auto& record : bundle.records) {
        seqs.push_back(leaf_in(record.entry)->seq);
        EXPECT_NE(record.record->find("attempt-" + std::to_string(seqs.size())), std::string::npos);
        EXPECT_NE(record.record->find(R"("salt":")"), std::string::npos);
    }
    EXPECT_TRUE(std::ranges::is_sorted(seqs));
    EXPECT_TRUE(faults().empty());
    EXPECT_NE(metrics.text().find("concordat_audit_ledger_signed 5"), std::string::npos);
}

TEST_F(LedgerTest, NothingIsSignedTwiceAndNothingBeforeTheFirstRecord) {
    EXPECT_FALSE(ledger.sign());
    EXPECT_EQ(refusal([&] { reader.checkpoint(request(), 0); }), "compliance.ledger.no_checkpoint");
    decide(1);
    ledger.append();
    EXPECT_TRUE(ledger.sign());  // which makes the key, a record
    EXPECT_FALSE(ledger.sign());
    EXPECT_EQ(ledger.append(), 1u);
    EXPECT_TRUE(ledger.sign());
    EXPECT_EQ(number("select count(*) from audit_checkpoints"), 2);
    const auto status = ledger.status();
    EXPECT_EQ(status.state, "working");
    EXPECT_EQ(status.leaves, 2);
    EXPECT_EQ(status.signed_size, 2);
    EXPECT_EQ(status.waiting, 0);
}

TEST_F(LedgerTest, EachCheckpointGoesOnFromAllBefore) {
    std::vector<std::int64_t> sizes;
    for (const int count : {1, 2, 250, 3, 256, 700}) {
        decide(count);
        ledger.bring_up_to_date();
        sizes.push_back(reader.checkpoint(request(), 0).size);
    }
    for (const auto before : sizes)
        for (const auto after : sizes) {
            BundleQuery query;
            query.since = before;
            query.size = after;
            if (before > after) {
                EXPECT_EQ(refusal([&] { reader.bundle(request(), query); }), "compliance.ledger.range");
                continue;
            }
            const auto growth = checked(reader.bundle(request(), query));
            EXPECT_TRUE(growth.findings.empty()) << before << ' ' << after;
            EXPECT_EQ(growth.earlier->size, static_cast<std::uint64_t>(before));
        }
    const auto whole = checked(all(sizes[1]));
    EXPECT_TRUE(whole.findings.empty());
    EXPECT_EQ(whole.records, sizes.back());
    EXPECT_TRUE(faults().empty());
}

TEST_F(LedgerTest, ARecordThatWasChangedRemovedSwappedOrPutInIsFound) {
    decide(300);
    run_sql(
        "select setval(pg_get_serial_sequence('identity_decisions', 'seq'), (select max(seq) + 5 from "
        "identity_decisions))");  // as a transaction that failed leaves it
    decide(300);
    ledger.bring_up_to_date();
    ASSERT_TRUE(faults().empty());
    const auto first = number("select min(seq) from identity_decisions");
    const auto at = [&](int leaf) { return std::to_string(first + leaf); };
    run_sql("update identity_decisions set body = set_byte(body, 40, 255 - get_byte(body, 40)) where seq = " +
            at(7));
    run_sql("delete from identity_decisions where seq = " + at(8));
    run_sql("update identity_decisions a set body = b.body from identity_decisions b where a.seq in (" +
            at(20) + ", " + at(21) + ") and b.seq = " + at(41) + " - a.seq + " + std::to_string(first));
    run_sql("update identity_decisions set is_admitted = true where seq = " + at(30));
    run_sql(
        "insert into identity_decisions (seq, id, create_at, attempt, act, is_admitted, rule, service, body) "
        "overriding system value select seq + 2, gen_random_uuid(), create_at, attempt, act, true, rule, "
        "service, body from identity_decisions where seq = " +
        at(299));
    const std::vector<std::string> expected{
        "Leaf 7: its record, " + at(7) + ", was changed.",
        "Leaf 8: its record, " + at(8) + ", is gone.",
        "Leaf 20: its record, " + at(20) + ", was changed.",
        "Leaf 21: its record, " + at(21) + ", was changed.",
        "Leaf 30: its record, " + at(30) + ", has columns that do not say what was sealed.",
        "Leaf 300: the record " + at(301) + " before it is no leaf; it was put in later.",
    };
    EXPECT_EQ(faults(), expected);
    // What was written is still proved where it is there, and the rest is in the tree.
    const auto bundle = all();
    const auto good = checked(bundle);
    EXPECT_TRUE(good.findings.empty()) << good.findings[0].text;
    EXPECT_EQ(good.unreadable, 4);
    // Said once.
    EXPECT_EQ(faults().size(), 6u);
    EXPECT_EQ(ledger.status().faults, 6);
    std::size_t told = 0;
    for (const auto& decision : recorded("audit.check")) told += decision.steps.size() - 1;
    EXPECT_EQ(told, 6u);
}

TEST_F(LedgerTest, ARecordChangedBeforeItBecameALeafIsFoundThen) {
    decide(3);
    run_sql(
        "update identity_decisions set body = set_byte(body, 40, 255 - get_byte(body, 40)) where seq = "
        "(select min(seq) + 1 from identity_decisions)");
    ledger.append();
    EXPECT_EQ(ledger.status().faults, 2);  // it, and the next, which names another
    EXPECT_EQ(recorded("audit.check").size(), 1u);
    ledger.bring_up_to_date();
    const auto good = checked(all());
    EXPECT_EQ(good.unreadable, 1);
    ASSERT_EQ(good.findings.size(), 1u);  // what was there at the time is evidence of the change
    EXPECT_EQ(good.findings[0].text, "Leaf 2: when it was written, the record before it was another one.");
}

TEST_F(LedgerTest, LeavesAndHashesThatWereChangedAreFound) {
    decide(600);
    ledger.bring_up_to_date();
    run_sql("update audit_leaves set create_at = create_at + 1 where leaf = 3");
    EXPECT_EQ(faults(), (std::vector<std::string>{"Leaf 3: it is not the one that the tree has there.",
                                                  "Leaf 3: its record, " +
                                                      std::to_string(number("select seq from audit_leaves "
                                                                            "where leaf = 3")) +
                                                      ", has another id or time."}));
    run_sql("update audit_leaves set create_at = create_at - 1 where leaf = 3");
    run_sql(
        "update audit_tiles set hashes = set_byte(hashes, 100 * 32, 255 - get_byte(hashes, 100 * 32)) where "
        "level = 0 and tile = 1");
    EXPECT_EQ(faults(), (std::vector<std::string>{
                            "Leaf 356: it is not the one that the tree has there.",
                            "Leaf 511: the tree above it, at level 1, is not that over its leaves."}));
}

TEST_F(LedgerTest, ATreeWithAnotherRootIsNotSigned) {
    decide(600);
    ledger.bring_up_to_date();
    const auto before = text_in(file);
    run_sql("update audit_tiles set hashes = set_byte(hashes, 0, 255 - get_byte(hashes, 0)) where level = 1");
    decide(1);
    EXPECT_EQ(refusal([&] { ledger.bring_up_to_date(); }), "compliance.ledger.forked");
    EXPECT_EQ(refusal([&] { ledger.append(); }), "compliance.ledger.forked");
    EXPECT_EQ(ledger.status().state, "refusing");
    EXPECT_NE(ledger.status().text.find("are not those that were signed"), std::string::npos);
    EXPECT_EQ(text_in(file), before);
    EXPECT_EQ(recorded("audit.fork").size(), 1u);
    EXPECT_NE(metrics.text().find("concordat_audit_ledger_refusing 1"), std::string::npos);
    run_sql("update audit_tiles set hashes = set_byte(hashes, 0, 255 - get_byte(hashes, 0)) where level = 1");
    ledger.bring_up_to_date();
    EXPECT_EQ(ledger.status().state, "working");
    EXPECT_TRUE(checked(all()).findings.empty());
}

TEST_F(LedgerTest, ATreeWithoutAPartIsNotSigned) {
    decide(600);
    ledger.bring_up_to_date();
    run_sql("delete from audit_tiles where level = 1");
    decide(1);
    EXPECT_EQ(refusal([&] { ledger.bring_up_to_date(); }), "compliance.ledger.tile");
    EXPECT_EQ(ledger.status().state, "refusing");
}

TEST_F(LedgerTest, ADatabaseThatWasPutBackIsFoundOutAndANewTreeCanBegin) {
    decide(10);
    ledger.bring_up_to_date();
    const auto old = reader.checkpoint(request(), 0);
    // A copy of the tables as they are now, and back to it.
    const std::vector<std::string> tables{"identity_decisions", "audit_logs", "audit_leaves", "audit_tiles",
                                          "audit_checkpoints"};
    for (const auto& table : tables)
        run_sql("drop table if exists kept_" + table + "; create table kept_" + table + " as table " + table);
    decide(20);
    ledger.bring_up_to_date();
    const auto signed_size = reader.checkpoint(request(), 0).size;
    for (auto table = tables.rbegin(); table != tables.rend(); ++table) run_sql("delete from " + *table);
    for (const auto& table : tables)
        run_sql("insert into " + table + " overriding system value table kept_" + table +
                "; drop table kept_" + table);
    for (const int more : {0, 5, 50}) {  // smaller, and later larger than what was signed
        decide(more);
        Metrics its_metrics;
        const auto next = another(its_metrics);
        EXPECT_EQ(refusal([&] { next->append(); }), "compliance.ledger.forked") << more;
        EXPECT_EQ(refusal([&] { next->sign(); }), "compliance.ledger.forked") << more;
        EXPECT_NE(next->status().text.find("Was the database put back from a backup?"), std::string::npos);
    }
    EXPECT_EQ(checkpoint_in(text_in(file))->size, static_cast<std::uint64_t>(signed_size));

    ledger.begin_anew("The disk of the database broke; the backup of Monday was put back.");
    ledger.bring_up_to_date();
    const auto now = reader.checkpoint(request(), 0);
    EXPECT_NE(now.origin, old.origin);
    EXPECT_GE(now.size, 66);
    EXPECT_EQ(ledger.status().state, "working");
    EXPECT_TRUE(checked(all()).findings.empty());
    EXPECT_TRUE(faults().empty());
    const auto begun = recorded("audit.begin_anew");
    ASSERT_EQ(begun.size(), 1u);
    EXPECT_NE(begun[0].steps[0].detail.find("the backup of Monday"), std::string::npos);
    EXPECT_EQ(begun[0].steps[1].detail, old.note);
}

TEST_F(LedgerTest, ACheckpointFileOfAnotherTreeOrOfNoneIsAFork) {
    decide(3);
    ledger.bring_up_to_date();
    const auto note = text_in(file);
    remember_note(file, "no note\n");
    EXPECT_EQ(refusal([&] { ledger.sign(); }), "compliance.ledger.forked");
    auto other = *checkpoint_in(note);
    other.origin = "concordat-audit/another";
    remember_note(file, checkpoint_text(other) + "\n");
    EXPECT_EQ(refusal([&] { ledger.sign(); }), "compliance.ledger.forked");
    other = *checkpoint_in(note);
    other.root[0] ^= 1;
    remember_note(file, checkpoint_text(other) + "\n");
    EXPECT_EQ(refusal([&] { ledger.sign(); }), "compliance.ledger.forked");
    std::filesystem::remove(file);
    decide(1);
    EXPECT_EQ(refusal([&] { ledger.bring_up_to_date(); }), "compliance.ledger.forked");
    EXPECT_NE(ledger.status().text.find("is gone"), std::string::npos);
    remember_note(file, note);
    ledger.bring_up_to_date();
    EXPECT_GT(checkpoint_in(text_in(file))->size, 3u);
}

TEST_F(LedgerTest, AnEndBetweenAnyTwoStepsLosesNothing) {
    decide(4);
    ledger.append();  // and the end, before it was signed
    Metrics its_metrics;
    auto next = another(its_metrics);
    EXPECT_EQ(next->append(), 0u);
    EXPECT_TRUE(next->sign());
    next->bring_up_to_date();
    const auto size = reader.checkpoint(request(), 0).size;
    // The end after the file was written and before the database was told.
    run_sql("delete from audit_checkpoints where size = " + std::to_string(size));
    Metrics more_metrics;
    next = another(more_metrics);
    EXPECT_EQ(next->status().signed_size, size - 1);
    EXPECT_GT(next->append(), 0u);
    EXPECT_TRUE(next->sign());
    EXPECT_EQ(reader.checkpoint(request(), size).size, size);  // what was signed is there
    EXPECT_TRUE(checked(all(size)).findings.empty());
}

TEST_F(LedgerTest, TwoThatFollowAtOnceMakeOneTree) {
    Metrics its_metrics;
    const auto other = another(its_metrics);
    std::atomic<bool> is_over{false};
    const auto follow = [&](Ledger& one) {
        while (!is_over) {
            one.append();
            one.sign();
        }
    };
    std::thread first([&] { follow(ledger); }), second([&] { follow(*other); });
    std::vector<std::thread> deciding;
    for (int i = 0; i < 3; ++i)
        deciding.emplace_back([&] {
            for (int j = 0; j < 60; ++j) {
                identity::Trail trail("sign_in", "attempt");
                trail.refused("password.matches", "The password is wrong.");
                decisions.record(trail);
            }
        });
    for (auto& thread : deciding) thread.join();
    is_over = true;
    first.join();
    second.join();
    ledger.bring_up_to_date();
    const auto good = checked(all());
    EXPECT_TRUE(good.findings.empty()) << good.findings[0].text;
    EXPECT_EQ(good.records, number("select count(*) from identity_decisions") - 1);  // all but this reading
    EXPECT_TRUE(faults().empty());
    EXPECT_EQ(recorded("audit.fork").size(), 0u);
}

TEST_F(LedgerTest, AWitnessIsToldEachCheckpointOnce) {
    const auto path = store.directory.path("witness");
    auto settings = *store.settings.current();
    settings.ConcordatSettings.AuditWitnessFile = path;
    store.settings.replace(settings);
    for (int i = 0; i < 3; ++i) {
        decide(2);
        ledger.append();
        ledger.sign();
    }
    auto witness = read_witness(text_in(path), keys());
    EXPECT_TRUE(witness.findings.empty());
    EXPECT_EQ(witness.checkpoints.size(), 3u);
    EXPECT_TRUE(check_agreement({checked(all())}, witness).empty());
    struct stat info {};
    ASSERT_EQ(::stat(path.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600u);
    // One that cannot be told holds nothing up, and is told of the next.
    settings.ConcordatSettings.AuditWitnessFile = store.directory.path("no/such/place");
    store.settings.replace(settings);
    decide(1);
    ledger.bring_up_to_date();
    EXPECT_NE(ledger.status().witness_error.find("No such file"), std::string::npos);
    settings.ConcordatSettings.AuditWitnessFile = path;
    store.settings.replace(settings);
    decide(1);
    ledger.bring_up_to_date();
    EXPECT_EQ(ledger.status().witness_error, "");
    EXPECT_EQ(read_witness(text_in(path), keys()).checkpoints.size(), 4u);
}

TEST_F(LedgerTest, ANewKeySignsOnAndTheOldOneIsStillKnown) {
    decide(2);
    ledger.bring_up_to_date();
    const auto before = reader.checkpoint(request(), 0);
    key.renew();
    ledger.bring_up_to_date();
    EXPECT_EQ(keys().size(), 2u);
    EXPECT_TRUE(checked(all(before.size)).findings.empty());
    EXPECT_FALSE(is_signed_note(before.note, {keys()[0]}));
    EXPECT_TRUE(is_signed_note(before.note, {keys()[1]}));
}

TEST_F(LedgerTest, TheKeeperFollowsSignsAndLooksThroughAll) {
    LedgerPace quick{1ms, 20ms, 50ms, 5ms, 50ms};
    LedgerKeeper keeper(ledger, quick);
    keeper.start();
    decide(300);
    keeper.wake();
    EXPECT_TRUE(waits_for([&] { return ledger.status().signed_size >= 300; }));
    run_sql(
        "update identity_decisions set rule = 'another' where seq = (select max(seq) from "
        "identity_decisions) "
        "- 5");
    EXPECT_TRUE(waits_for([&] { return ledger.status().faults == 1; }));
    decide(1);  // not told: it looks by itself, and at the latest when it is stopped
    keeper.stop();
    const auto status = ledger.status();
    EXPECT_EQ(status.waiting, 0);
    EXPECT_EQ(status.signed_size, status.leaves);
}

TEST_F(LedgerTest, ThousandsOfRecordsASecondBecomeLeaves) {
    const int count = 20000;
    for (int i = 0; i < 50; ++i) decide(count / 50);  // each within the deadline of a transaction
    const auto begin = std::chrono::steady_clock::now();
    while (ledger.append() > 0) continue;
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
    std::cout << static_cast<int>(count / taken.count()) << " leaves a second\n";
    EXPECT_GT(count / taken.count(), 500);
    ledger.sign();
    const auto proof_begin = std::chrono::steady_clock::now();
    EXPECT_TRUE(checked(from(12345, 1)).findings.empty());
    const std::chrono::duration<double> proof_taken = std::chrono::steady_clock::now() - proof_begin;
    std::cout << static_cast<int>(proof_taken.count() * 1000) << " ms for a proof and its check\n";
    EXPECT_TRUE(checked(from(count - 5000, 5000)).findings.empty());
}

}  // namespace
}  // namespace concordat::compliance
