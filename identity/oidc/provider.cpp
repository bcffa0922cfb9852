#include "identity/oidc/provider.hpp"

#include <algorithm>

#include "core/base/log.hpp"
#include "core/base/url_escape.hpp"
#include "core/config/sso_rules.hpp"
#include "identity/oidc/id_token.hpp"
#include "storage/crypto/digest.hpp"
#include "web/outbound/url.hpp"

namespace concordat::identity {
namespace {

bool is_https(const std::string& address) {
    return address.starts_with("https://");
}

std::string without_well_known(const std::string& address) {
    return address.ends_with(oidc_well_known) ? address.substr(0, address.size() - oidc_well_known.size())
                                              : std::string();
}

// Sentences; empty: it can be used.
std::string description_problem(const OidcDescription& d, const std::string& asked) {
    auto issuer = without_well_known(asked);
    // Whoever is asked speaks for themselves only (Discovery, section 4.3).
    if (d.issuer != issuer && d.issuer != issuer + "/")
        return "it says that it is " + d.issuer.substr(0, 200) + ", which is not where it was asked (" +
               issuer + "). Set DiscoveryEndpoint to the address of that issuer.";
    for (const auto& [name, address] : {std::pair{"authorization_endpoint", d.authorization_endpoint},
                                        {"token_endpoint", d.token_endpoint},
                                        {"jwks_uri", d.jwks_uri}})
        if (!web::is_http_url(address) || (is_https(asked) && !is_https(address)))
            return std::string("its ") + name + " is missing or is not https.";
    if (!d.userinfo_endpoint.empty() &&
        (!web::is_http_url(d.userinfo_endpoint) || (is_https(asked) && !is_https(d.userinfo_endpoint))))
        return "its userinfo_endpoint is not https.";
    return {};
}

Error unreachable(const std::string& detail) {
    return {Fault::unavailable, "oidc.unreachable",
            "The provider does not answer. Try again in a while, or tell your administrator.", detail};
}

}  // namespace

// One thread's turn to ask the provider; taken with mutex_ held.
struct OidcProvider::Turn {
    explicit Turn(OidcProvider& provider) : provider_(provider) { provider.is_asking_ = true; }
    ~Turn() {
        std::lock_guard guard(provider_.mutex_);
        provider_.is_asking_ = false;
    }
    Turn(const Turn&) = delete;

private:
    OidcProvider& provider_;
};

web::OutboundAnswer OidcProvider::ask(web::OutboundRequest request) const {
    request.is_trusted = true;  // a provider is often inside
    request.timeout = patience;
    request.longest_answer = longest_answer;
    request.headers.emplace_back("Accept", "application/json");
    return client_.send(request);
}

web::OutboundAnswer OidcProvider::get(const std::string& url) const {
    web::OutboundRequest request;
    request.url = url;
    return ask(std::move(request));
}

void OidcProvider::fetched(bool is_answered, Millis now) {
    std::lock_guard guard(mutex_);
    failed_at_ = is_answered ? -pause : now;
    if (is_answered) failure_.clear();
}

OidcDescription OidcProvider::description(Millis now) {
    const auto [section, site] = source_();
    require(section->Enable, Fault::unsupported, "api.user.oidc.not_available.app_error",
            "Sign-in by this provider is not switched on.");
    auto problems = sso_problems(*section);
    if (site.empty()) problems.emplace_back("ServiceSettings.SiteURL: is empty");
    if (!problems.empty())
        throw Error(Fault::unavailable, "oidc.settings",
                    "This provider's settings cannot be used. Tell your administrator.", problems.front());
    std::unique_lock lock(mutex_);
    const auto& from = section->DiscoveryEndpoint;
    const bool is_kept = description_.at > 0 && description_.of == from;
    if (is_kept && now - description_.at < kept_for) return description_.value;
    if (is_asking_ || now - failed_at_ < pause) {
        if (is_kept) return description_.value;
        throw unreachable(is_asking_ ? "it is being asked" : failure_);
    }
    const Turn turn(*this);
    lock.unlock();
    try {
        const auto answer = get(from);
        if (answer.status != 200) throw unreachable("status " + std::to_string(answer.status));
        auto read = parse_json<OidcDescription>(answer.body);
        if (const auto problem = description_problem(read, from); !problem.empty())
            throw Error(Fault::unavailable, "oidc.description",
                        "What the provider says of itself cannot be used. Tell your administrator.", problem);
        fetched(true, now);
        lock.lock();
        if (description_.of != from || description_.value.jwks_uri != read.jwks_uri) keys_ = {};
        description_ = {from, std::move(read), now};
        auto out = description_.value;
        lock.unlock();  // before the turn ends
        return out;
    } catch (const Error& e) {
        fetched(false, now);
        log_warn("an OpenID Connect provider cannot be used",
                 {{"service", service_}, {"provider", name_}, {"id", e.id()}, {"detail", e.detail()}});
        const std::lock_guard guard(mutex_);
        failure_ = e.id() + (e.detail().empty() ? "" : ": " + e.detail());
        if (is_kept) return description_.value;
        if (e.id().starts_with("oidc.")) throw;
        throw unreachable(e.id());
    }
}

oidc::SigningKeys OidcProvider::keys(const OidcDescription& description, const std::string& key_id,
                                     Millis now) {
    std::unique_lock lock(mutex_);
    const bool is_kept = keys_.at > 0 && keys_.of == description.jwks_uri;
    if (is_kept && now - keys_.at < kept_for) {
        // A key that nobody knows is a new one, or a forger's: who sends many makes the provider work no
        // harder.
        if (keys_.value.has(key_id) || now - looked_again_at_ < pause) return keys_.value;
        looked_again_at_ = now;
    }
    if (is_asking_) {
        if (is_kept) return keys_.value;
        throw unreachable("its keys are being asked for");
    }
    const Turn turn(*this);
    lock.unlock();
    try {
        const auto answer = get(description.jwks_uri);
        if (answer.status != 200) throw unreachable("keys: status " + std::to_string(answer.status));
        oidc::SigningKeys read(answer.body);
        lock.lock();
        keys_ = {description.jwks_uri, std::move(read), now};
        auto out = keys_.value;
        lock.unlock();
        return out;
    } catch (const Error& e) {
        log_warn("the keys of an OpenID Connect provider cannot be read",
                 {{"service", service_}, {"provider", name_}, {"id", e.id()}, {"detail", e.detail()}});
        if (e.id().starts_with("oidc.")) throw;
        throw unreachable("keys: " + e.id());
    }
}

json::object OidcProvider::exchange(const OidcDescription& description, const std::string& code,
                                    const std::string& verifier, Millis now) {
    const auto [section, site] = source_();
    {
        std::unique_lock lock(mutex_);
        if (now - silent_at_ < silence) throw unreachable("it said nothing a moment ago");
        const bool has_place =
            exchanged_.wait_for(lock, longest_wait, [&] { return exchanges_ < most_exchanges; });
        require(has_place, Fault::unavailable, "oidc.busy",
                "Too many people sign in at the moment. Try again in a while.");
        ++exchanges_;
    }
    struct Exchange {
        OidcProvider& provider;
        ~Exchange() {
            {
                std::lock_guard guard(provider.mutex_);
                --provider.exchanges_;
            }
            provider.exchanged_.notify_one();
        }
    } const during{*this};
    web::OutboundRequest request;
    request.method = "POST";
    request.url = description.token_endpoint;
    request.content_type = "application/x-www-form-urlencoded";
    request.body = "grant_type=authorization_code&code=" + url_escaped(code) +
                   "&redirect_uri=" + url_escaped(redirect_uri()) + "&code_verifier=" + url_escaped(verifier);
    // A provider that says nothing takes the basic form (Discovery, section 3).
    const auto& methods = description.token_endpoint_auth_methods_supported;
    const bool is_basic =
        methods.empty() || std::ranges::find(methods, "client_secret_basic") != methods.end();
    if (section->Secret.empty())
        request.body += "&client_id=" + url_escaped(section->Id);  // a public client; PKCE is the proof
    else if (is_basic)
        request.headers.emplace_back(
            "Authorization",
            "Basic " + storage::base64(url_escaped(section->Id) + ":" + url_escaped(section->Secret)));
    else
        request.body +=
            "&client_id=" + url_escaped(section->Id) + "&client_secret=" + url_escaped(section->Secret);
    web::OutboundAnswer answer;
    try {
        answer = ask(std::move(request));
    } catch (const Error& e) {
        if (e.id() == "web.outbound.timeout") {
            std::lock_guard guard(mutex_);
            silent_at_ = now;
        }
        throw unreachable("token: " + e.id());
    }
    json::object out;
    try {
        auto value = parse_json_value(answer.body, "token");
        if (value.is_object()) out = std::move(value.get_object());
    } catch (const Error&) {  // said below
    }
    if (answer.status != 200 || out.empty())
        throw Error(
            Fault::unauthenticated, "oidc.code", "The provider did not confirm this sign-in. Try again.",
            "status " + std::to_string(answer.status) + ", " + oidc::claim(out, "error").substr(0, 100));
    return out;
}

json::object OidcProvider::userinfo(const OidcDescription& description, const std::string& access_token) {
    if (description.userinfo_endpoint.empty() || access_token.empty() ||
        access_token.find_first_of("\r\n ") != access_token.npos)
        return {};
    try {
        web::OutboundRequest request;
        request.url = description.userinfo_endpoint;
        request.headers.emplace_back("Authorization", "Bearer " + access_token);
        const auto answer = ask(std::move(request));
        if (answer.status != 200) return {};
        auto value = parse_json_value(answer.body, "userinfo");
        return value.is_object() ? std::move(value.get_object()) : json::object();
    } catch (const Error& e) {
        log_warn("an OpenID Connect provider did not say who a person is",
                 {{"service", service_}, {"provider", name_}, {"id", e.id()}});
        return {};
    }
}

std::string OidcProvider::redirect_uri() const {
    return source_().site_url + "/signup/" + service_ + "/complete";
}

std::vector<std::string> OidcProvider::problems(Millis now) {
    const auto [section, site] = source_();
    std::vector<std::string> out;
    if (!section->Enable) out.emplace_back("Enable: is false");
    for (auto& line : sso_problems(*section)) out.push_back(std::move(line));
    if (site.empty()) out.emplace_back("ServiceSettings.SiteURL: is empty");
    if (!out.empty()) return out;
    try {
        const auto known = description(now);
        if (keys(known, "", now).size() == 0) out.emplace_back("it shows no key that this server can use");
        const std::lock_guard guard(mutex_);
        if (!failure_.empty()) out.push_back("it could not be asked again: " + failure_);
    } catch (const Error& e) {
        out.push_back(e.detail().empty() ? e.text() : e.text() + " (" + e.detail() + ")");
    }
    return out;
}

}  // namespace concordat::identity
