// Routes of passkeys: making, naming and taking them away; showing one, and signing in with one alone.
#pragma once

namespace concordat {
class LiveSettings;
namespace identity {
class Accounts;
class Passkeys;
class Sessions;
class SignIn;
}  // namespace identity
}  // namespace concordat

namespace concordat::web {

class Router;

// What options and answers look like is the Web Authentication standard's: *OptionsJSON, and what
// PublicKeyCredential.toJSON() gives. One's own only:
//   GET    concordat/users/{id}/passkeys                  [Passkey]
//   POST   concordat/users/{id}/passkeys/begin            FactorProof and "password" -> options
//   POST   concordat/users/{id}/passkeys                  {"name", "answer"} -> Passkey, 201
//   PUT    concordat/users/{id}/passkeys/{passkey_id}     {"name"} -> Passkey
//   POST   concordat/users/{id}/passkeys/{passkey_id}/remove   FactorProof
//   POST   concordat/passkeys/step_up                     -> options; the answer is part of a FactorProof
// For anybody, and for one who signs in:
//   POST   concordat/passkeys/sign_in/begin               -> options
//   POST   concordat/passkeys/sign_in                     {"answer"} -> as POST users/login
// To add one takes a factor that is fresh (see factors.hpp); of whoever has none yet, the password or a
// session that is not older than ten minutes. That is forbidden otherwise, identity.factor.fresh_needed.
void add_passkey_routes(Router& routes, identity::Passkeys& passkeys, identity::SignIn& sign_in,
                        identity::Sessions& sessions, identity::Accounts& accounts,
                        const LiveSettings& settings);

}  // namespace concordat::web
