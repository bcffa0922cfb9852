#include "identity/saml_message/element.hpp"

#include <algorithm>
#include <tuple>

#include "core/base/text.hpp"
#include "identity/saml_message/gate.hpp"

namespace concordat::identity::saml {
namespace {

struct Malformed {};  // never leaves this file

bool is_name_byte(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.' || c == ':' || byte >= 0x80;
}

// XML knows none of these.
bool is_control(unsigned char c) {
    return c < ' ' && c != '\t' && c != '\n';
}

class Reader {
public:
    explicit Reader(std::string_view text) : text_(text) {}

    Element document() {
        auto root = element(1);
        if (at_ != text_.size()) throw Malformed();
        return root;
    }

private:
    struct Declared {
        std::string prefix, ns;
    };

    bool starts(std::string_view what) const { return text_.substr(at_).starts_with(what); }
    void expect(std::string_view what) {
        if (!starts(what)) throw Malformed();
        at_ += what.size();
    }
    std::string_view name() {
        const auto begin = at_;
        while (at_ < text_.size() && is_name_byte(text_[at_])) ++at_;
        if (at_ == begin || text_[begin] == ':' || text_[at_ - 1] == ':') throw Malformed();
        return text_.substr(begin, at_ - begin);
    }

    // "&lt;" and the like, which stands at at_.
    char reference() {
        static constexpr std::pair<std::string_view, char> known[] = {
            {"&amp;", '&'},  {"&lt;", '<'},   {"&gt;", '>'},  {"&quot;", '"'},
            {"&#xD;", '\r'}, {"&#xA;", '\n'}, {"&#x9;", '\t'}};
        for (const auto& [form, meaning] : known)
            if (starts(form)) {
                at_ += form.size();
                return meaning;
            }
        throw Malformed();
    }
    std::string value() {
        expect("\"");
        std::string out;
        while (at_ < text_.size() && text_[at_] != '"') {
            const char c = text_[at_];
            if (c == '<') throw Malformed();
            if (c == '&')
                out += reference();
            else
                out += text_[at_++];
        }
        expect("\"");
        return out;
    }

    std::string resolved(std::string_view prefix) const {
        for (auto one = declared_.rbegin(); one != declared_.rend(); ++one)
            if (one->prefix == prefix) return one->ns;
        if (prefix == "xml") return "http://www.w3.org/XML/1998/namespace";
        if (!prefix.empty()) throw Malformed();
        return {};
    }
    // Of a name with or without prefix; `default_applies` for elements.
    std::pair<std::string, std::string> parts(std::string_view name, bool default_applies) const {
        const auto colon = name.find(':');
        if (colon == name.npos) return {default_applies ? resolved("") : std::string(), std::string(name)};
        if (name.find(':', colon + 1) != name.npos) throw Malformed();
        return {resolved(name.substr(0, colon)), std::string(name.substr(colon + 1))};
    }

    void attributes(Element& out, std::vector<std::pair<std::string, std::string>>& given) {
        while (starts(" ")) {
            ++at_;
            const std::string attribute_name(name());
            expect("=");
            auto said = value();
            if (attribute_name == "xmlns")
                declared_.push_back({"", std::move(said)});
            else if (attribute_name.starts_with("xmlns:"))
                declared_.push_back({attribute_name.substr(6), std::move(said)});
            else
                given.emplace_back(attribute_name, std::move(said));
        }
        for (auto& [attribute_name, said] : given) {
            auto [ns, local] = parts(attribute_name, false);
            const bool is_there = std::any_of(out.attributes.begin(), out.attributes.end(),
                                              [&](const auto& a) { return a.ns == ns && a.name == local; });
            if (is_there) throw Malformed();
            out.attributes.push_back({std::move(ns), std::move(local), std::move(said)});
        }
    }

    void content(Element& out, std::size_t depth) {
        while (at_ < text_.size() && !starts("</")) {
            const char c = text_[at_];
            if (c == '<')
                out.children.push_back(element(depth + 1));
            else if (c == '&')
                out.text += reference();
            else
                out.text += text_[at_++];
        }
    }

    Element element(std::size_t depth) {
        if (depth > deepest || ++count_ > most_elements) throw Malformed();
        expect("<");
        const auto tag = name();
        const auto outer = declared_.size();
        Element out;
        std::vector<std::pair<std::string, std::string>> given;
        attributes(out, given);
        std::tie(out.ns, out.name) = parts(tag, true);
        expect(">");
        content(out, depth);
        expect("</");
        if (name() != tag) throw Malformed();
        expect(">");
        declared_.resize(outer);
        return out;
    }

    const std::string_view text_;
    std::size_t at_ = 0, count_ = 0;
    std::vector<Declared> declared_;
};

}  // namespace

const std::string& Element::attribute(std::string_view name_wanted) const {
    static const std::string none;
    for (const auto& one : attributes)
        if (one.ns.empty() && one.name == name_wanted) return one.value;
    return none;
}

bool Element::has_attribute(std::string_view name_wanted) const {
    return std::any_of(attributes.begin(), attributes.end(),
                       [&](const auto& one) { return one.ns.empty() && one.name == name_wanted; });
}

const Element* Element::child(std::string_view ns_wanted, std::string_view name_wanted) const {
    for (const auto& one : children)
        if (one.is(ns_wanted, name_wanted)) return &one;
    return nullptr;
}

std::vector<const Element*> Element::all(std::string_view ns_wanted, std::string_view name_wanted) const {
    std::vector<const Element*> out;
    for (const auto& one : children)
        if (one.is(ns_wanted, name_wanted)) out.push_back(&one);
    return out;
}

std::optional<Element> parse_canonical(std::string_view text) {
    if (!is_utf8(text) || std::any_of(text.begin(), text.end(), is_control)) return std::nullopt;
    try {  // what is not canonical is an answer here
        return Reader(text).document();
    } catch (const Malformed&) {
        return std::nullopt;
    }
}

}  // namespace concordat::identity::saml
