// Zip archives made in a test, whole or broken on purpose.
#pragma once
#include <zlib.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace concordat::test {

inline std::string little_endian(std::uint64_t value, int bytes) {
    std::string out;
    for (int i = 0; i < bytes; ++i, value >>= 8) out += static_cast<char>(value & 0xFF);
    return out;
}

inline std::string deflated(std::string_view text) {
    z_stream stream{};
    deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY);
    std::string out(deflateBound(&stream, text.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(out.size() - stream.avail_out);
    deflateEnd(&stream);
    return out;
}

struct ZipMaker {
    std::string bytes, directory;
    int count = 0;

    void add(std::string_view name, std::string_view text, bool is_packed = true, int flags = 0) {
        add_packed(name, is_packed ? deflated(text) : std::string(text), text.size(), is_packed ? 8 : 0,
                   flags);
    }
    void add_packed(std::string_view name, std::string_view body, std::uint64_t size, int method,
                    int flags = 0) {
        const auto at = bytes.size();
        const auto fields = little_endian(20, 2) + little_endian(static_cast<std::uint64_t>(flags), 2) +
                            little_endian(static_cast<std::uint64_t>(method), 2) + std::string(8, '\0') +
                            little_endian(body.size(), 4) + little_endian(size, 4) +
                            little_endian(name.size(), 2) + little_endian(0, 2);
        bytes += "PK\x03\x04" + fields + std::string(name) + std::string(body);
        list(name, fields, at);
    }
    // The same again in the directory: another name for bytes that are there.
    void list(std::string_view name, const std::string& fields, std::size_t at) {
        directory += "PK\x01\x02" + little_endian(20, 2) + fields + std::string(10, '\0') +
                     little_endian(at, 4) + std::string(name);
        ++count;
    }
    std::string finish() const {
        const auto number = static_cast<std::uint64_t>(count);
        return bytes + directory + "PK\x05\x06" + std::string(4, '\0') + little_endian(number, 2) +
               little_endian(number, 2) + little_endian(directory.size(), 4) +
               little_endian(bytes.size(), 4) + std::string(2, '\0');
    }
};

inline std::string zip_of(const std::vector<std::pair<std::string, std::string>>& entries) {
    ZipMaker zip;
    for (const auto& [name, text] : entries) zip.add(name, text);
    return zip.finish();
}

inline std::string docx_of(const std::string& body) {
    return zip_of(
        {{"[Content_Types].xml", "<Types/>"},
         {"word/document.xml", "<w:document xmlns:w='w'><w:body>" + body + "</w:body></w:document>"}});
}

inline std::string odt_of(const std::string& body) {
    ZipMaker zip;
    zip.add("mimetype", "application/vnd.oasis.opendocument.text", false);
    zip.add("content.xml", "<office:document-content xmlns:office='o' xmlns:text='t'><office:body>" + body +
                               "</office:body></office:document-content>");
    return zip.finish();
}

// One page that says it in Helvetica.
inline std::string pdf_of(const std::string& words) {
    const auto content = "BT /F 12 Tf 40 700 Td (" + words + ") Tj ET\n";
    return "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
           "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
           "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F 5 0 "
           "R>>>>>>endobj\n4 0 obj<</Length " +
           std::to_string(content.size()) + ">>stream\n" + content +
           "endstream endobj\n5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\n"
           "trailer<</Root 1 0 R/Size 6>>\n%%EOF\n";
}

}  // namespace concordat::test
