#include "messaging/notify/word_stems.hpp"

#include <libstemmer.h>

#include <algorithm>
#include <array>
#include <memory>
#include <new>

namespace concordat::messaging {
namespace {

constexpr std::size_t shortest_stemmed = 3, longest_stemmed = 64, shortest_beginning = 2;

struct Tongue {
    std::string_view locale;
    Language language;
    const char* rules;  // libstemmer's name
};
constexpr Tongue tongues[] = {
    {"da", Language::danish, "danish"},   {"de", Language::german, "german"},
    {"en", Language::english, "english"}, {"es", Language::spanish, "spanish"},
    {"fr", Language::french, "french"},   {"it", Language::italian, "italian"},
    {"nl", Language::dutch, "dutch"},     {"pt", Language::portuguese, "portuguese"},
    {"sv", Language::swedish, "swedish"}};

struct StemmerEnd {
    void operator()(sb_stemmer* stemmer) const { sb_stemmer_delete(stemmer); }
};
using Stemmer = std::unique_ptr<sb_stemmer, StemmerEnd>;

// Nothing for Language::none.
sb_stemmer* stemmer_of(Language language) {
    thread_local std::array<Stemmer, std::size(tongues) + 1> made;
    const auto tongue =
        std::ranges::find_if(tongues, [&](const Tongue& each) { return each.language == language; });
    if (tongue == std::end(tongues)) return nullptr;
    auto& stemmer = made[static_cast<std::size_t>(language)];
    if (!stemmer) stemmer.reset(sb_stemmer_new(tongue->rules, "UTF_8"));
    if (!stemmer) throw std::bad_alloc();
    return stemmer.get();
}

bool is_stemmed(std::string_view word) {
    return word.size() >= shortest_stemmed && word.size() <= longest_stemmed &&
           std::ranges::all_of(word, [](char c) { return c >= 'a' && c <= 'z'; });
}

}  // namespace

Language language_of(std::string_view locale) {
    if (locale.empty()) return Language::english;
    const auto name = locale.substr(0, locale.find_first_of("-_"));
    const auto tongue =
        std::ranges::find_if(tongues, [&](const Tongue& each) { return each.locale == name; });
    return tongue == std::end(tongues) ? Language::none : tongue->language;
}

std::string stem_of(std::string_view word, Language language) {
    if (!is_stemmed(word)) return {};
    auto* const stemmer = stemmer_of(language);
    if (!stemmer) return {};
    const auto* stem = sb_stemmer_stem(stemmer, reinterpret_cast<const sb_symbol*>(word.data()),
                                       static_cast<int>(word.size()));
    if (!stem) throw std::bad_alloc();
    return {reinterpret_cast<const char*>(stem), static_cast<std::size_t>(sb_stemmer_length(stemmer))};
}

bool is_elision(std::string_view word, Language language) {
    static constexpr std::string_view french[] = {"c", "d",  "j",     "l",      "m",      "n",     "s",
                                                  "t", "qu", "jusqu", "lorsqu", "puisqu", "quoiqu"};
    static constexpr std::string_view italian[] = {"all",  "c",     "d", "dall", "dell", "gl", "l", "m",
                                                   "nell", "quell", "s", "sull", "t",    "un", "v"};
    if (language == Language::french) return std::ranges::find(french, word) != std::end(french);
    return language == Language::italian && std::ranges::find(italian, word) != std::end(italian);
}

WordFamily::WordFamily(std::string_view word, Language language)
    : language_(language), stem_(stem_of(word, language)) {
    const auto common =
        static_cast<std::size_t>(std::ranges::mismatch(word, std::string_view(stem_)).in1 - word.begin());
    const auto kept = common > shortest_beginning ? common - 1 : common;
    if (kept < shortest_beginning) stem_.clear();  // nearly every word would have to be looked at
    beginning_ = word.substr(0, stem_.empty() ? 0 : kept);
}

bool WordFamily::has(std::string_view word) const {
    return !is_empty() && word.starts_with(beginning_) && stem_of(word, language_) == stem_;
}

}  // namespace concordat::messaging
