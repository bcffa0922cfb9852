#include "core/model/ids.hpp"

#include <gtest/gtest.h>

#include <set>
#include <unordered_set>

#include "core/base/json.hpp"
#include "tests/support/refusal.hpp"

namespace concordat {
namespace {

using test::refusal;

struct Holder {
    PostId id;
};
BOOST_DESCRIBE_STRUCT(Holder, (), (id))

TEST(Ids, EveryIdComesBackFromItsTextAndFromItsUuid) {
    for (int i = 0; i < 2000; ++i) {
        const auto id = PostId::fresh();
        EXPECT_EQ(id.text().size(), 26u);
        EXPECT_TRUE(looks_like_id(id.text()));
        EXPECT_EQ(PostId::from_text(id.text()), id);
        EXPECT_EQ(PostId(uuid_bytes(id.uuid())), id);
    }
    IdBytes all_ones;
    all_ones.fill(0xFF);
    EXPECT_EQ(id_bytes(id_text(all_ones)), all_ones);
}

TEST(Ids, TheTextOfKnownBytesIsWhatOfficialServersWrite) {
    IdBytes bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 17);
    // Worked out by hand from the alphabet: five bits a letter, the last letter holds three bits.
    std::string bits;
    for (const auto byte : bytes)
        for (int i = 7; i >= 0; --i) bits += byte >> i & 1 ? '1' : '0';
    bits += "00";
    std::string expected;
    for (std::size_t i = 0; i < bits.size(); i += 5)
        expected += "ybndrfg8ejkmcpqxot1uwisza345h769"[std::stoul(bits.substr(i, 5), nullptr, 2)];
    EXPECT_EQ(id_text(bytes), expected);
}

TEST(Ids, NewIdsAscendWithTimeAndAreVersionSevenUuids) {
    const auto earlier = PostId::fresh(1000), later = PostId::fresh(1001);
    EXPECT_LT(earlier, later);
    EXPECT_EQ(later.uuid()[14], '7');
    EXPECT_EQ(later.uuid().substr(0, 13), "00000000-03e9");
    EXPECT_NE(PostId::fresh(1000), PostId::fresh(1000));
}

TEST(Ids, TheEmptyIdIsTheEmptyTextAndNothingElse) {
    EXPECT_TRUE(PostId::from_text("").empty());
    EXPECT_EQ(PostId().text(), "");
    EXPECT_EQ(PostId().uuid(), "00000000-0000-0000-0000-000000000000");
    // These letters decode to sixteen zero bytes; a client must not be able to name the empty id with them.
    const auto zeros = PostId::from_text(std::string(26, 'y'));
    EXPECT_FALSE(zeros.empty());
    EXPECT_NE(zeros.text(), "");
}

TEST(Ids, TwentySixLettersThatDoNotDecodeAreWellFormedAndMatchNoNewId) {
    // Capitals, 0, 2, l and v are not in the alphabet; a last letter with spare bits set is no id either.
    for (const std::string text :
         {"ABCDEFGHIJKLMNOPQRSTUVWXYZ", "00000000000000000000000000", "lllllllllllllllllllllllll2",
          "yyyyyyyyyyyyyyyyyyyyyyyyyb", "vvvvvvvvvvvvvvvvvvvvvvvvvv"}) {
        ASSERT_TRUE(looks_like_id(text)) << text;
        const auto id = PostId::from_text(text);
        EXPECT_FALSE(id.empty());
        EXPECT_EQ(id, PostId::from_text(text)) << "the same text is the same id";
        EXPECT_EQ(id.uuid()[14], '8') << "no id we make has this version";
    }
    EXPECT_NE(PostId::from_text("ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
              PostId::from_text("ABCDEFGHIJKLMNOPQRSTUVWXY0"));
}

TEST(Ids, AnythingElseIsRefused) {
    for (const std::string text : {"short", "yyyyyyyyyyyyyyyyyyyyyyyyyyy", "yyyyyyyyyyyyyyyyyyyyyyyyy-",
                                   "yyyyyyyyyyyyyyyyyyyyyyyyy ", "\xC3\xA9yyyyyyyyyyyyyyyyyyyyyyyy", "me"}) {
        EXPECT_FALSE(looks_like_id(text));
        EXPECT_EQ(refusal([&] { PostId::from_text(text); }), "api.context.invalid_url_param.app_error")
            << text;
    }
    EXPECT_EQ(refusal([] { uuid_bytes("00000000-0000-0000-0000-00000000000"); }), "ids.not_a_uuid");
    EXPECT_EQ(refusal([] { uuid_bytes("00000000-0000-0000-0000-0000000000000"); }), "ids.not_a_uuid");
    EXPECT_EQ(refusal([] { uuid_bytes("0000000g-0000-0000-0000-000000000000"); }), "ids.not_a_uuid");
}

TEST(Ids, AWrongIdInABodyNamesTheKey) {
    try {
        parse_json<Holder>(R"({"id":"nope"})");
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.id(), "api.context.invalid_body_param.app_error");
        EXPECT_NE(error.text().find("id"), std::string::npos);
    }
    EXPECT_TRUE(parse_json<Holder>(R"({"id":""})").id.empty());
}

TEST(Ids, TokensLookLikeIdsAndDoNotRepeat) {
    std::set<std::string> tokens;
    for (int i = 0; i < 1000; ++i) {
        const auto token = new_token();
        EXPECT_TRUE(looks_like_id(token));
        EXPECT_TRUE(tokens.insert(token).second);
    }
}

TEST(Ids, TheHashSpreadsIdsOfOneMillisecond) {
    std::unordered_set<std::size_t> low_bits;
    for (int i = 0; i < 4096; ++i) low_bits.insert(std::hash<PostId>()(PostId::fresh(1)) % 1024);
    EXPECT_GT(low_bits.size(), 900u);
}

}  // namespace
}  // namespace concordat
