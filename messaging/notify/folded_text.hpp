// A text cut into folded words, in two allocations.
//
// The words stay views into this object's buffer; `source_of` says where in the original each stood.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace concordat::messaging {

class FoldedText {
public:
    explicit FoldedText(std::string_view text);

    std::size_t size() const { return words_.size(); }
    std::string_view word(std::size_t i) const {
        return std::string_view(buffer_).substr(words_[i].at, words_[i].bytes);
    }
    // Offset and length in the original text.
    struct Source {
        std::uint32_t at, bytes;
    };
    Source source_of(std::size_t i) const { return {words_[i].source_at, words_[i].source_bytes}; }

private:
    struct Word {
        std::uint32_t at, bytes, source_at, source_bytes;
    };
    std::string buffer_;
    std::vector<Word> words_;
};

}  // namespace concordat::messaging
