// The rules that are on, compiled: immutable, shared by all threads.
//
// Everything is linear in the text: words and patterns are automata of RE2, first all of them in one pass,
// then those that were in it each by itself, for the places. No memory grows with the text; an automaton has
// at most `automaton_bytes`, and when the one of all rules does not fit, each is asked by itself.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>
#include "core/model/content_rule.hpp"

namespace concordat::messaging {

inline constexpr std::size_t most_content_rules = 200, longest_rule_content = 16384, most_rule_lines = 1000,
                             longest_pattern = 2000, most_hits_per_rule = 20;

struct Strike {
    const ContentRule* rule = nullptr;  // as long as the set lives
    std::size_t start = 0, length = 0;  // bytes; of a file 0
};

class RuleSet {
public:
    static constexpr std::int64_t automaton_bytes = 4 << 20, all_automata_bytes = 64 << 20;

    // Those that are off are left out. Throws as check_rule().
    explicit RuleSet(std::vector<ContentRule> rules);
    ~RuleSet();
    RuleSet(const RuleSet&) = delete;

    bool is_empty() const { return rules_.empty(); }
    // What struck in a text; of each rule at most `most_hits_per_rule`.
    std::vector<Strike> in_text(std::string_view text) const;
    std::vector<Strike> in_file(std::string_view name, std::string_view media_type) const;

private:
    struct Compiled;
    std::vector<std::unique_ptr<Compiled>> rules_;
    struct Together;
    std::unique_ptr<Together> together_;  // null: no rule has an automaton, or they do not fit
};

// Throws Error (invalid), id content.rule.name, .kind, .content, .pattern, .where, .action or .message; the
// text says what is wrong.
void check_rule(const ContentRule& rule);

}  // namespace concordat::messaging
