#include "messaging/screening/rule_set.hpp"

#include <gtest/gtest.h>

#include "core/base/error.hpp"

namespace concordat::messaging {
namespace {

ContentRule rule(const std::string& kind, const std::string& content = "") {
    ContentRule out;
    out.name = kind;
    out.kind = kind;
    out.content = content;
    out.is_on = true;
    return out;
}

std::vector<std::string> found(const RuleSet& set, const std::string& text) {
    std::vector<std::string> out;
    for (const auto& strike : set.in_text(text)) out.push_back(text.substr(strike.start, strike.length));
    return out;
}
using Texts = std::vector<std::string>;

std::string refusal_of(const ContentRule& one) {
    try {
        check_rule(one);
    } catch (const Error& e) {
        return e.id();
    }
    return "";
}

TEST(RuleSet, WordsAreWholeInAnyCaseAndScript) {
    const RuleSet set({rule("words", "Project Falcon\nünlü\n a.b \n\n")});
    EXPECT_EQ(found(set, "project falcon, PROJECT FALCON"), (Texts{"project falcon", "PROJECT FALCON"}));
    EXPECT_EQ(found(set, "project falcon project falcon"), (Texts{"project falcon", "project falcon"}));
    EXPECT_EQ(found(set, "project falcons"), Texts());
    EXPECT_EQ(found(set, "Ünlü"), (Texts{"Ünlü"}));
    EXPECT_EQ(found(set, "éünlü"), Texts());
    EXPECT_EQ(found(set, "axb a.b"), (Texts{"a.b"}));
}

TEST(RuleSet, SeveralRulesStrikeInOnePass) {
    auto off = rule("words", "never");
    off.is_on = false;
    const RuleSet set({rule("pattern", R"(\bkey-[0-9a-f]{8}\b)"), rule("words", "falcon"), rule("card"),
                       rule("iban"), off});
    EXPECT_EQ(found(set, "falcon key-0123abcd 4111111111111111 DE89370400440532013000 never"),
              (Texts{"key-0123abcd", "falcon", "4111111111111111", "DE89370400440532013000"}));
    EXPECT_EQ(found(set, "nothing of it"), Texts());
    EXPECT_TRUE(RuleSet({off}).is_empty());
}

TEST(RuleSet, HitsAreBounded) {
    const RuleSet set({rule("pattern", "x")});
    EXPECT_EQ(found(set, std::string(1000, 'x')).size(), most_hits_per_rule);
}

TEST(RuleSet, FilesByNameAndType) {
    const RuleSet set({rule("file", "*.exe\nsecret?.*\nvideo/*")});
    EXPECT_EQ(set.in_file("Setup.EXE", "application/octet-stream").size(), 1u);
    EXPECT_EQ(set.in_file("secret1.txt", "text/plain").size(), 1u);
    EXPECT_EQ(set.in_file("secret12.txt", "text/plain").size(), 0u);
    EXPECT_EQ(set.in_file("film", "video/mp4; codecs=x").size(), 1u);
    EXPECT_EQ(set.in_file("exe", "text/plain").size(), 0u);
    EXPECT_TRUE(set.in_text("setup.exe").empty());
}

TEST(RuleSet, WhatCannotBeARuleIsRefused) {
    EXPECT_EQ(refusal_of(rule("words", "falcon")), "");
    EXPECT_EQ(refusal_of(rule("words", " \n ")), "content.rule.content");
    EXPECT_EQ(refusal_of(rule("words", std::string(longest_rule_content + 1, 'x'))), "content.rule.content");
    std::string lines;
    for (std::size_t i = 0; i <= most_rule_lines; ++i) lines += "w\n";
    EXPECT_EQ(refusal_of(rule("words", lines)), "content.rule.content");
    EXPECT_EQ(refusal_of(rule("words", "\xff")), "content.rule.content");
    EXPECT_EQ(refusal_of(rule("card", "4")), "content.rule.content");
    EXPECT_EQ(refusal_of(rule("else")), "content.rule.kind");
    EXPECT_EQ(refusal_of(rule("pattern", "(")), "content.rule.pattern");
    EXPECT_EQ(refusal_of(rule("pattern", "(a+)+\\1")), "content.rule.pattern");  // would not be linear
    EXPECT_EQ(refusal_of(rule("pattern", "a)|(b")), "content.rule.pattern");
    EXPECT_EQ(refusal_of(rule("pattern", "x*")), "content.rule.pattern");
    EXPECT_EQ(refusal_of(rule("pattern", "((x{100}){100}){100}")), "content.rule.pattern");
    EXPECT_EQ(refusal_of(rule("pattern", std::string(longest_pattern + 1, 'x'))), "content.rule.pattern");
    auto one = rule("card");
    one.action = "block";
    EXPECT_EQ(refusal_of(one), "content.rule.message");
    one.message = "No cards here.";
    EXPECT_EQ(refusal_of(one), "");
    one.action = "burn";
    EXPECT_EQ(refusal_of(one), "content.rule.action");
    one.action = "warn";
    one.where = "teams";
    EXPECT_EQ(refusal_of(one), "content.rule.where");
    one.where = "all";
    one.channel_ids = {ChannelId::fresh()};
    EXPECT_EQ(refusal_of(one), "content.rule.where");
    one = rule("card");
    one.name = "";
    EXPECT_EQ(refusal_of(one), "content.rule.name");
}

// Exponential for engines that go back; must end at once here.
TEST(RuleSet, NoPatternIsSlow) {
    const RuleSet set({rule("pattern", "(a|a)*(a|aa)*b$"), rule("pattern", "(x+x+)+y")});
    EXPECT_EQ(found(set, std::string(65000, 'a') + std::string(65000, 'x')), Texts());
}

}  // namespace
}  // namespace concordat::messaging
