// Routes of second factors: setting one up, recovery codes, taking it away, showing it again.
#pragma once

namespace concordat {
class LiveSettings;
namespace identity {
class Factors;
class Gate;
class Sessions;
class SignIn;
}  // namespace identity
namespace storage {
class Database;
}
}  // namespace concordat

namespace concordat::web {

class Router;

// POST users/{id}/mfa/generate and PUT users/{id}/mfa as official clients know them; one's own only, except
// that administrators may take away somebody's. Besides:
//   GET  concordat/users/{id}/mfa                  FactorStatus
//   POST concordat/users/{id}/mfa/recovery_codes   {"code"} -> {"codes": [...]}: shown once
//   POST concordat/sessions/step_up                {"code"}: the session counts as fresh and goes on under
//   the
//                                                  token in the header Token (and cookies, for browsers)
// A factor is taken away, and recovery codes are made, with a code in the body, or within ten minutes of
// showing one in this session: otherwise forbidden, identity.factor.fresh_needed.
void add_factor_routes(Router& routes, identity::Factors& factors, identity::SignIn& sign_in,
                       identity::Sessions& sessions, identity::Gate& gate, storage::Database& db,
                       const LiveSettings& settings);

}  // namespace concordat::web
