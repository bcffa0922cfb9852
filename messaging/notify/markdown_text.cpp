#include "messaging/notify/markdown_text.hpp"
#include <cmark-gfm.h>
#include <algorithm>
#include <memory>
#include <new>
#include "core/base/text.hpp"
#include "messaging/notify/letters.hpp"

namespace concordat::messaging {
namespace {

struct FreeParser {
    void operator()(cmark_parser* p) const { cmark_parser_free(p); }
};
struct FreeNode {
    void operator()(cmark_node* n) const { cmark_node_free(n); }
};
struct FreeIterator {
    void operator()(cmark_iter* i) const { cmark_iter_free(i); }
};

bool ends_address(char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == '<' || c == '>' || c == '`';
}

bool starts_with_any_case(std::string_view text, std::string_view low) {
    if (text.size() < low.size()) return false;
    for (std::size_t i = 0; i < low.size(); ++i)
        if (lower_rune(static_cast<unsigned char>(text[i])) != static_cast<unsigned char>(low[i]))
            return false;
    return true;
}

// Length of the scheme (or "www.") of a web address that starts at `at`, 0 when none does.
std::size_t scheme_at(std::string_view text, std::size_t at) {
    const char c = static_cast<char>(text[at] | 0x20);
    if (c != 'h' && c != 'w' && c != 'f') return 0;
    if (at > 0 && is_letter_or_digit(static_cast<unsigned char>(text[at - 1]))) return 0;
    for (const std::string_view scheme : {"https://", "http://", "www.", "ftp://"})
        if (starts_with_any_case(text.substr(at), scheme)) {
            const auto next = at + scheme.size();
            return next < text.size() && !ends_address(text[next]) ? scheme.size() : 0;
        }
    return 0;
}

// One past the end of the address that starts at `at`, without punctuation that ends the sentence.
std::size_t address_end(std::string_view text, std::size_t at) {
    auto end = at;
    int open = 0;  // parentheses opened and not closed inside the address
    while (end < text.size() && !ends_address(text[end])) {
        if (text[end] == '(') ++open;
        if (text[end] == ')' && --open < 0) break;
        ++end;
    }
    while (end > at && std::string_view("?!.,:;*_~'\"]}").find(text[end - 1]) != std::string_view::npos)
        --end;
    return end;
}

// cmark's own autolinks change tables shared by all threads while they parse, so they stay off. Here
// the emphasis characters of bare addresses are escaped, so that an address stays in one piece.
std::string with_addresses_escaped(std::string_view markdown) {
    std::string out;
    out.reserve(markdown.size() + 64);
    for (std::size_t i = 0; i < markdown.size();) {
        const bool bracketed = i > 0 && markdown[i - 1] == '<';  // there a backslash is a backslash
        const auto scheme = bracketed ? 0 : scheme_at(markdown, i);
        if (scheme == 0) {
            out += markdown[i++];
            continue;
        }
        const auto end = std::max(address_end(markdown, i), i + scheme);
        for (; i < end; ++i) {
            if (markdown[i] == '_' || markdown[i] == '*' || markdown[i] == '&') out += '\\';
            out += markdown[i];
        }
    }
    return out;
}

// Appends `text` to the result, taking bare addresses out of it.
void take_text(MarkdownText& result, std::string_view text) {
    std::size_t from = 0;
    const auto keep = [&](std::size_t to) {
        if (to > from) result.texts.emplace_back(text.substr(from, to - from));
    };
    for (std::size_t i = 0; i < text.size();) {
        const auto scheme = scheme_at(text, i);
        const auto end = scheme == 0 ? i : address_end(text, i);
        if (scheme == 0 || end <= i + scheme) {
            ++i;
            continue;
        }
        keep(i);
        const auto address = text.substr(i, end - i);
        result.links.emplace_back((address[0] | 0x20) == 'w' ? "http://" + std::string(address)
                                                             : std::string(address));
        from = i = end;
    }
    keep(text.size());
}

bool is_plain(std::string_view text) {
    if (text.find_first_of("`~\\<&[]*_|\t") != std::string_view::npos) return false;
    if (text.substr(0, 4) == "    ") return false;
    return text.find("\n    ") == std::string_view::npos;
}

// `[name](https://...)` and `<https://...>`: the label of the second is its target and no prose.
bool is_label_its_target(cmark_node* link) {
    auto* child = cmark_node_first_child(link);
    if (child == nullptr || child != cmark_node_last_child(link)) return false;
    const char* label = cmark_node_get_literal(child);
    const char* url = cmark_node_get_url(link);
    return label != nullptr && url != nullptr && std::string_view(label) == url;
}

void walk(MarkdownText& result, cmark_node* root) {
    const std::unique_ptr<cmark_iter, FreeIterator> nodes(cmark_iter_new(root));
    std::string run;
    const auto flush = [&] {
        take_text(result, run);
        run.clear();
    };
    for (auto event = cmark_iter_next(nodes.get()); event != CMARK_EVENT_DONE;
         event = cmark_iter_next(nodes.get())) {
        auto* node = cmark_iter_get_node(nodes.get());
        const auto type = cmark_node_get_type(node);
        if (type == CMARK_NODE_TEXT) {
            if (const char* text = cmark_node_get_literal(node)) run += text;
            continue;
        }
        flush();
        if (type != CMARK_NODE_LINK || event != CMARK_EVENT_ENTER) continue;
        if (const char* url = cmark_node_get_url(node); url != nullptr && *url != '\0')
            result.links.emplace_back(url);
        if (is_label_its_target(node)) cmark_iter_reset(nodes.get(), node, CMARK_EVENT_EXIT);
    }
    flush();
}

}  // namespace

MarkdownText markdown_text(std::string_view markdown) {
    markdown = rune_prefix(markdown, longest_markdown);
    MarkdownText result;
    if (is_plain(markdown)) {
        take_text(result, markdown);
        return result;
    }
    const auto source = with_addresses_escaped(markdown);
    const std::unique_ptr<cmark_parser, FreeParser> parser(cmark_parser_new(CMARK_OPT_VALIDATE_UTF8));
    if (!parser) throw std::bad_alloc();
    cmark_parser_feed(parser.get(), source.data(), source.size());
    const std::unique_ptr<cmark_node, FreeNode> root(cmark_parser_finish(parser.get()));
    if (!root) throw std::bad_alloc();
    walk(result, root.get());
    return result;
}

}  // namespace concordat::messaging
