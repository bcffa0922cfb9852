#include "identity/oidc/oidc_sign_in.hpp"

#include "core/base/text.hpp"
#include "core/base/url_escape.hpp"
#include "identity/oidc/id_token.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/oidc.hpp"

namespace concordat::identity {
namespace {

constexpr std::int64_t swept_at_once = 5000;
constexpr std::size_t longest_code = 4096, longest_hint = 256, most_groups = 1000;

bool is_browser(const std::string& text) {
    return text.size() >= 20 && text.size() <= 64 &&
           text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") ==
               text.npos;
}

// A secret that only the browser's cookie and the state together make; 43 characters of base64url.
std::string secret_of(const char* purpose, const std::string& browser, const std::string& state) {
    return storage::base64_url(storage::text_of(
        storage::hmac_sha256(browser, std::string("concordat oidc ") + purpose + " " + state)));
}

std::string scope_of(const SsoSection& section) {
    const auto words = split_words(section.Scope);
    std::string out = section.Scope.empty() ? "openid profile email" : section.Scope;
    // Without it there is no ID token.
    if (std::find(words.begin(), words.end(), "openid") == words.end() && !section.Scope.empty())
        out = "openid " + out;
    return out;
}

// ExternalIdentity, as far as a provider of this kind fills it in.
struct KeptPerson {
    std::string subject, username, email, nickname, first_name, last_name, locale;
    std::vector<std::string> groups;
};
BOOST_DESCRIBE_STRUCT(KeptPerson, (),
                      (subject, username, email, nickname, first_name, last_name, locale, groups))

std::string kept(const ExternalIdentity& who) {
    return json_text(KeptPerson{who.subject, who.username, who.email, who.nickname, who.first_name,
                                who.last_name, who.locale, who.groups});
}

ExternalIdentity opened(const storage::OidcRequest& request) {
    auto kept = parse_json<KeptPerson>(request.person);
    ExternalIdentity who;
    who.service = request.service;
    who.provider = request.provider;
    who.subject = std::move(kept.subject);
    who.username = std::move(kept.username);
    who.email = std::move(kept.email);
    who.nickname = std::move(kept.nickname);
    who.first_name = std::move(kept.first_name);
    who.last_name = std::move(kept.last_name);
    who.locale = std::move(kept.locale);
    who.groups = std::move(kept.groups);
    return who;
}

// "Ada Lovelace" of a provider that does not take names apart.
void split_name(const std::string& name, ExternalIdentity& who) {
    const auto at = name.rfind(' ');
    who.first_name = std::string(trimmed(std::string_view(name).substr(0, at)));
    if (at != name.npos) who.last_name = name.substr(at + 1);
}

}  // namespace

ExternalIdentity oidc_identity(const OidcProvider& provider, const json::object& claims, Trail& trail) {
    using oidc::claim;
    const auto section = provider.configured().section;
    ExternalIdentity who;
    who.service = provider.service();
    who.provider = provider.name();
    // Names only, as of SAML.
    std::string names;
    for (const auto& each : claims) names += (names.empty() ? "" : ", ") + std::string(each.key());
    trail.noted("oidc.received", names);
    who.subject = claim(claims, "sub");
    who.email = claim(claims, "email");
    // Accounts are never matched by it; it is where letters go.
    const auto* verified = claims.if_contains("email_verified");
    const bool is_denied =
        verified && (verified->is_bool() ? !verified->get_bool()
                                         : verified->is_string() && verified->get_string() == "false");
    if (who.email.empty())
        trail.refused(
            "oidc.email",
            "The provider sent no e-mail address (email). Ask it for the scope email, and allow this "
            "client to have it.");
    else if (is_denied)
        trail.refused("oidc.email", "The provider says that the e-mail address is not verified.");
    else
        trail.passed("oidc.email");
    const auto name_claim = provider.service() == "gitlab" ? "nickname" : "preferred_username";
    const auto preferred = claim(claims, name_claim);
    who.username = section->UsePreferredUsername && !preferred.empty() ? preferred : who.email;
    if (const auto at = who.username.find('@'); at != who.username.npos) who.username.resize(at);
    who.first_name = claim(claims, "given_name");
    who.last_name = claim(claims, "family_name");
    if (who.first_name.empty() && who.last_name.empty()) split_name(claim(claims, "name"), who);
    if (provider.service() != "gitlab") who.nickname = claim(claims, "nickname");
    if (const auto locale = claim(claims, "locale"); locale.size() >= 2)
        who.locale = lower_ascii(locale.substr(0, 2));
    if (const auto* groups = claims.if_contains("groups"); groups && groups->is_array())
        for (const auto& group : groups->get_array())
            if (group.is_string() && who.groups.size() < most_groups)
                who.groups.emplace_back(group.get_string());
    return who;
}

OidcStarted OidcSignIn::start(const std::string& service, const std::string& provider_name,
                              const SignInIntent& intent, const std::string& browser,
                              const std::string& login_hint) {
    auto& provider = providers_.named(service, provider_name);
    const auto known = provider.description(db_.now());
    if (open_requests_.fetch_add(1) >= most_open_requests)
        throw Error(Fault::unavailable, "oidc.request_limit",
                    "Too many people sign in at the moment. Try again in a while.");
    const auto section = provider.configured().section;
    const auto state = new_token() + new_token();
    OidcStarted started;
    started.browser = is_browser(browser) ? browser : new_token() + new_token();
    const auto challenge =
        storage::base64_url(storage::text_of(storage::sha256(secret_of("verifier", started.browser, state))));
    auto& to = started.location = known.authorization_endpoint;
    to += to.find('?') == to.npos ? '?' : '&';
    for (const auto& [name, value] : {std::pair{"response_type", std::string("code")},
                                      {"client_id", section->Id},
                                      {"redirect_uri", provider.redirect_uri()},
                                      {"scope", scope_of(*section)},
                                      {"state", state},
                                      {"nonce", secret_of("nonce", started.browser, state)},
                                      {"code_challenge", challenge},
                                      {"code_challenge_method", std::string("S256")}})
        to += std::string(name) + "=" + url_escaped(value) + "&";
    if (!login_hint.empty() && login_hint.size() <= longest_hint)
        to += "login_hint=" + url_escaped(login_hint);
    else
        to.pop_back();
    const storage::Database::Relaxed relaxed;  // after a crash the person begins again
    db_.transact([&](storage::Tx& tx) {
        storage::OidcRequest request{service,
                                     provider_name,
                                     storage::token_hash(started.browser),
                                     json_text(intent),
                                     false,
                                     {},
                                     tx.now() + request_lifetime};
        storage::OidcTable(tx).put(storage::token_hash(state), request);
    });
    return started;
}

// What was begun by this browser, and is still open; nothing: then the trail is refused.
std::optional<storage::OidcRequest> OidcSignIn::request_of(const OidcArrival& arrival, Trail& trail) {
    auto request = db_.read([&](storage::Tx& tx) {
        return storage::OidcTable(tx).find(storage::token_hash(arrival.state), tx.now());
    });
    if (!request || request->service != arrival.service) {
        trail.refused("oidc.request",
                      "Nobody began this sign-in here within ten minutes, or it was finished already.");
        return std::nullopt;
    }
    trail.decision.provider = request->provider;
    if (!storage::constant_time_equal(storage::token_hash(arrival.browser), request->browser_hash)) {
        trail.refused(
            "oidc.browser",
            "Another browser began this sign-in, or this one keeps no cookies. The cookie lasts ten "
            "minutes and needs https, or the same address throughout.");
        return std::nullopt;
    }
    trail.passed("oidc.browser");
    return request;
}

// Whom the provider vouches for, by the code.
std::optional<ExternalIdentity> OidcSignIn::asked(OidcProvider& provider, const OidcArrival& arrival,
                                                  Trail& trail) {
    if (arrival.code.empty() || arrival.code.size() > longest_code) {
        trail.refused("oidc.code", arrival.error.empty()
                                       ? "The provider sent no code."
                                       : "The provider refused: " + arrival.error.substr(0, 200));
        return std::nullopt;
    }
    const auto now = db_.now();
    const auto known = provider.description(now);
    json::object given;
    try {
        given = provider.exchange(known, arrival.code, secret_of("verifier", arrival.browser, arrival.state),
                                  now);
    } catch (const Error& e) {
        if (e.id() != "oidc.code") throw;
        trail.refused("oidc.code", "The provider did not take its code back: " + e.detail() +
                                       ". Compare Id, Secret and the redirect address at the provider.");
        return std::nullopt;
    }
    trail.passed("oidc.code");
    const auto* token = given.if_contains("id_token");
    const std::string id_token =
        token && token->is_string() ? std::string(token->get_string()) : std::string();
    oidc::Expected expected{known.issuer, provider.configured().section->Id,
                            secret_of("nonce", arrival.browser, arrival.state), db_.now()};
    auto claims =
        oidc::claims_in(id_token, provider.keys(known, oidc::key_id_of(id_token), now), expected, trail);
    if (!claims) return std::nullopt;
    // Many providers put only the subject into the token.
    if (oidc::claim(*claims, "email").empty()) {
        const auto* access = given.if_contains("access_token");
        auto more = provider.userinfo(
            known, access && access->is_string() ? std::string(access->get_string()) : std::string());
        // Core, section 5.3.2: of another person it is not to be believed.
        if (!more.empty() && oidc::claim(more, "sub") != oidc::claim(*claims, "sub")) {
            trail.refused("oidc.userinfo", "What the provider says of the person is about another one.");
            return std::nullopt;
        }
        for (auto& [name, value] : more)
            if (!claims->contains(name)) claims->emplace(name, std::move(value));
    }
    auto who = oidc_identity(provider, *claims, trail);
    return trail.is_refused() ? std::nullopt : std::optional(std::move(who));
}

std::optional<ExternalIdentity> OidcSignIn::person(const storage::OidcRequest& request,
                                                   const OidcArrival& arrival, Trail& trail) {
    auto& provider = providers_.named(request.service, request.provider);
    if (!provider.is_enabled()) {
        trail.refused("oidc.provider", "The provider was switched off meanwhile.");
        return std::nullopt;
    }
    if (!request.person.empty()) return opened(request);
    const bool is_first = db_.transact(
        [&](storage::Tx& tx) { return storage::OidcTable(tx).answer(storage::token_hash(arrival.state)); });
    if (!is_first) {
        trail.refused("oidc.request", "This sign-in was finished already.");
        return std::nullopt;
    }
    return asked(provider, arrival, trail);
}

OidcAdmitted OidcSignIn::finish(const OidcArrival& arrival) {
    Trail trail("sign_in", arrival.attempt.id, arrival.attempt.device.address);
    trail.decision.service = arrival.service;
    const auto request = request_of(arrival, trail);
    std::optional<ExternalIdentity> who;
    std::optional<Error> failure;  // said to the person in place of the refusal
    try {
        if (request) who = person(*request, arrival, trail);
    } catch (const Error& e) {
        if (e.fault() != Fault::unavailable) throw;
        trail.refused("oidc.provider",
                      "The provider could not be asked: " + e.id() + ", " + e.detail() + ".");
        failure = e;
    }
    if (!who) {
        ExternalIdentity nobody;
        nobody.service = arrival.service;
        nobody.provider = trail.decision.provider;
        try {
            sign_in_.with_identity(nobody, arrival.attempt, trail);  // records, and refuses
        } catch (const Error&) {
            if (failure) throw Error(*failure);
            throw;
        }
    }
    require(request && who && !trail.is_refused(), Fault::internal, "oidc.refusal");
    const auto handle = storage::token_hash(arrival.state);
    auto intent = parse_json<SignInIntent>(request->intent);
    auto attempt = arrival.attempt;
    attempt.switches = intent.switches;
    attempt.password_set_at = intent.password_set_at;
    try {
        auto admitted = sign_in_.with_identity(*who, attempt, trail);
        db_.transact([&](storage::Tx& tx) { storage::OidcTable(tx).remove(handle); });
        return {std::move(admitted), std::move(intent)};
    } catch (const Error& e) {
        if (asks_for_code(e) && request->person.empty())
            db_.transact([&](storage::Tx& tx) { storage::OidcTable(tx).keep_person(handle, kept(*who)); });
        throw;
    }
}

std::int64_t OidcSignIn::sweep() {
    return db_.transact([&](storage::Tx& tx) {
        storage::OidcTable table(tx);
        const auto gone = table.sweep(tx.now(), swept_at_once);
        open_requests_ = table.open_requests();
        return gone;
    });
}

}  // namespace concordat::identity
