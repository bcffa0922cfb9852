// What the search index is given and asked: terms and ids. It keeps no text and decides nothing: what it
// finds are candidates, to be looked at where they are kept.
#pragma once
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "core/base/clock.hpp"
#include "core/model/ids.hpp"

namespace concordat::storage {

enum class ItemKind : std::uint8_t { post = 1, file = 2 };

// A word and its place in the text. Several may stand at one place (a word and the pair it begins).
struct PlacedWord {
    std::string text;  // UTF-8; what is longer than longest_index_word is cut
    std::uint32_t at = 0;
    bool operator==(const PlacedWord&) const = default;
};
inline constexpr std::size_t longest_index_word = 200;  // bytes

struct IndexItem {
    ItemKind kind = ItemKind::post;
    AnyId id;
    ChannelId channel;
    UserId user;
    Millis create_at = 0;             // decides the partition; never changes
    std::vector<PlacedWord> words;    // by place
    std::vector<std::string> labels;  // hashtags and the like: whole, in no order
};

// Words at these distances from each other. With `is_prefix` the last is the beginning of a word; and with
// `fits`, of one for which that is true. It is asked about words that are in the index, often about the same.
struct IndexPhrase {
    std::vector<PlacedWord> words;
    bool is_prefix = false;
    std::function<bool(std::string_view)> fits{};
};

struct IndexLabel {
    std::string text;
    bool is_prefix = false;
    bool operator==(const IndexLabel&) const = default;
};

// All phrases (or one, with is_any) or all labels (or one); none of what is excluded; one of `one_of` unless
// it is empty; of these channels and people, in this time. Without phrases and labels: everything.
struct IndexQuery {
    ItemKind kind = ItemKind::post;
    std::vector<IndexPhrase> phrases, excluded_phrases;
    std::vector<IndexLabel> labels, excluded_labels;
    std::vector<std::string> one_of;
    bool is_any = false;
    std::unordered_set<ChannelId> channels;
    std::optional<std::unordered_set<UserId>> users;
    std::unordered_set<UserId> excluded_users;
    Millis from = 0;
    Millis until = std::numeric_limits<Millis>::max();
};

struct IndexHit {
    Millis create_at = 0;
    AnyId id;
    auto operator<=>(const IndexHit&) const = default;
};

// A page of what was found, newest first, each id once.
struct IndexPage {
    std::vector<IndexHit> hits;
    bool is_last = true;   // nothing older was left out
    bool is_whole = true;  // false: the deadline came first
};

}  // namespace concordat::storage
