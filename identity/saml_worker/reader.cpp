#include "identity/saml_worker/reader.hpp"

#include <algorithm>

#include "identity/saml_message/names.hpp"

namespace concordat::identity::saml {
namespace {

struct Count {
    std::size_t assertions = 0, sealed = 0, signatures = 0;
};

void count_below(const xmlNode* node, Count& count) {
    for (auto* at = node->children; at; at = at->next) {
        count.assertions += is_element(at, assertion_ns, "Assertion");
        count.sealed += is_element(at, assertion_ns, "EncryptedAssertion");
        count.signatures += is_element(at, signature_ns, "Signature");
        count_below(at, count);
    }
}

void complain(SamlAnswer& answer, std::string problem) {
    if (answer.problem.empty()) answer.problem = std::move(problem);
}

std::vector<std::string> words(const std::string& text) {
    std::vector<std::string> out;
    std::string word;
    for (const char c : text + " ") {
        if (c != ' ' && c != '\t' && c != '\n') {
            word += c;
        } else if (!word.empty()) {
            out.push_back(word == "#default" ? "" : std::exchange(word, {}));
            word.clear();
        }
    }
    return out;
}

// Of a CanonicalizationMethod or a Transform.
std::vector<std::string> inclusive_prefixes(const xmlNode* method) {
    const auto lists = children(method, exclusive_c14n, "InclusiveNamespaces");
    return lists.empty() ? std::vector<std::string>() : words(attribute(lists[0], "PrefixList"));
}

// The signature directly below `signed_node`, if there is one.
void read_part(xmlDoc* document, const xmlNode* signed_node, SamlAnswer& answer) {
    const auto signatures = children(signed_node, signature_ns, "Signature");
    if (signatures.empty()) return;
    const auto* signature = signatures[0];
    const auto infos = children(signature, signature_ns, "SignedInfo");
    const auto values = children(signature, signature_ns, "SignatureValue");
    if (signatures.size() > 1 || infos.size() != 1 || values.size() != 1)
        return complain(answer, "An element has two signatures, or a signature is incomplete.");
    const auto methods = children(infos[0], signature_ns, "CanonicalizationMethod");
    const auto references = children(infos[0], signature_ns, "Reference");
    if (methods.size() != 1 || references.size() != 1)
        return complain(answer, "A signature must cover exactly one element.");
    std::string form(inclusive_c14n);  // of what no transform says otherwise
    std::vector<std::string> prefixes;
    for (const auto* transforms : children(references[0], signature_ns, "Transforms"))
        for (const auto* transform : children(transforms, signature_ns, "Transform"))
            if (const auto uri = attribute(transform, "Algorithm"); uri != enveloped) {
                form = uri;
                prefixes = inclusive_prefixes(transform);
            }
    const auto info = canonical(document, infos[0], nullptr, attribute(methods[0], "Algorithm"),
                                inclusive_prefixes(methods[0]));
    const auto element = canonical(document, signed_node, signature, form, prefixes);
    if (!info || !element) return complain(answer, "A signature uses a form that is not allowed.");
    answer.parts.push_back({*info, text_of(values[0]), *element});
}

std::string whole(xmlDoc* document) {
    return canonical(document, xmlDocGetRootElement(document), nullptr, exclusive_c14n, {}).value_or("");
}

// A message that is signed as a whole or not at all.
void read_signed_whole(xmlDoc* document, const xmlNode* root, const char* problem, SamlAnswer& answer) {
    Count count;
    count_below(root, count);
    if (count.assertions + count.sealed > 0) return complain(answer, "It holds an assertion.");
    if (count.signatures != children(root, signature_ns, "Signature").size())
        return complain(answer, problem);
    answer.message = whole(document);
    read_part(document, root, answer);
}

}  // namespace

bool read_response(xmlDoc* document, SamlAnswer& answer) {
    const auto* root = xmlDocGetRootElement(document);
    if (!root || !is_element(root, protocol_ns, "Response")) {
        complain(answer, "It is not a response of SAML 2.0.");
        return false;
    }
    Count count;
    count_below(root, count);
    const auto plain = children(root, assertion_ns, "Assertion");
    const auto sealed = children(root, assertion_ns, "EncryptedAssertion");
    answer.message = whole(document);
    // A response that says why nobody was signed in holds none.
    if (count.assertions + count.sealed > 1 ||
        count.assertions + count.sealed != plain.size() + sealed.size())
        complain(answer, "It must hold exactly one assertion, directly below the response.");
    const auto own = children(root, signature_ns, "Signature").size();
    const auto inner = plain.empty() ? 0 : children(plain[0], signature_ns, "Signature").size();
    if (count.signatures != own + inner)
        complain(answer,
                 "A signature stands somewhere else than directly below the response or the assertion.");
    if (!answer.problem.empty()) return false;
    read_part(document, root, answer);
    if (!plain.empty()) read_part(document, plain[0], answer);
    return !sealed.empty();
}

void read_assertion(xmlDoc* document, SamlAnswer& answer) {
    const auto* root = xmlDocGetRootElement(document);
    if (!root || !is_element(root, assertion_ns, "Assertion"))
        return complain(answer, "What was encrypted is not one assertion.");
    Count count;
    count_below(root, count);
    if (count.assertions + count.sealed > 0) return complain(answer, "An assertion holds another one.");
    if (count.signatures != children(root, signature_ns, "Signature").size())
        return complain(answer, "A signature stands somewhere else than directly below the assertion.");
    answer.assertion = whole(document);
    read_part(document, root, answer);
}

void read_logout(xmlDoc* document, SamlAnswer& answer) {
    const auto* root = xmlDocGetRootElement(document);
    if (!root ||
        (!is_element(root, protocol_ns, "LogoutRequest") && !is_element(root, protocol_ns, "LogoutResponse")))
        return complain(answer, "It is neither a request nor an answer of single logout.");
    read_signed_whole(document, root, "A signature stands somewhere else than directly below the message.",
                      answer);
}

bool is_logout_request(xmlDoc* document) {
    const auto* root = xmlDocGetRootElement(document);
    return root && is_element(root, protocol_ns, "LogoutRequest");
}

void read_metadata(xmlDoc* document, SamlAnswer& answer) {
    const auto* root = xmlDocGetRootElement(document);
    if (!root || !is_element(root, metadata_ns, "EntityDescriptor"))
        return complain(answer, "The metadata must be the EntityDescriptor of one provider.");
    answer.message = whole(document);
    SamlAnswer part;  // an odd signature is as good as none
    read_part(document, root, part);
    if (part.problem.empty()) answer.parts = std::move(part.parts);
}

}  // namespace concordat::identity::saml
