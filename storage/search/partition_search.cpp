#include "storage/search/partition_search.hpp"

#include <algorithm>
#include <bit>

#include "storage/crypto/digest.hpp"
#include "storage/search/sealed_file.hpp"

namespace concordat::storage {
namespace {

namespace index = lucene::index;

struct TermEnd {
    void operator()(index::Term* term) const { _CLDECDELETE(term); }
};
using TermPointer = std::unique_ptr<index::Term, TermEnd>;

template <class Walk>
struct WalkEnd {
    void operator()(Walk* walk) const {
        walk->close();
        _CLDELETE(walk);
    }
};
using DocsPointer = std::unique_ptr<index::TermDocs, WalkEnd<index::TermDocs>>;
using PositionsPointer = std::unique_ptr<index::TermPositions, WalkEnd<index::TermPositions>>;
using TermsPointer = std::unique_ptr<index::TermEnum, WalkEnd<index::TermEnum>>;

constexpr int32_t at_a_time = 64;
constexpr Millis longest_span = 7 * 86'400'000ll;
constexpr int between_looks = 256;  // terms read between two looks at the clock

TermPointer term_of(const wchar_t* field, const std::wstring& text) {
    return TermPointer(new index::Term(field, text.c_str()));
}

template <class Visit>
void each_number(index::TermDocs& docs, Visit visit) {
    int32_t numbers[at_a_time], counts[at_a_time];
    while (const auto count = docs.read(numbers, counts, at_a_time))
        for (int32_t i = 0; i < count; ++i) visit(numbers[i]);
}

template <class IdType>
IdType id_at(const std::uint8_t* bytes) {
    IdBytes out;
    std::copy_n(bytes, out.size(), out.begin());
    return IdType(out);
}

}  // namespace

void Columns::read(index::IndexReader& reader) {
    const auto have = static_cast<int32_t>(rows_.size()), all = reader.maxDoc();
    if (all < have) damaged_index("items have gone from a partition");
    if (all == have) return;
    const auto term = term_of(columns_field, columns_field);
    const PositionsPointer walk(reader.termPositions(term.get()));
    std::uint8_t bytes[payload_size];
    bool more = walk && walk->skipTo(have);
    for (auto number = have; number < all; ++number) {
        if (!more || walk->doc() != number) damaged_index("an item has no columns");
        walk->nextPosition();
        if (walk->getPayloadLength() != static_cast<int32_t>(payload_size))
            damaged_index("columns have another form");
        walk->getPayload(bytes);
        const auto create_at = static_cast<Millis>(get_u64(bytes + 49));
        if (rows_.empty()) base_ = first_ = last_ = create_at;
        const auto since_base = create_at - base_;
        if (std::abs(since_base) > longest_span) damaged_index("an item is of another week");
        first_ = std::min(first_, create_at);
        last_ = std::max(last_, create_at);
        const auto user = users_.number_of(id_at<UserId>(bytes + 33));
        const bool is_file = static_cast<ItemKind>(bytes[0]) == ItemKind::file;
        rows_.push_back({id_at<AnyId>(bytes + 1), static_cast<std::int32_t>(since_base),
                         channels_.number_of(id_at<ChannelId>(bytes + 17)), user << 1 | (is_file ? 1u : 0u)});
        more = walk->next();
    }
}

void PartitionSearch::Set::join(const Set& other) {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
}

void PartitionSearch::Set::keep(const Set& other) {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] &= other.words_[i];
}

void PartitionSearch::Set::drop(const Set& other) {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] &= ~other.words_[i];
}

void PartitionSearch::Set::fill() {
    std::fill(words_.begin(), words_.end(), ~std::uint64_t{0});
}

bool PartitionSearch::Set::is_empty() const {
    return std::all_of(words_.begin(), words_.end(), [](std::uint64_t w) { return w == 0; });
}

template <class Visit>
void PartitionSearch::Set::each(Visit visit) const {
    for (std::size_t i = 0; i < words_.size(); ++i)
        for (auto word = words_[i]; word != 0; word &= word - 1)
            visit(i * 64 + static_cast<std::size_t>(std::countr_zero(word)));
}

