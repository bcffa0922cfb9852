// What people allow applications (OAuth 2.0, RFC 6749 and RFC 7636): the authorisation code grant and its
// refreshing, nothing else.
//
// A person who allows an application gives it a session of their own: all that they may, but for what is only
// a person's to do (Route::for_people). A code is good once, for ten minutes, for one application and one
// redirect address; a second use ends what the first gave. A public application has to prove with S256 that
// it is the one that asked, and gets nothing to refresh with; where one with a secret began so, it has to end
// so. Refreshing ends the session before and gives another; a refresh token that was used already ends the
// session that it led to, since somebody else has it. Ending a session by any means ends its refreshing.
//
// Secrets, codes and refresh tokens are kept as digests or sealed. Unlike other servers of this API, a second
// code gives a second session, not the first one's token, which nobody keeps.
//
// Thread-safe; calls block. What is allowed, given and refused is a decision (act "oauth").
// Errors: those of OAuthApps; api.oauth.allow_oauth.redirect_callback.app_error,
// api.oauth.get_access_token.NAME.app_error (invalid, forbidden, not_found, unauthenticated);
// identity.oauth.not_for_applications (forbidden).
#pragma once
#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <vector>
#include "identity/oauth/oauth_apps.hpp"

namespace concordat::identity {

// As in the query of GET /oauth/authorize, or the body of POST.
struct OAuthRequest {
    std::string response_type, client_id, redirect_uri, scope, state, code_challenge, code_challenge_method,
        resource;
};
BOOST_DESCRIBE_STRUCT(OAuthRequest, (),
                      (response_type, client_id, redirect_uri, scope, state, code_challenge,
                       code_challenge_method, resource))

struct OAuthAsked {
    OAuthApp app;              // without its secret
    bool must_ask = true;      // it is public, or neither trusted nor allowed by the person before
    std::string refusal = {};  // "": the request is good. Else where the browser goes, with what is wrong
};

// As in the form of POST /oauth/access_token.
struct OAuthRedemption {
    std::string grant_type, client_id, client_secret, redirect_uri, code, code_verifier, refresh_token,
        resource;
};

struct OAuthAnswer {
    std::string access_token;
    std::string token_type = "bearer";
    std::int64_t expires_in = 0;  // seconds
    std::string scope = "user";   // all that the person may
    std::optional<std::string> refresh_token;
    std::optional<std::string> audience;
};
BOOST_DESCRIBE_STRUCT(OAuthAnswer, (), (access_token, token_type, expires_in, scope, refresh_token, audience))

class OAuthGrants {
public:
    static constexpr Millis code_lifetime = 600'000;
    static constexpr Millis refresh_lifetime = 90LL * 86'400'000;
    static constexpr std::int64_t most_sessions = 20;  // of a person for one application; the oldest end
    static constexpr std::size_t longest_state = 1024, longest_resource = 512;

    // All must outlive this object.
    OAuthGrants(storage::Database& db, OAuthApps& apps, Sessions& sessions, Decisions& decisions)
        : db_(db), apps_(apps), sessions_(sessions), decisions_(decisions) {}

    // Whether the request is one that can be answered. What must not lead back to the application (it is
    // unknown, the address is not one of its own) is an Error.
    OAuthAsked look(const Actor& actor, const OAuthRequest& request);
    // Where the browser goes: with a code.
    std::string allow(const Actor& actor, const OAuthRequest& request, const std::string& attempt);
    // Where the browser goes: with error=access_denied.
    std::string deny(const Actor& actor, const OAuthRequest& request, const std::string& attempt);
    OAuthAnswer redeem(const OAuthRedemption& brought, const std::string& address,
                       const std::string& attempt);

    std::vector<OAuthApp> allowed_by(const UserId& user, std::int64_t offset, std::int64_t limit);
    // Its sessions for this person end. Throws Error not_found when it was not allowed.
    void withdraw(const Actor& actor, const OAuthAppId& app, const std::string& attempt);

    // Removes codes and refresh tokens that have expired, in small batches; how many.
    std::int64_t sweep();

private:
    OAuthAnswer by_code(const OAuthApp& app, const OAuthRedemption& brought, const std::string& address,
                        Trail& trail);
    OAuthAnswer by_refresh(const OAuthApp& app, const OAuthRedemption& brought, const std::string& address,
                           Trail& trail);
    OAuthApp authenticated(const OAuthRedemption& brought, Trail& trail);
    NewSession begin(storage::Tx& tx, const OAuthApp& app, const UserId& user, const std::string& address,
                     Trail& trail);

    storage::Database& db_;
    OAuthApps& apps_;
    Sessions& sessions_;
    Decisions& decisions_;
};

}  // namespace concordat::identity
