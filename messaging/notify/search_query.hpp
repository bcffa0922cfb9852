// The words people type into the search box, and whether a message has them.
//
//   const auto query = parse_search("from:ann after:2024-05-01 \"status report\" budg* -draft", {...});
//   ... select by people, channels and times, then keep what matches(query, message, hashtags).
//
// Case and accents do not count: "cafe" finds "Café". A word by itself finds those that differ from it by
// their ending only, as the searcher's language has it; within quotes, with a star, excluded, it means
// itself. A word with punctuation inside is the sequence of its parts. Each ideograph is a word, so texts
// without spaces are found by any part of them; so is each emoji. Pure functions, thread-safe; they throw
// std::bad_alloc only. A filter that makes no sense (a date that is none) is searched for as a word. Times
// are UTC milliseconds, a bound is inclusive at its start and exclusive at its end.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>
#include "core/base/clock.hpp"
#include "messaging/notify/word_stems.hpp"

namespace concordat::messaging {

struct SearchOptions {
    bool is_or_search = false;
    int time_zone_offset = 0;            // seconds east of UTC: which midnight a day begins with
    Language language = Language::none;  // of the searcher: whose endings do not count
};

// What is looked for in the text: one word or several in sequence, folded.
struct SearchTerm {
    std::vector<std::string> words;
    bool is_prefix = false;  // of the last word
    WordFamily family{};     // of the only word: others that fit as well; mostly empty
    bool operator==(const SearchTerm&) const = default;
};

struct DayRange {
    Millis from = 0;
    Millis until = 0;
    bool operator==(const DayRange&) const = default;
};

struct SearchQuery {
    std::vector<SearchTerm> terms, excluded_terms;
    // Without #, folded; a trailing * is in is_prefix.
    std::vector<SearchTerm> hashtags, excluded_hashtags;
    // Usernames in lower case without @.
    std::vector<std::string> from_users, excluded_users;
    // Channel names or ids in lower case.
    std::vector<std::string> in_channels, excluded_channels;
    // `in:@ann` and `in:@ann,@bob`: the other people of a direct or group channel.
    std::vector<std::vector<std::string>> in_direct, excluded_direct;
    // File name extensions in lower case without a dot.
    std::vector<std::string> extensions, excluded_extensions;
    std::optional<Millis> created_from;   // after:, on:, -before:
    std::optional<Millis> created_until;  // before:, on:, -after:
    std::vector<DayRange> excluded_days;  // -on:
    bool is_or_search = false;

    // Words to find, wanted or unwanted.
    bool has_words() const {
        return !terms.empty() || !excluded_terms.empty() || !hashtags.empty() || !excluded_hashtags.empty();
    }
    bool has_filters() const;
    bool is_empty() const { return !has_words() && !has_filters(); }
    // The time bounds only; the caller's SQL usually has asked already.
    bool is_in_time(Millis created_at) const;
};

// Reads the first `longest_search` bytes.
inline constexpr std::size_t longest_search = 4096;
SearchQuery parse_search(std::string_view terms, const SearchOptions& options = {});

// Whether the words fit; people, channels and times are not looked at. All terms must occur (one, when it is
// an or-search), or likewise the hashtags; nothing excluded may. A query without wanted words fits.
// `hashtags` is the stored list: "#one #two". It costs about a microsecond per hundred bytes.
bool matches(const SearchQuery& query, std::string_view text, std::string_view hashtags);

// The words of `text` that wanted terms fit, as written, in order, each once: for highlighting.
std::vector<std::string> matched_words(const SearchQuery& query, std::string_view text);

// For indexes: the words of a text as `matches` sees them.
std::vector<std::string> folded_words(std::string_view text);
// Likewise the tags of a stored list, without #.
std::vector<std::string> folded_hashtags(std::string_view hashtags);

}  // namespace concordat::messaging
