#include "messaging/notify/search_query.hpp"
#include <algorithm>
#include <charconv>
#include <chrono>
#include <unordered_set>
#include "core/base/text.hpp"
#include "messaging/notify/folded_text.hpp"
#include "messaging/notify/letters.hpp"

namespace concordat::messaging {
namespace {

constexpr std::size_t most_items = 256;  // words and filters of one query; further ones are not read
constexpr std::size_t most_words = 128;  // of one phrase; what follows is not compared

bool is_blank(char c) {
    return static_cast<unsigned char>(c) <= ' ';
}

std::string_view without_at(std::string_view name) {
    while (!name.empty() && name.front() == '@') name.remove_prefix(1);
    return name;
}

bool has_apostrophe(std::string_view word) {
    return word.find('\'') != std::string_view::npos || word.find("\u2019") != std::string_view::npos;
}

// Midnight of a day YYYY-MM-DD in UTC; zeros in front may be missing.
std::optional<Millis> midnight_of(std::string_view text) {
    int parts[3] = {};
    for (int i = 0; i < 3; ++i) {
        const auto dash = i < 2 ? text.find('-') : text.size();
        if (dash == std::string_view::npos) return std::nullopt;
        const auto digits = text.substr(0, dash);
        const auto end = digits.data() + digits.size();
        if (digits.empty() || digits.size() > 4 || digits.front() == '-') return std::nullopt;
        if (std::from_chars(digits.data(), end, parts[i]).ptr != end) return std::nullopt;
        text.remove_prefix(std::min(dash + 1, text.size()));
    }
    using namespace std::chrono;
    const year_month_day date{year(parts[0]), month(static_cast<unsigned>(parts[1])),
                              day(static_cast<unsigned>(parts[2]))};
    if (parts[0] < 1970 || !date.ok()) return std::nullopt;
    return duration_cast<milliseconds>(sys_days(date).time_since_epoch()).count();
}

class Parser {
public:
    Parser(std::string_view input, const SearchOptions& options) : input_(input), options_(options) {
        query_.is_or_search = options.is_or_search;
    }

    SearchQuery parse() {
        for (std::size_t items = 0; items < most_items; ++items) {
            skip_blanks();
            if (at_ >= input_.size()) break;
            take_item();
        }
        return std::move(query_);
    }

private:
    void skip_blanks() {
        while (at_ < input_.size() && is_blank(input_[at_])) ++at_;
    }

    std::string_view word_at(std::size_t from) const {
        auto end = from;
        while (end < input_.size() && !is_blank(input_[end])) ++end;
        return input_.substr(from, end - from);
    }

    void take_item() {
        const bool is_excluded = input_[at_] == '-' && at_ + 1 < input_.size() && !is_blank(input_[at_ + 1]);
        if (is_excluded) ++at_;
        if (input_[at_] == '"') return take_phrase(is_excluded);
        const auto word = word_at(at_);
        at_ += word.size();
        if (!take_filter(word, is_excluded)) take_word(word, is_excluded);
    }

    void take_phrase(bool is_excluded) {
        const auto end = input_.find('"', at_ + 1);
        const auto phrase =
            input_.substr(at_ + 1, end == std::string_view::npos ? std::string_view::npos : end - at_ - 1);
        at_ = end == std::string_view::npos ? input_.size() : end + 1;
        bool is_prefix = false;
        if (at_ < input_.size() && input_[at_] == '*') {
            is_prefix = true;
            ++at_;
        }
        add_words(phrase, is_prefix, is_excluded ? query_.excluded_terms : query_.terms);
    }

    void take_word(std::string_view word, bool is_excluded) {
        while (!word.empty() && word.front() == '(') word.remove_prefix(1);
        const bool is_tag = word.size() > 1 && word.front() == '#';
        auto last = word.size();
        while (last > 0 && (word[last - 1] == ')' || word[last - 1] == ',' || word[last - 1] == '.')) --last;
        const bool is_prefix = last > 1 && word[last - 1] == '*';
        if (is_tag) {
            add_tag(word.substr(0, last), is_prefix,
                    is_excluded ? query_.excluded_hashtags : query_.hashtags);
        } else {
            auto& terms = is_excluded ? query_.excluded_terms : query_.terms;
            const auto before = terms.size();
            add_words(word, is_prefix, terms);
            if (!is_excluded && !is_prefix && terms.size() > before) widen(terms.back(), word);
        }
    }

    // What leans on a word goes, and words that differ by their ending fit as well.
    void widen(SearchTerm& term, std::string_view word) const {
        if (word.starts_with('@')) return;  // a name
        if (term.words.size() == 2 && has_apostrophe(word) &&
            is_elision(term.words.front(), options_.language))
            term.words.erase(term.words.begin());
        if (term.words.size() == 1) term.family = WordFamily(term.words.front(), options_.language);
    }

