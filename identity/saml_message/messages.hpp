// The messages that we write: requests to sign in, our metadata, what the library is told of the provider.
//
// Text is escaped; everything else is fixed. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include "core/base/clock.hpp"
#include "identity/saml_message/signature.hpp"
#include "identity/saml_message/worker_protocol.hpp"

namespace concordat::identity::saml {

// We, as the provider sees us.
struct ServiceFacts {
    std::string entity_id, consumer_url;
    std::string sign_out_url;            // "" when there is no single logout
    std::string signing_certificate;     // DER in base64; "" when nothing is signed
    std::string encryption_certificate;  // "" when nothing may come encrypted
    bool signs_requests = false;         // to sign in; those to sign out are always signed
};

struct SignInRequest {
    std::string id;  // of the request; unguessable
    std::string destination;
    Millis now = 0;
    bool wants_persistent_id = false;
    std::string scoping_id, scoping_name;  // a provider behind the provider; "" is none
};
std::string sign_in_request(const SignInRequest& request, const ServiceFacts& us);

// How a message goes by redirect: deflated, in the query of `target`, signed when there is a key.
struct Signing {
    std::string key;  // PEM
    SigningHash hash = SigningHash::sha256;
};
std::string redirect_to(const std::string& target, std::string_view parameter, const std::string& xml,
                        const std::string& relay_state, const std::optional<Signing>& signing);

// `xml` is in canonical form and has an Issuer; the signature, over the element with this id, which is the
// whole, comes after that.
std::string with_signature(const std::string& xml, const std::string& id, const Signing& signing);

std::string service_metadata(const ServiceFacts& us);
// The provider's metadata as this node sees it, whatever it was made from.
std::string provider_metadata(const ProviderFacts& provider);
std::string xml_time(Millis at);

}  // namespace concordat::identity::saml
