#include "core/base/json.hpp"

#include "core/base/text.hpp"

namespace concordat {
namespace {

constexpr std::size_t deepest_json = 64;

bool plain(unsigned char c) {
    return c >= 0x20 && c != '"' && c != '\\' && c < 0x80;
}

}  // namespace

void write_json_string(std::string& out, std::string_view text) {
    static constexpr char hex[] = "0123456789abcdef";
    out += '"';
    for (std::size_t i = 0; i < text.size();) {
        std::size_t run = i;
        while (run < text.size() && plain(static_cast<unsigned char>(text[run]))) ++run;
        out.append(text.substr(i, run - i));
        if ((i = run) == text.size()) break;
        const auto c = static_cast<unsigned char>(text[i]);
        if (c >= 0x80) {
            const auto length = utf8_length_at(text, i);
            if (length == 0)
                out += "\xEF\xBF\xBD";
            else
                out.append(text.substr(i, length));
            i += length == 0 ? 1 : length;
            continue;
        }
        ++i;
        switch (c) {
            case '"':
                out += "\\\"";
                break;
            case '\\':
                out += "\\\\";
                break;
            case '\n':
                out += "\\n";
                break;
            case '\r':
                out += "\\r";
                break;
            case '\t':
                out += "\\t";
                break;
            default:
                out += "\\u00";
                out += hex[c >> 4];
                out += hex[c & 15];
        }
    }
    out += '"';
}

json::value parse_json_value(std::string_view text, const char* what) {
    boost::system::error_code ec;
    json::parse_options options;
    options.max_depth = deepest_json;
    auto value = json::parse(text, ec, {}, options);
    if (ec) throw bad_body(what);
    return value;
}

}  // namespace concordat
