#include "storage/database/data_keys.hpp"

#include <future>

#include "core/model/scope.hpp"
#include "tests/storage/database/database_fixture.hpp"

namespace concordat::storage {
namespace {

std::string probe(const DataKey& key) {
    return std::string(reinterpret_cast<const char*>(key.derive("probe").data()), Secret::size);
}

TEST(DataKeys, ThereIsOneKeyForAScopeAndDay) {
    Base base;
    auto& keys = base.db.keys();
    const auto channel = ChannelId::fresh().bytes(), other = ChannelId::fresh().bytes();
    const auto key = probe(*keys.writing(channel, 100));
    EXPECT_EQ(probe(*keys.writing(channel, 100)), key);
    EXPECT_EQ(probe(*keys.reading(channel, 100)), key);
    EXPECT_NE(probe(*keys.writing(channel, 101)), key);
    EXPECT_NE(probe(*keys.writing(other, 100)), key);
    keys.forget();
    EXPECT_EQ(probe(*keys.reading(channel, 100)), key) << "it is in the database, too";
    EXPECT_EQ(base.number("select count(*) from data_keys"), 3);
}

TEST(DataKeys, AKeyThatWasNeverMadeIsMissingAndReadingDoesNotMakeIt) {
    Base base;
    const auto channel = ChannelId::fresh().bytes();
    EXPECT_EQ(refusal([&] { base.db.keys().reading(channel, 1); }), "storage.key.missing");
    EXPECT_EQ(base.number("select count(*) from data_keys"), 0);
}

TEST(DataKeys, NodesAndThreadsThatAreFirstTogetherAgreeOnOneKey) {
    Base base;
    Database other({base.db.options().dsn, 2, 20s}, *base.ring);
    const auto channel = ChannelId::fresh().bytes();
    std::vector<std::future<std::string>> asked;
    for (int i = 0; i < 8; ++i)
        asked.push_back(std::async(std::launch::async, [&, i] {
            return probe(*(i % 2 ? base.db : other).keys().writing(channel, 7));
        }));
    std::vector<std::string> keys;
    for (auto& one : asked) keys.push_back(one.get());
    for (const auto& key : keys) EXPECT_EQ(key, keys[0]);
}

TEST(DataKeys, WhatOutlivesMessagesHasBucketsOfItsOwn) {
    Base base;
    const auto channel = ChannelId::fresh().bytes();
    auto& keys = base.db.keys();
    for (const auto& scope : {channel, scopes::decisions, scopes::exports}) keys.writing(scope, 100);
    for (const auto& bucket : base.ring->status())
        if (bucket.data_class == "messages") base.ring->destroy(bucket.id);
    keys.forget();
    EXPECT_EQ(refusal([&] { keys.reading(channel, 100); }), "storage.key.destroyed");
    EXPECT_NO_THROW(keys.reading(scopes::decisions, 100));
    EXPECT_NO_THROW(keys.reading(scopes::exports, 100));
}

TEST(DataKeys, AKeySurvivesTheRollbackOfTheTransactionThatNeededIt) {
    Base base;
    const auto channel = ChannelId::fresh().bytes();
    std::string sealed;
    refusal([&] {
        base.db.transact([&](Tx& tx) {
            sealed = tx.seal(1, channel, channel, 0, "x");
            throw Error(Fault::conflict, "test.no");
        });
    });
    base.db.keys().forget();
    EXPECT_EQ(base.db.read([&](Tx& tx) { return tx.open(1, channel, channel, 0, sealed); }), "x");
}

TEST(DataKeys, RewrappingMovesKeysToTheNewGenerationAndRetiresTheOldBuckets) {
    Base base;
    auto& keys = base.db.keys();
    std::vector<std::string> before;
    std::vector<IdBytes> channels;
    for (int i = 0; i < 5; ++i) {
        channels.push_back(ChannelId::fresh().bytes());
        before.push_back(probe(*keys.writing(channels.back(), 100)));
    }
    base.ring->start_generation();
    keys.retire_outdated();
    EXPECT_EQ(base.ring->outdated().size(), 1u) << "a bucket in use is not retired";
    EXPECT_EQ(keys.rewrap(3), 2u);
    EXPECT_EQ(keys.rewrap(3), 0u);
    keys.retire_outdated();
    EXPECT_TRUE(base.ring->outdated().empty());
    keys.forget();
    for (std::size_t i = 0; i < channels.size(); ++i)
        EXPECT_EQ(probe(*keys.reading(channels[i], 100)), before[i]);
    ASSERT_EQ(keys.count_by_bucket().size(), 1u);
    EXPECT_EQ(keys.count_by_bucket().begin()->second, 5u);
}

TEST(DataKeys, AWrappedKeyMovedToAnotherScopeDoesNotOpen) {
    Base base;
    const auto one = ChannelId::fresh(), other = ChannelId::fresh();
    base.db.keys().writing(one.bytes(), 1);
    base.db.keys().writing(other.bytes(), 1);
    base.db.read([&](Tx& tx) {
        tx.exec(
            "update data_keys set wrapped = (select wrapped from data_keys where scope = $1) where scope = "
            "$2",
            one, other);
    });
    base.db.keys().forget();
    EXPECT_EQ(refusal([&] { base.db.keys().reading(other.bytes(), 1); }), "storage.key.damaged");
    base.db.keys().reading(one.bytes(), 1);
}

}  // namespace
}  // namespace concordat::storage
