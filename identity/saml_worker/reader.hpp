// Takes a message apart: what its structure is, and what its signatures cover. Decides nothing.
//
// One thread. What is odd about the structure is said in SamlAnswer::problem.
#pragma once
#include <string>
#include "identity/saml_message/worker_protocol.hpp"
#include "identity/saml_worker/xml_document.hpp"

namespace concordat::identity::saml {

// A response: exactly one assertion, plain or encrypted, directly below it; signatures directly below the
// response or the assertion and nowhere else. Fills message, parts and problem. True when the assertion is
// encrypted.
bool read_response(xmlDoc* document, SamlAnswer& answer);
// The decrypted assertion: fills assertion, adds its part.
void read_assertion(xmlDoc* document, SamlAnswer& answer);
// A request or answer of single logout: fills message, and parts when it is signed; its signature stands
// directly below it and nowhere else.
void read_logout(xmlDoc* document, SamlAnswer& answer);
bool is_logout_request(xmlDoc* document);
// Metadata of one identity provider: the same.
void read_metadata(xmlDoc* document, SamlAnswer& answer);

}  // namespace concordat::identity::saml
