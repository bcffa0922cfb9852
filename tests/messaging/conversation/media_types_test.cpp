#include "messaging/conversation/media_types.hpp"

#include <gtest/gtest.h>

#include "core/base/text.hpp"

namespace concordat::messaging {
namespace {

TEST(MediaTypes, ComeFromTheNameUnlessTheBytesSayOtherwise) {
    EXPECT_EQ(media_type_of("a.txt", "hello"), "text/plain");
    EXPECT_EQ(media_type_of("A.DOCX", "PK\x03\x04"),
              "application/vnd.openxmlformats-officedocument.wordprocessingml.document");
    EXPECT_EQ(media_type_of("no ending", "%PDF-1.7"), "application/pdf");
    EXPECT_EQ(media_type_of("no ending", "hello"), "application/octet-stream");
    EXPECT_EQ(media_type_of("a.unknown", ""), "application/octet-stream");
    EXPECT_EQ(media_type_of("film.mp4", std::string("\0\0\0\x18"
                                                    "ftypmp42",
                                                    12)),
              "video/mp4");
}

TEST(MediaTypes, AreNotThoseOfPicturesWithoutTheirBytes) {
    EXPECT_EQ(media_type_of("fake.png", "<html>"), "application/octet-stream");
    EXPECT_EQ(media_type_of("really a gif.png", "GIF89a..."), "image/gif");
    EXPECT_EQ(media_type_of("fake.pdf", "<html>"), "application/octet-stream");
}

TEST(MediaTypes, KnowWhatCouldRunInABrowser) {
    for (const auto* name : {"x.html", "x.htm", "x.xhtml", "x.svg", "x.svgz", "x.js", "x.mjs", "x.xml",
                             "x.xsl", "x.mhtml", "x.swf", "x.css"}) {
        EXPECT_TRUE(is_active_content(media_type_of(name, "x"))) << name;
        EXPECT_FALSE(is_safe_inline(media_type_of(name, "x"))) << name;
    }
    EXPECT_EQ(media_type_of("picture.svg", "GIF89a"), "image/svg+xml");
    for (const auto* name : {"x.txt", "x.docx", "x.pdf", "x.zip", "x.exe"})
        EXPECT_FALSE(is_safe_inline(media_type_of(name, "x"))) << name;
    EXPECT_TRUE(is_safe_inline("image/png"));
    EXPECT_TRUE(is_safe_inline("video/mp4"));
    EXPECT_TRUE(is_safe_inline("audio/mpeg"));
}

TEST(FileNames, LoseDirectoriesAndWhatCannotBeSeen) {
    EXPECT_EQ(clean_file_name("../../etc/passwd"), "passwd");
    EXPECT_EQ(clean_file_name("C:\\secret\\a.txt"), "a.txt");
    EXPECT_EQ(clean_file_name("a\r\nb\x7F.txt"), "ab.txt");
    EXPECT_EQ(clean_file_name("exe\xE2\x80\xAEtxt.exe"), "exetxt.exe");
    EXPECT_EQ(clean_file_name("日本語 ünï.txt"), "日本語 ünï.txt");
    EXPECT_EQ(clean_file_name(".hidden"), ".hidden");
    EXPECT_EQ(clean_file_name("bad \xFF byte"), "bad \xEF\xBF\xBD byte");
    for (const auto* nothing : {"", "/", "..", ".", " ", "a/.."})
        EXPECT_EQ(clean_file_name(nothing), "file") << nothing;
}

TEST(FileNames, AreCutButKeepTheirEnding) {
    const auto name = clean_file_name(std::string(400, 'n') + ".tar");
    EXPECT_EQ(rune_count(name), longest_file_name);
    EXPECT_TRUE(name.ends_with("n.tar"));
    EXPECT_EQ(rune_count(clean_file_name(std::string(100, 'n') + '.' + std::string(300, 'x'))),
              longest_file_name);
}

TEST(FileNames, HaveExtensionsInLowerCase) {
    EXPECT_EQ(extension_of("A.Tar.GZ"), "gz");
    EXPECT_EQ(extension_of("none"), "");
    EXPECT_EQ(extension_of("ends."), "");
}

}  // namespace
}  // namespace concordat::messaging
