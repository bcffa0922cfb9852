// Routes of sign-in by SAML 2.0, as official clients know them.
//
//   GET  /login/sso/saml       sends the browser to the provider; query: action (mobile), redirect_to,
//   desktop_token,
//                              and state, code_challenge, code_challenge_method=S256 of mobile applications;
//                              besides provider=NAME
//   POST /login/sso/saml       takes its answer; then to redirect_to, to the application, or a page that says
//   what is
//                              wrong and the number of the attempt, or asks for a code of the second factor
//   GET  /login/sso/saml/logout    ticket=… (from users/logout): sends the browser to the provider with a
//   signed
//                              request; SAMLRequest, SAMLResponse, RelayState, SigAlg, Signature: takes what
//                              the provider sends by redirect
//   POST /login/sso/saml/logout    the same by a form. A request is answered by the binding that the provider
//                              takes; an answer leads to the sign-in page; else a page says what is wrong
//   GET  saml/metadata         our metadata, XML; provider=NAME
//   GET  saml/certificate/status   {"idp_certificate_file", "private_key_file", "public_certificate_file"}:
//   which
//                              are configured and can be read; "certificates" and "problems" of all providers
//   GET  concordat/saml/ours   what a provider has to be told of us, also while SamlSettings are off:
//   {"entity_id",
//                              "consumer_url", "sign_out_url", "metadata" (XML), "signs_requests",
//                              "takes_encrypted"}
//   POST saml/metadatafromidp  {"saml_metadata_url"}, or {"saml_metadata"}, the text itself: what it says of
//   a provider; changes nothing POST saml/reset_auth_data  {"include_deleted", "dry_run", "user_ids"}:
//   {"num_affected"} POST, DELETE saml/certificate/{idp, public, private}: always refused as unsupported,
//   with a sentence:
//                              certificates are files, not changed through the API
//   POST users/migrate_auth/saml   {"from", "matches": {address: subject}, "auto"}: these accounts, or with
//   auto
//                              all by their address, sign in by the provider of SamlSettings from now on
//   POST users/login/desktop_token        {"token", "deviceId"}: the user and a session, as users/login
//   POST users/login/sso/code-exchange    {"login_code", "code_verifier", "state"}: {"token", "csrf"}
#pragma once
#include <cstdint>

namespace concordat {
class LiveSettings;
namespace identity {
class Accounts;
class Admissions;
class MessageReaders;
class MetadataAddresses;
class SamlProviders;
class SamlSignIn;
class Passkeys;
class SamlSignOut;
class SignInCodes;
}  // namespace identity
namespace storage {
class Database;
}
}  // namespace concordat

namespace concordat::web {

class Router;

// All must outlive the router.
struct SamlRooms {
    identity::SamlProviders& providers;
    identity::MetadataAddresses& addresses;
    identity::MessageReaders& readers;
    identity::SamlSignIn& sign_in;
    identity::SamlSignOut& sign_out;
    identity::SignInCodes& codes;
    identity::Passkeys& passkeys;
    identity::Accounts& accounts;
    identity::Admissions& admissions;
    storage::Database& database;
    const LiveSettings& settings;
};
void add_saml_routes(Router& routes, const SamlRooms& rooms);
void add_saml_logout_routes(Router& routes, const SamlRooms& rooms);
void add_saml_administration_routes(Router& routes, const SamlRooms& rooms);
void add_sign_in_code_routes(Router& routes, const SamlRooms& rooms);

// Bytes of a form that brings a message: base64, its signs escaped, and fields besides.
std::uint64_t most_saml_form(const identity::SamlProviders& providers);

}  // namespace concordat::web
