#include "messaging/notify/mentions.hpp"
#include <gtest/gtest.h>
#include <set>

namespace concordat::messaging {
namespace {

using Names = std::vector<std::string>;

Names known(std::string_view message, std::set<std::string> users) {
    return resolve_names(scan_mentions(message),
                         [&](std::string_view n) { return users.contains(std::string(n)); })
        .known;
}
Names unknown(std::string_view message) {
    return resolve_names(scan_mentions(message), [](std::string_view) { return false; }).unknown;
}
bool calls(std::string_view message, std::string keys, std::string first_name = "",
           std::map<std::string, std::string> props = {}) {
    props["mention_keys"] = std::move(keys);
    return matches(scan_mentions(message), keywords_of("zed", first_name, props));
}

TEST(Mentions, NamesAreFoundInOrderAndInLowerCase) {
    EXPECT_EQ(scan_mentions("@Bob and @ann, (@cy) @bob").names, (Names{"bob", "ann", "cy"}));
    EXPECT_EQ(scan_mentions("nobody here").names, Names{});
    EXPECT_EQ(scan_mentions("").names, Names{});
}

TEST(Mentions, PunctuationAtTheEndIsTriedWithAndWithout) {
    EXPECT_EQ(scan_mentions("@ann.-_:").names, (Names{"ann.-_:", "ann.-_", "ann.-", "ann.", "ann"}));
    EXPECT_EQ(known("hi @ann.", {"ann"}), Names{"ann"});
    EXPECT_EQ(known("hi @ann.", {"ann", "ann."}), Names{"ann."});
    EXPECT_EQ(known("hi @ann_!", {"ann", "ann_"}), Names{"ann_"});
    EXPECT_EQ(known("@ann: look", {"ann"}), Names{"ann"});
    EXPECT_EQ(known("@ann, @bob; @cy? \"@dee\"", {"ann", "bob", "cy", "dee"}),
              (Names{"ann", "bob", "cy", "dee"}));
}

TEST(Mentions, PunctuationInFrontIsDropped) {
    EXPECT_EQ(known(".@ann -@bob :@cy _@dee", {"ann", "bob", "cy", "dee"}),
              (Names{"ann", "bob", "cy", "dee"}));
}

TEST(Mentions, NamesMayHoldPunctuation) {
    EXPECT_EQ(known("@ann.lee-x_y and @bob:partner.example", {"ann.lee-x_y", "bob:partner.example"}),
              (Names{"ann.lee-x_y", "bob:partner.example"}));
    EXPECT_EQ(known("@ann-bob", {"ann", "bob"}), Names{});
}

TEST(Mentions, AnAddressIsNoMention) {
    EXPECT_EQ(scan_mentions("mail ann@example.org").names, Names{});
    EXPECT_EQ(scan_mentions("see https://social.example/@ann now").names, Names{});
}

TEST(Mentions, ANameAfterASentenceEndIsFound) {
    EXPECT_EQ(known("done.@ann", {"ann"}), Names{"ann"});
}

TEST(Mentions, EmojiCallNobody) {
    EXPECT_FALSE(calls("nice :tada:", "tada"));
    EXPECT_TRUE(calls("nice tada:", "tada"));
    EXPECT_FALSE(scan_mentions(":@here:").has_here);
}

TEST(Mentions, CodeAndTargetsCallNobody) {
    EXPECT_EQ(scan_mentions("`@ann`").names, Names{});
    EXPECT_EQ(scan_mentions("```\n@ann\n@here\n```").names, Names{});
    EXPECT_FALSE(scan_mentions("```\n@here\n```").has_here);
    EXPECT_EQ(scan_mentions("[x](https://y.example/@ann)").names, Names{});
    EXPECT_EQ(scan_mentions("[@ann](https://y.example)").names, Names{"ann"});
    EXPECT_FALSE(calls("run `deploy` now", "deploy"));
}

TEST(Mentions, ChannelWideWordsAreKeptApart) {
    const auto scan = scan_mentions("@here. @Channel! @ALL");
    EXPECT_TRUE(scan.has_here);
    EXPECT_TRUE(scan.has_channel);
    EXPECT_TRUE(scan.has_all);
    EXPECT_TRUE(scan.names.empty());
    EXPECT_FALSE(scan_mentions("@hereabouts @all-hands here channel all").is_channel_wide());
    EXPECT_FALSE(scan_mentions("x@here").is_channel_wide());
}

TEST(Mentions, KeywordsMatchWholeWordsInAnyCase) {
    EXPECT_TRUE(calls("The BUDGET is due", "budget,plan"));
    EXPECT_TRUE(calls("the plan.", "budget, plan "));
    EXPECT_FALSE(calls("the planet", "budget,plan"));
    EXPECT_FALSE(calls("anything", ""));
    EXPECT_FALSE(calls("anything", " , ,"));
}

TEST(Mentions, PartsOfAWordMatchToo) {
    EXPECT_TRUE(calls("budget-plan", "plan"));
    EXPECT_TRUE(calls("budget-plan", "budget-plan"));
    EXPECT_TRUE(calls("see a.budget.b", "budget"));
    EXPECT_FALSE(calls("budget_plan", "plan"));
    EXPECT_TRUE(calls("done...", "done"));
    EXPECT_TRUE(calls("re:budget", "budget"));
}

TEST(Mentions, FirstNamesKeepTheirCase) {
    EXPECT_TRUE(calls("ask Will.", "", "Will", {{"first_name", "true"}}));
    EXPECT_FALSE(calls("will do", "", "Will", {{"first_name", "true"}}));
    EXPECT_FALSE(calls("ask Will", "", "Will", {{"first_name", "false"}}));
}

TEST(Mentions, AUsernameIsAlwaysAKeyword) {
    EXPECT_TRUE(calls("hi @Zed!", ""));
    EXPECT_FALSE(calls("hi zed", ""));
    EXPECT_TRUE(calls("hi zed", "zed,@zed"));
}

TEST(Mentions, OtherScriptsMatchInsideWordsAndInAnyCase) {
    EXPECT_TRUE(calls("明日の会議について", "会議"));
    EXPECT_TRUE(calls("ÉLODIE arrive", "élodie"));
    EXPECT_TRUE(calls("ПРИВЕТ Иван", "иван"));
    EXPECT_FALSE(calls("会合", "会議"));
    std::string run;
    for (int i = 0; i < 1000; ++i) run += "語";
    EXPECT_TRUE(calls(run + "会議", "会議"));
}

TEST(Mentions, ChannelWideWishIsRead) {
    EXPECT_TRUE(keywords_of("zed", "", {}).wants_channel_wide);
    EXPECT_FALSE(keywords_of("zed", "", {{"channel", "false"}}).wants_channel_wide);
}

TEST(Mentions, AttachmentsAreRead) {
    EXPECT_EQ(scan_mentions("@ann", {"*@bob*", "`@cy`"}).names, (Names{"ann", "bob"}));
    std::vector<std::string> many(2000, std::string(1000, 'a'));
    many.push_back("@late");
    EXPECT_EQ(scan_mentions("", many).names, Names{});
}

TEST(Mentions, UnknownNamesLoseTheirPunctuation) {
    EXPECT_EQ(unknown("@ghost. @ghost @Ghost! @here"), Names{"ghost"});
}

TEST(Mentions, ManyNamesAndLongWordsAreBounded) {
    std::string text;
    while (text.size() < 16000) text += "@a.b" + std::to_string(text.size()) + " ";
    EXPECT_GT(scan_mentions(text).names.size(), 1000u);
    EXPECT_TRUE(scan_mentions("@" + std::string(16000, '.')).names.size() <= 64);
    EXPECT_TRUE(scan_mentions("@a" + std::string(16000, '.')).names.empty());
}

TEST(Mentions, AtNamesOfCommandsAreTakenFromPlainText) {
    EXPECT_EQ(at_names("/invite @Ann.Lee @bob x@no `@cy` @-no @ann:p.example"),
              (Names{"Ann.Lee", "bob", "cy", "ann:p.example"}));
}

TEST(Mentions, ChannelLinksAreFound) {
    EXPECT_EQ(channel_links("see ~town-square, ~Dev_Ops ~dev_ops x~no ~~ ~"),
              (Names{"town-square", "dev_ops"}));
}

}  // namespace
}  // namespace concordat::messaging
