#include "messaging/screening/rule_set.hpp"

#include <re2/re2.h>
#include <re2/set.h>

#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "messaging/screening/checked_numbers.hpp"

namespace concordat::messaging {
namespace {

constexpr std::size_t longest_rule_name = 100, longest_rule_message = 500, most_rule_places = 100;
// What a word has before and after it; RE2's \b knows ASCII only.
constexpr const char* not_in_word = R"([^\pL\pN_])";

Error bad_rule(const std::string& what, const std::string& text) {
    return {Fault::invalid, "content.rule." + what, text};
}

RE2::Options options_of(std::int64_t bytes) {
    RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(bytes);
    return options;
}

std::vector<std::string> lines_of(const std::string& content) {
    std::vector<std::string> out;
    for (const auto& line : split_words(content, '\n'))
        if (const auto text = trimmed(line); !text.empty()) out.emplace_back(text);
    return out;
}

// A glob: * is anything, ? one character.
std::string glob_pattern(const std::string& glob) {
    std::string out;
    for (const char c : glob) {
        if (c == '*')
            out += ".*";
        else if (c == '?')
            out += '.';
        else
            out +=
                static_cast<unsigned char>(c) < 0x80 ? RE2::QuoteMeta(std::string(1, c)) : std::string(1, c);
    }
    return out;
}

// Group 1 is what was found.
std::string pattern_of(const ContentRule& rule) {
    if (rule.kind == "pattern") return "(" + rule.content + ")";
    std::string any;
    for (const auto& line : lines_of(rule.content)) {
        if (!any.empty()) any += '|';
        any += rule.kind == "file" ? glob_pattern(line) : RE2::QuoteMeta(line);
    }
    if (rule.kind == "file") return "(?is)^(" + any + ")$";
    return std::string("(?i)(?:^|") + not_in_word + ")(" + any + ")(?:$|" + not_in_word + ")";
}

bool is_one_of(const std::string& word, std::initializer_list<const char*> words) {
    return std::ranges::any_of(words, [&](const char* one) { return word == one; });
}

bool has_automaton(const ContentRule& rule) {
    return is_one_of(rule.kind, {"words", "pattern", "file"});
}

std::unique_ptr<RE2> compiled(const ContentRule& rule) {
    // By itself first: "a)(b" makes sense only between our own brackets.
    if (rule.kind == "pattern" && !RE2(rule.content, options_of(RuleSet::automaton_bytes)).ok())
        throw bad_rule("pattern",
                       "It is no regular expression of RE2, or needs more memory than a rule may have.");
    auto automaton = std::make_unique<RE2>(pattern_of(rule), options_of(RuleSet::automaton_bytes));
    if (automaton->ok()) return automaton;
    if (automaton->error_code() == RE2::ErrorPatternTooLarge)
        throw bad_rule("pattern",
                       "It needs more memory than a rule may have. Make it shorter, or several rules.");
    throw bad_rule("pattern",
                   "It is no regular expression of RE2: " + automaton->error().substr(0, 200) + ".");
}

void check_content(const ContentRule& rule) {
    if (!has_automaton(rule)) {
        if (!rule.content.empty()) throw bad_rule("content", "Rules of this kind have no content.");
        return;
    }
    if (rule.content.size() > longest_rule_content || !is_utf8(rule.content))
        throw bad_rule("content", "content is longer than 16384 bytes, or no UTF-8.");
    const auto lines = lines_of(rule.content);
    if (lines.empty()) throw bad_rule("content", "content is empty.");
    if (rule.kind != "pattern" && lines.size() > most_rule_lines)
        throw bad_rule("content", "content has more than 1000 lines.");
    if (rule.kind == "pattern" && rule.content.size() > longest_pattern)
        throw bad_rule("pattern", "A pattern is longer than 2000 bytes.");
    const auto automaton = compiled(rule);
    if (rule.kind == "pattern" && RE2::PartialMatch("", *automaton))
        throw bad_rule("pattern", "It fits an empty text, and so every message.");
}

}  // namespace

void check_rule(const ContentRule& rule) {
    if (trimmed(rule.name).empty() || rune_count(rule.name) > longest_rule_name)
        throw bad_rule("name", "A rule has a name of 1 to 100 characters.");
    if (!is_one_of(rule.kind, {"words", "pattern", "card", "iban", "file"}))
        throw bad_rule("kind", "kind is not words, pattern, card, iban or file.");
    if (!is_one_of(rule.action, {"log", "warn", "hold", "block"}))
        throw bad_rule("action", "action is not log, warn, hold or block.");
    if (!is_one_of(rule.where, {"all", "teams", "channels", "shared"}))
        throw bad_rule("where", "where is not all, teams, channels or shared.");
    if ((rule.where == "teams") == rule.team_ids.empty() ||
        (rule.where == "channels") == rule.channel_ids.empty())
        throw bad_rule("where", "team_ids come with teams, channel_ids with channels, and not otherwise.");
    if (rule.team_ids.size() > most_rule_places || rule.channel_ids.size() > most_rule_places)
        throw bad_rule("where", "A rule names at most 100 teams or channels.");
    if (rune_count(rule.message) > longest_rule_message)
        throw bad_rule("message", "A rule's message has at most 500 characters.");
    if (rule.action != "log" && trimmed(rule.message).empty())
        throw bad_rule("message", "Say to the author why: message is empty.");
    check_content(rule);
}

struct RuleSet::Compiled {
    ContentRule rule;
    std::unique_ptr<RE2> automaton;