    static void add_words(std::string_view text, bool is_prefix, std::vector<SearchTerm>& terms) {
        auto words = folded_words(text);
        if (words.size() > most_words) words.resize(most_words);
        if (!words.empty()) terms.push_back({std::move(words), is_prefix});
    }

    static void add_tag(std::string_view tag, bool is_prefix, std::vector<SearchTerm>& tags) {
        std::string folded;
        for (std::size_t i = 0; i < tag.size();) {
            const auto rune = rune_at(tag, i);
            if (rune.code != '#' && rune.code != '*') append_folded(folded, rune.code);
            i += rune.bytes;
        }
        while (!folded.empty() && !is_letter_or_digit(static_cast<unsigned char>(folded.back()))) {
            if (static_cast<unsigned char>(folded.back()) >= 0x80) break;
            folded.pop_back();
        }
        if (!folded.empty()) tags.push_back({{std::move(folded)}, is_prefix});
    }

    // `name:value`, or `name:` and the value as the next word.
    bool take_filter(std::string_view word, bool is_excluded) {
        const auto colon = word.find(':');
        if (colon == std::string_view::npos || colon == 0) return false;
        const auto name = lower_ascii(word.substr(0, colon));
        if (!is_filter(name)) return false;
        auto value = word.substr(colon + 1);
        const auto before = at_;
        if (value.empty()) {
            skip_blanks();
            value = word_at(at_);
            at_ += value.size();
        }
        value = trim_value(value);
        if (!value.empty() && apply(name, value, is_excluded)) return true;
        at_ = before;
        return false;
    }

    static bool is_filter(std::string_view name) {
        return name == "from" || name == "in" || name == "channel" || name == "before" || name == "after" ||
               name == "on" || name == "ext";
    }

    static std::string_view trim_value(std::string_view value) {
        const auto is_edge = [](char c) {
            return std::string_view("\"'`.,;!?()<>[]{}").find(c) != std::string_view::npos;
        };
        while (!value.empty() && is_edge(value.front())) value.remove_prefix(1);
        while (!value.empty() && (is_edge(value.back()))) value.remove_suffix(1);
        return value;
    }

    bool apply(std::string_view name, std::string_view value, bool is_excluded) {
        if (name == "from")
            return add(is_excluded ? query_.excluded_users : query_.from_users, without_at(value));
        if (name == "in" || name == "channel") return apply_channel(value, is_excluded);
        if (name == "ext") {
            while (!value.empty() && (value.front() == '.' || value.front() == '*')) value.remove_prefix(1);
            return add(is_excluded ? query_.excluded_extensions : query_.extensions, value);
        }
        return apply_day(name, value, is_excluded);
    }

    static bool add(std::vector<std::string>& list, std::string_view value) {
        if (value.empty()) return false;
        list.push_back(lower_text(value));
        return true;
    }

    bool apply_channel(std::string_view value, bool is_excluded) {
        while (!value.empty() && value.front() == '~') value.remove_prefix(1);
        if (value.find('@') == std::string_view::npos && value.find(',') == std::string_view::npos)
            return add(is_excluded ? query_.excluded_channels : query_.in_channels, value);
        std::vector<std::string> people;
        for (const auto& name : split_words(value, ',')) add(people, without_at(name));
        if (people.empty()) return false;
        (is_excluded ? query_.excluded_direct : query_.in_direct).push_back(std::move(people));
        return true;
    }

    bool apply_day(std::string_view name, std::string_view value, bool is_excluded) {
        const auto midnight = midnight_of(value);
        if (!midnight) return false;
        constexpr Millis one_day = 86'400'000;
        const Millis from = *midnight - Millis{options_.time_zone_offset} * 1000;
        const Millis until = from + one_day;
        if (name == "on" && is_excluded) query_.excluded_days.push_back({from, until});
        if (name == "on" && !is_excluded) not_before(from), not_after(until);
        if (name == "before") is_excluded ? not_before(from) : not_after(from);
        if (name == "after") is_excluded ? not_after(until) : not_before(until);
        return true;
    }

    void not_before(Millis from) { query_.created_from = std::max(query_.created_from.value_or(from), from); }
    void not_after(Millis until) {
        query_.created_until = std::min(query_.created_until.value_or(until), until);
    }

