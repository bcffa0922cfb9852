// XML signatures, checked on the canonical bytes that they cover (W3C XML Signature 1.1).
//
// The worker cuts a signed element out of a message and brings it, and the SignedInfo, to canonical form;
// here the bytes are hashed, the signature is checked with a key of the provider, and what is believed
// afterwards is read from those bytes only. Keys in the message are never looked at. Allowed are RSA (2048
// bits or more) and ECDSA, with SHA-256, SHA-384 and SHA-512. Pure, thread-safe.
#pragma once
#include <optional>
#include <string>
#include <vector>
#include "core/base/clock.hpp"
#include "identity/saml_message/element.hpp"
#include "identity/saml_message/findings.hpp"
#include "identity/saml_message/worker_protocol.hpp"

namespace concordat::identity::saml {

// The element that the signature covers, as signed. Nothing when it does not hold: a rule in `findings` says
// why. `certificates`: DER in base64.
std::optional<Element> signed_element(const SignedPart& part, const std::vector<std::string>& certificates,
                                      Findings& findings);

// A signature over the query of a redirect (bindings, section 3.4.4.1). `algorithm` is the SigAlg URI.
bool is_signed_query(std::string_view query, std::string_view algorithm, const std::string& signature,
                     const std::vector<std::string>& certificates, Findings& findings);

// The same, made with a private key in PEM. Throws Error (invalid, "saml.key") when it cannot be used.
enum class SigningHash { sha256, sha512 };
std::string_view signing_algorithm(SigningHash hash);
std::string signature_of(std::string_view text, const std::string& key_pem, SigningHash hash);

struct CertificateFacts {
    std::string der;      // base64
    std::string subject;  // for people
    Millis not_before = 0, not_after = 0;
    bool is_strong = false;  // of an allowed kind and length
};
// Of a certificate in PEM, or DER in base64. Nothing when it is neither.
std::optional<CertificateFacts> certificate_facts(const std::string& text);
// Whether this is a private key in PEM, without passphrase.
bool is_private_key(const std::string& text);
// Whether the key (PEM) is that of the certificate (PEM).
bool belong_together(const std::string& certificate_pem, const std::string& key_pem);

}  // namespace concordat::identity::saml
