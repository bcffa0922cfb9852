#include "messaging/conversation/media_types.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "core/base/text.hpp"

namespace concordat::messaging {
namespace {

using namespace std::string_view_literals;

constexpr auto unknown = "application/octet-stream"sv;

const std::map<std::string_view, std::string_view>& types_by_extension() {
    static const std::map<std::string_view, std::string_view> types{
        {"7z", "application/x-7z-compressed"},
        {"aac", "audio/aac"},
        {"ai", "application/postscript"},
        {"apk", "application/vnd.android.package-archive"},
        {"avi", "video/x-msvideo"},
        {"avif", "image/avif"},
        {"bash", "text/plain"},
        {"bat", "text/plain"},
        {"bmp", "image/bmp"},
        {"bz2", "application/x-bzip2"},
        {"c", "text/plain"},
        {"cc", "text/plain"},
        {"cpp", "text/plain"},
        {"cs", "text/plain"},
        {"css", "text/css"},
        {"csv", "text/csv"},
        {"deb", "application/vnd.debian.binary-package"},
        {"diff", "text/plain"},
        {"dmg", "application/x-apple-diskimage"},
        {"doc", "application/msword"},
        {"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
        {"eml", "message/rfc822"},
        {"eot", "application/vnd.ms-fontobject"},
        {"eps", "application/postscript"},
        {"epub", "application/epub+zip"},
        {"exe", "application/x-msdownload"},
        {"flac", "audio/flac"},
        {"flv", "video/x-flv"},
        {"gif", "image/gif"},
        {"go", "text/plain"},
        {"gz", "application/gzip"},
        {"h", "text/plain"},
        {"heic", "image/heic"},
        {"heif", "image/heif"},
        {"hpp", "text/plain"},
        {"htm", "text/html"},
        {"html", "text/html"},
        {"ico", "image/vnd.microsoft.icon"},
        {"ics", "text/calendar"},
        {"ini", "text/plain"},
        {"iso", "application/x-iso9660-image"},
        {"jar", "application/java-archive"},
        {"java", "text/plain"},
        {"jfif", "image/jpeg"},
        {"jpe", "image/jpeg"},
        {"jpeg", "image/jpeg"},
        {"jpg", "image/jpeg"},
        {"js", "text/javascript"},
        {"json", "application/json"},
        {"jsx", "text/javascript"},
        {"key", "application/vnd.apple.keynote"},
        {"kt", "text/plain"},
        {"log", "text/plain"},
        {"m4a", "audio/mp4"},
        {"m4v", "video/mp4"},
        {"md", "text/markdown"},
        {"mht", "message/rfc822"},
        {"mhtml", "message/rfc822"},
        {"mid", "audio/midi"},
        {"mjs", "text/javascript"},
        {"mkv", "video/x-matroska"},
        {"mov", "video/quicktime"},
        {"mp3", "audio/mpeg"},
        {"mp4", "video/mp4"},
        {"mpeg", "video/mpeg"},
        {"mpg", "video/mpeg"},
        {"msg", "application/vnd.ms-outlook"},
        {"msi", "application/x-msi"},
        {"numbers", "application/vnd.apple.numbers"},
        {"odg", "application/vnd.oasis.opendocument.graphics"},
        {"odp", "application/vnd.oasis.opendocument.presentation"},
        {"ods", "application/vnd.oasis.opendocument.spreadsheet"},
        {"odt", "application/vnd.oasis.opendocument.text"},
        {"oga", "audio/ogg"},
        {"ogg", "audio/ogg"},
        {"ogv", "video/ogg"},
        {"opus", "audio/ogg"},
        {"otf", "font/otf"},
        {"pages", "application/vnd.apple.pages"},
        {"patch", "text/plain"},
        {"pdf", "application/pdf"},
        {"php", "text/plain"},
        {"pl", "text/plain"},
        {"png", "image/png"},
        {"ppt", "application/vnd.ms-powerpoint"},
        {"pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"},
        {"ps", "application/postscript"},
        {"psd", "image/vnd.adobe.photoshop"},
        {"py", "text/plain"},
        {"rar", "application/vnd.rar"},
        {"rb", "text/plain"},
        {"rpm", "application/x-rpm"},
        {"rs", "text/plain"},
        {"rtf", "application/rtf"},
        {"sh", "text/plain"},
        {"sql", "text/plain"},
        {"svg", "image/svg+xml"},
        {"svgz", "image/svg+xml"},
        {"swf", "application/x-shockwave-flash"},
        {"swift", "text/plain"},
        {"tar", "application/x-tar"},
        {"tex", "text/plain"},
        {"tgz", "application/gzip"},
        {"tif", "image/tiff"},
        {"tiff", "image/tiff"},
        {"toml", "text/plain"},
        {"ts", "text/plain"},
        {"tsv", "text/tab-separated-values"},
        {"tsx", "text/plain"},
        {"ttf", "font/ttf"},
        {"txt", "text/plain"},
        {"vcf", "text/vcard"},
        {"wav", "audio/wav"},
        {"weba", "audio/webm"},
        {"webm", "video/webm"},
        {"webp", "image/webp"},
        {"wma", "audio/x-ms-wma"},
        {"wmv", "video/x-ms-wmv"},
        {"woff", "font/woff"},
        {"woff2", "font/woff2"},
        {"xht", "application/xhtml+xml"},
        {"xhtml", "application/xhtml+xml"},
        {"xls", "application/vnd.ms-excel"},
        {"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
        {"xml", "application/xml"},
        {"xsl", "application/xslt+xml"},
        {"xslt", "application/xslt+xml"},
        {"xz", "application/x-xz"},
        {"yaml", "text/plain"},
        {"yml", "text/plain"},
        {"zip", "application/zip"},
        {"zst", "application/zstd"}};
    return types;
}

// What the bytes give away; "" when nothing.
std::string_view type_by_bytes(std::string_view b) {
    const auto at = [&](std::size_t offset, std::string_view mark) {
        return b.size() >= offset && b.substr(offset).starts_with(mark);
    };
    if (at(0, "\x89PNG\r\n\x1a\n"sv)) return "image/png";
    if (at(0, "\xff\xd8\xff"sv)) return "image/jpeg";
    if (at(0, "GIF87a"sv) || at(0, "GIF89a"sv)) return "image/gif";
    if (at(0, "RIFF"sv) && at(8, "WEBP"sv)) return "image/webp";
    if (at(0, "RIFF"sv) && at(8, "WAVE"sv)) return "audio/wav";
    if (at(0, "RIFF"sv) && at(8, "AVI "sv)) return "video/x-msvideo";
    if (at(0, "II*\0"sv) || at(0, "MM\0*"sv)) return "image/tiff";
    if (at(0, "BM"sv) && at(6, "\0\0\0\0"sv)) return "image/bmp";
    if (at(0, "%PDF-"sv)) return "application/pdf";
    if (at(4, "ftypqt  "sv)) return "video/quicktime";
    if (at(4, "ftypM4A"sv)) return "audio/mp4";
    if (at(4, "ftypavif"sv) || at(4, "ftypavis"sv)) return "image/avif";
    if (at(4, "ftyphei"sv) || at(4, "ftyphev"sv) || at(4, "ftypmif1"sv)) return "image/heic";
    if (at(4, "ftyp"sv)) return "video/mp4";
    if (at(0, "\x1a\x45\xdf\xa3"sv)) return b.find("webm") < 64 ? "video/webm" : "video/x-matroska";
    if (at(0, "OggS"sv)) return "audio/ogg";
    if (at(0, "fLaC"sv)) return "audio/flac";
    if (at(0, "ID3"sv) || at(0, "\xff\xfb"sv) || at(0, "\xff\xf3"sv) || at(0, "\xff\xf2"sv))
        return "audio/mpeg";
    if (at(0, "\x1f\x8b"sv)) return "application/gzip";
    if (at(0, "PK\x03\x04"sv)) return "application/zip";
    return {};
}

// Those whose bytes are always recognised above: a name alone does not make one.
bool needs_its_bytes(std::string_view type) {
    static constexpr std::array types{"image/png"sv,  "image/jpeg"sv, "image/gif"sv,      "image/webp"sv,
                                      "image/tiff"sv, "image/bmp"sv,  "application/pdf"sv};
    return std::find(types.begin(), types.end(), type) != types.end();
}

std::string valid_utf8(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const auto length = utf8_length_at(text, at);
        if (length == 0)
            out += "\xEF\xBF\xBD";
        else
            out += text.substr(at, length);
        at += std::max<std::size_t>(1, length);
    }
    return out;
}

// C0 and C1 controls, and those that turn the direction of text round, with which a name can look like
// another.
bool is_unseen(std::string_view rune) {
    if (rune.size() == 1) return static_cast<unsigned char>(rune[0]) < 0x20 || rune[0] == 0x7F;
    if (rune.size() == 2) return rune[0] == '\xC2' && static_cast<unsigned char>(rune[1]) < 0xA0;
    if (rune.size() != 3 || rune[0] != '\xE2') return false;
    const auto second = static_cast<unsigned char>(rune[1]), third = static_cast<unsigned char>(rune[2]);
    return (second == 0x80 && ((third >= 0x8E && third <= 0x8F) || (third >= 0xA8 && third <= 0xAE))) ||
           (second == 0x81 && third >= 0xA6 && third <= 0xA9);
}

}  // namespace

std::string extension_of(std::string_view name) {
    const auto dot = name.rfind('.');
    if (dot == std::string_view::npos) return {};
    return lower_ascii(name.substr(dot + 1));
}

std::string media_type_of(std::string_view file_name, std::string_view first_bytes) {
    const auto& types = types_by_extension();
    const auto extension = extension_of(file_name);
    const auto named = types.find(extension);
    const auto seen = type_by_bytes(first_bytes.substr(0, media_type_bytes));
    if (named == types.end()) return std::string(seen.empty() ? unknown : seen);
    // The name says more than the bytes (a .docx is a zip) unless it claims to be a picture.
    const bool is_picture = seen.starts_with("image/");
    if (is_picture && named->second.starts_with("image/") && !is_active_content(named->second))
        return std::string(seen);
    if (needs_its_bytes(named->second) && seen != named->second)
        return std::string(seen.empty() ? unknown : seen);
    return std::string(named->second);
}

bool is_safe_inline(std::string_view type) {
    static constexpr std::array types{
        "image/png"sv,       "image/jpeg"sv,      "image/gif"sv,  "image/webp"sv, "image/bmp"sv,
        "image/tiff"sv,      "video/mp4"sv,       "video/webm"sv, "video/ogg"sv,  "video/mpeg"sv,
        "video/quicktime"sv, "video/x-msvideo"sv, "audio/mpeg"sv, "audio/mp4"sv,  "audio/aac"sv,
        "audio/ogg"sv,       "audio/wav"sv,       "audio/webm"sv, "audio/flac"sv};
    return std::find(types.begin(), types.end(), type) != types.end();
}

bool is_active_content(std::string_view type) {
    return type == "text/html" || type == "text/css" || type == "message/rfc822" || type.ends_with("+xml") ||
           type.ends_with("/xml") || type.find("javascript") != type.npos ||
           type.find("ecmascript") != type.npos || type.find("flash") != type.npos;
}

std::string clean_file_name(std::string_view name) {
    if (const auto slash = name.find_last_of("/\\"); slash != name.npos) name.remove_prefix(slash + 1);
    const auto text = valid_utf8(name);
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const auto rune = std::string_view(text).substr(at, utf8_length_at(text, at));
        if (!is_unseen(rune)) out += rune;
        at += rune.size();
    }
    out = trimmed(out);
    if (out.find_first_not_of('.') == out.npos) return "file";
    const auto runes = rune_count(out);
    if (runes <= longest_file_name) return out;
    const auto dot = out.rfind('.');
    const auto extension = dot == out.npos || rune_count(std::string_view(out).substr(dot)) > 16
                               ? std::string()
                               : out.substr(dot);
    return std::string(rune_prefix(out, longest_file_name - rune_count(extension))) + extension;
}

}  // namespace concordat::messaging
