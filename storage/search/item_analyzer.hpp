// ItemAnalyzer: gives Lucene the terms of an item. Private to this room.
//
// Terms come ready made, so nothing is cut from text here: Lucene asks for the tokens of the three fields of
// a document, and gets those of the item that is being added.
//   "w"  words, with their places        "l"  labels
//   "_"  one token per item that carries the columns as its payload
// One thread.
#pragma once
#include <string>

#include "storage/search/index_item.hpp"
#include "storage/search/lucene.hpp"

namespace concordat::storage {

inline constexpr const wchar_t* words_field = L"w";
inline constexpr const wchar_t* labels_field = L"l";
inline constexpr const wchar_t* columns_field = L"_";
inline constexpr std::size_t payload_size = 1 + 16 + 16 + 16 + 8;  // kind, id, channel, user, create_at

// What a word or label is in the index: UTF-16 in wide characters. Bytes that are not UTF-8 become U+FFFD.
std::wstring index_term(std::string_view text);
// Back again.
std::string text_of_term(const wchar_t* term);

class ItemAnalyzer : public lucene::analysis::Analyzer {
public:
    ItemAnalyzer();
    void add(lucene::index::IndexWriter& writer, const IndexItem& item);

    lucene::analysis::TokenStream* tokenStream(const TCHAR* field, lucene::util::Reader* reader) override;
    lucene::analysis::TokenStream* reusableTokenStream(const TCHAR* field,
                                                       lucene::util::Reader* reader) override;

private:
    class Stream : public lucene::analysis::TokenStream {
    public:
        using TokenStream::next;
        lucene::analysis::Token* next(lucene::analysis::Token* token) override;
        void close() override {}
        void reset() override { next_ = 0; }
        void begin(wchar_t field, const IndexItem& item);

    private:
        lucene::analysis::Token* give(lucene::analysis::Token* token, const std::wstring& text, int32_t step);
        wchar_t field_ = 0;
        const IndexItem* item_ = nullptr;
        std::size_t next_ = 0;
        std::uint8_t payload_[payload_size] = {};
    };
    Stream words_, labels_, columns_;
    const IndexItem* item_ = nullptr;
    lucene::document::Document document_;
};

}  // namespace concordat::storage
