#include "identity/saml_worker/xml_document.hpp"

#include <libxml/c14n.h>
#include <libxml/parser.h>

#include "identity/saml_message/names.hpp"

namespace concordat::identity::saml {
namespace {

struct FreeText {
    void operator()(xmlChar* text) const { xmlFree(text); }
};
using Text = std::unique_ptr<xmlChar, FreeText>;

std::string_view view(const xmlChar* text) {
    return text ? std::string_view(reinterpret_cast<const char*>(text)) : std::string_view();
}
const xmlChar* xml(const char* text) {
    return reinterpret_cast<const xmlChar*>(text);
}

struct Selection {
    const xmlNode *element, *except;
};

// Of attributes and declarations it is their element that counts.
int is_selected(void* data, xmlNode* node, xmlNode* parent) {
    const auto& selection = *static_cast<const Selection*>(data);
    const bool belongs_to_parent = node->type == XML_NAMESPACE_DECL || node->type == XML_ATTRIBUTE_NODE;
    for (const xmlNode* at = belongs_to_parent ? parent : node; at; at = at->parent) {
        if (at == selection.except) return 0;
        if (at == selection.element) return 1;
    }
    return 0;
}

std::optional<int> mode_of(std::string_view method) {
    if (method == exclusive_c14n) return XML_C14N_EXCLUSIVE_1_0;
    if (method == inclusive_c14n) return XML_C14N_1_0;
    if (method == inclusive_c14n_11) return XML_C14N_1_1;
    return std::nullopt;
}

}  // namespace

Document parsed(const std::string& text) {
    return Document(xmlReadMemory(text.data(), static_cast<int>(text.size()), nullptr, "UTF-8",
                                  XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING));
}

Document document_of(const xmlNode* node) {
    Document document(xmlNewDoc(xml("1.0")));
    auto* copy = document && node ? xmlDocCopyNode(const_cast<xmlNode*>(node), document.get(), 1) : nullptr;
    if (!copy) return nullptr;
    xmlDocSetRootElement(document.get(), copy);
    return document;
}

bool is_element(const xmlNode* node, std::string_view ns, std::string_view name) {
    return node->type == XML_ELEMENT_NODE && node->ns && view(node->ns->href) == ns &&
           view(node->name) == name;
}

std::vector<xmlNode*> children(const xmlNode* parent, std::string_view ns, std::string_view name) {
    std::vector<xmlNode*> out;
    for (auto* node = parent->children; node; node = node->next)
        if (is_element(node, ns, name)) out.push_back(node);
    return out;
}

std::string attribute(const xmlNode* node, const char* name) {
    const Text value(xmlGetNoNsProp(const_cast<xmlNode*>(node), xml(name)));
    return std::string(view(value.get()));
}

std::string text_of(const xmlNode* node) {
    const Text value(xmlNodeGetContent(const_cast<xmlNode*>(node)));
    return std::string(view(value.get()));
}

std::optional<std::string> canonical(xmlDoc* document, const xmlNode* element, const xmlNode* except,
                                     std::string_view method, const std::vector<std::string>& prefixes) {
    const auto mode = mode_of(method);
    if (!mode) return std::nullopt;
    std::vector<xmlChar*> list;
    for (const auto& prefix : prefixes) list.push_back(const_cast<xmlChar*>(xml(prefix.c_str())));
    list.push_back(nullptr);
    Selection selection{element, except};
    auto* buffer = xmlAllocOutputBuffer(nullptr);
    if (!buffer) return std::nullopt;
    const int size = xmlC14NExecute(document, is_selected, &selection, *mode,
                                    prefixes.empty() ? nullptr : list.data(), 0, buffer);
    std::optional<std::string> out;
    if (size >= 0)
        out.emplace(reinterpret_cast<const char*>(xmlOutputBufferGetContent(buffer)),
                    xmlOutputBufferGetSize(buffer));
    xmlOutputBufferClose(buffer);
    return out;
}

}  // namespace concordat::identity::saml
