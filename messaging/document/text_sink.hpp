// What a reader of documents takes in and gives out: text up to a bound, and the work it may do for it.
//
// Values of one task; one thread. Errors of this room, all Fault::invalid, whose id is what the operator
// sees:
//   file_text.damaged     not what its beginning says it is
//   file_text.too_large   more would have to be unpacked than is allowed
//   file_text.locked      encrypted
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace concordat::messaging {

inline constexpr std::size_t most_text = 1 << 20;                   // bytes of a file's text that are kept
inline constexpr std::uint64_t most_document = 100u << 20;          // bytes of a file that is looked into
inline constexpr std::uint64_t most_unpacked = 256u << 20;          // bytes, of everything inside it
inline constexpr std::uint64_t most_unpacked_of_entry = 64u << 20;  // bytes, of a document inside an archive
inline constexpr std::size_t most_entries = 10'000;                 // of archives, all together
inline constexpr std::size_t most_pages = 5000;                     // of a PDF
inline constexpr int deepest_markup = 256;                          // elements in elements

[[noreturn]] void damaged_document();
[[noreturn]] void too_large_document();
[[noreturn]] void locked_document();

class TextSink {
public:
    // Valid UTF-8. What does not fit is left out, and is_full() from then on.
    void add(std::string_view text);
    // Between two words, or two lines; several in a row are one.
    void gap(char sign = ' ');
    bool is_full() const { return is_full_; }
    std::string take() { return std::move(text_); }

private:
    std::string text_;
    bool is_full_ = false;
};

// What is left of the work that one task may do.
struct Budget {
    std::uint64_t unpacked = most_unpacked;
    std::size_t entries = most_entries;
};

}  // namespace concordat::messaging