    void strike(std::string_view text, std::vector<Strike>& out) const {
        if (!automaton) {
            const auto found = rule.kind == "card" ? card_numbers(text, most_hits_per_rule)
                                                   : account_numbers(text, most_hits_per_rule);
            for (const auto& one : found) out.push_back({&rule, one.start, one.length});
            return;
        }
        const re2::StringPiece all(text.data(), text.size());
        std::size_t from = 0;
        for (std::size_t count = 0; count < most_hits_per_rule && from <= text.size(); ++count) {
            re2::StringPiece parts[2];
            if (!automaton->Match(all, from, text.size(), RE2::UNANCHORED, parts, 2)) return;
            const auto start = static_cast<std::size_t>(parts[1].data() - text.data());
            out.push_back({&rule, start, parts[1].size()});
            from = start + std::max<std::size_t>(1, parts[1].size());
        }
    }
};

struct RuleSet::Together {
    RE2::Set set{options_of(all_automata_bytes), RE2::UNANCHORED};
    std::vector<const Compiled*> rules;   // by their number in the set
    std::vector<const Compiled*> others;  // numbers with check digits
};

RuleSet::RuleSet(std::vector<ContentRule> rules) {
    auto together = std::make_unique<Together>();
    for (auto& rule : rules) {
        if (!rule.is_on) continue;
        check_rule(rule);
        auto one = std::make_unique<Compiled>();
        one->rule = std::move(rule);
        if (has_automaton(one->rule)) one->automaton = compiled(one->rule);
        if (one->rule.kind != "file") {
            if (!one->automaton)
                together->others.push_back(one.get());
            else if (together->set.Add(one->automaton->pattern(), nullptr) >= 0)
                together->rules.push_back(one.get());
        }
        rules_.push_back(std::move(one));
    }
    if (together->rules.size() > 1 && together->set.Compile()) together_ = std::move(together);
}

RuleSet::~RuleSet() = default;

std::vector<Strike> RuleSet::in_text(std::string_view text) const {
    std::vector<Strike> out;
    std::vector<int> numbers;
    RE2::Set::ErrorInfo error{};
    if (together_) {
        const re2::StringPiece piece(text.data(), text.size());
        if (together_->set.Match(piece, &numbers, &error) || error.kind == RE2::Set::kNoError) {
            std::ranges::sort(numbers);
            for (const auto number : numbers)
                together_->rules[static_cast<std::size_t>(number)]->strike(text, out);
            for (const auto* rule : together_->others) rule->strike(text, out);
            return out;
        }
    }
    for (const auto& one : rules_)
        if (one->rule.kind != "file") one->strike(text, out);
    return out;
}

std::vector<Strike> RuleSet::in_file(std::string_view name, std::string_view media_type) const {
    std::vector<Strike> out;
    for (const auto& one : rules_) {
        if (one->rule.kind != "file") continue;
        const auto fits = [&](std::string_view text) {
            return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *one->automaton);
        };
        if (fits(name) || fits(media_type.substr(0, media_type.find(';')))) out.push_back({&one->rule, 0, 0});
    }
    return out;
}

}  // namespace concordat::messaging
