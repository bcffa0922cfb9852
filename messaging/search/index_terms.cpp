#include "messaging/search/index_terms.hpp"

#include <algorithm>

#include "messaging/notify/folded_text.hpp"
#include "messaging/notify/letters.hpp"
#include "storage/tables/posts.hpp"

namespace concordat::messaging {
namespace {

using storage::IndexLabel;
using storage::IndexPhrase;
using storage::PlacedWord;

// What the index keeps of a longer word says less than the word.
constexpr std::size_t surely_whole = storage::longest_index_word - 4;

bool is_one_sign(std::string_view word) {
    const auto rune = rune_at(word, 0);
    return rune.bytes == word.size() && is_ideograph(rune.code);
}

std::vector<PlacedWord> placed_words(std::string_view text) {
    const FoldedText folded(text);
    std::vector<PlacedWord> out;
    out.reserve(folded.size());
    for (std::size_t i = 0; i < folded.size(); ++i) {
        const auto at = static_cast<std::uint32_t>(i);
        const auto word = folded.word(i);
        out.push_back({std::string(word), at});
        if (i + 1 < folded.size() && is_one_sign(word) && is_one_sign(folded.word(i + 1)))
            out.push_back({std::string(word) + std::string(folded.word(i + 1)), at});
    }
    return out;
}

// Neighbouring signs as pairs, the rest as it is.
std::vector<PlacedWord> looked_for(const std::vector<std::string>& words, std::size_t count) {
    std::vector<PlacedWord> out;
    bool is_covered = false;  // by the pair before
    for (std::size_t i = 0; i < count; ++i) {
        const auto at = static_cast<std::uint32_t>(i);
        const bool is_pair = i + 1 < count && is_one_sign(words[i]) && is_one_sign(words[i + 1]);
        if (is_pair)
            out.push_back({words[i] + words[i + 1], at});
        else if (!is_covered)
            out.push_back({words[i], at});
        is_covered = is_pair;
    }
    return out;
}

IndexPhrase phrase_of(const SearchTerm& term) {
    IndexPhrase out;
    if (!term.family.is_empty()) {
        out.words = {{term.family.beginning(), 0}};
        out.is_prefix = true;
        out.fits = [word = term.words.front(), family = term.family](std::string_view other) {
            return other == word || family.has(other);
        };
        return out;
    }
    out.is_prefix = term.is_prefix;
    const auto whole = term.words.size() - (term.is_prefix ? 1 : 0);
    out.words = looked_for(term.words, whole);
    if (term.is_prefix) out.words.push_back({term.words.back(), static_cast<std::uint32_t>(whole)});
    return out;
}

// Whether the index says exactly where the term stands, so that it may keep items away.
bool is_exact(const SearchTerm& term) {
    if (term.is_prefix && term.words.size() > 1) return false;
    return std::all_of(term.words.begin(), term.words.end(),
                       [](const std::string& word) { return word.size() <= surely_whole; });
}

IndexLabel label_of(const SearchTerm& tag) {
    return {'#' + tag.words.front(), tag.is_prefix};
}

}  // namespace

bool is_searchable(const Post& post) {
    return post.delete_at == 0 && post.original_id.empty() && !post.type.starts_with("system_") &&
           !post.props.contains(storage::lost_prop);
}

storage::IndexItem index_item(const Post& post) {
    storage::IndexItem out;
    out.kind = storage::ItemKind::post;
    out.id = id_as<AnyId>(post.id);
    out.channel = post.channel_id;
    out.user = post.user_id;
    out.create_at = post.create_at;
    out.words = placed_words(post.message);
    for (const auto& tag : folded_hashtags(post.hashtags)) out.labels.push_back('#' + tag);
    return out;
}

storage::IndexItem index_item(const FileInfo& file, std::string_view text) {
    storage::IndexItem out;
    out.kind = storage::ItemKind::file;
    out.id = id_as<AnyId>(file.id);
    out.channel = file.channel_id;
    out.user = file.user_id;
    out.create_at = file.create_at;
    out.words = placed_words(searchable_text(file.name, text));
    if (!file.extension.empty()) out.labels.push_back('.' + file.extension);
    return out;
}

std::string searchable_text(const std::string& name, std::string_view text) {
    auto words = name;
    for (auto& c : words)
        if (c == '_' || c == '-' || c == '.') c = ' ';
    auto out = name + '\n' + words;
    if (!text.empty()) out.append(1, '\n').append(text);
    return out;
}

storage::IndexQuery index_query(const SearchQuery& query, storage::ItemKind kind) {
    storage::IndexQuery out;
    out.kind = kind;
    out.is_any = query.is_or_search;
    for (const auto& term : query.terms) out.phrases.push_back(phrase_of(term));
    for (const auto& term : query.excluded_terms)
        if (is_exact(term)) out.excluded_phrases.push_back(phrase_of(term));
    for (const auto& tag : query.hashtags) out.labels.push_back(label_of(tag));
    for (const auto& tag : query.excluded_hashtags)
        if (is_exact(tag)) out.excluded_labels.push_back(label_of(tag));
    if (kind == storage::ItemKind::file) {
        for (const auto& extension : query.extensions) out.one_of.push_back('.' + extension);
        for (const auto& extension : query.excluded_extensions)
            out.excluded_labels.push_back({'.' + extension, false});
    }
    if (query.created_from) out.from = *query.created_from;
    if (query.created_until) out.until = *query.created_until;
    return out;
}

}  // namespace concordat::messaging
