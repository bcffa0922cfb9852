#include "messaging/document/markup_text.hpp"

#include <algorithm>
#include <charconv>

#include "core/base/text.hpp"
#include "messaging/document/runes.hpp"

namespace concordat::messaging {
namespace {

constexpr std::size_t longest_entity = 10, longest_name = 32;

struct Entity {
    std::string_view name;
    char32_t code;
};
constexpr Entity entities[] = {
    {"amp", '&'},       {"lt", '<'},       {"gt", '>'},       {"quot", '"'},     {"apos", '\''},
    {"nbsp", ' '},      {"shy", 0xAD},     {"euro", 0x20AC},  {"copy", 0xA9},    {"reg", 0xAE},
    {"hellip", 0x2026}, {"ndash", 0x2013}, {"mdash", 0x2014}, {"lsquo", 0x2018}, {"rsquo", 0x2019},
    {"ldquo", 0x201C},  {"rdquo", 0x201D}, {"laquo", 0xAB},   {"raquo", 0xBB},   {"szlig", 0xDF},
    {"auml", 0xE4},     {"ouml", 0xF6},    {"uuml", 0xFC},    {"Auml", 0xC4},    {"Ouml", 0xD6},
    {"Uuml", 0xDC},     {"agrave", 0xE0},  {"aacute", 0xE1},  {"acirc", 0xE2},   {"atilde", 0xE3},
    {"aring", 0xE5},    {"aelig", 0xE6},   {"ccedil", 0xE7},  {"egrave", 0xE8},  {"eacute", 0xE9},
    {"ecirc", 0xEA},    {"euml", 0xEB},    {"igrave", 0xEC},  {"iacute", 0xED},  {"icirc", 0xEE},
    {"iuml", 0xEF},     {"ntilde", 0xF1},  {"ograve", 0xF2},  {"oacute", 0xF3},  {"ocirc", 0xF4},
    {"otilde", 0xF5},   {"oslash", 0xF8},  {"ugrave", 0xF9},  {"uacute", 0xFA},  {"ucirc", 0xFB},
    {"oelig", 0x153},   {"Agrave", 0xC0},  {"Aacute", 0xC1},  {"Ccedil", 0xC7},  {"Egrave", 0xC8},
    {"Eacute", 0xC9},   {"Ecirc", 0xCA},   {"Ntilde", 0xD1},  {"Oslash", 0xD8},  {"Aring", 0xC5}};

// Inside these nothing is text.
constexpr std::string_view silent[] = {"script", "style", "template", "noscript", "metadata"};
// These do not part words.
constexpr std::string_view within_words[] = {"a",   "abbr", "b",     "big",   "em",   "font",
                                             "i",   "mark", "s",     "small", "span", "strong",
                                             "sub", "sup",  "tspan", "u",     "wbr"};

// The entity at the beginning of `text`, and how long it is; 0 for none.
std::pair<char32_t, std::size_t> entity_at(std::string_view text) {
    const auto end = text.substr(0, longest_entity + 2).find(';');
    if (end == std::string_view::npos || end < 2) return {};
    auto name = text.substr(1, end - 1);
    if (name.front() != '#') {
        const auto known = std::ranges::find(entities, name, &Entity::name);
        return known == std::end(entities) ? std::pair<char32_t, std::size_t>{}
                                           : std::pair{known->code, end + 1};
    }
    name.remove_prefix(1);
    const bool is_hex = name.starts_with('x') || name.starts_with('X');
    if (is_hex) name.remove_prefix(1);
    std::uint32_t code = 0;
    const auto read = std::from_chars(name.data(), name.data() + name.size(), code, is_hex ? 16 : 10);
    if (name.empty() || read.ec != std::errc() || read.ptr != name.data() + name.size()) return {};
    return {code, end + 1};
}

class MarkupReader {
public:
    MarkupReader(std::string_view markup, TextSink& sink) : left_(markup), sink_(sink) {}

    void read() {
        while (!left_.empty() && !sink_.is_full()) {
            const auto next = left_.find_first_of("<&");
            say(left_.substr(0, next));
            if (next == std::string_view::npos) return;
            left_.remove_prefix(next);
            if (left_.front() == '&')
                entity();
            else
                tag();
        }
    }

private:
    void say(std::string_view text) { sink_.add(text); }
    void skip_past(std::string_view end) {
        const auto at = left_.find(end);
        left_.remove_prefix(at == std::string_view::npos ? left_.size() : at + end.size());
    }
    void entity() {
        const auto [code, length] = entity_at(left_);
        std::string sign;
        if (length > 0)
            put_rune(sign, code);
        else
            sign = "&";
        say(sign);
        left_.remove_prefix(std::max<std::size_t>(length, 1));
    }
    void tag() {
        constexpr std::string_view data = "<![CDATA[", data_end = "]]>";
        if (left_.starts_with("<!--")) return skip_past("-->");
        if (left_.starts_with(data)) {
            left_.remove_prefix(data.size());
            say(left_.substr(0, left_.find(data_end)));
            return skip_past(data_end);
        }
        const bool is_end = left_.starts_with("</");
        auto rest = left_.substr(is_end ? 2 : 1);
        const auto length = std::min(rest.find_first_of(" \t\r\n\f/>"), longest_name);
        const auto name = lower_ascii(rest.substr(0, length));
        if (name.empty()) {  // a sign for less
            say("<");
            left_.remove_prefix(1);
            return;
        }
        skip_past(">");
        if (std::ranges::find(within_words, name) == std::end(within_words))
            sink_.gap(name == "p" ? '\n' : ' ');
        if (!is_end && std::ranges::find(silent, name) != std::end(silent)) skip_silent(name);
    }
    // To the tag that ends it, in letters of either case.
    void skip_silent(const std::string& name) {
        while (!left_.empty()) {
            const auto at = left_.find("</");
            if (at == std::string_view::npos) break;
            left_.remove_prefix(at + 2);
            if (lower_ascii(left_.substr(0, name.size())) == name) return skip_past(">");
        }
        left_ = {};
    }

    std::string_view left_;
    TextSink& sink_;
};

}  // namespace

void read_markup(std::string_view markup, TextSink& sink) {
    MarkupReader(markup, sink).read();
}

}  // namespace concordat::messaging
