// Applications that may ask people to let them act for them (OAuth 2.0): made, listed, changed, removed.
// What people allow is in oauth_grants.hpp.
//
// Who may: holders of manage_oauth for those they made, of manage_system_wide_oauth for all. Only holders of
// manage_system mark one as trusted, which means that people are not asked. An application that cannot keep a
// secret is public. With ServiceSettings.EnableDynamicClientRegistration applications register themselves
// (RFC 7591); such a one belongs to nobody and is never trusted.
//
// Thread-safe; calls block. Every change is a decision (act "oauth"). The operator, an actor who is nobody,
// may all of it.
// Errors: api.oauth.register_oauth_app.turn_off.app_error (unsupported) while
// ServiceSettings.EnableOAuthServiceProvider is false; model.oauth.is_valid.FIELD.app_error,
// identity.oauth.too_many (invalid); app.oauth.get_app.find.app_error (not_found); lacks_permission().
#pragma once
#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <vector>
#include "core/config/live.hpp"
#include "core/model/actor.hpp"
#include "core/model/oauth.hpp"
#include "identity/access/gate.hpp"
#include "identity/decision/decisions.hpp"
#include "identity/session/sessions.hpp"

namespace concordat::identity {

// As in the body of a registration (RFC 7591, section 2).
struct OAuthRegistration {
    std::vector<std::string> redirect_uris;
    std::optional<std::string> token_endpoint_auth_method;  // client_secret_post, or none: public
    std::optional<std::string> client_name, client_uri;
};
BOOST_DESCRIBE_STRUCT(OAuthRegistration, (),
                      (redirect_uris, token_endpoint_auth_method, client_name, client_uri))

class OAuthApps {
public:
    static constexpr std::size_t longest_name = 64, longest_description = 512, longest_address = 512,
                                 longest_callbacks = 1024, longest_homepage = 256;
    static constexpr std::int64_t most_apps = 1000, most_registered = 1000;

    // All must outlive this object.
    OAuthApps(storage::Database& db, Gate& gate, Sessions& sessions, Decisions& decisions,
              const LiveSettings& settings)
        : db_(db), gate_(gate), sessions_(sessions), decisions_(decisions), settings_(settings) {}

    void require_enabled() const;

    // With the secret.
    OAuthApp create(const Actor& actor, OAuthApp wanted, const std::string& attempt);
    OAuthApp register_itself(const OAuthRegistration& wanted, const std::string& attempt);
    // With the secret, for those who may change it.
    OAuthApp get(const Actor& actor, const OAuthAppId& id);
    std::vector<OAuthApp> list(const Actor& actor, std::int64_t offset, std::int64_t limit);
    // What anybody may know: no secret.
    OAuthApp info(const OAuthAppId& id);
    // Everything but the secret, who made it, and whether it is public.
    OAuthApp update(const Actor& actor, const OAuthAppId& id, OAuthApp wanted, const std::string& attempt);
    // The secret before is worth nothing from the commit on; sessions go on.
    OAuthApp renew_secret(const Actor& actor, const OAuthAppId& id, const std::string& attempt);
    // Its sessions end.
    void remove(const Actor& actor, const OAuthAppId& id, const std::string& attempt);

private:
    OAuthApp need(storage::Tx& tx, const Actor& actor, const OAuthAppId& id, bool for_update);
    void decide(storage::Tx& tx, const Actor& actor, const OAuthApp& app, const char* rule,
                const std::string& attempt);

    storage::Database& db_;
    Gate& gate_;
    Sessions& sessions_;
    Decisions& decisions_;
    const LiveSettings& settings_;
};

}  // namespace concordat::identity
