#include "messaging/media/initials.hpp"
#include <gtest/gtest.h>
#include <set>
#include "messaging/media/emoji_names.hpp"
#include "messaging/media/image_header.hpp"

namespace concordat::messaging {
namespace {

TEST(Initials, AreAPngOfTheRightSize) {
    const auto header = image_header(png_initials("AB", "someone"));
    ASSERT_TRUE(header.has_value());
    EXPECT_EQ(header->format, ImageFormat::png);
    EXPECT_EQ(header->width, 128u);
    EXPECT_EQ(header->height, 128u);
}

TEST(Initials, EveryLetterAndDigitLooksDifferent) {
    std::set<std::string> pictures;
    const std::string_view all = "ABCDEFGHIJKLMNPQRSTUVWXYZ123456789";
    for (const char c : all) pictures.insert(png_initials(std::string(1, c), "x"));
    EXPECT_EQ(pictures.size(), all.size());
}

TEST(Initials, CaseAndAccentsDoNotCount) {
    EXPECT_EQ(png_initials("ab", "x"), png_initials("AB", "x"));
    EXPECT_EQ(png_initials("Éü", "x"), png_initials("EU", "x"));
    EXPECT_EQ(png_initials("a.b.c", "x"), png_initials("AB", "x"));
}

TEST(Initials, OtherScriptsGetAPerson) {
    EXPECT_EQ(png_initials("", "x"), png_initials("語", "x"));
    EXPECT_NE(png_initials("", "x"), png_initials("A", "x"));
    EXPECT_NO_THROW(png_initials("\xC3", "x"));
}

TEST(Initials, TheColourBelongsToTheSeed) {
    std::set<std::string> pictures;
    for (int i = 0; i < 200; ++i) pictures.insert(png_initials("A", "user" + std::to_string(i)));
    EXPECT_GT(pictures.size(), 10u);
    EXPECT_EQ(png_initials("A", "user7"), png_initials("A", "user7"));
}

TEST(EmojiNames, BuiltInNamesAreKnown) {
    for (const auto* name : {"smile", "+1", "-1", "100", "thumbsup", "tada", "flag-fr", "mattermost", "zzz",
                             "wave_dark_skin_tone", "+1_medium_light_skin_tone"})
        EXPECT_TRUE(is_builtin_emoji(name)) << name;
    for (const auto* name :
         {"", "party_parrot_of_ours", "smile_dark_skin_tone", "_dark_skin_tone", "smil", "smile2", "wave*"})
        EXPECT_FALSE(is_builtin_emoji(name)) << name;
}

}  // namespace
}  // namespace concordat::messaging
