#include "storage/crypto/seal.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <set>
#include <thread>

#include "core/base/text.hpp"
#include "tests/support/refusal.hpp"

namespace concordat::storage {
namespace {

using test::refusal;

constexpr const char* damaged = "storage.sealed.damaged";

Place some_place() {
    return {Kind::post, new_id_bytes(1), new_id_bytes(2), 7};
}

TEST(Seal, OpensWhatItSealed) {
    const DataKey key(Secret::random());
    const auto place = some_place();
    for (const auto& plain : {std::string(), std::string("x"), std::string(300, 'p'), std::string("a\0b", 3),
                              random_bytes(100'000)}) {
        const auto sealed = seal(key, 20'000, place, plain);
        EXPECT_EQ(sealed.size(), plain.size() + seal_overhead);
        EXPECT_EQ(day_of_sealed(sealed), 20'000u);
        EXPECT_EQ(open(key, place, sealed), plain);
    }
}

TEST(Seal, TheSamePlainTextNeverLooksTheSame) {
    const DataKey key(Secret::random());
    const auto place = some_place();
    std::set<std::string> seen;
    for (int i = 0; i < 100; ++i) seen.insert(seal(key, 1, place, "hello"));
    EXPECT_EQ(seen.size(), 100u);
}

TEST(Seal, EveryChangedByteIsNoticed) {
    const DataKey key(Secret::random());
    const auto place = some_place();
    const auto sealed = seal(key, 20'000, place, "attack at dawn");
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        for (const int bit : {0x01, 0x80}) {
            auto changed = sealed;
            changed[i] = static_cast<char>(changed[i] ^ bit);
            EXPECT_EQ(refusal([&] { open(key, place, changed); }), damaged) << "byte " << i;
        }
    }
}

TEST(Seal, EveryOtherLengthIsNoticed) {
    const DataKey key(Secret::random());
    const auto place = some_place();
    const auto sealed = seal(key, 20'000, place, "attack at dawn");
    for (std::size_t size = 0; size < sealed.size(); ++size)
        EXPECT_EQ(refusal([&] { open(key, place, sealed.substr(0, size)); }), damaged) << size;
    EXPECT_EQ(refusal([&] { open(key, place, sealed + "x"); }), damaged);
}

TEST(Seal, AnotherPlaceOrKeyDoesNotOpenIt) {
    const auto secret = Secret::random();
    const DataKey key(secret);
    const auto place = some_place();
    const auto sealed = seal(key, 20'000, place, "attack at dawn");
    auto kind = place, scope = place, record = place, version = place;
    kind.kind = Kind::draft;
    scope.scope = new_id_bytes(3);
    record.record = new_id_bytes(4);
    version.version = 8;
    for (const auto& other : {kind, scope, record, version})
        EXPECT_EQ(refusal([&] { open(key, other, sealed); }), damaged);
    EXPECT_EQ(refusal([&] { open(DataKey(Secret::random()), place, sealed); }), damaged);
    EXPECT_EQ(open(DataKey(secret), place, sealed), "attack at dawn");
}

TEST(Seal, TheErrorNamesKindAndRecordForTheOperatorOnly) {
    const DataKey key(Secret::random());
    const auto place = some_place();
    auto sealed = seal(key, 1, place, "attack at dawn");
    sealed.back() ^= 1;
    try {
        open(key, place, sealed);
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.fault(), Fault::internal);
        EXPECT_NE(error.detail().find("post " + id_text(place.record)), std::string::npos);
        EXPECT_EQ(error.text().find(id_text(place.record)), std::string::npos);
        EXPECT_EQ(error.detail().find("dawn"), std::string::npos);
    }
}

TEST(Seal, ARecordKeyIsHkdfOfKindScopeAndRecord) {
    const auto secret = Secret::random();
    const auto place = some_place();
    std::string info(1, static_cast<char>(place.kind));
    info += text_of(place.scope);
    info += text_of(place.record);
    std::array<std::uint8_t, 32> derived;
    DataKey(secret).record_key(place, derived.data());
    EXPECT_EQ(hex_of(text_of(derived)), hex_of(hkdf_expand(HmacKey(secret), info, 32)));
}

TEST(Seal, ASealedTextOfTodayOpensForEver) {
    // Sealed by format 1: a key of 32 bytes 0x2a, place (fact, 16 x 0x01, 16 x 0x02, 3).
    Secret secret;
    for (auto& byte : secret.writable()) byte = 0x2a;
    Place place{Kind::fact, {}, {}, 3};
    place.scope.fill(1);
    place.record.fill(2);
    const auto sealed =
        from_hex(
            "0100004e20000102030405060708090a0b143dcbf289ed2c981065bd73580daa9ed9980c0af7f614d20b43d38764")
            .value();
    EXPECT_EQ(day_of_sealed(sealed), 20'000u);
    EXPECT_EQ(open(DataKey(secret), place, sealed), "kept for ever");
}

TEST(Seal, KindNumbersHaveNames) {
    EXPECT_EQ(kind_name(Kind::post), "post");
    EXPECT_EQ(kind_name(Kind::channel_text), "channel_text");
    EXPECT_EQ(kind_name(Kind::upload), "upload");
    EXPECT_EQ(kind_name(Kind::brand_image), "brand_image");
    EXPECT_EQ(kind_name(200), "kind 200");
    EXPECT_EQ(kind_name(0), "kind 0");
}

TEST(Seal, ThreadsMayShareADataKey) {
    const DataKey key(Secret::random());
    std::vector<std::thread> threads;
    std::atomic<int> right = 0;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 500; ++i) {
                const auto place = some_place();
                if (open(key, place, seal(key, 1, place, "shared")) == "shared") ++right;
            }
        });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(right, 2000);
}

// Prints what sealing costs; fails only when something is wrong by an order of magnitude.
TEST(Seal, CostsAboutAMicrosecond) {
    const DataKey key(Secret::random());
    auto place = some_place();
    const std::string plain(300, 'm');
    constexpr int rounds = 100'000;
    std::string sealed;
    const auto start = std::chrono::steady_clock::now();
    for (place.version = 0; place.version < rounds; ++place.version) sealed = seal(key, 1, place, plain);
    const auto middle = std::chrono::steady_clock::now();
    --place.version;
    for (int i = 0; i < rounds; ++i) ASSERT_EQ(open(key, place, sealed).size(), plain.size());
    const auto end = std::chrono::steady_clock::now();
    const double sealing = std::chrono::duration<double, std::micro>(middle - start).count() / rounds;
    const double opening = std::chrono::duration<double, std::micro>(end - middle).count() / rounds;
    printf("seal %.2f us, open %.2f us for 300 bytes\n", sealing, opening);
    RecordProperty("seal_ns", static_cast<int>(sealing * 1000));
    EXPECT_LT(sealing, 50);
    EXPECT_LT(opening, 50);
}

}  // namespace
}  // namespace concordat::storage
