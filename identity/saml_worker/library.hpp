// The SAML library: verifies responses and logouts by its own rules, and decrypts.
//
// One thread. It does not check times, audiences, recipients or the age of algorithms (the node does), and
// believes an environment variable that turns signature checks off: it is taken away first.
#pragma once
#include <string>
#include "identity/saml_message/worker_protocol.hpp"
#include "identity/saml_worker/xml_document.hpp"

namespace concordat::identity::saml {

// Before anything else. Throws std::runtime_error when the library does not start.
void start_library();

// "" when the library accepts the response, or why not. When the assertion came encrypted and could be
// decrypted, `decrypted` is it.
std::string library_verdict(const SamlTask& task, Document& decrypted);

// "" when the library accepts a request of single logout, signature included, or why not.
std::string library_logout_verdict(const SamlTask& task);

}  // namespace concordat::identity::saml
