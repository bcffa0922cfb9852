// The prose of a Markdown message: what a reader sees as text, and where its links lead.
//
// Code spans, code blocks, HTML and the targets of links are not prose; the label of a link is. A bare
// address such as https://example.org/@ann is a link, not prose.
// Bounded work: only the first `longest_markdown` runes of a text are read. Messages are at most that
// long, attachments may be longer. Thread-safe, throws only std::bad_alloc.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace concordat::messaging {

inline constexpr std::size_t longest_markdown = 16383;

struct MarkdownText {
    // Runs of text that stand together, in reading order. A word never reaches over two of them.
    std::vector<std::string> texts;
    // Targets of links and bare web addresses, in reading order; not those of pictures.
    std::vector<std::string> links;
};

MarkdownText markdown_text(std::string_view markdown);

}  // namespace concordat::messaging
