// A provider's messages in canonical form, signed as a provider would.
#pragma once
#include <string>

#include "identity/saml_message/response.hpp"
#include "identity/saml_message/signature.hpp"
#include "storage/crypto/digest.hpp"
#include "tests/support/saml_keys.hpp"

namespace concordat::identity::saml::test {

inline const concordat::test::SamlKeys& keys() {
    static const concordat::test::SamlKeys keys("provider");
    return keys;
}

inline std::string der(const std::string& pem) {
    return certificate_facts(pem)->der;
}

inline const ProviderFacts& provider() {
    static const ProviderFacts facts{
        "https://idp.example", "https://idp.example/sso", {}, {}, {der(keys().certificate)}};
    return facts;
}

inline std::string info(const std::string& id, const std::string& digest,
                        const std::string& method = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
                        const std::string& digest_method = "http://www.w3.org/2001/04/xmlenc#sha256",
                        const std::string& more_transforms = "") {
    const std::string c14n = "http://www.w3.org/2001/10/xml-exc-c14n#";
    return "<ds:SignedInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:CanonicalizationMethod "
           "Algorithm=\"" +
           c14n + "\"></ds:CanonicalizationMethod><ds:SignatureMethod Algorithm=\"" + method +
           "\"></ds:SignatureMethod><ds:Reference URI=\"#" + id +
           "\"><ds:Transforms><ds:Transform "
           "Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\">"
           "</ds:Transform><ds:Transform Algorithm=\"" +
           c14n + "\"></ds:Transform>" + more_transforms + "</ds:Transforms><ds:DigestMethod Algorithm=\"" +
           digest_method + "\"></ds:DigestMethod><ds:DigestValue>" + digest +
           "</ds:DigestValue></ds:Reference></ds:SignedInfo>";
}

inline SignedPart signed_part(const std::string& element, const std::string& id,
                              const std::string& key = keys().key) {
    SignedPart part;
    part.element = element;
    part.signed_info = info(id, storage::base64(storage::text_of(storage::sha256(element))));
    part.value = storage::base64(signature_of(part.signed_info, key, SigningHash::sha256));
    return part;
}

struct Assertion {
    std::string id = "_a", name_id = "ada", audience = "https://us.example",
                recipient = "https://us.example/acs", answers = " InResponseTo=\"_q\"",
                until = "2026-11-29T12:05:00Z", from = "2026-11-29T11:59:00Z",
                confirmed_until = "2026-11-29T12:05:00Z", more_conditions, session_until;
    std::string text() const {
        return "<saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"" + id +
               "\" IssueInstant=\"2026-11-29T12:00:00Z\" "
               "Version=\"2.0\"><saml:Issuer>https://idp.example</saml:Issuer>"
               "<saml:Subject><saml:NameID>" +
               name_id +
               "</saml:NameID><saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\">"
               "<saml:SubjectConfirmationData" +
               answers + " NotOnOrAfter=\"" + confirmed_until + "\" Recipient=\"" + recipient +
               "\"></saml:SubjectConfirmationData></saml:SubjectConfirmation></saml:Subject><saml:Conditions "
               "NotBefore=\"" +
               from + "\" NotOnOrAfter=\"" + until + "\"><saml:AudienceRestriction><saml:Audience>" +
               audience + "</saml:Audience></saml:AudienceRestriction>" + more_conditions +
               "</saml:Conditions><saml:AuthnStatement AuthnInstant=\"2026-11-29T12:00:00Z\"" +
               session_until +
               "></saml:AuthnStatement><saml:AttributeStatement><saml:Attribute FriendlyName=\"mail\" "
               "Name=\"urn:oid:1\"><saml:AttributeValue>ada@example.org</saml:AttributeValue></"
               "saml:Attribute>"
               "</saml:AttributeStatement></saml:Assertion>";
    }
};

inline std::string response_text(const std::string& inner, const std::string& more = " InResponseTo=\"_q\"") {
    return "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" "
           "Destination=\"https://us.example/acs\" ID=\"_r\"" +
           more +
           " Version=\"2.0\"><saml:Issuer "
           "xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">https://idp.example"
           "</saml:Issuer><samlp:Status><samlp:StatusCode "
           "Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"></samlp:StatusCode></samlp:Status>" +
           inner + "</samlp:Response>";
}

// 2026-11-29 12:00:00 UTC
inline constexpr Millis noon = 1795953600000;

inline Expectation expectation(Millis now = noon) {
    return {"https://us.example", "https://us.example/acs", "_q", now, 60000};
}

}  // namespace concordat::identity::saml::test
