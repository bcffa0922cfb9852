#include "federation/trust/key_rotation.hpp"

#include <gtest/gtest.h>

#include "federation/wire/event.hpp"
#include "identity/decision/decisions.hpp"
#include "storage/tables/federation.hpp"
#include "storage/tables/system.hpp"
#include "tests/support/refusal.hpp"
#include "tests/support/store.hpp"

namespace concordat::federation {
namespace {

using test::refusal;

struct Rotating {
    Rotating() { own.key(); }  // made before any transaction
    bool has_former() {
        return store.db.read([](storage::Tx& tx) {
            return storage::SystemTable(tx).find(former_organisation_secret).has_value();
        });
    }
    // A stream of one event, sealed at that time.
    void say(Millis at) {
        store.db.transact([&](storage::Tx& tx) {
            storage::StreamTable table(tx);
            table.lock(own.id(), channel);
            Seal seal{1, own.id(), channel, last + 1, last + 1, std::string(64, '0'), at};
            ++last;
            const auto text = encode_seal(seal);
            table.insert({own.id(), channel, last, text, sign_seal(own.key(), text)});
        });
    }
    // Whether everybody who knows the chain takes the seals.
    std::vector<bool> counts() {
        std::vector<bool> out;
        store.db.read([&](storage::Tx& tx) {
            for (const auto& s : storage::StreamTable(tx).seals(own.id(), channel, 1, 100))
                out.push_back(own.keys().has_sealed(s.seal, decode_seal(s.seal).at, s.signature));
        });
        return out;
    }
    test::Store store;
    identity::Decisions decisions{store.db};
    Organisation own{store.db, store.settings};
    KeyRotation rotation{store.db, own, decisions};
    ChannelId channel = ChannelId::fresh(1);
    std::int64_t last = 0;
};

TEST(KeyRotation, AnotherKeySignsTheIdStaysAndWhatWasSealedCounts) {
    Rotating r;
    const auto id = r.own.id();
    const auto old = r.own.public_key();
    r.say(r.store.db.now());
    int told = 0;
    r.rotation.on_change([&] { ++told; });
    r.rotation.rotate(7);
    EXPECT_EQ(told, 1);
    EXPECT_EQ(r.own.id(), id);
    EXPECT_NE(r.own.public_key(), old);
    r.say(r.store.db.now());
    EXPECT_EQ(r.counts(), (std::vector<bool>{true, true}));
    Organisation again{r.store.db, r.store.settings};
    EXPECT_EQ(again.id(), id);
    EXPECT_EQ(again.public_key(), r.own.public_key());
    EXPECT_EQ(again.keys().encode(), r.own.keys().encode());
}

TEST(KeyRotation, IsTakenBackInTheOverlapAndNotAfter) {
    Rotating r;
    EXPECT_EQ(refusal([&] { r.rotation.abort(); }), "federation.key.nothing_to_abort");
    const auto old = r.own.public_key();
    r.rotation.rotate(1);
    r.say(r.store.db.now());
    EXPECT_EQ(refusal([&] { r.rotation.rotate(7); }), "federation.key.overlapping");
    r.rotation.abort();
    EXPECT_EQ(r.own.public_key(), old);
    EXPECT_FALSE(r.has_former());
    EXPECT_EQ(refusal([&] { r.rotation.abort(); }), "federation.key.nothing_to_abort");
    r.say(r.store.db.now());
    EXPECT_EQ(r.counts(), (std::vector<bool>{true, true}));
}

TEST(KeyRotation, LimitsAreChecked) {
    Rotating r;
    EXPECT_EQ(refusal([&] { r.rotation.rotate(0); }), "federation.key.overlap");
    EXPECT_EQ(refusal([&] { r.rotation.rotate(31); }), "federation.key.overlap");
    EXPECT_EQ(refusal([&] { r.rotation.rotate(7, r.store.db.now() + 60000); }), "federation.key.bad_since");
    EXPECT_TRUE(r.own.keys().changes().empty());
    for (std::size_t i = 0; i < most_key_changes; ++i) r.rotation.rotate(1, r.store.db.now());
    EXPECT_EQ(refusal([&] { r.rotation.rotate(1, r.store.db.now()); }), "federation.key.too_many");
    EXPECT_EQ(KeyChain::decode(r.own.keys().encode()).key(), r.own.public_key());
}

TEST(KeyRotation, WhatABadKeyHasSealedSinceIsSealedAnew) {
    Rotating r;
    const auto now = r.store.db.now();
    r.say(now - 5000);
    r.say(now - 1000);
    const auto old = r.own.key();
    r.rotation.rotate(7, now - 2000);
    EXPECT_FALSE(r.has_former());
    EXPECT_EQ(r.counts(), (std::vector<bool>{true, true}));
    const Seal later{1, r.own.id(), r.channel, 3, 3, std::string(64, '0'), now - 1000};
    EXPECT_FALSE(r.own.keys().has_sealed(encode_seal(later), later.at, sign_seal(old, encode_seal(later))));
    // What came in between is found when the node starts.
    const auto text = encode_seal(later);
    r.store.db.transact([&](storage::Tx& tx) {
        storage::StreamTable(tx).insert({r.own.id(), r.channel, 3, text, sign_seal(old, text)});
    });
    EXPECT_EQ(r.counts(), (std::vector<bool>{true, true, false}));
    r.rotation.settle();
    EXPECT_EQ(r.counts(), (std::vector<bool>{true, true, true}));
}

TEST(KeyRotation, TheFormerSecretIsDestroyedAfterTheOverlap) {
    Rotating r;
    r.rotation.rotate(1);
    r.rotation.settle();
    EXPECT_TRUE(r.has_former());
    r.store.wait(25 * 3600 * 1000);
    r.rotation.settle();
    EXPECT_FALSE(r.has_former());
    EXPECT_EQ(refusal([&] { r.rotation.abort(); }), "federation.key.nothing_to_abort");
    r.rotation.rotate(7);
}

}  // namespace
}  // namespace concordat::federation
