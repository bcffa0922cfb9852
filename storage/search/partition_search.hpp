// Looking into one partition: which numbers Lucene's lists give, and what the columns say of them. Private to
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

// What is known of each item, by its number. Channels and people are numbered by first appearance.
class Columns {
public:
    struct Row {
        AnyId id;
        Millis create_at;
        std::uint32_t channel, user;
        ItemKind kind;
    };
    // Reads the rows that are new in this reader. Throws search.index.damaged.
    void read(lucene::index::IndexReader& reader);
    std::int64_t size() const { return static_cast<std::int64_t>(rows_.size()); }
    const Row& row(std::size_t number) const { return rows_[number]; }
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
    Names<ChannelId> channels_;
    Names<UserId> users_;
};

class PartitionSearch {
public:
    using Deadline = std::chrono::steady_clock::time_point;
    PartitionSearch(lucene::index::IndexReader& reader, const Columns& columns, const IndexQuery& query,
                    Deadline deadline);
    std::vector<IndexHit> hits();
    // False when the deadline came first.
    bool is_whole() const { return is_whole_; }

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
    Set of_prefix(const wchar_t* field, const std::string& text);
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
