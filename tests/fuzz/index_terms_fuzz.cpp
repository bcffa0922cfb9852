// libFuzzer target: first line the search terms, the rest a message. What a message is found by when it is
// opened, the index must find, too; and what it keeps away must not fit.
#include <algorithm>
#include <cstdint>
#include "messaging/notify/hashtags.hpp"
#include "messaging/search/index_terms.hpp"

namespace {

using namespace concordat;

bool has_word(const storage::IndexItem& item, const std::string& text, std::int64_t at) {
    return std::any_of(item.words.begin(), item.words.end(),
                       [&](const auto& word) { return word.at == at && word.text == text; });
}

// As the index would: a beginning of several words is only looked for as all of them somewhere.
bool has_phrase(const storage::IndexItem& item, const storage::IndexPhrase& phrase) {
    auto exact = phrase.words;
    if (phrase.is_prefix) {
        const auto& last = exact.back().text;
        if (std::none_of(item.words.begin(), item.words.end(), [&](const auto& word) {
                return word.text.starts_with(last) && (!phrase.fits || phrase.fits(word.text));
            }))
            return false;
        exact.pop_back();
    }
    if (exact.empty()) return true;
    return std::any_of(item.words.begin(), item.words.end(), [&](const auto& start) {
        const auto base = std::int64_t{start.at} - exact.front().at;
        return std::all_of(exact.begin(), exact.end(),
                           [&](const auto& word) { return has_word(item, word.text, base + word.at); });
    });
}

bool has_label(const storage::IndexItem& item, const storage::IndexLabel& label) {
    return std::any_of(item.labels.begin(), item.labels.end(), [&](const std::string& have) {
        return label.is_prefix ? have.starts_with(label.text) : have == label.text;
    });
}

template <class Wanted, class Test>
bool group(const std::vector<Wanted>& wanted, bool is_any, Test test) {
    if (wanted.empty()) return false;
    return is_any ? std::any_of(wanted.begin(), wanted.end(), test)
                  : std::all_of(wanted.begin(), wanted.end(), test);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace concordat::messaging;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto line = input.find('\n');
    Post post;
    post.message = line == std::string_view::npos ? std::string_view() : input.substr(line + 1, 600);
    post.hashtags = parse_hashtags(post.message);
    const auto query = parse_search(input.substr(0, std::min<std::size_t>(line, 200)),
                                    {size % 2 == 0, 0, static_cast<Language>(size % 10)});
    const auto item = index_item(post);
    const auto wanted = index_query(query, storage::ItemKind::post);
    const auto phrase = [&](const storage::IndexPhrase& p) { return has_phrase(item, p); };
    const auto label = [&](const storage::IndexLabel& l) { return has_label(item, l); };
    const bool is_kept_away =
        std::any_of(wanted.excluded_phrases.begin(), wanted.excluded_phrases.end(), phrase) ||
        std::any_of(wanted.excluded_labels.begin(), wanted.excluded_labels.end(), label);
    const bool is_candidate = !is_kept_away && ((wanted.phrases.empty() && wanted.labels.empty()) ||
                                                group(wanted.phrases, wanted.is_any, phrase) ||
                                                group(wanted.labels, wanted.is_any, label));
    if (matches(query, post.message, post.hashtags) && !is_candidate) __builtin_trap();
    return 0;
}
