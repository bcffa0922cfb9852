// Routes of second factors: setting one up, recovery codes, taking it away, showing it again.
#pragma once
#include <boost/describe.hpp>
#include <optional>
#include <string>
#include "identity/passkey/webauthn.hpp"

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
struct Call;

// What a person shows of a second factor: a code, or a passkey in answer to POST concordat/passkeys/step_up.
struct FactorProof {
    std::string code;
    std::optional<identity::AssertionAnswer> passkey;
    bool is_given() const { return passkey || !code.empty(); }
};
BOOST_DESCRIBE_STRUCT(FactorProof, (), (code, passkey))
// That, or a factor that was shown in this session within ten minutes. Throws Error: unauthenticated,
// api.user.check_user_mfa.bad_code.app_error; forbidden, identity.factor.fresh_needed.
void require_proof(const Call& call, const FactorProof& proof, identity::SignIn& sign_in);

// POST users/{id}/mfa/generate and PUT users/{id}/mfa as official clients know them; one's own only, except
// that administrators may take away somebody's. Besides:
//   GET  concordat/users/{id}/mfa                  FactorStatus
//   POST concordat/users/{id}/mfa/recovery_codes   FactorProof -> {"codes": [...]}: shown once
//   POST concordat/sessions/step_up                FactorProof: the session counts as fresh and goes on under
//   the
//                                                  token in the header Token (and cookies, for browsers)
// A factor is taken away, and recovery codes are made, with a FactorProof in the body, or within ten minutes
// of showing one in this session. Official clients know codes only.
void add_factor_routes(Router& routes, identity::Factors& factors, identity::SignIn& sign_in,
                       identity::Sessions& sessions, identity::Gate& gate, storage::Database& db,
                       const LiveSettings& settings);

}  // namespace concordat::web
