#include "messaging/notify/markdown_text.hpp"
#include <gtest/gtest.h>
#include <chrono>
#include <thread>

namespace concordat::messaging {
namespace {

std::string prose(std::string_view markdown) {
    std::string all;
    for (const auto& text : markdown_text(markdown).texts) all += "[" + text + "]";
    return all;
}

TEST(MarkdownText, PlainMessagesComeThroughWhole) {
    EXPECT_EQ(prose("Good morning, Zoë!"), "[Good morning, Zoë!]");
    EXPECT_EQ(prose(""), "");
}

TEST(MarkdownText, CodeIsNoProse) {
    EXPECT_EQ(prose("see `@ann` there"), "[see ][ there]");
    EXPECT_EQ(prose("``a ` @ann`` b"), "[ b]");
    EXPECT_EQ(prose("```\n@ann\n```\nafter"), "[after]");
    EXPECT_EQ(prose("~~~cpp\n@ann\n~~~"), "");
    EXPECT_EQ(prose("text\n\n    @ann indented"), "[text]");
    EXPECT_EQ(prose("an unclosed `tick @ann"), "[an unclosed `tick @ann]");
}

TEST(MarkdownText, HtmlIsNoProse) {
    EXPECT_EQ(prose("<div>@ann</div>"), "");
    EXPECT_EQ(prose("a <b title=\"@ann\">c</b>"), "[a ][c]");
}

TEST(MarkdownText, LinkLabelsAreProseAndTargetsAreNot) {
    const auto text = markdown_text("[ask @ann](https://x.example/@bob) now");
    EXPECT_EQ(text.texts, (std::vector<std::string>{"ask @ann", " now"}));
    EXPECT_EQ(text.links, std::vector<std::string>{"https://x.example/@bob"});
}

TEST(MarkdownText, BareAddressesAreLinks) {
    const auto text =
        markdown_text("go to https://x.example/_@bob_/a*b*c?d=1&e=2, then (www.y.example/(z)).");
    EXPECT_EQ(text.texts, (std::vector<std::string>{"go to ", ", then (", ")."}));
    EXPECT_EQ(text.links, (std::vector<std::string>{"https://x.example/_@bob_/a*b*c?d=1&e=2",
                                                    "http://www.y.example/(z)"}));
    EXPECT_EQ(markdown_text("<https://x.example/a_b_c>").links,
              std::vector<std::string>{"https://x.example/a_b_c"});
    EXPECT_EQ(prose("<https://x.example/@ann>"), "");
}

TEST(MarkdownText, SchemesWithoutAddressAreWords) {
    EXPECT_EQ(prose("https:// and www. alone"), "[https:// and www. alone]");
    EXPECT_EQ(prose("nohttps://x.example"), "[nohttps://x.example]");
}

TEST(MarkdownText, EmphasisDoesNotBreakNamesWithUnderscores) {
    EXPECT_EQ(prose("@ann_lee_1 and _@bob_"), "[@ann_lee_1 and ][@bob]");
    EXPECT_EQ(prose("**@ann**"), "[@ann]");
    EXPECT_EQ(prose("~~gone @ann~~"), "[~~gone @ann~~]");
}

TEST(MarkdownText, QuotesListsHeadingsAndTablesAreProse) {
    EXPECT_EQ(prose("> @ann\n\n* @bob\n"), "[@ann][@bob]");
    EXPECT_NE(prose("| a | b |\n|---|---|\n| @ann | `@bob` |").find("@ann"), std::string::npos);
    EXPECT_EQ(prose("| a | b |\n|---|---|\n| @ann | `@bob` |").find("@bob"), std::string::npos);
}

TEST(MarkdownText, MalformedTextIsReadWithoutFailing) {
    EXPECT_NO_THROW(markdown_text("\xff\xfe*a*\x80"));
    EXPECT_NO_THROW(markdown_text(std::string("a\0*b*", 5)));
}

TEST(MarkdownText, ReadsOnlyTheFirstRunes) {
    std::string text(longest_markdown, 'x');
    EXPECT_EQ(markdown_text(text + " tail").texts.at(0).size(), longest_markdown);
}

TEST(MarkdownText, NestingBombsStayFast) {
    const auto repeat = [](std::string_view part, std::size_t length = longest_markdown) {
        std::string text;
        while (text.size() + part.size() <= length) text += part;
        return text;
    };
    const std::string bombs[] = {repeat(">"),
                                 repeat("> "),
                                 repeat("* "),
                                 repeat("- - "),
                                 repeat("["),
                                 repeat("]"),
                                 repeat("[]("),
                                 repeat("![["),
                                 repeat("[a]("),
                                 repeat("*a **a "),
                                 repeat("_a __a "),
                                 repeat("*"),
                                 repeat("_"),
                                 repeat("a**b"),
                                 repeat("`"),
                                 repeat("`` ` "),
                                 repeat("<"),
                                 repeat("<!--"),
                                 repeat("<?"),
                                 repeat("<a "),
                                 repeat("&"),
                                 repeat("\\"),
                                 repeat("[a]:\n"),
                                 repeat("[^a]"),
                                 repeat("|a"),
                                 repeat("http://("),
                                 repeat("www.a"),
                                 repeat("(https://a.b/"),
                                 repeat("~"),
                                 repeat("1. "),
                                 repeat("a\n> "),
                                 repeat("*_"),
                                 repeat("[[[a]()"),
                                 repeat("![](a<b"),
                                 repeat("> ", 8000) + repeat("\n", 8000),
                                 repeat("- ", 8000) + repeat("a\n", 8000),
                                 repeat("[x](<", 8000) + repeat(">", 8000),
                                 repeat("**x [a*b**c*", longest_markdown),
                                 "`" + repeat("a`` ", 16000),
                                 repeat("*a_ ", 16000),
                                 repeat("<a x='", 16000),
                                 repeat("<![CDATA[", 16000),
                                 repeat("[a][b]", 8000) + "\n\n[b]: c\n",
                                 repeat("| ", 8000) + "\n" + repeat("|-", 8000)};
    for (const auto& bomb : bombs) {
        const auto start = std::chrono::steady_clock::now();
        markdown_text(bomb);
        const auto took = std::chrono::steady_clock::now() - start;
        const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
        EXPECT_LT(ms, 1000) << bomb.substr(0, 16);
    }
}

TEST(MarkdownText, ThreadsDoNotDisturbEachOther) {
    const auto expected = prose("a ~~b~~ `c` https://d.example/_e_ [f](g)");
    std::vector<std::thread> threads;
    std::vector<int> wrong(4);
    for (auto& count : wrong)
        threads.emplace_back([&] {
            for (int i = 0; i < 500; ++i)
                count += prose("a ~~b~~ `c` https://d.example/_e_ [f](g)") != expected;
        });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(wrong, std::vector<int>(4));
}

}  // namespace
}  // namespace concordat::messaging
