#include "identity/saml_message/gate.hpp"

#include <zlib.h>

#include "core/base/text.hpp"
#include "storage/crypto/digest.hpp"

namespace concordat::identity::saml {
namespace {

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

// The declaration, blanks and a byte order mark before the first element; nothing when that is not all.
std::optional<std::string_view> without_declaration(std::string_view xml) {
    if (xml.starts_with("\xEF\xBB\xBF")) xml.remove_prefix(3);
    if (xml.starts_with("<?xml") && xml.size() > 5 && is_blank(xml[5])) {
        const auto end = xml.find("?>");
        if (end == xml.npos || end > 200) return std::nullopt;
        const auto declaration = lower_ascii(xml.substr(0, end));
        if (declaration.find('<', 1) != declaration.npos) return std::nullopt;
        const auto encoding = declaration.find("encoding");
        if (encoding != declaration.npos && declaration.find("utf-8", encoding) == declaration.npos)
            return std::nullopt;
        xml.remove_prefix(end + 2);
    }
    while (!xml.empty() && is_blank(xml.front())) xml.remove_prefix(1);
    return xml;
}

// Where the tag that begins at `at` ends, quotes respected; npos when it does not.
std::size_t end_of_tag(std::string_view xml, std::size_t at) {
    char quote = 0;
    for (; at < xml.size(); ++at) {
        const char c = xml[at];
        if (quote != 0) {
            if (c == quote) quote = 0;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '>') {
            return at;
        }
    }
    return xml.npos;
}

std::optional<std::string> tag_problem(std::string_view xml) {
    std::size_t elements = 0, depth = 0;
    for (auto at = xml.find('<'); at != xml.npos; at = xml.find('<', at)) {
        const char next = at + 1 < xml.size() ? xml[at + 1] : '\0';
        if (next == '!')
            return "It holds a comment, a CDATA section or a document type; messages of providers do not.";
        if (next == '?') return "It holds a processing instruction; messages of providers do not.";
        const auto end = end_of_tag(xml, at);
        if (end == xml.npos) return "It ends in the middle of a tag.";
        if (next == '/') {
            if (depth == 0) return "It closes an element that is not open.";
            --depth;
        } else {
            if (++elements > most_elements)
                return "It has more than " + std::to_string(most_elements) + " elements.";
            if (xml[end - 1] != '/' && ++depth > deepest)
                return "It is nested deeper than " + std::to_string(deepest) + " levels.";
        }
        at = end;
    }
    if (elements == 0 || depth != 0) return "It is not one whole XML document.";
    return std::nullopt;
}

// Only the five names and numbers; there can be no others without a document type.
bool has_strange_entity(std::string_view xml) {
    for (auto at = xml.find('&'); at != xml.npos; at = xml.find('&', at + 1)) {
        const auto name = xml.substr(at + 1, xml.substr(at + 1, 12).find(';'));
        if (name != "amp" && name != "lt" && name != "gt" && name != "quot" && name != "apos" &&
            !name.starts_with('#'))
            return true;
    }
    return false;
}

}  // namespace

std::optional<std::string> decoded(std::string_view base64) {
    std::string text;
    text.reserve(base64.size());
    for (const char c : base64)
        if (!is_blank(c)) text += c;
    if (text.empty()) return std::nullopt;
    return storage::from_base64(text);
}

std::optional<std::string> inflated(std::string_view deflated, std::size_t most) {
    z_stream stream{};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return std::nullopt;
    std::string out(most + 1, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(deflated.data()));
    stream.avail_in = static_cast<uInt>(deflated.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const int state = inflate(&stream, Z_FINISH);
    const auto size = out.size() - stream.avail_out;
    const bool is_whole = state == Z_STREAM_END && stream.avail_in == 0;
    inflateEnd(&stream);
    if (!is_whole || size > most) return std::nullopt;
    out.resize(size);
    return out;
}

std::string claimed_issuer(std::string_view xml) {
    const auto at = xml.find("Issuer");
    const auto begin = at == xml.npos ? at : xml.find('>', at);
    const auto end = begin == xml.npos ? begin : xml.find('<', begin);
    if (end == xml.npos) return {};
    return std::string(trimmed(xml.substr(begin + 1, end - begin - 1)));
}

std::optional<std::string> gate_problem(std::string_view xml) {
    if (xml.find('\0') != xml.npos || !is_utf8(xml)) return "It is not text in UTF-8.";
    const auto body = without_declaration(xml);
    if (!body || !body->starts_with('<')) return "It does not begin with an element in UTF-8.";
    if (has_strange_entity(*body)) return "It names an entity; messages of providers do not.";
    return tag_problem(*body);
}

}  // namespace concordat::identity::saml
