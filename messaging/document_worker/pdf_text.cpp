#include "messaging/document_worker/pdf_text.hpp"

#include <iconv.h>
#include <poppler-document.h>
#include <poppler-global.h>
#include <poppler-page.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

#include "messaging/document/runes.hpp"

namespace concordat::messaging {
namespace {

// One page, one word. Offsets are not right: the library finds the objects by itself then.
constexpr std::string_view known =
    "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R/Resources<</Font<</F 5 0 "
    "R>>>>>>endobj\n"
    "4 0 obj<</Length 33>>stream\nBT /F 12 Tf 9 99 Td (known) Tj ET\nendstream endobj\n"
    "5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\n"
    "trailer<</Root 1 0 R/Size 6>>\n%%EOF\n";

using Document = std::unique_ptr<poppler::document>;

Document opened(std::string_view bytes) {
    return Document(poppler::document::load_from_raw_data(bytes.data(), static_cast<int>(bytes.size())));
}

// The library's own way into UTF-8 loads a converter. What it lays out with many blanks are single ones here.
void add_text(TextSink& sink, const poppler::ustring& text) {
    std::string out;
    out.reserve(text.size() + text.size() / 4);
    for (std::size_t i = 0; i < text.size(); ++i) {
        char32_t code = text[i];
        if (code >= 0xD800 && code < 0xDC00 && i + 1 < text.size() && text[i + 1] >= 0xDC00 &&
            text[i + 1] < 0xE000)
            code = 0x10000 + ((code - 0xD800) << 10) + (text[++i] - 0xDC00u);
        const bool is_blank = code <= ' ' || code == 0xA0;
        if (!is_blank)
            put_rune(out, code);
        else if (!out.empty() && out.back() > ' ')
            out += code == '\n' ? '\n' : ' ';
    }
    sink.add(out);
    sink.gap('\n');
}

}  // namespace

void start_pdf() {
    poppler::set_debug_error_function([](const std::string&, void*) {}, nullptr);
    // Both stay open, and with them what the C library loaded for them.
    iconv_open("UTF-16", "UTF-8");
    iconv_open("UTF-8", "UTF-16");
    static const Document kept = opened(known);
    TextSink sink;
    if (kept && kept->pages() == 1) {
        const std::unique_ptr<poppler::page> page(kept->create_page(0));
        if (page) add_text(sink, page->text());
    }
    if (sink.take().find("known") == std::string::npos)
        throw std::runtime_error("the PDF library does not work");
}

void read_pdf(std::string_view bytes, TextSink& sink) {
    const auto document = opened(bytes);
    if (!document) damaged_document();
    if (document->is_locked()) locked_document();
    const auto pages = std::min(document->pages(), static_cast<int>(most_pages));
    for (int i = 0; i < pages && !sink.is_full(); ++i)
        if (const std::unique_ptr<poppler::page> page(document->create_page(i)); page)
            add_text(sink, page->text());
}

}  // namespace concordat::messaging
