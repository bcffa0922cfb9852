#include "storage/crypto/digest.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <set>
#include <sstream>
#include <type_traits>

#include "core/base/text.hpp"
#include "storage/crypto/gcm.hpp"
#include "tests/support/refusal.hpp"

namespace concordat::storage {
namespace {

std::string bytes(std::string_view hex) {
    return from_hex(hex).value();
}
std::string hex(const Digest& digest) {
    return hex_of(text_of(digest));
}

TEST(Digest, Sha256GivesTheKnownAnswers) {
    EXPECT_EQ(hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Digest, Sha256OfAStreamIsThatOfTheWholeAndCanBeResumed) {
    const std::string text(1000, 'x');
    Sha256 whole;
    whole.add(text);
    Sha256 first;
    first.add(text.substr(0, 640));
    Sha256 second(first.state(), 640);
    second.add(text.substr(640));
    const auto expected = sha256(text);
    EXPECT_EQ(whole.finish(), expected);
    EXPECT_EQ(second.finish(), expected);
}

TEST(Digest, ResumedSha256CountsBeyondFourGibibits) {
    Sha256 whole;
    const std::string block(1 << 20, 'y');
    for (int i = 0; i < 513; ++i) whole.add(block);  // more than 2^32 bits
    Sha256 resumed(whole.state(), 513ull << 20);
    whole.add("end");
    resumed.add("end");
    EXPECT_EQ(whole.finish(), resumed.finish());
}

TEST(Digest, HmacGivesTheAnswersOfRfc4231) {
    EXPECT_EQ(hex(hmac_sha256(std::string(20, '\x0b'), "Hi There")),
              "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    EXPECT_EQ(hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(
        hex(hmac_sha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First")),
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Digest, HkdfGivesTheAnswersOfRfc5869) {
    const auto first = hkdf_extract(bytes("000102030405060708090a0b0c"), std::string(22, '\x0b'));
    EXPECT_EQ(hex(first), "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");
    EXPECT_EQ(hex_of(hkdf_expand(HmacKey(text_of(first)), bytes("f0f1f2f3f4f5f6f7f8f9"), 42)),
              "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");

    std::string input, salt, info;
    for (int i = 0; i < 80; ++i) {
        input += static_cast<char>(i);
        salt += static_cast<char>(0x60 + i);
        info += static_cast<char>(0xb0 + i);
    }
    const auto second = hkdf_extract(salt, input);
    EXPECT_EQ(hex(second), "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244");
    EXPECT_EQ(
        hex_of(hkdf_expand(HmacKey(text_of(second)), info, 82)),
        "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
        "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87");
    EXPECT_EQ(hex_of(text_of(hkdf_key(HmacKey(text_of(second)), info).bytes())),
              hex_of(hkdf_expand(HmacKey(text_of(second)), info, 32)));
}

TEST(Gcm, GivesTheKnownAnswersForAes256) {
    const auto key = bytes("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
    const auto plain = bytes(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16a"
        "edf5aa0de657ba637b39");
    const auto associated = bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2");
    Nonce nonce;
    std::memcpy(nonce.data(), bytes("cafebabefacedbaddecaf888").data(), nonce.size());
    std::string sealed(plain.size() + gcm_tag_size, '\0');
    const auto* k = reinterpret_cast<const std::uint8_t*>(key.data());
    gcm_seal(k, nonce, associated, plain, reinterpret_cast<std::uint8_t*>(sealed.data()));
    EXPECT_EQ(hex_of(sealed),
              "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b10568288"
              "38c5f61e6393ba7a0abcc9f662"
              "76fc6ece0f4e1768cddf8853bb2d551b");
    std::string opened(plain.size(), '\0');
    EXPECT_TRUE(gcm_open(k, nonce, associated, sealed, reinterpret_cast<std::uint8_t*>(opened.data())));
    EXPECT_EQ(opened, plain);
    sealed.back() ^= 1;
    EXPECT_FALSE(gcm_open(k, nonce, associated, sealed, reinterpret_cast<std::uint8_t*>(opened.data())));
    EXPECT_EQ(opened, std::string(plain.size(), '\0'))
        << "text that failed authentication must not be left behind";
}

TEST(Digest, Base64GoesThereAndBack) {
    const char* pairs[][2] = {
        {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foobar", "Zm9vYmFy"}};
    for (auto& [plain, coded] : pairs) {
        EXPECT_EQ(base64(plain), coded);
        EXPECT_EQ(from_base64(coded), plain);
    }
    EXPECT_EQ(base64("\xfb\xff"), "+/8=");
    EXPECT_EQ(base64_url("\xfb\xff"), "-_8");
    EXPECT_EQ(from_base64_url("-_8"), "\xfb\xff");
    for (int size = 0; size < 70; ++size) {
        const auto random = random_bytes(static_cast<std::size_t>(size));
        EXPECT_EQ(from_base64(base64(random)), random);
        EXPECT_EQ(from_base64_url(base64_url(random)), random);
        EXPECT_EQ(from_hex(hex_of(random)), random);
    }
}

TEST(Digest, WhatIsNotBase64OrHexIsRefused) {
    for (const char* wrong : {"Z", "Zg=", "Zg===", "Zm9v=", "Z g=", "Zh==", "-_8", "Zm9\n"})
        EXPECT_FALSE(from_base64(wrong)) << wrong;
    for (const char* wrong : {"a", "0g", "0x"}) EXPECT_FALSE(from_hex(wrong)) << wrong;
}

TEST(Digest, ConstantTimeEqualComparesContentAndLength) {
    EXPECT_TRUE(constant_time_equal("abc", "abc"));
    EXPECT_TRUE(constant_time_equal("", ""));
    EXPECT_FALSE(constant_time_equal("abc", "abd"));
    EXPECT_FALSE(constant_time_equal("abc", "abcd"));
}

TEST(Digest, NoncesDoNotRepeat) {
    std::set<Nonce> seen;
    for (int i = 0; i < 2000; ++i) EXPECT_TRUE(seen.insert(fresh_nonce()).second);
}

TEST(Digest, AForkedChildDrawsOtherNoncesThanItsParent) {
    fresh_nonce();  // so that there are some in store
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const auto child = fork();
    if (child == 0) {
        const auto nonce = fresh_nonce();
        _exit(write(ends[1], nonce.data(), nonce.size()) == static_cast<ssize_t>(nonce.size()) ? 0 : 1);
    }
    Nonce theirs{};
    ASSERT_EQ(read(ends[0], theirs.data(), theirs.size()), static_cast<ssize_t>(theirs.size()));
    std::set<Nonce> ours;
    for (int i = 0; i < 1000; ++i) ours.insert(fresh_nonce());
    EXPECT_FALSE(ours.contains(theirs));
    waitpid(child, nullptr, 0);
    close(ends[0]);
    close(ends[1]);
}

template <class T>
concept Printable = requires(std::ostream& out, const T& value) {
    out << value;
};

TEST(Secret, CannotBePrintedOrCopiedByAccident) {
    static_assert(!Printable<Secret>);
    static_assert(!std::is_copy_constructible_v<Secret> && !std::is_copy_assignable_v<Secret>);
    static_assert(std::is_nothrow_move_constructible_v<Secret>);
}

TEST(Secret, IsWipedWhenItIsDestroyed) {
    const std::uint8_t* where = nullptr;
    {
        const auto secret = Secret::random();
        where = secret.data();
        EXPECT_FALSE(secret == Secret());
    }
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(where), Secret::size),
              std::string(Secret::size, '\0'));
}

TEST(Secret, MovesAndClones) {
    auto first = Secret::random();
    const auto clone = first.clone();
    EXPECT_NE(clone.data(), first.data());
    const auto moved = std::move(first);
    EXPECT_TRUE(moved == clone);
    EXPECT_FALSE(Secret::random() == Secret::random());
}

TEST(Secret, ThousandsMayLiveAtOnce) {
    std::vector<Secret> secrets;
    std::set<std::string> different;
    for (int i = 0; i < 5000; ++i) {
        secrets.push_back(Secret::random());
        different.insert(std::string(text_of(secrets.back().bytes())));
    }
    EXPECT_EQ(different.size(), secrets.size());
    for (const auto& secret : secrets) EXPECT_TRUE(different.contains(std::string(text_of(secret.bytes()))));
}

TEST(Secret, AProtectedProcessLeavesNoCore) {
    const auto child = fork();
    if (child == 0) {  // for good, so not in the test process itself
        const auto done = protect_process();
        if (!done.is_undumpable || !done.is_core_limited) _exit(1);
        abort();
    }
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_FALSE(WCOREDUMP(status));
}

}  // namespace
}  // namespace concordat::storage
