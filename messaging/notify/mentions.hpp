// Who a message may be calling: names written with @, channel-wide words, and people's keywords.
//
//   const auto scan = scan_mentions(post.message, attachment_texts);
//   const auto users = users_named(scan.names);               // one query for all candidates
//   const auto called = resolve_names(scan, [&](std::string_view name) { return users.contains(name); });
//   for (const auto& member : members)
//       if (matches(scan, keywords_of(member...))) ...
//
// Only prose counts (see markdown_text.hpp). Words are split at anything but letters, digits and
// `: . - _ @`; a word `:like_this:` is an emoji and calls nobody. Of a word with punctuation at its end
// the whole is tried first, then what is left when the punctuation goes; only then its parts.
// Pure functions, thread-safe, bounded work (see scan_mentions).
#pragma once
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace concordat::messaging {

struct MentionScan {
    // One word that starts with @: its possible names without @ in lower case, longest first.
    using Candidates = std::vector<std::string>;
    std::vector<Candidates> explicit_names;
    // All of them in order of appearance, each once: what to ask the database for.
    std::vector<std::string> names;
    bool has_here = false;
    bool has_channel = false;
    bool has_all = false;
    bool is_channel_wide() const { return has_here || has_channel || has_all; }

    // Every word: whole, without its last punctuation, and the parts between `. - :`; in lower case, and
    // as written. (Parts count only where the whole fits nothing; to one person that makes no difference.)
    std::unordered_set<std::string> lower;
    std::unordered_set<std::string> exact;
};

// Reads the first 16383 runes of each text and stops after `longest_mention_source` bytes in all.
inline constexpr std::size_t longest_mention_source = 4 * 16383;
MentionScan scan_mentions(std::string_view message, const std::vector<std::string>& attachment_texts = {});

// What one person wants to be called by.
struct Keywords {
    std::vector<std::string> any_case;  // in lower case
    std::vector<std::string> exact;     // first names: the case must fit
    bool wants_channel_wide = true;     // @channel and @all; @here also needs the person to be online
    bool wants_first_name = false;
};

// `notify_props` is the user's: mention_keys, first_name, channel. The caller decides about the channel's
// own ignore_channel_mentions. `@username` is always among the keywords.
Keywords keywords_of(std::string_view username, std::string_view first_name,
                     const std::map<std::string, std::string>& notify_props);

// Whether a keyword occurs; channel-wide words are not looked at. Keywords with characters outside ASCII
// also fit inside a word, since many scripts do not put spaces between words.
bool matches(const MentionScan& scan, const Keywords& keywords);

struct NamesResolved {
    std::vector<std::string> known;    // per word the first candidate that exists; each once
    std::vector<std::string> unknown;  // words without any, cut of their punctuation; no channel-wide words
};
// `exists` is asked for names in lower case without @.
NamesResolved resolve_names(const MentionScan& scan, const std::function<bool(std::string_view)>& exists);

// `@name` anywhere in a text, as slash commands report them; as written, each once.
std::vector<std::string> at_names(std::string_view text);
// `~channel-name` anywhere in a text; in lower case, each once.
std::vector<std::string> channel_links(std::string_view text);

}  // namespace concordat::messaging
