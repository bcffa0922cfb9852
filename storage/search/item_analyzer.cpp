#include "storage/search/item_analyzer.hpp"

#include <algorithm>
#include <cstring>

#include "storage/crypto/digest.hpp"

namespace concordat::storage {
namespace {

using lucene::analysis::Token;
using lucene::document::Field;

// The rune at the beginning of `text`, and its length; U+FFFD and 1 for what is none.
std::pair<char32_t, std::size_t> rune_of(std::string_view text) {
    constexpr std::pair<char32_t, std::size_t> none{0xFFFD, 1};
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    if (byte(0) < 0x80) return {byte(0), 1};
    const std::size_t length = byte(0) >= 0xF0 ? 4 : byte(0) >= 0xE0 ? 3 : 2;
    if (byte(0) < 0xC2 || byte(0) > 0xF4 || text.size() < length) return none;
    char32_t code = byte(0) & (0x7Fu >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0) != 0x80) return none;
        code = code << 6 | (byte(i) & 0x3Fu);
    }
    if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return none;
    return {code, length};
}

// Debian's CLucene stops at a failed assertion in every call that gives a payload its bytes, so it is filled
// from inside. A token owns it.
class ColumnsPayload : public lucene::index::Payload {
public:
    explicit ColumnsPayload(const std::uint8_t* bytes) {
        data.resize(payload_size);
        std::copy_n(bytes, payload_size, data.values);
        offset = 0;
        _length = payload_size;
    }
};

void add_field(lucene::document::Document& document, const wchar_t* name) {
    auto* field = new Field(name, L"x", int{Field::STORE_NO} | int{Field::INDEX_TOKENIZED});
    field->setOmitNorms(true);  // nothing is ranked
    document.add(*field);
}

}  // namespace

std::wstring index_term(std::string_view text) {
    std::wstring out;
    out.reserve(text.size());
    std::size_t at = 0;
    while (at < text.size() && at < longest_index_word) {
        const auto [code, length] = rune_of(text.substr(at));
        at += length;
        if (code == 0 || code == 0xFFFF) {  // mark the end of a term in Lucene's memory
            out += L'\xFFFD';
        } else if (code < 0x10000) {
            out += static_cast<wchar_t>(code);
        } else {  // its files keep 16 bits of a character
            out += static_cast<wchar_t>(0xD800 + ((code - 0x10000) >> 10));
            out += static_cast<wchar_t>(0xDC00 + ((code - 0x10000) & 0x3FF));
        }
    }
    return out;
}

std::string text_of_term(const wchar_t* term) {
    std::string out;
    const auto put = [&out](char32_t bits) { out += static_cast<char>(bits); };
    for (; *term; ++term) {
        auto code = static_cast<char32_t>(*term);
        const auto next = static_cast<char32_t>(term[1]);
        if (code >= 0xD800 && code < 0xDC00 && next >= 0xDC00 && next < 0xE000) {
            code = 0x10000 + ((code - 0xD800) << 10) + (next - 0xDC00);
            ++term;
        }
        if (code < 0x80) {
            put(code);
            continue;
        }
        if (code < 0x800) {
            put(0xC0 | code >> 6);
        } else if (code < 0x10000) {
            put(0xE0 | code >> 12);
            put(0x80 | (code >> 6 & 0x3F));
        } else {
            put(0xF0 | code >> 18);
            put(0x80 | (code >> 12 & 0x3F));
            put(0x80 | (code >> 6 & 0x3F));
        }
        put(0x80 | (code & 0x3F));
    }
    return out;
}

ItemAnalyzer::ItemAnalyzer() {
    for (const auto* name : {words_field, labels_field, columns_field}) add_field(document_, name);
}

void ItemAnalyzer::add(lucene::index::IndexWriter& writer, const IndexItem& item) {
    item_ = &item;
    writer.addDocument(&document_, this);
    item_ = nullptr;
}

lucene::analysis::TokenStream* ItemAnalyzer::tokenStream(const TCHAR* field, lucene::util::Reader* reader) {
    return reusableTokenStream(field, reader);
}

lucene::analysis::TokenStream* ItemAnalyzer::reusableTokenStream(const TCHAR* field, lucene::util::Reader*) {
    auto& stream = *field == *words_field ? words_ : *field == *labels_field ? labels_ : columns_;
    stream.begin(*field, *item_);
    return &stream;
}

void ItemAnalyzer::Stream::begin(wchar_t field, const IndexItem& item) {
    field_ = field;
    item_ = &item;
    next_ = 0;
    if (field != *columns_field) return;
    auto* out = payload_;
    *out++ = static_cast<std::uint8_t>(item.kind);
    for (const auto& bytes : {item.id.bytes(), item.channel.bytes(), item.user.bytes()})
        out = std::copy(bytes.begin(), bytes.end(), out);
    put_u64(out, static_cast<std::uint64_t>(item.create_at));
}

Token* ItemAnalyzer::Stream::give(Token* token, const std::wstring& text, int32_t step) {
    token->clear();
    token->setText(text.c_str(), static_cast<int32_t>(text.size()));
    token->setPositionIncrement(step);
    return token;
}

Token* ItemAnalyzer::Stream::next(Token* token) {
    if (field_ == *columns_field) {
        if (next_++ > 0) return nullptr;
        give(token, columns_field, 1);
        token->setPayload(new ColumnsPayload(payload_));
        return token;
    }
    if (field_ == *labels_field) {
        if (next_ >= item_->labels.size()) return nullptr;
        return give(token, index_term(item_->labels[next_++]), 1);
    }
    if (next_ >= item_->words.size()) return nullptr;
    const auto& word = item_->words[next_];
    // The first stands at its place, those after it so far from the one before.
    const auto step = next_ == 0 ? word.at + 1 : word.at - item_->words[next_ - 1].at;
    ++next_;
    return give(token, index_term(word.text), static_cast<int32_t>(step));
}

}  // namespace concordat::storage
