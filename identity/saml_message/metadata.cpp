#include "identity/saml_message/metadata.hpp"

#include <algorithm>

#include "identity/saml_message/element.hpp"
#include "identity/saml_message/names.hpp"
#include "identity/saml_message/response.hpp"
#include "identity/saml_message/signature.hpp"

namespace concordat::identity::saml {
namespace {

std::string without_blanks(std::string text) {
    text.erase(std::remove_if(text.begin(), text.end(),
                              [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }),
               text.end());
    return text;
}

const Element* endpoint_by(const Element& role, std::string_view name, std::string_view binding) {
    for (const auto* one : role.all(metadata_ns, name))
        if (one->attribute("Binding") == binding) return one;
    return nullptr;
}

void take_sign_out(const Element& role, ProviderFacts& facts) {
    const auto* one = endpoint_by(role, "SingleLogoutService", redirect_binding);
    if (!one) {
        one = endpoint_by(role, "SingleLogoutService", post_binding);
        facts.sign_out_by_post = one != nullptr;
    }
    if (!one) return;
    facts.sign_out_url = one->attribute("Location");
    facts.sign_out_answer = one->attribute("ResponseLocation");
}

void take_certificates(const Element& role, ProviderFacts& facts) {
    for (const auto* key : role.all(metadata_ns, "KeyDescriptor")) {
        if (const auto& use = key->attribute("use"); !use.empty() && use != "signing") continue;
        for (const auto* info : key->all(signature_ns, "KeyInfo"))
            for (const auto* data : info->all(signature_ns, "X509Data"))
                for (const auto* certificate : data->all(signature_ns, "X509Certificate"))
                    facts.certificates.push_back(without_blanks(certificate->text));
    }
}

// The EntityDescriptor that counts.
std::optional<Element> descriptor_in(const SamlAnswer& answer, const std::vector<std::string>& signers,
                                     Findings& findings) {
    std::optional<Element> root;
    if (signers.empty()) {
        root = parse_canonical(answer.message);
    } else if (answer.parts.size() != 1) {
        findings.refuse("saml.signature",
                        "The metadata is not signed, and IdpMetadataCertificateFile says who must sign it.");
        return std::nullopt;
    } else {
        root = signed_element(answer.parts[0], signers, findings);
        if (root) findings.pass("saml.signature", "Of the metadata.");
    }
    if (findings.is_refused) return std::nullopt;
    if (root && root->is(metadata_ns, "EntityDescriptor")) return root;
    findings.refuse("saml.metadata",
                    "The metadata must be the EntityDescriptor of one provider, of at most 5000 elements.");
    return std::nullopt;
}

// validUntil of the whole and of the role: the earlier. False when one of them is over, or is no time.
bool take_validity(const Element& element, Millis now, ProviderMetadata& out, Findings& findings) {
    if (!element.has_attribute("validUntil")) return true;
    const auto until = time_in(element.attribute("validUntil"));
    if (!until || *until <= now)
        return findings.refuse("saml.time", "The metadata was valid until \"" +
                                                element.attribute("validUntil").substr(0, 100) + "\".");
    out.valid_until = out.valid_until == 0 ? *until : std::min(out.valid_until, *until);
    return true;
}

}  // namespace

std::optional<ProviderMetadata> metadata_in(const SamlAnswer& answer, const std::vector<std::string>& signers,
                                            Millis now, Findings& findings) {
    const auto root = descriptor_in(answer, signers, findings);
    if (!root) return std::nullopt;
    const auto roles = root->all(metadata_ns, "IDPSSODescriptor");
    if (roles.size() != 1) {
        findings.refuse("saml.metadata", "The metadata must have exactly one IDPSSODescriptor.");
        return std::nullopt;
    }
    ProviderMetadata out;
    if (!take_validity(*root, now, out, findings) || !take_validity(*roles[0], now, out, findings))
        return std::nullopt;
    out.facts.entity_id = root->attribute("entityID");
    if (const auto* one = endpoint_by(*roles[0], "SingleSignOnService", redirect_binding))
        out.facts.sign_in_url = one->attribute("Location");
    take_sign_out(*roles[0], out.facts);
    take_certificates(*roles[0], out.facts);
    if (out.facts.entity_id.empty() || out.facts.sign_in_url.empty() || out.facts.certificates.empty()) {
        findings.refuse(
            "saml.metadata",
            "The metadata must have an entityID, a SingleSignOnService by HTTP-Redirect and a certificate.");
        return std::nullopt;
    }
    return out;
}

}  // namespace concordat::identity::saml
