#include "messaging/integration/slack_text.hpp"

#include <gtest/gtest.h>

namespace concordat::messaging {
namespace {

const std::string known(26, 'a');

std::string mentions(const std::string& text) {
    return with_mentions(text, [](const std::string& id) { return id == known ? "ada" : ""; });
}

TEST(SlackText, WideWordsAndKnownPeopleAreNamed) {
    EXPECT_EQ(mentions("<!channel> <!here> <!all> <!other>"), "@channel @here @all <!other>");
    EXPECT_EQ(mentions("<@" + known + ">!"), "@ada!");
    EXPECT_EQ(mentions("<@" + std::string(26, 'b') + "> <@short> <@" + known),
              "<@" + std::string(26, 'b') + "> <@short> <@" + known);
    EXPECT_EQ(mentioned_ids("<@" + known + "> <@x>"), (std::set<std::string>{known}));
}

TEST(SlackText, LinksOfMessagesAreStrict) {
    const auto strict = [](std::string_view text) { return with_links(text, LinkStyle::strict); };
    EXPECT_EQ(strict("see <http://x|the page>."), "see [the page](http://x).");
    EXPECT_EQ(strict("<a|b> <c|d>"), "[b](a) [d](c)");
    for (const char* untouched :
         {"<http://x>", "<a|b", "<|b>", "<a|>", "<a\n|b>", "<a|b\n>", "<a|b|c>", "a|b>"})
        EXPECT_EQ(strict(untouched), untouched);
    EXPECT_EQ(strict("<x <a|b>"), "<x [b](a)");
}

TEST(SlackText, LinksElsewhereTakeMore) {
    const auto loose = [](std::string_view text) { return with_links(text, LinkStyle::loose); };
    EXPECT_EQ(loose("<a|b|c>"), "[b|c](a)");
    EXPECT_EQ(loose("<a\nb|c\nd>"), "[c\nd](a\nb)");
    EXPECT_EQ(loose("<a|b"), "<a|b");
}

TEST(SlackText, ManyOpenedLinksTakeNoLongerThanTheTextIsLong) {
    std::string text;
    for (int i = 0; i < 200000; ++i) text += "<a|";
    EXPECT_EQ(with_links(text, LinkStyle::loose), text);
    EXPECT_EQ(with_links(text, LinkStyle::strict), text);
}

}  // namespace
}  // namespace concordat::messaging
