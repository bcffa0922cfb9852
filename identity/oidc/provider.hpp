// One OpenID Connect provider, as this node is configured for it: what it says of itself (OpenID Connect
// Discovery 1.0) and its keys, both kept for an hour; keys are asked for again, at most every half minute,
// when a token names one that is not known.
//
// Its description and its keys are asked for by one thread at a time. While it does not answer, or has not
// answered in the last half minute, everybody else hears so at once. Codes are exchanged by at most
// most_exchanges threads; a further one waits for a quarter of a second, and nobody does for ten seconds
// after the provider was silent. So a silent provider holds few threads. Thread-safe; calls block for at most
// `patience` each.
#pragma once
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>
#include "core/base/json.hpp"
#include "core/config/settings.hpp"
#include "core/model/ids.hpp"
#include "identity/oidc/signing_keys.hpp"
#include "web/outbound/client.hpp"

namespace concordat::identity {

// What it says of itself.
struct OidcDescription {
    std::string issuer, authorization_endpoint, token_endpoint, userinfo_endpoint, jwks_uri;
    std::vector<std::string> token_endpoint_auth_methods_supported;
};
BOOST_DESCRIBE_STRUCT(OidcDescription, (),
                      (issuer, authorization_endpoint, token_endpoint, userinfo_endpoint, jwks_uri,
                       token_endpoint_auth_methods_supported))

// What a provider says that is not in force.
struct OidcLook {
    OidcDescription description;
    std::int64_t keys = 0;  // that this server can use
    std::string redirect_uri;
};
BOOST_DESCRIBE_STRUCT(OidcLook, (), (description, keys, redirect_uri))

class OidcProvider {
public:
    static constexpr std::chrono::seconds patience{5};
    static constexpr Millis kept_for = 3'600'000, pause = 30'000;
    static constexpr std::size_t longest_answer = 512 * 1024;  // bytes
    static constexpr int most_exchanges = 4;                   // at the same time
    static constexpr std::chrono::milliseconds longest_wait{250};
    static constexpr Millis silence = 10'000;  // after it said nothing, it is not asked for a code

    // The section, and the address of the site without a final slash.
    struct Configured {
        std::shared_ptr<const SsoSection> section;
        std::string site_url;
    };
    using Source = std::function<Configured()>;

    // `service` is "openid", "gitlab", "google" or "office365"; `name` is "" for the one in the main
    // settings. `client` must outlive this object.
    OidcProvider(std::string service, std::string name, Source source, const web::OutboundClient& client)
        : service_(std::move(service)), name_(std::move(name)), source_(std::move(source)), client_(client) {}

    const std::string& service() const { return service_; }
    const std::string& name() const { return name_; }
    Configured configured() const { return source_(); }
    bool is_enabled() const { return source_().section->Enable; }

    // Errors: unsupported api.user.oidc.not_available.app_error when it is not enabled; unavailable
    // oidc.settings, oidc.unreachable, oidc.description, oidc.busy.
    OidcDescription description(Millis now);
    // Those of `description`, with one of this id if there is one at all.
    oidc::SigningKeys keys(const OidcDescription& description, const std::string& key_id, Millis now);
    // What the provider gives for a code: its answer as JSON. Errors, besides those above: unauthenticated
    // oidc.code when it refuses, with its word for why in the detail.
    json::object exchange(const OidcDescription& description, const std::string& code,
                          const std::string& verifier, Millis now);
    // What else it says of the person whose token this is; empty when it says nothing.
    json::object userinfo(const OidcDescription& description, const std::string& access_token);

    std::string redirect_uri() const;
    // What an administrator should know: settings that cannot work, a provider that does not answer. Asks it.
    std::vector<std::string> problems(Millis now);

private:
    struct Turn;
    template <class T>
    struct Kept {
        std::string of;  // where it is from
        T value{};
        Millis at = 0;  // 0: never
    };
    web::OutboundAnswer ask(web::OutboundRequest request) const;
    web::OutboundAnswer get(const std::string& url) const;
    void fetched(bool is_answered, Millis now);

    const std::string service_, name_;
    const Source source_;
    const web::OutboundClient& client_;
    std::mutex mutex_;  // guards what follows
    bool is_asking_ = false;
    std::condition_variable exchanged_;
    int exchanges_ = 0;
    Millis silent_at_ = -silence;
    Millis failed_at_ = -pause, looked_again_at_ = -pause;
    std::string failure_;
    Kept<OidcDescription> description_;
    Kept<oidc::SigningKeys> keys_;
};

}  // namespace concordat::identity
