// The rules for a response that is to sign somebody in (SAML 2.0 profiles, section 4.1.4; core, section 2).
//
// The SAML library in the worker does not check most of them. Everything here is read from what a signature
// of the provider covers; of the parts of a message that none covers, only what could refuse it is looked at.
// (One exception: the content of an encrypted assertion that has no signature of its own, in a response that
// is signed, is what the worker decrypted.) Pure, thread-safe.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>
#include "core/base/clock.hpp"
#include "identity/saml_message/findings.hpp"
#include "identity/saml_message/worker_protocol.hpp"

namespace concordat::identity::saml {

// What a response has to fit.
struct Expectation {
    std::string entity_id;     // ours
    std::string consumer_url;  // where it was sent
    std::string request_id;    // that it must answer; "" for one that nobody asked for
    Millis now = 0;
    Millis skew = 60000;  // ms by which the provider's clock may differ
};

// What the provider says of a person.
struct Claims {
    std::string assertion_id;
    std::string name_id, name_id_format, name_qualifier, sp_name_qualifier, session_index;
    Millis expires_at = 0;       // the assertion is worth nothing from then on, skew included
    Millis session_ends_at = 0;  // 0: not said
    std::map<std::string, std::vector<std::string>> attributes;  // by Name, and by FriendlyName
};

// Nothing when refused; `findings` says which rule.
std::optional<Claims> claims_in(const SamlAnswer& answer, const ProviderFacts& provider,
                                const Expectation& expected, Findings& findings);

// "2026-11-29T19:40:11.123Z", with or without fraction, or with an offset. Nothing when it is not that.
std::optional<Millis> time_in(std::string_view text);

}  // namespace concordat::identity::saml
