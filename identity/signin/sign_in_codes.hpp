// One-time codes for applications that sign in through a browser: the browser goes to the provider, the
// application wants the session.
//
// The session is started by SignIn as always, and its token thrown away; the browser carries a code back to
// the application, which redeems it once, within three minutes, for a token of its own. Of what a browser saw
// nothing is worth anything afterwards. A session whose code nobody redeems ends with the code.
//
// Thread-safe; calls block.
#pragma once
#include <optional>
#include <string>
#include "core/config/live.hpp"
#include "identity/decision/decisions.hpp"
#include "identity/session/sessions.hpp"
#include "identity/signin/sign_in.hpp"

namespace concordat::identity {

class SignInCodes {
public:
    static constexpr Millis lifetime = 180'000;

    // All must outlive this object.
    SignInCodes(storage::Database& db, Sessions& sessions, Accounts& accounts, Decisions& decisions)
        : db_(db), sessions_(sessions), accounts_(accounts), decisions_(decisions) {}

    // For the desktop application; returns the code.
    std::string for_desktop(const Admitted& admitted);
    // For a mobile one, which has said SHA-256 of a secret of its own (base64url; RFC 7636, S256) and a
    // state.
    std::string for_mobile(const Admitted& admitted, const std::string& challenge, const std::string& state);

    // The session, now the application's. Errors, both unauthenticated and each after the code is worth
    // nothing: api.user.login.desktop_token.app_error, api.user.login_sso.code_exchange.app_error.
    Admitted redeem_desktop(const std::string& code, const SignInAttempt& attempt);
    Admitted redeem_mobile(const std::string& code, const std::string& verifier, const std::string& state,
                           const SignInAttempt& attempt);

    // Ends sessions whose codes have expired; how many.
    std::size_t sweep();

private:
    struct Proof {
        std::string kind, verifier, state;
    };
    std::string issue(const std::string& kind, const Admitted& admitted, const std::string& challenge,
                      const std::string& state);
    std::optional<Admitted> redeem(const std::string& code, const Proof& proof, const SignInAttempt& attempt);

    storage::Database& db_;
    Sessions& sessions_;
    Accounts& accounts_;
    Decisions& decisions_;
};

}  // namespace concordat::identity
