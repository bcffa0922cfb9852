#include "messaging/notify/search_query.hpp"
#include <gtest/gtest.h>

namespace concordat::messaging {
namespace {

using Words = std::vector<std::string>;

bool hit(std::string_view terms, std::string_view text, std::string_view tags = "", bool is_or = false) {
    return matches(parse_search(terms, {is_or, 0}), text, tags);
}

TEST(Search, AllWordsMustOccurInAnyOrder) {
    EXPECT_TRUE(hit("report status", "The status report is here"));
    EXPECT_FALSE(hit("report budget", "The status report is here"));
    EXPECT_TRUE(hit("report budget", "The status report is here", "", true));
    EXPECT_FALSE(hit("plan", "the planet"));
}

TEST(Search, CaseAndAccentsDoNotCount) {
    EXPECT_TRUE(hit("cafe", "Ein CAFÉ"));
    EXPECT_TRUE(hit("Größe", "groesse grosse"));
    EXPECT_TRUE(hit("привет", "ПРИВЕТ всем"));
    EXPECT_TRUE(hit("Αθήνα", "αθηνα"));
    EXPECT_TRUE(hit("e\xCC\x81tude", "étude"));
}

bool hit_in(Language language, std::string_view terms, std::string_view text) {
    return matches(parse_search(terms, {false, 0, language}), text, "");
}

TEST(Search, EndingsDoNotCountInTheLanguageOfWhoSearches) {
    const auto english = Language::english, french = Language::french, german = Language::german;
    EXPECT_TRUE(hit_in(english, "report", "two Reports"));
    EXPECT_TRUE(hit_in(english, "reports", "one report"));
    EXPECT_FALSE(hit_in(Language::none, "report", "two reports"));
    EXPECT_TRUE(hit_in(french, "eleve", "les \u00C9l\u00E8ves"));
    EXPECT_TRUE(hit_in(german, "Haus", "die H\u00E4user"));
    EXPECT_TRUE(hit_in(french, "Haus", "das Haus")) << "the word itself, in whatever language";
    EXPECT_FALSE(hit_in(english, "plan", "the planet"));
    EXPECT_FALSE(hit_in(english, "\"report\"", "two reports")) << "in quotes it means itself";
    EXPECT_FALSE(hit_in(english, "\"the report\"", "the reports"));
    EXPECT_TRUE(hit_in(english, "report*", "two reports"));
    EXPECT_FALSE(hit_in(english, "reports*", "a report"));
    EXPECT_TRUE(hit_in(english, "two -report", "two reports")) << "only itself is excluded";
    EXPECT_FALSE(hit_in(english, "#report", "#reports"));
    EXPECT_FALSE(hit_in(english, "@bob", "bobs"));
    EXPECT_FALSE(hit_in(english, "report.pdf", "reports.pdf")) << "a sequence of parts";
    EXPECT_FALSE(hit_in(english, "\"budget\" *", "two budgets")) << "a star alone widens nothing before it";
    EXPECT_EQ(matched_words(parse_search("report", {false, 0, english}), "A Report, reports"),
              (Words{"Report", "reports"}));
}

TEST(Search, WhatLeansOnAWordIsNotMeant) {
    EXPECT_TRUE(hit_in(Language::french, "l'\u00E9cole", "les \u00E9coles"));
    EXPECT_TRUE(hit_in(Language::french, "qu\u2019elle", "elle"));
    EXPECT_TRUE(hit_in(Language::italian, "dell'arte", "l'arte"));
    EXPECT_FALSE(hit_in(Language::english, "l'\u00E9cole", "\u00E9cole"));
    EXPECT_FALSE(hit_in(Language::french, "aujourd'hui", "hui"));
    EXPECT_FALSE(hit_in(Language::french, "l.ecole", "ecole"));
    EXPECT_FALSE(hit_in(Language::french, "\"l'ecole\"", "ecole"));
}

TEST(Search, EmojiAreWordsAndTonesOfSkinDoNotCount) {
    EXPECT_TRUE(hit("🎉", "done🎉, at last"));
    EXPECT_TRUE(hit("👍", "👍🏽"));
    EXPECT_TRUE(hit("👍🏿", "👍"));
    EXPECT_FALSE(hit("🎉", "👍"));
    EXPECT_EQ(matched_words(parse_search("🎉"), "done 🎉 done"), Words{"🎉"});
}

TEST(Search, PhrasesKeepTheirOrder) {
    EXPECT_TRUE(hit("\"status report\"", "a Status, report"));
    EXPECT_FALSE(hit("\"report status\"", "a status report"));
    EXPECT_TRUE(hit("\"status rep\"*", "a status report"));
    EXPECT_TRUE(hit("\"never closed", "it was never closed"));
}

TEST(Search, StarsFindBeginnings) {
    EXPECT_TRUE(hit("budg*", "the budget"));
    EXPECT_FALSE(hit("udget*", "the budget"));
    EXPECT_FALSE(hit("budg", "the budget"));
    EXPECT_TRUE(hit("*", "anything"));
}

TEST(Search, MinusExcludes) {
    EXPECT_FALSE(hit("report -draft", "draft report"));
    EXPECT_TRUE(hit("report -draft", "final report"));
    EXPECT_FALSE(hit("-\"not this\"", "but not this"));
    EXPECT_TRUE(hit("-draft", "final"));
    EXPECT_TRUE(hit("a - b", "a b"));
    EXPECT_FALSE(hit("report -dra*", "drawn report", "", true));
}

TEST(Search, WordsWithPunctuationAreSequences) {
    EXPECT_TRUE(hit("v1.2", "release v1.2 today"));
    EXPECT_FALSE(hit("v1.2", "v1 and 2"));
    EXPECT_TRUE(hit("(report), ", "the report"));
    EXPECT_TRUE(hit("don't", "I don't"));
}

TEST(Search, TextsWithoutSpacesAreFoundByTheirParts) {
    EXPECT_TRUE(hit("会議", "明日の会議について"));
    EXPECT_FALSE(hit("議会", "明日の会議について"));
    EXPECT_TRUE(hit("会議 budget", "budgetの会議"));
}

TEST(Search, HashtagsAreSearchedApartAndMerged) {
    EXPECT_TRUE(hit("#urgent", "see #Urgent", "#Urgent"));
    EXPECT_FALSE(hit("#urgent", "urgent without tag", ""));
    EXPECT_TRUE(hit("#urg*", "x", "#urgent"));
    EXPECT_TRUE(hit("report #urgent", "the report", ""));
    EXPECT_TRUE(hit("report #urgent", "other", "#urgent"));
    EXPECT_FALSE(hit("report #urgent", "other", "#late"));
    EXPECT_FALSE(hit("report -#draft", "the report", "#draft"));
}

TEST(Search, FiltersAreTakenOut) {
    const auto q =
        parse_search("From:@Ann in:Town-Square -from:bob -channel: off-topic ext:.PDF -ext:exe hello");
    EXPECT_EQ(q.from_users, Words{"ann"});
    EXPECT_EQ(q.excluded_users, Words{"bob"});
    EXPECT_EQ(q.in_channels, Words{"town-square"});
    EXPECT_EQ(q.excluded_channels, Words{"off-topic"});
    EXPECT_EQ(q.extensions, Words{"pdf"});
    EXPECT_EQ(q.excluded_extensions, Words{"exe"});
    ASSERT_EQ(q.terms.size(), 1u);
    EXPECT_EQ(q.terms[0].words, Words{"hello"});
}

TEST(Search, DirectAndGroupChannelsAreLists) {
    const auto q = parse_search("in:@Ann in:@ann,@Bob in:cy,dee");
    EXPECT_EQ(q.in_direct, (std::vector<Words>{{"ann"}, {"ann", "bob"}, {"cy", "dee"}}));
}

TEST(Search, DaysBecomeBoundsInTheGivenZone) {
    const Millis day = 1714521600000;  // 2024-05-01 UTC
    const Millis length = 86400000;
    EXPECT_EQ(parse_search("on:2024-05-01").created_from, day);
    EXPECT_EQ(parse_search("on:2024-5-1").created_until, day + length);
    EXPECT_EQ(parse_search("after:2024-05-01").created_from, day + length);
    EXPECT_EQ(parse_search("before: 2024-05-01").created_until, day);
    EXPECT_EQ(parse_search("on:2024-05-01", {false, 7200}).created_from, day - 7200000);
    EXPECT_EQ(parse_search("on:2024-05-01", {false, -18000}).created_from, day + 18000000);
    EXPECT_EQ(parse_search("-before:2024-05-01").created_from, day);
    EXPECT_EQ(parse_search("-after:2024-05-01").created_until, day + length);
    const auto q = parse_search("after:2024-04-29 before:2024-05-03 -on:2024-05-01");
    EXPECT_TRUE(q.is_in_time(day - 1));
    EXPECT_FALSE(q.is_in_time(day));
    EXPECT_FALSE(q.is_in_time(day + length - 1));
    EXPECT_TRUE(q.is_in_time(day + length));
    EXPECT_FALSE(q.is_in_time(day + 2 * length));
    EXPECT_FALSE(q.is_in_time(day - length - 1));
}

TEST(Search, NonsenseFiltersAreWords) {
    const auto q = parse_search("on:tuesday before:2024-02-30 from: note:this http://x.example");
    EXPECT_FALSE(q.has_filters() && q.from_users.empty());
    EXPECT_FALSE(q.created_from.has_value());
    EXPECT_EQ(q.terms.at(0).words, (Words{"on", "tuesday"}));
    EXPECT_EQ(q.terms.at(1).words, (Words{"before", "2024", "02", "30"}));
    EXPECT_EQ(q.from_users, Words{"note:this"});
    EXPECT_EQ(parse_search("from:").terms.at(0).words, Words{"from"});
}

TEST(Search, EmptyQueriesAreTold) {
    EXPECT_TRUE(parse_search("").is_empty());
    EXPECT_TRUE(parse_search(" ... -- ** \" \"").is_empty());
    EXPECT_FALSE(parse_search("in:a").is_empty());
    EXPECT_FALSE(parse_search("in:a").has_words());
}

TEST(Search, MatchedWordsAreThoseOfTheText) {
    const auto found = matched_words(parse_search("cafe budg* \"status report\" #tag"),
                                     "Café: the BUDGET, budgets; Status Report #Tag tag Café");
    EXPECT_EQ(found, (Words{"Café", "BUDGET", "budgets", "Status", "Report", "Tag"}));
    EXPECT_EQ(matched_words(parse_search("-x"), "x y"), Words{});
}

TEST(Search, HostileQueriesAreBounded) {
    std::string many, phrase = "\"";
    for (int i = 0; i < 5000; ++i) many += "a ", phrase += "a ";
    std::string text;
    for (int i = 0; i < 8000; ++i) text += "a ";
    EXPECT_LE(parse_search(many).terms.size(), 256u);
    EXPECT_TRUE(hit(phrase, text));
    EXPECT_FALSE(hit(phrase + " b\"", "a a a"));
    EXPECT_NO_THROW(parse_search("\xff-\"\xfe#\x80*"));
}

}  // namespace
}  // namespace concordat::messaging
