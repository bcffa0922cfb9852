#include "core/base/text.hpp"

#include <gtest/gtest.h>

namespace concordat {
namespace {

TEST(Text, WellFormedSequencesHaveTheirLength) {
    EXPECT_EQ(utf8_length_at("a", 0), 1u);
    EXPECT_EQ(utf8_length_at("é", 0), 2u);
    EXPECT_EQ(utf8_length_at("€", 0), 3u);
    EXPECT_EQ(utf8_length_at("\xF0\x9F\x98\x80", 0), 4u);
    EXPECT_EQ(utf8_length_at("\xF4\x8F\xBF\xBF", 0), 4u) << "U+10FFFF is the last";
}

TEST(Text, OverlongFormsSurrogatesAndCutSequencesAreNotWellFormed) {
    for (const std::string_view text :
         {"\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xE0\x9F\xBF", "\xF0\x80\x80\x80", "\xF0\x8F\xBF\xBF",
          "\xED\xA0\x80", "\xED\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\x80", "\xC3",
          "\xE2\x82", "\xF0\x9F\x98", "\xE2\x28\xA1"}) {
        EXPECT_EQ(utf8_length_at(text, 0), 0u);
        EXPECT_FALSE(is_utf8(text));
    }
    EXPECT_EQ(utf8_length_at("abc", 3), 0u);
    EXPECT_EQ(utf8_length_at("abc", 30), 0u);
}

TEST(Text, RunesAreCountedAndCutWithoutBreakingOne) {
    EXPECT_EQ(rune_count("aé€\xF0\x9F\x98\x80"), 4u);
    EXPECT_EQ(rune_count("\xFF\xFF"), 2u) << "malformed bytes count one each";
    EXPECT_EQ(rune_prefix("aé€", 2), "aé");
    EXPECT_EQ(rune_prefix("aé", 9), "aé");
    EXPECT_EQ(rune_prefix("aé", 0), "");
    EXPECT_EQ(rune_count(""), 0u);
}

TEST(Text, SplittingDropsEmptyPartsAndTrimmingBlanks) {
    EXPECT_EQ(split_words(" a  b "), (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(split_words(",x,,y", ','), (std::vector<std::string>{"x", "y"}));
    EXPECT_TRUE(split_words("").empty());
    EXPECT_EQ(trimmed(" \t a b\r\n"), "a b");
    EXPECT_EQ(trimmed("  "), "");
    EXPECT_EQ(lower_ascii("ÀBC"), "Àbc") << "other bytes are left alone";
    EXPECT_EQ(hex_of(std::string("\x00\xAF", 2)), "00af");
}

}  // namespace
}  // namespace concordat
