#include "federation/wire/key_chain.hpp"

#include <gtest/gtest.h>

#include "federation/wire/binding.hpp"
#include "federation/wire/event.hpp"
#include "storage/crypto/digest.hpp"
#include "tests/support/refusal.hpp"

namespace concordat::federation {
namespace {

using storage::SigningKey;
using test::refusal;

struct Chained {
    KeyChange next(const SigningKey& from, const SigningKey& to, Millis at) {
        KeyChange out;
        out.organisation = chain.organisation();
        out.number = static_cast<std::int64_t>(chain.changes().size()) + 1;
        out.old_key = storage::base64(from.public_key());
        out.new_key = storage::base64(to.public_key());
        out.at = at;
        out.old_until = at + overlap;
        return out;
    }
    static constexpr Millis overlap = 7L * 24 * clocks_may_differ, hour = clocks_may_differ;
    SigningKey a = SigningKey::fresh(), b = SigningKey::fresh(), c = SigningKey::fresh();
    KeyChain chain{a.public_key()};
};

std::string sealed_by(const SigningKey& key) {
    return sign_seal(key, "a seal");
}

TEST(KeyChain, EachKeySignsInItsTime) {
    Chained k;
    const Millis at = 1000 * k.hour;
    k.chain.add(sign_key_change(k.next(k.a, k.b, at), k.a, k.b));
    EXPECT_EQ(k.chain.organisation(), organisation_of(k.a.public_key()));
    EXPECT_EQ(k.chain.key(), k.b.public_key());
    EXPECT_TRUE(k.chain.has_sealed("a seal", at - 900 * k.hour, sealed_by(k.a)));
    EXPECT_TRUE(k.chain.has_sealed("a seal", at + k.overlap, sealed_by(k.a)));
    EXPECT_FALSE(k.chain.has_sealed("a seal", at + k.overlap + 1, sealed_by(k.a)));
    EXPECT_TRUE(k.chain.has_sealed("a seal", at, sealed_by(k.b)));
    EXPECT_TRUE(k.chain.has_sealed("a seal", at + 1000 * k.overlap, sealed_by(k.b)));
    EXPECT_FALSE(k.chain.has_sealed("a seal", at - 2 * k.hour, sealed_by(k.b)));
    EXPECT_FALSE(k.chain.has_sealed("a seal", at, sealed_by(k.c)));
    EXPECT_FALSE(k.chain.has_sealed("another seal", at, sealed_by(k.b)));
    EXPECT_TRUE(k.chain.may_connect(k.a.public_key(), at + k.overlap));
    EXPECT_FALSE(k.chain.may_connect(k.a.public_key(), at + k.overlap + 2 * k.hour));
    EXPECT_TRUE(k.chain.may_connect(k.b.public_key(), at + 1000 * k.overlap));
}

TEST(KeyChain, ABadKeySignsNothingSinceThenAndConnectsNoMore) {
    Chained k;
    auto change = k.next(k.a, k.b, 1000 * k.hour);
    change.bad_since = 900 * k.hour;
    k.chain.add(sign_key_change(change, k.a, k.b));
    EXPECT_TRUE(k.chain.has_bad());
    EXPECT_TRUE(k.chain.has_sealed("a seal", 900 * k.hour - 1, sealed_by(k.a)));
    EXPECT_FALSE(k.chain.has_sealed("a seal", 900 * k.hour, sealed_by(k.a)));
    EXPECT_FALSE(k.chain.may_connect(k.a.public_key(), 1000 * k.hour));
    EXPECT_TRUE(k.chain.may_connect(k.b.public_key(), 1000 * k.hour));
}

TEST(KeyChain, GoesBackToTheKeyBeforeInTheOverlapOnly) {
    Chained k;
    k.chain.add(sign_key_change(k.next(k.a, k.b, 1000 * k.hour), k.a, k.b));
    auto late = k;
    late.chain.add(sign_key_change(late.next(k.b, k.c, 1001 * k.hour), k.b, k.c));
    EXPECT_EQ(refusal([&] { late.chain.add(sign_key_change(late.next(k.c, k.a, 1002 * k.hour), k.c, k.a)); }),
              "federation.key_change");
    auto over = k;
    const auto after = 1000 * k.hour + k.overlap + 1;
    EXPECT_EQ(refusal([&] { over.chain.add(sign_key_change(over.next(k.b, k.a, after), k.b, k.a)); }),
              "federation.key_change");
    k.chain.add(sign_key_change(k.next(k.b, k.a, 1001 * k.hour), k.b, k.a));
    EXPECT_EQ(k.chain.key(), k.a.public_key());
    EXPECT_TRUE(k.chain.has_sealed("a seal", 5000 * k.hour, sealed_by(k.a)));
    // That it was used before does not keep it good.
    auto bad = k.next(k.a, k.c, 1002 * k.hour);
    bad.bad_since = 999 * k.hour;
    k.chain.add(sign_key_change(bad, k.a, k.c));
    EXPECT_FALSE(k.chain.has_sealed("a seal", 1000 * k.hour, sealed_by(k.a)));
}

TEST(KeyChain, WhatIsNotTheNextChangeSignedByBothIsRefused) {
    Chained k;
    const Millis at = 1000 * k.hour;
    const auto good = k.next(k.a, k.b, at);
    const auto refused = [&](const KeyChange& change, const SigningKey& one, const SigningKey& other) {
        auto chain = k.chain;
        return refusal([&] { chain.add(sign_key_change(change, one, other)); }) == "federation.key_change";
    };
    EXPECT_FALSE(refused(good, k.a, k.b));
    EXPECT_TRUE(refused(good, k.c, k.b));
    EXPECT_TRUE(refused(good, k.a, k.c));
    auto change = good;
    change.number = 2;
    EXPECT_TRUE(refused(change, k.a, k.b));
    change = good;
    change.organisation = organisation_of(k.b.public_key());
    EXPECT_TRUE(refused(change, k.a, k.b));
    change = good;
    change.old_key = change.new_key;
    EXPECT_TRUE(refused(change, k.a, k.b));
    change = good;
    change.new_key = "AAAA";
    EXPECT_TRUE(refused(change, k.a, k.b));
    change = good;
    change.old_until = at + longest_overlap + 1;
    EXPECT_TRUE(refused(change, k.a, k.b));
    change = good;
    change.old_until = at - 1;
    EXPECT_TRUE(refused(change, k.a, k.b));
    change = good;
    change.bad_since = at + 1;
    EXPECT_TRUE(refused(change, k.a, k.b));
    auto spelled = sign_key_change(good, k.a, k.b);
    spelled.text.insert(1, " ");
    EXPECT_EQ(refusal([&] { k.chain.add(spelled); }), "federation.key_change");
}

TEST(KeyChain, IsTheSameAfterItWasWrittenAndReadAndEveryOtherSpellingIsRefused) {
    Chained k;
    k.chain.add(sign_key_change(k.next(k.a, k.b, 1000 * k.hour), k.a, k.b));
    k.chain.add(sign_key_change(k.next(k.b, k.c, 2000 * k.hour), k.b, k.c));
    const auto bytes = k.chain.encode();
    const auto read = KeyChain::decode(bytes);
    EXPECT_EQ(read.encode(), bytes);
    EXPECT_TRUE(read.agrees_with(k.chain));
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        auto changed = bytes;
        changed[at] = static_cast<char>(changed[at] ^ 1);
        EXPECT_EQ(refusal([&] { KeyChain::decode(changed); }), "federation.key_change") << at;
    }
    // Cut between two changes it is the beginning, elsewhere it is nothing.
    const auto one = KeyChain(k.a.public_key(), {k.chain.changes()[0]});
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        if (size == 32 || size == one.encode().size()) continue;
        EXPECT_EQ(refusal([&] { KeyChain::decode(std::string_view(bytes).substr(0, size)); }),
                  "federation.key_change");
    }
    EXPECT_TRUE(one.agrees_with(k.chain));
    EXPECT_FALSE(KeyChain(k.b.public_key()).agrees_with(k.chain));
}

}  // namespace
}  // namespace concordat::federation