    std::string_view input_;
    const SearchOptions& options_;
    std::size_t at_ = 0;
    SearchQuery query_;
};

// Whether `term` stands in the text from word `at` on.
bool stands_at(const SearchTerm& term, const FoldedText& text, std::size_t at) {
    const auto count = term.words.size();
    if (at + count > text.size()) return false;
    for (std::size_t i = 0; i < count; ++i) {
        const auto word = text.word(at + i);
        const auto& wanted = term.words[i];
        if (term.is_prefix && i + 1 == count ? word.substr(0, wanted.size()) != wanted
                                             : word != wanted && !term.family.has(word))
            return false;
    }
    return true;
}

bool stands_in(const SearchTerm& term, const FoldedText& text) {
    for (std::size_t at = 0; at + term.words.size() <= text.size(); ++at)
        if (stands_at(term, text, at)) return true;
    return false;
}

bool is_tagged(const SearchTerm& tag, const std::vector<std::string>& tags) {
    const auto& wanted = tag.words.front();
    return std::any_of(tags.begin(), tags.end(), [&](const std::string& have) {
        return tag.is_prefix ? have.compare(0, wanted.size(), wanted) == 0 : have == wanted;
    });
}

template <class Test>
bool fits(const std::vector<SearchTerm>& terms, bool one_is_enough, Test test) {
    if (terms.empty()) return false;
    return one_is_enough ? std::any_of(terms.begin(), terms.end(), test)
                         : std::all_of(terms.begin(), terms.end(), test);
}

}  // namespace

bool SearchQuery::has_filters() const {
    return !from_users.empty() || !excluded_users.empty() || !in_channels.empty() ||
           !excluded_channels.empty() || !in_direct.empty() || !excluded_direct.empty() ||
           !extensions.empty() || !excluded_extensions.empty() || created_from || created_until ||
           !excluded_days.empty();
}

bool SearchQuery::is_in_time(Millis created_at) const {
    if (created_from && created_at < *created_from) return false;
    if (created_until && created_at >= *created_until) return false;
    return std::none_of(excluded_days.begin(), excluded_days.end(),
                        [&](const DayRange& d) { return created_at >= d.from && created_at < d.until; });
}

SearchQuery parse_search(std::string_view terms, const SearchOptions& options) {
    return Parser(terms.substr(0, longest_search), options).parse();
}

bool matches(const SearchQuery& query, std::string_view text, std::string_view hashtags) {
    if (!query.has_words()) return true;
    const FoldedText words(text);
    const auto in_text = [&](const SearchTerm& term) { return stands_in(term, words); };
    if (std::any_of(query.excluded_terms.begin(), query.excluded_terms.end(), in_text)) return false;
    if (query.hashtags.empty() && query.excluded_hashtags.empty())
        return query.terms.empty() || fits(query.terms, query.is_or_search, in_text);

    const auto tags = folded_hashtags(hashtags);
    const auto in_tags = [&](const SearchTerm& tag) { return is_tagged(tag, tags); };
    if (std::any_of(query.excluded_hashtags.begin(), query.excluded_hashtags.end(), in_tags)) return false;
    if (query.terms.empty() && query.hashtags.empty()) return true;
    return fits(query.terms, query.is_or_search, in_text) ||
           fits(query.hashtags, query.is_or_search, in_tags);
}

std::vector<std::string> matched_words(const SearchQuery& query, std::string_view text) {
    std::vector<std::string> found;
    const FoldedText words(text);
    std::unordered_set<std::string_view> seen;
    std::size_t reported = 0;  // words before this one are in the answer, or are not wanted
    for (std::size_t at = 0; at < words.size(); ++at) {
        std::size_t longest = 0;
        for (const auto& term : query.terms)
            if (term.words.size() > longest && stands_at(term, words, at)) longest = term.words.size();
        for (const auto& tag : query.hashtags) {
            const auto source = words.source_of(at);
            if (source.at == 0 || text[source.at - 1] != '#' || longest > 0) continue;
            const auto& wanted = tag.words.front();
            const auto word = words.word(at);
            if (tag.is_prefix ? word.substr(0, wanted.size()) == wanted : word == wanted) longest = 1;
        }
        for (auto i = std::max(at, reported); i < at + longest; ++i) {
            const auto source = words.source_of(i);
            const auto written = text.substr(source.at, source.bytes);
            if (seen.insert(written).second) found.emplace_back(written);
        }
        reported = std::max(reported, at + longest);
    }
    return found;
}

std::vector<std::string> folded_words(std::string_view text) {
    const FoldedText folded(text);
    std::vector<std::string> words;
    words.reserve(folded.size());
    for (std::size_t i = 0; i < folded.size(); ++i) words.emplace_back(folded.word(i));
    return words;
}

std::vector<std::string> folded_hashtags(std::string_view hashtags) {
    std::vector<std::string> tags;
    for (const auto& tag : split_words(hashtags)) {
        std::string folded;
        for (std::size_t i = tag.find_first_not_of('#'); i < tag.size();) {
            const auto rune = rune_at(tag, i);
            append_folded(folded, rune.code);
            i += rune.bytes;
        }
        if (!folded.empty()) tags.push_back(std::move(folded));
    }
    return tags;
}

}  // namespace concordat::messaging
