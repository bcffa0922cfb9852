// Routes that take certificates and keys of directories and providers, as official clients hand them over: a
// form with one file, "certificate", of 64 KiB at most. See identity::CertificateFiles for what becomes of
// it.
//
//   POST, DELETE saml/certificate/idp, saml/certificate/public, saml/certificate/private
//   POST, DELETE ldap/certificate/public, ldap/certificate/private
//   POST also answers {"status": "OK", "is_waiting": true} for half a pair that is not in force yet.
#pragma once

namespace concordat::identity {
class CertificateFiles;
}

namespace concordat::web {

class Router;
// `files` must outlive the router.
void add_certificate_routes(Router& routes, identity::CertificateFiles& files);

}  // namespace concordat::web
