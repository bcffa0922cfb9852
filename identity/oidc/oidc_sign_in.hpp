// Sign-in by OpenID Connect: the authorisation code flow with PKCE (OpenID Connect Core 1.0, section 3.1; RFC
// 7636).
//
// A request is bound to the browser by a cookie, to the provider and to ten minutes; it is answered once. The
// verifier and the nonce are made of the cookie and the state, of which the database has only digests: who
// reads the database cannot finish anybody's sign-in. Where a code of the second factor is missing or wrong,
// the person is kept, sealed, with the request, and the same browser comes again with a code.
//
// Thread-safe; calls block for as long as the provider may take.
#pragma once
#include <atomic>
#include <string>
#include "core/config/live.hpp"
#include "identity/oidc/providers.hpp"
#include "identity/signin/intent.hpp"
#include "identity/signin/sign_in.hpp"

namespace concordat::storage {
struct OidcRequest;
}

namespace concordat::identity {

struct OidcStarted {
    std::string location;  // where the browser goes
    std::string browser;   // the cookie's value, worth ten minutes
};

// What a browser brings.
struct OidcArrival {
    std::string service;      // whose address it came to
    std::string code, state;  // the provider's
    std::string error;        // the provider's word for why there is no code
    std::string browser;      // the cookie's value
    SignInAttempt attempt;    // its code is that of the second factor
};

struct OidcAdmitted {
    Admitted admitted;
    SignInIntent intent;
};

class OidcSignIn {
public:
    static constexpr Millis request_lifetime = 600'000;
    static constexpr std::int64_t most_open_requests = 200'000;

    // All must outlive this object.
    OidcSignIn(storage::Database& db, OidcProviders& providers, SignIn& sign_in)
        : db_(db), providers_(providers), sign_in_(sign_in) {}

    // `browser` is the cookie of a sign-in that is under way, or "": then a new one is made. Errors: those of
    // OidcProvider::description, of OidcProviders::named; unavailable oidc.request_limit.
    OidcStarted start(const std::string& service, const std::string& provider, const SignInIntent& intent,
                      const std::string& browser, const std::string& login_hint);
    // Errors: those of SignIn::with_identity, and, recorded like them, unavailable ones of OidcProvider.
    OidcAdmitted finish(const OidcArrival& arrival);

    const OidcProviders& providers() const { return providers_; }

    // Removes what has expired; how many.
    std::int64_t sweep();

private:
    std::optional<ExternalIdentity> person(const storage::OidcRequest& request, const OidcArrival& arrival,
                                           Trail& trail);
    std::optional<storage::OidcRequest> request_of(const OidcArrival& arrival, Trail& trail);
    std::optional<ExternalIdentity> asked(OidcProvider& provider, const OidcArrival& arrival, Trail& trail);

    storage::Database& db_;
    OidcProviders& providers_;
    SignIn& sign_in_;
    std::atomic<std::int64_t> open_requests_{0};  // as last counted, and those begun since
};

// The person whom the claims describe; what is wrong with that refuses in the trail.
ExternalIdentity oidc_identity(const OidcProvider& provider, const json::object& claims, Trail& trail);

}  // namespace concordat::identity