PartitionSearch::PartitionSearch(index::IndexReader& reader, const Columns& columns, const IndexQuery& query,
                                 Deadline deadline)
    : reader_(reader),
      columns_(columns),
      query_(query),
      deadline_(deadline),
      size_(static_cast<std::size_t>(columns.size())) {}

bool PartitionSearch::is_late() {
    if (is_whole_ && std::chrono::steady_clock::now() > deadline_) is_whole_ = false;
    return !is_whole_;
}

IndexPage PartitionSearch::page(const std::optional<IndexHit>& before, std::size_t at_most) {
    std::vector<bool> is_channel, is_user;
    for (const auto& id : columns_.channels()) is_channel.push_back(query_.channels.contains(id));
    if (std::find(is_channel.begin(), is_channel.end(), true) == is_channel.end()) return {};
    for (const auto& id : columns_.users())
        is_user.push_back((!query_.users || query_.users->contains(id)) &&
                          !query_.excluded_users.contains(id));
    std::vector<IndexHit> heap;  // the newest first
    matching().each([&](std::size_t number) {
        if (number >= size_) return;
        const auto& row = columns_.row(number);
        if (row.kind() != query_.kind || !is_channel[row.channel] || !is_user[row.user()]) return;
        const IndexHit hit{columns_.create_at(row), row.id};
        if (hit.create_at < query_.from || hit.create_at >= query_.until || (before && hit >= *before))
            return;
        heap.push_back(hit);
    });
    IndexPage out;
    std::make_heap(heap.begin(), heap.end());
    while (!heap.empty() && out.hits.size() < at_most) {
        std::pop_heap(heap.begin(), heap.end());
        // The same again is another version of it.
        if (out.hits.empty() || out.hits.back() != heap.back()) out.hits.push_back(heap.back());
        heap.pop_back();
    }
    out.is_last = heap.empty();
    out.is_whole = is_whole_;
    return out;
}

PartitionSearch::Set PartitionSearch::matching() {
    Set found(size_);
    if (query_.phrases.empty() && query_.labels.empty()) found.fill();
    if (!query_.phrases.empty())
        found = combined(query_.phrases, [&](const IndexPhrase& p) { return of_phrase(p); });
    if (!query_.labels.empty())
        found.join(combined(query_.labels, [&](const IndexLabel& l) { return of_label(l); }));
    if (!query_.one_of.empty() && !found.is_empty()) {
        Set any(size_);
        for (const auto& label : query_.one_of) any.join(of_term(labels_field, label));
        found.keep(any);
    }
    if (found.is_empty()) return found;
    for (const auto& phrase : query_.excluded_phrases) found.drop(of_phrase(phrase));
    for (const auto& label : query_.excluded_labels) found.drop(of_label(label));
    return found;
}

template <class Wanted, class Look>
PartitionSearch::Set PartitionSearch::combined(const std::vector<Wanted>& wanted, Look look) {
    auto found = look(wanted.front());
    for (std::size_t i = 1; i < wanted.size() && !is_late(); ++i) {
        if (query_.is_any)
            found.join(look(wanted[i]));
        else if (!found.is_empty())
            found.keep(look(wanted[i]));
    }
    return found;
}

PartitionSearch::Set PartitionSearch::of_phrase(const IndexPhrase& phrase) {
    if (!phrase.is_prefix) return of_words(phrase.words);
    auto found = of_prefix(words_field, phrase.words.back().text, phrase.fits);
    if (phrase.words.size() > 1 && !found.is_empty())
        found.keep(of_words({phrase.words.begin(), phrase.words.end() - 1}));
    return found;
}

PartitionSearch::Set PartitionSearch::of_words(const std::vector<PlacedWord>& words) {
    if (words.size() == 1) return of_term(words_field, words.front().text);
    return in_sequence(with_all(words), words);
}

