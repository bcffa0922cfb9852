// The words inside a file: PDF, office documents, web pages, plain texts of all kinds, zip archives.
//
// What a file is, is told by its content; the ending decides between texts only (pages lose their tags; texts
// that are not UTF-8 must have an ending that people give to texts). This is for bytes of strangers: it runs
// in concordat-text, a locked-in process, and in tests. One thread. Bounds: text_sink.hpp. Throws what that
// lists.
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "messaging/document/text_sink.hpp"

namespace concordat::messaging {

struct DocumentRules {
    bool may_open_archives = false;  // documents inside zip archives; archives inside those stay shut
    // Reads a PDF; nobody does when it is empty. It may throw what text_sink.hpp lists.
    std::function<void(std::string_view, TextSink&)> read_pdf{};
};

// UTF-8, at most most_text bytes. Empty when it is nothing that has words. Of an archive the names of what is
// in it are there, too. What was read before it turned out to be damaged is lost.
std::string document_text(std::string_view bytes, std::string_view ending, const DocumentRules& rules);

}  // namespace concordat::messaging
