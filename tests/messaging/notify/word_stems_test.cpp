#include "messaging/notify/word_stems.hpp"

#include <gtest/gtest.h>

namespace concordat::messaging {
namespace {

TEST(WordStems, LocalesNameLanguages) {
    EXPECT_EQ(language_of(""), Language::english);
    EXPECT_EQ(language_of("en-AU"), Language::english);
    EXPECT_EQ(language_of("pt-BR"), Language::portuguese);
    EXPECT_EQ(language_of("de"), Language::german);
    EXPECT_EQ(language_of("ja"), Language::none);
    EXPECT_EQ(language_of("zh-CN"), Language::none);
    EXPECT_EQ(language_of("../en"), Language::none);
}

// Every word of a line finds every other one of it.
TEST(WordStems, FamiliesHoldTogether) {
    const struct {
        Language language;
        std::vector<std::vector<std::string>> families;
    } cases[] = {{Language::english,
                  {{"report", "reports", "reported", "reporting"},
                   {"happy", "happiness"},
                   {"hope", "hoping", "hoped"},
                   {"run", "running", "runs"},
                   {"city", "cities"}}},
                 {Language::french,
                  {{"eleve", "eleves"},
                   {"cheval", "chevaux"},
                   {"journal", "journaux"},
                   {"manger", "mange", "manges"}}},
                 {Language::german,
                  {{"haus", "hauser", "hausern"}, {"bericht", "berichte", "berichten"}, {"kind", "kinder"}}},
                 {Language::spanish, {{"informe", "informes"}, {"gato", "gatos"}}},
                 {Language::italian, {{"libro", "libri"}}},
                 {Language::portuguese, {{"relatorio", "relatorios"}}},
                 {Language::dutch, {{"boek", "boeken"}}},
                 {Language::swedish, {{"rapport", "rapporter", "rapporten"}}},
                 {Language::danish, {{"hund", "hunde", "hunden"}}}};
    for (const auto& [language, families] : cases)
        for (const auto& words : families)
            for (const auto& word : words) {
                const WordFamily family(word, language);
                for (const auto& other : words) EXPECT_TRUE(family.has(other)) << word << ' ' << other;
                EXPECT_FALSE(family.has("zebra")) << word;
            }
}

TEST(WordStems, OthersStayOut) {
    EXPECT_FALSE(WordFamily("report", Language::english).has("reporters' ball"));
    EXPECT_FALSE(WordFamily("plan", Language::english).has("planet"));
    EXPECT_FALSE(WordFamily("haus", Language::english).has("hauser")) << "by the rules of another language";
    EXPECT_TRUE(WordFamily("report", Language::none).is_empty());
    EXPECT_TRUE(WordFamily("v2", Language::english).is_empty());
    EXPECT_TRUE(WordFamily("is", Language::english).is_empty());
    EXPECT_TRUE(WordFamily(std::string(65, 'a'), Language::english).is_empty());
    EXPECT_TRUE(WordFamily("\xD0\xB2", Language::english).is_empty());
    EXPECT_FALSE(WordFamily().has(""));
}

}  // namespace
}  // namespace concordat::messaging
