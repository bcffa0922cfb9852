// Looking into one slice: which numbers Lucene's lists give, and what the columns say of them. Private to
// this room. Throws CLuceneError and search.index.damaged. One thread at a time.
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "storage/search/index_item.hpp"
#include "storage/search/item_analyzer.hpp"
#include "storage/search/lucene.hpp"

namespace concordat::storage {

struct ReaderEnd {
    void operator()(lucene::index::IndexReader* reader) const {
        reader->close();
        delete reader;
    }
};
using ReaderPointer = std::unique_ptr<lucene::index::IndexReader, ReaderEnd>;

// What is known of each item, by its number. Channels and people are numbered by first appearance. A row is
// 28 bytes, since all items of a slice are of one week.
class Columns {
public:
    struct Row {
        AnyId id;
        std::int32_t since_base;  // ms
        std::uint32_t channel;
        std::uint32_t user_and_kind;
        std::uint32_t user() const { return user_and_kind >> 1; }
        ItemKind kind() const { return (user_and_kind & 1) != 0 ? ItemKind::file : ItemKind::post; }
    };
    // Reads the rows that are new in this reader. Throws search.index.damaged.
    void read(lucene::index::IndexReader& reader);
    std::int64_t size() const { return static_cast<std::int64_t>(rows_.size()); }
    const Row& row(std::size_t number) const { return rows_[number]; }
    Millis create_at(const Row& row) const { return base_ + row.since_base; }
    // Of all rows; nothing is older or newer. 0 and 0 without rows.
    Millis first() const { return first_; }
    Millis last() const { return last_; }
    const std::vector<ChannelId>& channels() const { return channels_.names; }
    const std::vector<UserId>& users() const { return users_.names; }

private:
    template <class IdType>
    struct Names {
        std::vector<IdType> names;
        std::unordered_map<IdType, std::uint32_t> numbers;
        std::uint32_t number_of(const IdType& id) {
            const auto [at, is_new] = numbers.try_emplace(id, static_cast<std::uint32_t>(names.size()));
            if (is_new) names.push_back(id);
            return at->second;
        }
    };
    std::vector<Row> rows_;
    Millis base_ = 0, first_ = 0, last_ = 0;
    Names<ChannelId> channels_;
    Names<UserId> users_;
};

class PartitionSearch {
public:
    using Deadline = std::chrono::steady_clock::time_point;
    PartitionSearch(lucene::index::IndexReader& reader, const Columns& columns, const IndexQuery& query,
                    Deadline deadline);
    // The newest, all of them before `before` if there is one.
    IndexPage page(const std::optional<IndexHit>& before, std::size_t at_most);

private:
    // A set of item numbers.
    class Set {
    public:
        explicit Set(std::size_t size) : words_((size + 63) / 64) {}
        void add(std::size_t n) { words_[n / 64] |= std::uint64_t{1} << n % 64; }
        bool has(std::size_t n) const { return words_[n / 64] >> n % 64 & 1; }
        void join(const Set& other);
        void keep(const Set& other);
        void drop(const Set& other);
        void fill();
        bool is_empty() const;
        template <class Visit>
        void each(Visit visit) const;

    private:
        std::vector<std::uint64_t> words_;
    };
    using Numbers = std::vector<int32_t>;  // ascending

    Set matching();
    template <class Wanted, class Look>
    Set combined(const std::vector<Wanted>& wanted, Look look);
    Set of_phrase(const IndexPhrase& phrase);
    Set of_words(const std::vector<PlacedWord>& words);
    Set of_term(const wchar_t* field, const std::string& text);
    Set of_prefix(const wchar_t* field, const std::string& text,
                  const std::function<bool(std::string_view)>& fits = {});
    Set of_label(const IndexLabel& label) {
        return label.is_prefix ? of_prefix(labels_field, label.text) : of_term(labels_field, label.text);
    }
    Numbers with_all(const std::vector<PlacedWord>& words);
    Set in_sequence(const Numbers& candidates, const std::vector<PlacedWord>& words);
    bool is_late();

    lucene::index::IndexReader& reader_;
    const Columns& columns_;
    const IndexQuery& query_;
    const Deadline deadline_;
    const std::size_t size_;
    bool is_whole_ = true;
};

}  // namespace concordat::storage
