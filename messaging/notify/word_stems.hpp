// What is left of a word without its ending, by the rules of a language (Snowball): "reports" and "reporting"
// are "report". Words are folded (folded_text.hpp): lower case, no accents.
//
// Pure functions, thread-safe: each thread keeps the rules it has used. A word of letters other than a to z
// has no stem, since the rules would cut it by luck.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace concordat::messaging {

// none: words are compared as they are.
enum class Language : std::uint8_t {
    none,
    danish,
    dutch,
    english,
    french,
    german,
    italian,
    portuguese,
    spanish,
    swedish
};

// By a person's locale: "en", "en-AU", "pt-BR"; "" is English, which is what the server's pages are in.
Language language_of(std::string_view locale);

// "" when the word has none: too short (under 3 letters), longer than 64, of other signs.
std::string stem_of(std::string_view word, Language language);

// Whether the word is one that leans on the next and that people do not mean: l'école, dell'arte.
bool is_elision(std::string_view word, Language language);

// The words that differ from one only by their ending. All of them begin with beginning(), which is the
// longest stretch that endings leave alone: word and stem have it in common, less one letter ("hope": "hop",
// since "hoping" is one of them).
class WordFamily {
public:
    WordFamily() = default;
    // Empty when the word has no stem.
    WordFamily(std::string_view word, Language language);
    bool is_empty() const { return stem_.empty(); }
    const std::string& beginning() const { return beginning_; }
    bool has(std::string_view word) const;
    bool operator==(const WordFamily&) const = default;

private:
    Language language_ = Language::none;
    std::string stem_, beginning_;
};

}  // namespace concordat::messaging
