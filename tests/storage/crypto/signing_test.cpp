#include "storage/crypto/signing.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "storage/crypto/digest.hpp"

namespace concordat::storage {
namespace {

Secret secret_of(std::string_view hex) {
    Secret out;
    std::ranges::copy(from_hex(hex).value(), out.writable().begin());
    return out;
}

// RFC 8032, section 7.1, test 3.
TEST(Signing, SignsAsTheStandardDoes) {
    const SigningKey key(secret_of("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7"));
    EXPECT_EQ(key.public_key(),
              from_hex("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025").value());
    EXPECT_EQ(
        key.sign(from_hex("af82").value()),
        from_hex(
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984d"
            "c6594a7c15e9716ed28dc027beceea1ec40a")
            .value());
}

TEST(Signing, TakesNothingElseForASignature) {
    const auto key = SigningKey::fresh(), other = SigningKey::fresh();
    auto signature = key.sign("text");
    EXPECT_TRUE(is_signed_by(key.public_key(), "text", signature));
    EXPECT_FALSE(is_signed_by(other.public_key(), "text", signature));
    EXPECT_FALSE(is_signed_by(key.public_key(), "texT", signature));
    EXPECT_FALSE(is_signed_by(key.public_key(), "text", signature.substr(1)));
    EXPECT_FALSE(is_signed_by(key.public_key(), "text", signature + "x"));
    EXPECT_FALSE(is_signed_by(key.public_key(), "text", ""));
    EXPECT_FALSE(is_signed_by("", "text", signature));
    signature[40] = static_cast<char>(signature[40] ^ 1);
    EXPECT_FALSE(is_signed_by(key.public_key(), "text", signature));
}

TEST(Signing, ASecretMakesTheSameKey) {
    const auto key = SigningKey::fresh();
    const SigningKey again(key.secret());
    EXPECT_EQ(again.public_key(), key.public_key());
    EXPECT_EQ(again.sign("text"), key.sign("text"));
}

TEST(Signing, PublicKeysGoThroughPem) {
    const auto one = SigningKey::fresh().public_key(), two = SigningKey::fresh().public_key();
    const auto pem = public_key_pem(one) + public_key_pem(two);
    EXPECT_EQ(public_keys_in(pem), (std::vector<std::string>{one, two}));
    EXPECT_FALSE(public_keys_in(""));
    EXPECT_FALSE(public_keys_in("nonsense"));
    EXPECT_FALSE(public_keys_in(public_key_pem(one).substr(0, 60)));
}

}  // namespace
}  // namespace concordat::storage
