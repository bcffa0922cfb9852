// A reader of canonical XML, the form in which signatures cover a message.
//
// Canonical XML without comments is a small language: elements with double-quoted attributes, text, and a
// handful of character references. This reads that and nothing else, so what it says is in a signed text is
// in it. Pure; memory grows with the text.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace concordat::identity::saml {

struct Element {
    struct Attribute {
        std::string ns, name, value;  // ns "" for attributes without prefix
    };
    std::string ns, name;
    std::vector<Attribute> attributes;  // without declarations of namespaces
    std::vector<Element> children;
    std::string text;  // of this element itself, its parts joined

    bool is(std::string_view ns_wanted, std::string_view name_wanted) const {
        return ns == ns_wanted && name == name_wanted;
    }
    // Of an attribute without prefix; "" when there is none.
    const std::string& attribute(std::string_view name_wanted) const;
    bool has_attribute(std::string_view name_wanted) const;
    // The first child of that name, or nullptr.
    const Element* child(std::string_view ns_wanted, std::string_view name_wanted) const;
    std::vector<const Element*> all(std::string_view ns_wanted, std::string_view name_wanted) const;
};

// Nothing when `text` is anything but one canonical element, at most `deepest` levels (gate.hpp).
std::optional<Element> parse_canonical(std::string_view text);

}  // namespace concordat::identity::saml