PartitionSearch::Set PartitionSearch::of_term(const wchar_t* field, const std::string& text) {
    Set found(size_);
    const auto term = term_of(field, index_term(text));
    const DocsPointer docs(reader_.termDocs(term.get()));
    if (docs)
        each_number(*docs, [&](int32_t n) {
            if (static_cast<std::size_t>(n) < size_) found.add(static_cast<std::size_t>(n));
        });
    return found;
}

PartitionSearch::Set PartitionSearch::of_prefix(const wchar_t* field, const std::string& text,
                                                const std::function<bool(std::string_view)>& fits) {
    Set found(size_);
    const auto prefix = index_term(text);
    const auto first = term_of(field, prefix);
    const TermsPointer terms(reader_.terms(first.get()));
    const DocsPointer docs(reader_.termDocs());
    for (int looks = 0; terms; ++looks) {
        auto* term = terms->term(false);
        if (!term || std::wcscmp(term->field(), field) != 0 ||
            std::wcsncmp(term->text(), prefix.c_str(), prefix.size()) != 0)
            break;
        if (!fits || fits(text_of_term(term->text()))) {
            docs->seek(term);
            each_number(*docs, [&](int32_t n) {
                if (static_cast<std::size_t>(n) < size_) found.add(static_cast<std::size_t>(n));
            });
        }
        if (!terms->next() || (looks % between_looks == 0 && is_late())) break;
    }
    return found;
}

// Items that have all of these words somewhere, the rarest word first.
PartitionSearch::Numbers PartitionSearch::with_all(const std::vector<PlacedWord>& words) {
    struct Wanted {
        int32_t frequency;
        TermPointer term;
    };
    std::vector<Wanted> wanted;
    for (const auto& word : words) {
        auto term = term_of(words_field, index_term(word.text));
        const auto frequency = reader_.docFreq(term.get());
        if (frequency == 0) return {};
        wanted.push_back({frequency, std::move(term)});
    }
    std::sort(wanted.begin(), wanted.end(),
              [](const Wanted& a, const Wanted& b) { return a.frequency < b.frequency; });
    Numbers found;
    const DocsPointer first(reader_.termDocs(wanted.front().term.get()));
    each_number(*first, [&](int32_t n) { found.push_back(n); });
    for (std::size_t i = 1; i < wanted.size() && !found.empty() && !is_late(); ++i) {
        const DocsPointer docs(reader_.termDocs(wanted[i].term.get()));
        Numbers both;
        int32_t at = -1;
        for (const auto number : found) {
            if (at < number) {
                if (!docs->skipTo(number)) break;
                at = docs->doc();
            }
            if (at == number) both.push_back(number);
        }
        found = std::move(both);
    }
    return found;
}

// Of the candidates, those that have the words at their distances.
PartitionSearch::Set PartitionSearch::in_sequence(const Numbers& candidates,
                                                  const std::vector<PlacedWord>& words) {
    Set found(size_);
    if (candidates.empty()) return found;
    std::vector<PositionsPointer> walks;
    for (const auto& word : words) {
        const auto term = term_of(words_field, index_term(word.text));
        walks.emplace_back(reader_.termPositions(term.get()));
    }
    std::vector<std::int64_t> starts, here, both;
    for (const auto number : candidates) {
        if (static_cast<std::size_t>(number) >= size_ || is_late()) break;
        for (std::size_t i = 0; i < words.size(); ++i) {
            auto& walk = *walks[i];
            if (!walk.skipTo(number) || walk.doc() != number) damaged_index("a list of words has changed");
            here.clear();
            for (auto count = walk.freq(); count > 0; --count)
                here.push_back(walk.nextPosition() - static_cast<std::int64_t>(words[i].at));
            if (i == 0) {
                starts = here;
                continue;
            }
            both.clear();
            std::set_intersection(starts.begin(), starts.end(), here.begin(), here.end(),
                                  std::back_inserter(both));
            starts.swap(both);
        }
        if (!starts.empty()) found.add(static_cast<std::size_t>(number));
    }
    return found;
}

}  // namespace concordat::storage
