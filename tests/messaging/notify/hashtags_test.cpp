#include "messaging/notify/hashtags.hpp"
#include <gtest/gtest.h>
#include "messaging/notify/message_references.hpp"

namespace concordat::messaging {
namespace {

TEST(Hashtags, TagsKeepTheirOrderAndSpelling) {
    EXPECT_EQ(parse_hashtags("#one and #Two\n#three"), "#one #Two #three");
    EXPECT_EQ(parse_hashtags("none # at all"), "");
}

TEST(Hashtags, PunctuationRoundThemIsDropped) {
    EXPECT_EQ(parse_hashtags("(#one), \"#two\"! #three... #four-"), "#one #two #three #four");
    EXPECT_EQ(parse_hashtags("##one ###two"), "#one #two");
}

TEST(Hashtags, TheyStartWithALetterAndEndWithLetterOrDigit) {
    EXPECT_EQ(parse_hashtags("#1st #a #a1 #-x #_y"), "#a1");
    EXPECT_EQ(parse_hashtags("#v1.2-rc_3"), "#v1.2-rc_3");
    EXPECT_EQ(parse_hashtags("#one,two #one/two a#b"), "");
    EXPECT_EQ(parse_hashtags("#größe #日本"), "#größe #日本");
}

TEST(Hashtags, TheListIsCutBetweenTags) {
    std::string text;
    for (int i = 100; i < 500; ++i) text += "#tag" + std::to_string(i) + " ";
    const auto tags = parse_hashtags(text);
    EXPECT_LE(tags.size(), longest_hashtags);
    EXPECT_GT(tags.size(), longest_hashtags - 9);
    EXPECT_EQ(tags.substr(tags.rfind('#')).size(), 7u);
}

const std::string id = "yhkyspxzfqctpkt8a7oxqhxmqe";

TEST(Permalinks, LinksToPostsOfThisSiteAreFound) {
    const auto links =
        permalinks("see https://Chat.example/one-team/pl/" + id + "?x=1 and more", "https://chat.example/");
    ASSERT_EQ(links.size(), 1u);
    EXPECT_EQ(links[0].team_name, "one-team");
    EXPECT_EQ(links[0].post_id, PostId::from_text(id));
    EXPECT_EQ(links[0].url, "https://Chat.example/one-team/pl/" + id + "?x=1");
    EXPECT_EQ(permalinks("[x](http://h:8065/sub/t1/pl/" + id + ")", "http://h:8065/sub").size(), 1u);
    EXPECT_EQ(permalinks("http://h/t/pl/" + id + " http://h/t/pl/" + id, "http://h").size(), 1u);
}

TEST(Permalinks, OtherAddressesAreNot) {
    EXPECT_TRUE(permalinks("https://other.example/t/pl/" + id, "https://chat.example").empty());
    EXPECT_TRUE(permalinks("https://chat.example.evil/t/pl/" + id, "https://chat.example").empty());
    EXPECT_TRUE(permalinks("https://chat.example/t/pl/short", "https://chat.example").empty());
    EXPECT_TRUE(permalinks("`https://chat.example/t/pl/" + id + "`", "https://chat.example").empty());
    EXPECT_TRUE(permalinks("https://chat.example/t/pl/" + id, "").empty());
}

TEST(EmojiNames, AreFoundOutsideCode) {
    using Names = std::vector<std::string>;
    EXPECT_EQ(emoji_names_in("a :smile: :+1: `:no:` :party_parrot::smile:"),
              (Names{"smile", "+1", "party_parrot"}));
    EXPECT_EQ(emoji_names_in("at 12:30:smile: x").back(), "smile");
    EXPECT_EQ(emoji_names_in(":: : :a b: :" + std::string(65, 'a') + ":"), Names{});
    EXPECT_EQ(emoji_names_in("https://x.example:80/:smile:"), Names{});
}

}  // namespace
}  // namespace concordat::messaging
