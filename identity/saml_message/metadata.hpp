// What a provider's metadata says (SAML 2.0 metadata). Pure, thread-safe.
#pragma once
#include <optional>
#include <string>
#include <vector>
#include "core/base/clock.hpp"
#include "identity/saml_message/findings.hpp"
#include "identity/saml_message/worker_protocol.hpp"

namespace concordat::identity::saml {

struct ProviderMetadata {
    ProviderFacts facts;
    Millis valid_until = 0;  // 0: not said
};

// Metadata of one provider, as the worker read it. `signers` (DER in base64): when there are any, the
// metadata must be signed by one of them, and only what that signature covers is read. Nothing when refused;
// `findings` has the rule: saml.metadata, saml.signature, saml.algorithm, saml.time (no longer valid).
std::optional<ProviderMetadata> metadata_in(const SamlAnswer& answer, const std::vector<std::string>& signers,
                                            Millis now, Findings& findings);

}  // namespace concordat::identity::saml
