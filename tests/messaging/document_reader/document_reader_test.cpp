// The program concordat-text as the node uses it: what it reads, what it survives, what it may do.
#include "messaging/document_reader/document_reader.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "messaging/document/text_sink.hpp"
#include "tests/messaging/document/zip_maker.hpp"
#include "tests/support/paths.hpp"

namespace concordat::messaging {
namespace {

using namespace test;
using namespace std::chrono_literals;

const char* program() {
    static const std::string path = std::string(bin_dir) + "/concordat-text";
    return path.c_str();
}

DocumentText read_by(DocumentReader& reader, std::string_view bytes, std::string_view ending,
                     bool opens_archives) {
    std::size_t at = 0;
    DocumentTask task;
    task.ending = ending;
    task.size = bytes.size();
    task.may_open_archives = opens_archives;
    task.next_part = [&] {
        const auto part = bytes.substr(at, 100'000);
        at += part.size();
        return part;
    };
    return reader.read(task);
}

DocumentText read(DocumentReader& reader, std::string_view bytes, std::string_view ending = "txt",
                  bool opens_archives = false) {
    return read_by(reader, bytes, ending, opens_archives);
}
DocumentText read(DocumentReader&& reader, std::string_view bytes, std::string_view ending = "txt") {
    return read_by(reader, bytes, ending, false);
}

// A program of our own in place of concordat-text.
class Impostor {
public:
    explicit Impostor(const std::string& script)
        : path((std::filesystem::temp_directory_path() / ("text-impostor" + std::to_string(getpid())))
                   .string()) {
        std::ofstream(path) << "#!/bin/sh\n" << script;
        chmod(path.c_str(), 0700);
    }
    ~Impostor() { std::filesystem::remove(path); }
    const std::string path;
};

TEST(DocumentReader, ReadsWhatPeopleSend) {
    DocumentReader reader(program());
    EXPECT_EQ(read(reader, "plain pelican").text, "plain pelican");
    const auto pdf = read(reader, pdf_of("Quarterly pelican"), "pdf");
    EXPECT_EQ(text_of(pdf.end), "read");
    EXPECT_NE(pdf.text.find("Quarterly pelican"), std::string::npos) << pdf.text;
    EXPECT_EQ(read(reader, docx_of("<w:p><w:t>pelican</w:t></w:p>"), "docx").text, "pelican\n");
    EXPECT_EQ(read(reader, odt_of("<text:p>p\u00E9lican</text:p>"), "odt").text, "p\u00E9lican\n");
    EXPECT_EQ(read(reader, "", "txt").text, "");
    const auto zip = zip_of({{"in.pdf", pdf_of("inside pelican")}});
    EXPECT_EQ(read(reader, zip, "zip").text, "in.pdf\n");
    EXPECT_NE(read(reader, zip, "zip", true).text.find("inside pelican"), std::string::npos);
}

// Long lists make libraries ask the system for more than short ones do.
TEST(DocumentReader, ReadsAPageOfManyWords) {
    std::string content;
    for (int i = 0; i < 600; ++i)
        content += "BT /F 8 Tf " + std::to_string(20 + i % 6 * 95) + ' ' + std::to_string(780 - i / 6 * 7) +
                   " Td (word" + std::to_string(i) + ") Tj ET\n";
    auto pdf = pdf_of("x");
    const auto from = pdf.find("<</Length"), to = pdf.find("endstream");
    pdf.replace(from, to - from, "<</Length " + std::to_string(content.size()) + ">>stream\n" + content);
    const auto found = read(DocumentReader(program()), pdf, "pdf");
    EXPECT_EQ(text_of(found.end), "read");
    for (const auto* word : {"word0", "word123", "word599"})
        EXPECT_NE(found.text.find(word), std::string::npos) << word;
    EXPECT_EQ(found.text.find("  "), std::string::npos) << "no more blanks than words need";
}

TEST(DocumentReader, ALargeFileGoesThroughInParts) {
    DocumentReader reader(program());
    std::string text;
    while (text.size() < (3u << 20)) text += "pelican ";
    const auto found = read(reader, text);
    EXPECT_EQ(found.text, text.substr(0, most_text));
}

TEST(DocumentReader, SaysWhyThereIsNoText) {
    DocumentReader reader(program());
    EXPECT_EQ(read(reader, "%PDF-1.4 nothing", "pdf").end, DocumentEnd::damaged);
    EXPECT_EQ(read(reader, "PK\x03\x04 nothing", "docx").end, DocumentEnd::damaged);
    ZipMaker locked;
    locked.add("word/document.xml", "<d/>", true, 1);
    EXPECT_EQ(read(reader, locked.finish(), "docx").end, DocumentEnd::locked);
    DocumentTask huge;
    huge.size = most_document + 1;
    EXPECT_EQ(reader.read(huge).end, DocumentEnd::too_large);
    EXPECT_FALSE(may_pass(DocumentEnd::damaged) || may_pass(DocumentEnd::locked) ||
                 may_pass(DocumentEnd::too_large));
    EXPECT_TRUE(may_pass(DocumentEnd::died) && may_pass(DocumentEnd::late) &&
                may_pass(DocumentEnd::unavailable));
}

TEST(DocumentReader, HostilePdfsHarmNobody) {
    DocumentReader reader(program());
    const auto good = pdf_of("word");
    unsigned seed = 7;
    for (int i = 0; i < 25; ++i) {
        auto bad = good;
        for (int changes = 0; changes < 12; ++changes) {
            seed = seed * 1664525 + 1013904223;
            bad[9 + (seed >> 8) % (bad.size() - 9)] = static_cast<char>(seed >> 24);
        }
        const auto found = read(reader, bad, "pdf");
        EXPECT_LE(found.text.size(), most_text);
    }
    EXPECT_NE(read(reader, good, "pdf").text.find("word"), std::string::npos);
}

TEST(DocumentReader, AProgramThatIsMissingDeadLateOrTalksNonsenseIsAnAnswer) {
    const DocumentReader::Limits short_limits{300ms, 10s};
    EXPECT_EQ(read(DocumentReader("/nowhere/concordat-text"), "x").end, DocumentEnd::unavailable);
    const Impostor dead("exit 1\n");
    EXPECT_EQ(read(DocumentReader(dead.path), "x").end, DocumentEnd::unavailable);
    // The hello of a worker, then silence, an end, or bytes without sense.
    const std::string hello = "printf '\\061\\130\\124\\103\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0' >&0\n";
    {
        const Impostor silent(hello + "sleep 30\n");
        EXPECT_EQ(read(DocumentReader(silent.path, short_limits), "x").end, DocumentEnd::late);
    }
    {
        const Impostor gone(hello + "exit 0\n");
        EXPECT_EQ(read(DocumentReader(gone.path), "x").end, DocumentEnd::died);
    }
    {
        const Impostor wild(hello +
                            "head -c 33 >/dev/null <&0\nprintf 'nonsensenonsensenonsense' >&0\nsleep 30\n");
        EXPECT_EQ(read(DocumentReader(wild.path), "x").end, DocumentEnd::died);
    }
    {  // claims two bytes and sends what is not UTF-8
        const Impostor lying(
            hello +
            "head -c 33 >/dev/null <&0\nprintf "
            "'\\061\\130\\124\\103\\0\\0\\0\\0\\002\\0\\0\\0\\0\\0\\0\\0\\377\\377' >&0\nsleep "
            "30\n");
        EXPECT_EQ(read(DocumentReader(lying.path), "x").end, DocumentEnd::died);
    }
}

}  // namespace
}  // namespace concordat::messaging
