// Names of the specifications: namespaces, algorithms, statuses (SAML 2.0 core and bindings, XML Signature).
#pragma once
#include <string_view>

namespace concordat::identity::saml {

inline constexpr std::string_view protocol_ns = "urn:oasis:names:tc:SAML:2.0:protocol",
                                  assertion_ns = "urn:oasis:names:tc:SAML:2.0:assertion",
                                  metadata_ns = "urn:oasis:names:tc:SAML:2.0:metadata",
                                  signature_ns = "http://www.w3.org/2000/09/xmldsig#",
                                  post_binding = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST",
                                  redirect_binding = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect",
                                  success = "urn:oasis:names:tc:SAML:2.0:status:Success",
                                  requester = "urn:oasis:names:tc:SAML:2.0:status:Requester",
                                  request_denied = "urn:oasis:names:tc:SAML:2.0:status:RequestDenied",
                                  unknown_principal = "urn:oasis:names:tc:SAML:2.0:status:UnknownPrincipal",
                                  bearer = "urn:oasis:names:tc:SAML:2.0:cm:bearer",
                                  persistent_id = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
                                  unspecified_id = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
                                  transient_id = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient",
                                  exclusive_c14n = "http://www.w3.org/2001/10/xml-exc-c14n#",
                                  inclusive_c14n = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
                                  inclusive_c14n_11 = "http://www.w3.org/2006/12/xml-c14n11",
                                  enveloped = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

}  // namespace concordat::identity::saml
