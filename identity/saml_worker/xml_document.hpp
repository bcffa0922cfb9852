// libxml2 documents: parsed without network, files and entities, and brought to canonical form.
//
// One thread. Errors of the library are answers here: nothing is printed.
#pragma once
#include <libxml/tree.h>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace concordat::identity::saml {

struct FreeDocument {
    void operator()(xmlDoc* document) const { xmlFreeDoc(document); }
};
using Document = std::unique_ptr<xmlDoc, FreeDocument>;

// Nothing when it is not well formed.
Document parsed(const std::string& xml);
// A copy of a node that a library holds, as a document of its own.
Document document_of(const xmlNode* node);

bool is_element(const xmlNode* node, std::string_view ns, std::string_view name);
// The child elements of that name.
std::vector<xmlNode*> children(const xmlNode* parent, std::string_view ns, std::string_view name);
std::string attribute(const xmlNode* node, const char* name);
std::string text_of(const xmlNode* node);

// The form of `element` that `method` names, without `except` below it (nullptr: whole). `prefixes` are those
// of InclusiveNamespaces. Nothing when the method is not known.
std::optional<std::string> canonical(xmlDoc* document, const xmlNode* element, const xmlNode* except,
                                     std::string_view method, const std::vector<std::string>& prefixes);

}  // namespace concordat::identity::saml
