#include "compliance/ledger/ledger_reader.hpp"

#include <gtest/gtest.h>

#include "storage/crypto/digest.hpp"
#include "tests/compliance/ledger/ledgering.hpp"

namespace concordat::compliance {
namespace {

using test::LedgerTest;
using test::refusal;

TEST_F(LedgerTest, ReadingIsRecordedBeforeItIsAnswered) {
    decide(3);
    ledger.bring_up_to_date();
    const auto user = store.user("auditor");
    const auto actor = store.actor(user);
    const Request request{actor, "the-request", "192.0.2.9"};
    const auto size = reader.checkpoint(request, 0).size;
    BundleQuery query;
    query.count = 2;
    reader.bundle(request, query);
    reader.proof(request, last, 0);
    query.count = 0;
    query.since = size;
    reader.bundle(request, query);
    const auto readings = recorded("audit.read");
    ASSERT_EQ(readings.size(), 4u);
    for (const auto& reading : readings) {
        EXPECT_EQ(reading.act, "audit");
        EXPECT_EQ(reading.actor_id, user.id);
        EXPECT_EQ(reading.attempt, "the-request");
        EXPECT_EQ(reading.address, "192.0.2.9");
        EXPECT_TRUE(reading.is_admitted);
    }
    EXPECT_EQ(readings[3].steps.back().detail,
              "Read: the checkpoint of " + std::to_string(size) + " leaves.");
    EXPECT_EQ(readings[2].steps.back().detail, "Read: the records of leaves 0 to 1.");
    EXPECT_EQ(readings[1].steps.back().detail, "Read: the record " + last.text() + ".");
    EXPECT_EQ(readings[0].steps.back().detail, "Read: a proof that the tree of audit records has grown.");
    // And each reading becomes a leaf, as did the making of the key.
    EXPECT_EQ(ledger.append(), 5u);
}

TEST_F(LedgerTest, AProofIsOfOneRecordUnderACheckpointThatHasIt) {
    decide(4);
    const auto early = last;
    ledger.bring_up_to_date();
    const auto size = reader.checkpoint(request(), 0).size;
    decide(300);
    const auto late = last;
    ledger.append();
    EXPECT_EQ(refusal([&] { reader.proof(request(), late, 0); }), "compliance.ledger.not_yet");
    ledger.sign();
    EXPECT_EQ(refusal([&] { reader.proof(request(), late, size); }), "compliance.ledger.not_yet");
    for (const auto& [record, under] :
         {std::pair(early, size), std::pair(early, std::int64_t{0}), std::pair(late, std::int64_t{0})}) {
        const auto bundle = reader.proof(request(), record, under);
        ASSERT_EQ(bundle.records.size(), 1u);
        EXPECT_EQ(leaf_in(bundle.records[0].entry)->id, record);
        EXPECT_TRUE(checked(bundle).findings.empty());
    }
    decide(1);
    EXPECT_EQ(refusal([&] { reader.proof(request(), last, 0); }), "compliance.ledger.not_yet");
    EXPECT_EQ(refusal([&] { reader.proof(request(), DecisionId::fresh(1), 0); }),
              "compliance.ledger.no_record");
}

TEST_F(LedgerTest, QuestionsWithoutSenseAreRefused) {
    EXPECT_EQ(refusal([&] { all(); }), "compliance.ledger.no_checkpoint");
    decide(3);
    ledger.bring_up_to_date();
    EXPECT_EQ(refusal([&] { reader.checkpoint(request(), 77); }), "compliance.ledger.no_checkpoint");
    for (const auto& [first, count, size, since, id] :
         std::vector<std::tuple<std::int64_t, std::int64_t, std::int64_t, std::int64_t, std::string>>{
             {-1, 1, 0, 0, "compliance.ledger.range"},
             {0, -1, 0, 0, "compliance.ledger.range"},
             {0, 10001, 0, 0, "compliance.ledger.range"},
             {0, 1, -1, 0, "compliance.ledger.range"},
             {0, 1, 77, 0, "compliance.ledger.no_checkpoint"},
             {0, 1, 0, 77, "compliance.ledger.no_checkpoint"}}) {
        BundleQuery query;
        query.first = first;
        query.count = count;
        query.size = size;
        query.since = since;
        EXPECT_EQ(refusal([&] { reader.bundle(request(), query); }), id);
    }
    EXPECT_TRUE(from(1000, 5).records.empty());
}

TEST_F(LedgerTest, ShowsTheRootInBase64) {
    decide(1);
    ledger.bring_up_to_date();
    const auto shown = reader.checkpoint(request(), 1);
    const auto entry = from(0, 1).records.at(0).entry;
    EXPECT_EQ(shown.size, 1);
    EXPECT_EQ(shown.root, storage::base64(storage::text_of(leaf_hash(entry))));
    EXPECT_GT(shown.create_at, 0);
}

}  // namespace
}  // namespace concordat::compliance
