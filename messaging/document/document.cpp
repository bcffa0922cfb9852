#include "messaging/document/document.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "messaging/document/charset.hpp"
#include "messaging/document/markup_text.hpp"
#include "messaging/document/office_text.hpp"
#include "messaging/document/zip_archive.hpp"

namespace concordat::messaging {
namespace {

constexpr std::string_view markup_endings[] = {"htm", "html", "svg", "xhtml", "xml"};
// Besides those: what may be in Windows-1252.
constexpr std::string_view text_endings[] = {
    "asc", "bat",        "bib",  "c",   "cc",  "cfg",      "cmd", "conf", "cpp",   "cs",  "css",
    "csv", "cxx",        "diff", "eml", "f90", "go",       "h",   "hpp",  "ics",   "ini", "java",
    "js",  "json",       "log",  "lua", "m",   "markdown", "md",  "pas",  "patch", "php", "pl",
    "po",  "properties", "ps1",  "py",  "r",   "rb",       "rst", "rs",   "sh",    "sql", "srt",
    "tex", "text",       "toml", "ts",  "tsv", "txt",      "vb",  "vcf",  "yaml",  "yml"};
constexpr std::size_t looked_at = 64 * 1024, pdf_begins_within = 1024;
constexpr std::string_view zip_mark = "PK\x03\x04", empty_zip_mark = "PK\x05\x06", pdf_mark = "%PDF-",
                           rtf_mark = "{\\rtf";

bool has(const auto& list, std::string_view ending) {
    return std::ranges::find(list, ending) != std::end(list);
}

std::string ending_in(std::string_view name) {
    const auto dot = name.rfind('.');
    return dot == std::string_view::npos ? std::string() : lower_ascii(name.substr(dot + 1));
}

class Reader {
public:
    Reader(const DocumentRules& rules, TextSink& sink) : rules_(rules), sink_(sink) {}

    void read(std::string_view bytes, std::string_view ending, bool is_inside) {
        if (bytes.substr(0, pdf_begins_within).find(pdf_mark) != std::string_view::npos) {
            if (rules_.read_pdf) rules_.read_pdf(bytes, sink_);
        } else if (bytes.starts_with(zip_mark) || bytes.starts_with(empty_zip_mark)) {
            archive(bytes, is_inside);
        } else if (!bytes.starts_with(rtf_mark)) {
            plain(bytes, ending);
        }
    }

private:
    void archive(std::string_view bytes, bool is_inside) {
        const ZipArchive zip(bytes, budget_);
        if (read_office(zip, sink_) || is_inside) return;
        for (const auto& entry : zip.entries()) {
            sink_.add(utf8_of(entry.name, entry.name.size()));
            sink_.gap('\n');
        }
        if (rules_.may_open_archives)
            for (const auto& entry : zip.entries())
                if (!sink_.is_full() && !entry.name.ends_with('/')) inside(zip, entry);
    }
    // One that cannot be read does not hide the others; the budget is for all.
    void inside(const ZipArchive& zip, const ZipArchive::Entry& entry) {
        try {
            read(zip.whole(entry, most_unpacked_of_entry), ending_in(entry.name), true);
        } catch (const Error& e) {
            if (e.fault() != Fault::invalid || budget_.unpacked == 0) throw;
        }
        sink_.gap('\n');
    }
    void plain(std::string_view bytes, std::string_view ending) {
        if (!looks_like_text(bytes.substr(0, looked_at))) return;
        const bool is_markup = has(markup_endings, ending);
        // Tags are more than words, so more is read of what has them.
        const auto text = utf8_of(bytes, is_markup ? 8 * most_text : most_text + 4);
        const bool is_known = is_markup || has(text_endings, ending);
        if (!is_known && !is_utf8(bytes.substr(0, text.size()))) return;
        if (is_markup)
            read_markup(text, sink_);
        else
            sink_.add(text);
    }

    const DocumentRules& rules_;
    TextSink& sink_;
    Budget budget_;
};

}  // namespace

std::string document_text(std::string_view bytes, std::string_view ending, const DocumentRules& rules) {
    if (bytes.size() > most_document) too_large_document();
    TextSink sink;
    Reader(rules, sink).read(bytes, ending, false);
    return sink.take();
}

}  // namespace concordat::messaging
