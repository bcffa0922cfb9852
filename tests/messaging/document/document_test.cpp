#include "messaging/document/document.hpp"

#include <gtest/gtest.h>

#include "messaging/document/charset.hpp"
#include "tests/messaging/document/zip_maker.hpp"
#include "tests/support/refusal.hpp"

namespace concordat::messaging {
namespace {

using namespace test;

std::string text_in(std::string_view bytes, std::string_view ending = "", bool opens_archives = false) {
    DocumentRules rules;
    rules.may_open_archives = opens_archives;
    return document_text(bytes, ending, rules);
}
std::string refused(std::string_view bytes, std::string_view ending = "") {
    return refusal([&] { text_in(bytes, ending); });
}

TEST(Document, TextsAreReadInTheirCharacterSet) {
    EXPECT_EQ(text_in("plain words\n", "txt"), "plain words\n");
    EXPECT_EQ(text_in("\xEF\xBB\xBFmarked", "txt"), "marked");
    EXPECT_EQ(text_in(std::string("\xFF\xFEg\0r\0\xFC\0n\0", 10), "txt"), "gr\u00FCn");
    EXPECT_EQ(text_in(std::string("\xFE\xFF\0a\xD8\x3C\xDF\x89", 8), "txt"), "a\U0001F389");
    EXPECT_EQ(text_in("caf\xE9 \x80 9", "csv"), "caf\u00E9 \u20AC 9");
    EXPECT_EQ(text_in("int main() {}", "cpp"), "int main() {}");
    EXPECT_EQ(text_in("unknown ending, \xC3\xA9", "whatever"), "unknown ending, \xC3\xA9");
}

TEST(Document, WhatIsNoTextHasNone) {
    EXPECT_EQ(text_in(std::string("\0\1\2 bin", 7), "txt"), "");
    EXPECT_EQ(text_in("\x89PNG\r\n\x1A\n words", "png"), "");
    EXPECT_EQ(text_in("caf\xE9", "bin"), "") << "not UTF-8, and its ending does not say that it is text";
    EXPECT_EQ(text_in("{\\rtf1 words}", "rtf"), "");
    EXPECT_EQ(text_in("", "txt"), "");
    EXPECT_EQ(text_in("%PDF-1.4 words", "pdf"), "") << "nobody here reads PDF";
}

TEST(Document, PagesLoseTheirTags) {
    EXPECT_EQ(text_in("<html><head><style>p{}</style><script>var hidden='<p>x';</script></head>"
                      "<body><!-- secret --><p>B<b>ol</b>d &amp; &eacute;t&#233; &#x20AC;</p><td>one<td>two"
                      "</body>",
                      "html"),
              "Bold & \u00E9t\u00E9 \u20AC\none two ");
    EXPECT_EQ(text_in("<svg><text>5 &lt; 6 & 7</text><![CDATA[raw <b>]]></svg>", "svg"),
              "5 < 6 & 7 raw <b> ");
    EXPECT_EQ(text_in("a < b <", "htm"), "a < b <");
    EXPECT_EQ(text_in("x<script>never closed", "htm"), "x ");
}

TEST(Document, WordDocuments) {
    EXPECT_EQ(
        text_in(docx_of("<w:p><w:r><w:t>Quart</w:t></w:r><w:r><w:t xml:space='preserve'>erly </w:t>"
                        "<w:tab/><w:t>report</w:t></w:r></w:p><w:p><w:del><w:r><w:delText>gone"
                        "</w:delText></w:r></w:del><w:instrText>PAGE</w:instrText><w:r><w:t>&#xE9;t&amp;"
                        "</w:t></w:r></w:p>")),
        "Quarterly report\n\u00E9t&\n");
    EXPECT_EQ(text_in(zip_of({{"word/document.xml", "<d><p><t>body</t></p></d>"},
                              {"word/header1.xml", "<d><p><t>head</t></p></d>"},
                              {"word/styles.xml", "<d><p><t>style</t></p></d>"},
                              {"word/footnotes.xml", "<d><p><t>note</t></p></d>"}})),
              "body\nhead\nnote\n");
}

TEST(Document, Spreadsheets) {
    EXPECT_EQ(
        text_in(zip_of(
            {{"xl/workbook.xml", "<workbook><sheets><sheet name='Budget'/></sheets></workbook>"},
             {"xl/sharedStrings.xml",
              "<sst><si><t>Travel</t><rPh><t>reading</t></rPh></si><si><r><t>Ho</t></r><r><t>tel</t></r>"
              "</si></sst>"},
             {"xl/worksheets/sheet1.xml",
              "<worksheet><row><c t='s'><v>0</v></c><c><f>1+1</f><v>1250.5</v></c>"
              "<c t='inlineStr'><is><t>inline</t></is></c><c t='b'><v>1</v></c></row></worksheet>"}})),
        "Budget\nTravel\nHotel\n1250.5 inline\n");
}

TEST(Document, Presentations) {
    EXPECT_EQ(text_in(zip_of({{"ppt/presentation.xml", "<p/>"},
                              {"ppt/slides/slide1.xml", "<s><p><r><t>Slide</t></r></p></s>"},
                              {"ppt/slides/_rels/slide1.xml.rels", "<s><t>no</t></s>"},
                              {"ppt/notesSlides/notesSlide1.xml", "<s><p><r><t>note</t></r></p></s>"}})),
              "Slide\nnote\n");
}

TEST(Document, OpenDocuments) {
    EXPECT_EQ(text_in(odt_of(
                  "<text:tracked-changes><text:p>removed</text:p></text:tracked-changes>"
                  "<text:h>Title</text:h><text:p>some<text:s/>words<text:span>, more</text:span></text:p>"
                  "<office:binary-data>QUJD</office:binary-data>")),
              "Title\nsome words, more\n");
}

TEST(Document, XmlThatDefinesEntitiesIsRefused) {
    const std::string bomb =
        "<!DOCTYPE d [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b "
        "'&a;&a;&a;&a;&a;&a;&a;&a;'>]><d><p><t>&b;</t></p></d>";
    EXPECT_EQ(refused(zip_of({{"word/document.xml", bomb}})), "file_text.damaged");
    EXPECT_EQ(refused(zip_of({{"word/document.xml", "<!DOCTYPE d SYSTEM 'file:///etc/passwd'><d/>"}})),
              "file_text.damaged");
    EXPECT_EQ(refused(docx_of("<w:p><w:t>not closed")), "file_text.damaged");
    std::string deep;
    for (int i = 0; i < 300; ++i) deep += "<w:p>";
    for (int i = 0; i < 300; ++i) deep += "</w:p>";
    EXPECT_EQ(refused(docx_of(deep)), "file_text.damaged");
}

TEST(Document, ArchivesMadeToGrowAreRefused) {
    // A gigabyte of blanks between two tags, in a megabyte.
    const std::string blanks(64 << 20, ' ');
    ZipMaker zip;
    std::string body = "<d>" + blanks + "</d>";
    const auto packed = deflated(body);
    EXPECT_LT(packed.size(), 100'000u);
    zip.add("word/document.xml", "<d/>");
    for (int i = 0; i < 5; ++i)
        zip.add_packed("word/header" + std::to_string(i) + ".xml", packed, body.size(), 8);
    EXPECT_EQ(refused(zip.finish()), "file_text.too_large");
}

TEST(Document, EntriesThatShareBytesEndWithTheBudget) {
    const std::string body = "<d>" + std::string(1 << 20, ' ') + "</d>";
    ZipMaker zip;
    zip.add("word/document.xml", body);
    const auto fields = zip.directory.substr(6, 26);
    for (int i = 0; i < 300; ++i) {
        const std::string name = "word/header" + std::to_string(100 + i) + ".x.xml";
        auto named = fields;
        named.replace(22, 2, little_endian(name.size(), 2));
        zip.list(name, named, 0);
    }
    EXPECT_EQ(refused(zip.finish()), "file_text.too_large");
}

TEST(Document, TooManyEntriesAreRefused) {
    ZipMaker zip;
    for (std::size_t i = 0; i <= most_entries; ++i) zip.add("n" + std::to_string(i), "", false);
    EXPECT_EQ(refused(zip.finish()), "file_text.too_large");
}

TEST(Document, BrokenAndLockedArchivesAreToldApart) {
    const auto whole = docx_of("<w:p><w:t>word</w:t></w:p>");
    for (std::size_t cut = 1; cut < whole.size(); cut += 7)
        EXPECT_EQ(refused("PK\x03\x04" + whole.substr(4, whole.size() - cut - 4)), "file_text.damaged")
            << cut;
    auto spoilt = whole;
    spoilt[whole.find("word/document.xml") + 20] ^= 0x55;
    EXPECT_EQ(refused(spoilt), "file_text.damaged");
    ZipMaker locked;
    locked.add("word/document.xml", "<d/>", true, 1);
    EXPECT_EQ(refused(locked.finish()), "file_text.locked");
    ZipMaker other;
    other.add_packed("word/document.xml", "bytes", 5, 12);
    EXPECT_EQ(refused(other.finish()), "file_text.damaged");
}

TEST(Document, ArchivesAreOpenedOnlyWhenAllowedAndNotThoseInside) {
    const auto inner = zip_of({{"inner.txt", "innermost"}});
    const auto outer = zip_of({{"notes/readme.txt", "a pelican"},
                               {"letter.docx", docx_of("<w:p><w:t>albatross</w:t></w:p>")},
                               {"more.zip", inner},
                               {"broken.docx", "PK\x03\x04nothing"},
                               {"last.html", "<p>heron</p>"}});
    EXPECT_EQ(text_in(outer, "zip"), "notes/readme.txt\nletter.docx\nmore.zip\nbroken.docx\nlast.html\n");
    EXPECT_EQ(
        text_in(outer, "zip", true),
        "notes/readme.txt\nletter.docx\nmore.zip\nbroken.docx\nlast.html\na pelican\nalbatross\nheron\n");
    EXPECT_EQ(text_in(ZipMaker().finish(), "zip"), "");
}

TEST(Document, TextEndsAtItsBound) {
    const auto text = text_in(std::string(3 << 20, 'a'), "txt");
    EXPECT_EQ(text.size(), most_text);
    std::string accents;
    for (int i = 0; i < 2'000'000; ++i) accents += "\u00E9";
    const auto cut = text_in("x" + accents, "txt");
    EXPECT_LE(cut.size(), most_text);
    EXPECT_GE(cut.size(), most_text - 4);
    EXPECT_TRUE(is_utf8(cut));
    std::string paragraphs;
    for (int i = 0; i < 30'000; ++i) paragraphs += "<w:p><w:t>" + std::string(60, 'w') + "</w:t></w:p>";
    EXPECT_EQ(text_in(docx_of(paragraphs)).size(), most_text);
}

}  // namespace
}  // namespace concordat::messaging
