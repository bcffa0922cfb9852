#include "messaging/document/office_text.hpp"

#include <algorithm>
#include <optional>
#include <span>

#include "messaging/document/xml_text.hpp"
#include "messaging/document/zip_archive.hpp"

namespace concordat::messaging {
namespace {

using Names = std::span<const std::string_view>;

bool has(Names names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

// Which elements of a part say something. Text counts inside one of `words`, and not inside one of `hidden`.
struct PartRules {
    Names words, lines, blanks, hidden;
    // A cell whose kind (its attribute t) is one of these has a number of another list for a value.
    bool has_cells = false;
    std::string_view titled{};  // an element whose attribute "name" counts
};

constexpr std::string_view docx_words[] = {"t"}, docx_lines[] = {"p"},
                           docx_blanks[] = {"tab", "br", "cr", "noBreakHyphen"},
                           docx_hidden[] = {"delText", "instrText", "del"};
constexpr std::string_view xlsx_words[] = {"t", "v"}, xlsx_lines[] = {"si", "row", "comment"},
                           xlsx_blanks[] = {"c"}, xlsx_hidden[] = {"rPh"};
constexpr std::string_view pptx_words[] = {"t"}, pptx_lines[] = {"p"}, pptx_blanks[] = {"br", "tc"};
constexpr std::string_view odf_words[] = {"p", "h"}, odf_lines[] = {"p", "h"},
                           odf_blanks[] = {"s", "tab", "line-break"},
                           odf_hidden[] = {"tracked-changes", "binary-data"};

constexpr PartRules docx{docx_words, docx_lines, docx_blanks, docx_hidden};
constexpr PartRules xlsx{xlsx_words, xlsx_lines, xlsx_blanks, xlsx_hidden, true, "sheet"};
constexpr PartRules pptx{pptx_words, pptx_lines, pptx_blanks, {}};
constexpr PartRules odf{odf_words, odf_lines, odf_blanks, odf_hidden};

class PartReader : public XmlListener {
public:
    PartReader(const PartRules& rules, TextSink& sink) : rules_(rules), sink_(sink) {}

    void begin(std::string_view name,
               const std::function<std::string_view(std::string_view)>& attribute) override {
        if (has(rules_.hidden, name)) ++hidden_;
        if (has(rules_.words, name)) ++words_;
        if (has(rules_.blanks, name)) sink_.gap();
        if (rules_.has_cells && name == "c") {
            const auto kind = attribute("t");
            is_number_of_list_ = kind == "s" || kind == "b" || kind == "e";
        }
        if (rules_.has_cells && name == "v" && is_number_of_list_) ++hidden_;
        if (!rules_.titled.empty() && name == rules_.titled) {
            sink_.add(attribute("name"));
            sink_.gap('\n');
        }
    }
    void end(std::string_view name) override {
        if (rules_.has_cells && name == "v" && is_number_of_list_) --hidden_;
        if (has(rules_.words, name)) --words_;
        if (has(rules_.hidden, name)) --hidden_;
        if (has(rules_.lines, name)) sink_.gap('\n');
    }
    void text(std::string_view text) override {
        if (words_ > 0 && hidden_ == 0) sink_.add(text);
    }

private:
    const PartRules& rules_;
    TextSink& sink_;
    int words_ = 0, hidden_ = 0;
    bool is_number_of_list_ = false;
};

bool is_xml_in(std::string_view name, std::string_view folder, std::string_view stem) {
    return name.starts_with(folder) && name.ends_with(".xml") && name.substr(folder.size()).starts_with(stem);
}

// The rules of the format, and whether this entry holds words of it.
struct Format {
    const PartRules& rules;
    bool (*has_words)(std::string_view name);
};

std::optional<Format> format_of(const ZipArchive& archive) {
    if (archive.find("word/document.xml"))
        return Format{
            docx, [](std::string_view name) {
                return std::ranges::any_of(
                    std::initializer_list<std::string_view>{"document.xml", "header", "footer", "footnotes",
                                                            "endnotes", "comments.xml"},
                    [&](std::string_view stem) { return is_xml_in(name, "word/", stem); });
            }};
    if (archive.find("xl/workbook.xml"))
        return Format{xlsx, [](std::string_view name) {
                          return name == "xl/workbook.xml" || name == "xl/sharedStrings.xml" ||
                                 is_xml_in(name, "xl/worksheets/", "sheet") ||
                                 is_xml_in(name, "xl/", "comments");
                      }};
    if (archive.find("ppt/presentation.xml"))
        return Format{pptx, [](std::string_view name) {
                          return is_xml_in(name, "ppt/slides/", "slide") ||
                                 is_xml_in(name, "ppt/notesSlides/", "notesSlide") ||
                                 is_xml_in(name, "ppt/comments/", "");
                      }};
    const auto* kind = archive.find("mimetype");
    if (kind && archive.find("content.xml") &&
        archive.whole(*kind, 256).starts_with("application/vnd.oasis.opendocument."))
        return Format{odf,
                      [](std::string_view name) { return name == "content.xml" || name == "styles.xml"; }};
    return std::nullopt;
}

}  // namespace

bool read_office(const ZipArchive& archive, TextSink& sink) {
    const auto format = format_of(archive);
    if (!format) return false;
    for (const auto& entry : archive.entries()) {
        if (!format->has_words(entry.name)) continue;
        if (sink.is_full()) break;
        PartReader part(format->rules, sink);
        XmlReader xml(part);
        archive.unpack(entry, [&](std::string_view bytes) {
            xml.read(bytes);
            return !sink.is_full();
        });
        if (!sink.is_full()) xml.finish();
        sink.gap('\n');
    }
    return true;
}

}  // namespace concordat::messaging
