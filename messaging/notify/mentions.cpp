#include "messaging/notify/mentions.hpp"
#include <algorithm>
#include "core/base/text.hpp"
#include "messaging/notify/letters.hpp"
#include "messaging/notify/markdown_text.hpp"

namespace concordat::messaging {
namespace {

constexpr std::string_view word_marks = ":.-_@";
constexpr std::string_view edge_marks = ":.-_";
constexpr std::size_t longest_word = 512;  // bytes; a longer run is no name, and is kept whole only
constexpr std::size_t most_forms = 64;     // of one word: more punctuation than that is a drawing

bool is_mark(char c, std::string_view marks) {
    return marks.find(c) != std::string_view::npos;
}

bool has_outside_ascii(std::string_view text) {
    return std::any_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

class Scanner {
public:
    explicit Scanner(MentionScan& scan) : scan_(scan) {}

    void take(std::string_view text) {
        std::size_t from = 0;
        for (std::size_t i = 0; i < text.size();) {
            const auto rune = rune_at(text, i);
            const bool inside = is_letter_or_digit(rune.code) ||
                                (rune.bytes == 1 && rune.code < 0x80 && is_mark(text[i], word_marks));
            if (!inside) {
                take_word(text.substr(from, i - from));
                from = i + rune.bytes;
            }
            i += rune.bytes;
        }
        take_word(text.substr(from));
    }

private:
    void take_word(std::string_view word) {
        if (word.size() > 1 && word.front() == ':' && word.back() == ':') return;
        word.remove_prefix(std::min(word.find_first_not_of(edge_marks), word.size()));
        if (word.empty()) return;
        if (word.size() > longest_word) return remember(word);
        std::vector<std::string_view> forms;
        for (auto form = word; !form.empty() && forms.size() < most_forms; form.remove_suffix(1)) {
            forms.push_back(form);
            remember(form);
            if (!is_mark(form.back(), edge_marks)) break;
        }
        if (word.front() == '@')
            take_name(forms);
        else
            take_parts(word);
    }

    void take_parts(std::string_view word) {
        if (word.find_first_of(".-:") == std::string_view::npos) return;
        for (std::size_t from = 0; from < word.size();) {
            const auto to = std::min(word.find_first_of(".-:", from), word.size());
            const auto part = word.substr(from, to - from);
            if (!part.empty()) remember(part);
            if (part.size() > 1 && part.front() == '@') take_name({part});
            from = to + 1;
        }
    }

    // `forms` start with @ and are of one word.
    void take_name(const std::vector<std::string_view>& forms) {
        MentionScan::Candidates names;
        for (const auto& form : forms) {
            auto name = lower_text(form.substr(1));
            if (name.empty()) continue;
            if (name == "here") scan_.has_here = true;
            if (name == "channel") scan_.has_channel = true;
            if (name == "all") scan_.has_all = true;
            if (name == "here" || name == "channel" || name == "all") return;
            names.push_back(std::move(name));
        }
        if (names.empty()) return;
        for (const auto& name : names)
            if (seen_names_.insert(name).second) scan_.names.push_back(name);
        scan_.explicit_names.push_back(std::move(names));
    }

    void remember(std::string_view word) {
        scan_.lower.insert(lower_text(word));
        scan_.exact.emplace(word);
    }

    MentionScan& scan_;
    std::unordered_set<std::string> seen_names_;
};

// Matches of `mark` followed by `first` and any number of `rest`, not preceded by a word character.
template <class First, class Rest>
std::vector<std::string_view> marked_words(std::string_view text, char mark, First first, Rest rest) {
    std::vector<std::string_view> found;
    std::unordered_set<std::string_view> seen;
    for (auto at = text.find(mark); at != std::string_view::npos; at = text.find(mark, at + 1)) {
        const auto before = at > 0 ? static_cast<unsigned char>(text[at - 1]) : ' ';
        if (is_letter_or_digit(before) || before == '_') continue;
        auto end = at + 1;
        if (end >= text.size() || !first(text[end])) continue;
        while (end < text.size() && rest(text[end])) ++end;
        if (const auto word = text.substr(at + 1, end - at - 1); seen.insert(word).second)
            found.push_back(word);
    }
    return found;
}

bool is_alnum(char c) {
    return is_letter_or_digit(static_cast<unsigned char>(c)) && static_cast<unsigned char>(c) < 0x80;
}

}  // namespace

MentionScan scan_mentions(std::string_view message, const std::vector<std::string>& attachment_texts) {
    MentionScan scan;
    Scanner scanner(scan);
    std::size_t left = longest_mention_source;
    const auto read = [&](std::string_view text) {
        if (text.size() > left) {
            text = text.substr(0, left);  // may cut inside a rune, which then is no letter
        }
        left -= text.size();
        for (const auto& run : markdown_text(text).texts) scanner.take(run);
    };
    read(message);
    for (const auto& text : attachment_texts) {
        if (left == 0) break;
        read(text);
    }
    return scan;
}

Keywords keywords_of(std::string_view username, std::string_view first_name,
                     const std::map<std::string, std::string>& notify_props) {
    const auto prop = [&](const char* key) -> std::string_view {
        const auto at = notify_props.find(key);
        return at == notify_props.end() ? std::string_view() : std::string_view(at->second);
    };
    Keywords keywords;
    keywords.any_case.push_back("@" + lower_text(username));
    for (const auto& key : split_words(prop("mention_keys"), ','))
        if (const auto word = trimmed(key); !word.empty()) keywords.any_case.push_back(lower_text(word));
    keywords.wants_first_name = prop("first_name") == "true";
    if (keywords.wants_first_name && !trimmed(first_name).empty())
        keywords.exact.emplace_back(trimmed(first_name));
    keywords.wants_channel_wide = prop("channel") != "false";
    return keywords;
}

bool matches(const MentionScan& scan, const Keywords& keywords) {
    const auto is_in = [](const std::unordered_set<std::string>& words) {
        return [&words](const std::string& key) { return words.contains(key); };
    };
    if (std::any_of(keywords.any_case.begin(), keywords.any_case.end(), is_in(scan.lower))) return true;
    if (std::any_of(keywords.exact.begin(), keywords.exact.end(), is_in(scan.exact))) return true;
    for (const auto& key : keywords.any_case) {
        if (!has_outside_ascii(key)) continue;
        for (const auto& word : scan.lower)
            if (word.find(key) != std::string::npos) return true;
    }
    return false;
}

NamesResolved resolve_names(const MentionScan& scan, const std::function<bool(std::string_view)>& exists) {
    NamesResolved result;
    std::unordered_set<std::string_view> told;
    for (const auto& candidates : scan.explicit_names) {
        const auto known = std::find_if(candidates.begin(), candidates.end(), exists);
        const auto& name = known != candidates.end() ? *known : candidates.back();
        if (told.insert(name).second)
            (known != candidates.end() ? result.known : result.unknown).push_back(name);
    }
    return result;
}

std::vector<std::string> at_names(std::string_view text) {
    std::vector<std::string> names;
    const auto rest = [](char c) { return is_alnum(c) || is_mark(c, ".-_:"); };
    for (const auto word : marked_words(text, '@', is_alnum, rest)) names.emplace_back(word);
    return names;
}

std::vector<std::string> channel_links(std::string_view text) {
    std::vector<std::string> names;
    std::unordered_set<std::string> seen;
    const auto part = [](char c) { return is_alnum(c) || c == '_' || c == '-'; };
    for (const auto word : marked_words(text, '~', part, part))
        if (auto name = lower_ascii(word); seen.insert(name).second) names.push_back(std::move(name));
    return names;
}

}  // namespace concordat::messaging
