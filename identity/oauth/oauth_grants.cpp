#include "identity/oauth/oauth_grants.hpp"

#include <algorithm>

#include "core/base/text.hpp"
#include "core/base/url_escape.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/oauth.hpp"
#include "storage/tables/users.hpp"

namespace concordat::identity {
namespace {

constexpr std::int64_t oauth_sweep_batch = 500;

Error redemption_error(Fault fault, const char* name, const char* text) {
    return {fault, std::string("api.oauth.get_access_token.") + name + ".app_error", text};
}

// RFC 7636, section 4.
bool is_proof(const std::string& text) {
    return text.size() >= 43 && text.size() <= 128 &&
           std::all_of(text.begin(), text.end(), [](unsigned char c) {
               return std::isalnum(c) || c == '-' || c == '_' || c == '.' || c == '~';
           });
}

std::string address_with(const OAuthRequest& request, const std::string& query) {
    auto out = request.redirect_uri;
    out += out.find('?') == std::string::npos ? '?' : '&';
    out += query;
    if (!request.state.empty()) out += "&state=" + url_escaped(request.state);
    return out;
}

std::string refusal_of(const OAuthRequest& request, const OAuthApp& app) {
    if (request.response_type != "code") return "unsupported_response_type";
    if (!request.code_challenge_method.empty() && request.code_challenge_method != "S256")
        return "invalid_request";
    if (request.code_challenge.empty() ? app.is_public : !is_proof(request.code_challenge))
        return "invalid_request";
    if (request.resource.size() > OAuthGrants::longest_resource ||
        (!request.resource.empty() && (request.resource.find("://") == std::string::npos ||
                                       request.resource.find('#') != std::string::npos)))
        return "invalid_target";
    return {};
}

}  // namespace

OAuthAsked OAuthGrants::look(const Actor& actor, const OAuthRequest& request) {
    apps_.require_enabled();
    require(!actor.by_application && !actor.is_bot, Fault::forbidden, "identity.oauth.not_for_applications",
            "Only a person can allow an application something.");
    require(looks_like_id(request.client_id), Fault::invalid, "api.oauth.allow_oauth.bad_client.app_error",
            "The application's client_id is not one.");
    require(request.state.size() <= longest_state, Fault::invalid,
            "api.oauth.allow_oauth.bad_request.app_error",
            "The application's state has more than 1024 bytes.");
    OAuthAsked asked;
    asked.app = apps_.info(OAuthAppId::from_text(request.client_id));
    const auto& known = asked.app.callback_urls;
    require(std::find(known.begin(), known.end(), request.redirect_uri) != known.end(), Fault::invalid,
            "api.oauth.allow_oauth.redirect_callback.app_error",
            "The address that the application wants you to go back to is not one of those that it has here.");
    if (const auto refusal = refusal_of(request, asked.app); !refusal.empty())
        asked.refusal = address_with(request, "error=" + refusal);
    // Any program can say that it is a public application, so only a person's answer tells (RFC 6749, 10.2).
    asked.must_ask = asked.app.is_public || (!asked.app.is_trusted && !db_.read([&](storage::Tx& tx) {
                         return storage::OAuthConsentTable(tx).has(actor.user_id, asked.app.id);
                     }));
    return asked;
}

std::string OAuthGrants::allow(const Actor& actor, const OAuthRequest& request, const std::string& attempt) {
    const auto asked = look(actor, request);
    if (!asked.refusal.empty()) return asked.refusal;
    const auto code = new_token() + new_token();
    db_.transact([&](storage::Tx& tx) {
        storage::OAuthCode row;
        row.app_id = asked.app.id;
        row.user_id = actor.user_id;
        row.expires_at = tx.now() + code_lifetime;
        row.redirect_uri = request.redirect_uri;
        row.challenge = request.code_challenge;
        row.resource = request.resource;
        // Whoever removes the application meanwhile waits, or makes this fail.
        if (!storage::OAuthAppTable(tx).lock(asked.app.id))
            throw Error(Fault::not_found, "app.oauth.get_app.find.app_error",
                        "There is no such application.");
        storage::OAuthCodeTable(tx).insert(row, storage::token_hash(code));
        storage::OAuthConsentTable(tx).put(actor.user_id, asked.app.id, tx.now());
        Trail trail("oauth", attempt);
        trail.decision.user_id = trail.decision.actor_id = actor.user_id;
        trail.decision.session_id = actor.session_id;
        trail.admitted(
            asked.must_ask ? "oauth.allowed" : "oauth.allowed_before",
            "The application " + asked.app.id.text() + (asked.app.is_trusted ? ", trusted." : "."));
        decisions_.record(tx, trail);
    });
    return address_with(request, "code=" + code);
}

std::string OAuthGrants::deny(const Actor& actor, const OAuthRequest& request, const std::string& attempt) {
    const auto asked = look(actor, request);
    Trail trail("oauth", attempt);
    trail.decision.user_id = trail.decision.actor_id = actor.user_id;
    trail.decision.session_id = actor.session_id;
    trail.refused("oauth.denied", "The person did not allow the application " + asked.app.id.text() + ".");
    decisions_.record(trail);
    return address_with(request, "error=access_denied");
}

// The application that brings this, if it is who it says.
OAuthApp OAuthGrants::authenticated(const OAuthRedemption& brought, Trail& trail) {
    if (!looks_like_id(brought.client_id))
        throw redemption_error(Fault::invalid, "bad_client_id", "The client_id is missing, or is not one.");
    const auto id = OAuthAppId::from_text(brought.client_id);
    auto app = found(db_.read([&](storage::Tx& tx) { return storage::OAuthAppTable(tx).find(id); }),
                     "app.oauth.get_app.find.app_error", "There is no such application.");
    trail.noted("oauth.app", "The application " + app.id.text() + ".");
    if (app.is_public) {
        if (!brought.client_secret.empty()) {
            trail.refused("oauth.secret", "A public application brought a secret.");
            throw redemption_error(Fault::unauthenticated, "credentials",
                                   "A public application has no secret.");
        }
        return app;
    }
    if (brought.client_secret.empty())
        throw redemption_error(Fault::invalid, "bad_client_secret", "The client_secret is missing.");
    if (!storage::constant_time_equal(storage::token_hash(brought.client_secret),
                                      storage::token_hash(app.client_secret))) {
        trail.refused("oauth.secret", "The application's secret is wrong.");
        throw redemption_error(Fault::unauthenticated, "credentials", "The client_secret is wrong.");
    }
    return app;
}

OAuthAnswer OAuthGrants::redeem(const OAuthRedemption& brought, const std::string& address,
                                const std::string& attempt) {
    apps_.require_enabled();
    const bool is_code = brought.grant_type == "authorization_code";
    if (!is_code && brought.grant_type != "refresh_token")
        throw redemption_error(Fault::invalid, "bad_grant",
                               "The grant_type is authorization_code or refresh_token.");
    if (is_code && brought.code.empty())
        throw redemption_error(Fault::invalid, "missing_code", "The code is missing.");
    if (!is_code && brought.refresh_token.empty())
        throw redemption_error(Fault::invalid, "missing_refresh_token", "The refresh_token is missing.");
    Trail trail("oauth", attempt, address);
    try {
        const auto app = authenticated(brought, trail);
        return is_code ? by_code(app, brought, address, trail) : by_refresh(app, brought, address, trail);
    } catch (const Error&) {
        if (trail.is_refused()) decisions_.record(trail);
        throw;
    }
}

NewSession OAuthGrants::begin(storage::Tx& tx, const OAuthApp& app, const UserId& id,
                              const std::string& address, Trail& trail) {
    const auto user = storage::UserTable(tx).find(id);
    if (!user || user->delete_at > 0) {
        trail.refused("account.active", "The account is deactivated.");
        throw redemption_error(Fault::forbidden, "inactive", "The person's account is not active.");
    }
    Device device;
    device.address = address;
    device.application = app.id;
    device.props = {
        {"platform", app.name}, {"os", "OAuth2"}, {"browser", "OAuth2"}, {"isOAuthUser", "false"}};
    auto begun = sessions_.start(tx, *user, device);
    trail.decision.session_id = begun.session.id;
    return begun;
}

OAuthAnswer OAuthGrants::by_code(const OAuthApp& app, const OAuthRedemption& brought,
                                 const std::string& address, Trail& trail) {
    const auto hash = storage::token_hash(brought.code);
    // A code that was used before is a finding that has to be kept, so it is thrown after the commit.
    bool was_used = false;
    const auto answer = db_.transact([&](storage::Tx& tx) -> OAuthAnswer {
        storage::OAuthCodeTable codes(tx);
        const auto code = codes.lock(hash);
        if (!code || code->app_id != app.id) {
            trail.refused("oauth.code", "The code is unknown, or another application's.");
            throw redemption_error(Fault::invalid, "bad_code", "The code is unknown, or was used before.");
        }
        trail.decision.user_id = code->user_id;
        storage::OAuthTokenTable tokens(tx);
        if (code->is_used) {
            was_used = true;
            for (const auto& token : tokens.take_of_code(hash))
                sessions_.end(tx, token.session_id, token.user_id, {}, "code used twice");
            return {};
        }
        if (code->expires_at <= tx.now()) {
            trail.refused("oauth.code", "The code has expired.");
            throw redemption_error(Fault::forbidden, "expired_code", "The code has expired.");
        }
        if (code->redirect_uri != brought.redirect_uri) {
            trail.refused("oauth.redirect", "The redirect address is not that of the request.");
            throw redemption_error(Fault::invalid, "redirect_uri",
                                   "The redirect_uri is not that of the request.");
        }
        const auto proof = is_proof(brought.code_verifier)
                               ? storage::base64_url(storage::text_of(storage::sha256(brought.code_verifier)))
                               : std::string();
        if (code->challenge.empty() ? !brought.code_verifier.empty()
                                    : !storage::constant_time_equal(proof, code->challenge)) {
            trail.refused("oauth.proof", "The code_verifier does not fit the code_challenge of the request.");
            throw redemption_error(Fault::invalid, "code_verifier",
                                   "The code_verifier does not fit the request.");
        }
        if (!brought.resource.empty() && brought.resource != code->resource) {
            trail.refused("oauth.resource", "The resource is not that of the request.");
            throw redemption_error(Fault::invalid, "resource", "The resource is not that of the request.");
        }
        codes.set_used(hash);
        const auto begun = begin(tx, app, code->user_id, address, trail);
        OAuthAnswer given;
        given.access_token = begun.token;
        given.expires_in = (begun.session.expires_at - tx.now()) / 1000;
        if (!code->resource.empty()) given.audience = code->resource;
        std::string refresh_hash;
        if (!app.is_public) {
            given.refresh_token = new_token() + new_token();
            refresh_hash = storage::token_hash(*given.refresh_token);
        }
        storage::OAuthToken token;
        token.id = OAuthTokenId::fresh(tx.now());
        token.app_id = app.id;
        token.user_id = code->user_id;
        token.session_id = begun.session.id;
        token.create_at = token.refresh_at = tx.now();
        tokens.insert(token, hash, refresh_hash);
        for (const auto& old : tokens.take_oldest(code->user_id, app.id, most_sessions))
            sessions_.end(tx, old.session_id, old.user_id, {}, "too many of the application");
        trail.admitted("oauth.given", "For a code.");
        decisions_.record(tx, trail);
        return given;
    });
    if (was_used) {
        trail.refused("oauth.code_used", "The code was used before: what it gave was ended.");
        throw redemption_error(Fault::invalid, "bad_code", "The code is unknown, or was used before.");
    }
    return answer;
}

OAuthAnswer OAuthGrants::by_refresh(const OAuthApp& app, const OAuthRedemption& brought,
                                    const std::string& address, Trail& trail) {
    const auto hash = storage::token_hash(brought.refresh_token);
    bool was_replaced = false;
    const auto answer = db_.transact([&](storage::Tx& tx) -> OAuthAnswer {
        storage::OAuthTokenTable tokens(tx);
        auto token = tokens.by_refresh(hash);
        if (!token) {
            const auto later = tokens.by_replaced(hash);
            if (later && later->app_id == app.id) {
                was_replaced = true;
                trail.decision.user_id = later->user_id;
                for (const auto& gone : tokens.take(later->id))
                    sessions_.end(tx, gone.session_id, gone.user_id, {}, "refresh token used twice");
                return {};
            }
        }
        if (!token || token->app_id != app.id || token->refresh_at + refresh_lifetime <= tx.now()) {
            trail.refused("oauth.refresh", "The refresh token is unknown, ended, or another application's.");
            throw redemption_error(Fault::not_found, "refresh_token", "The refresh_token is worth nothing.");
        }
        trail.decision.user_id = token->user_id;
        const auto begun = begin(tx, app, token->user_id, address, trail);
        OAuthAnswer given;
        given.access_token = begun.token;
        given.expires_in = (begun.session.expires_at - tx.now()) / 1000;
        given.refresh_token = new_token() + new_token();
        const auto before = token->session_id;
        token->session_id = begun.session.id;
        token->refresh_at = tx.now();
        tokens.refresh(*token, storage::token_hash(*given.refresh_token));
        sessions_.end(tx, before, token->user_id, {}, "refreshed");
        trail.admitted("oauth.refreshed", "For a refresh token.");
        decisions_.record(tx, trail);
        return given;
    });
    if (was_replaced) {
        trail.refused("oauth.refresh_used", "The refresh token was used before: what it led to was ended.");
        throw redemption_error(Fault::not_found, "refresh_token", "The refresh_token is worth nothing.");
    }
    return answer;
}

std::vector<OAuthApp> OAuthGrants::allowed_by(const UserId& user, std::int64_t offset, std::int64_t limit) {
    apps_.require_enabled();
    auto apps =
        db_.read([&](storage::Tx& tx) { return storage::OAuthAppTable(tx).allowed_by(user, offset, limit); });
    for (auto& app : apps) app.client_secret.clear();
    return apps;
}

void OAuthGrants::withdraw(const Actor& actor, const OAuthAppId& app, const std::string& attempt) {
    db_.transact([&](storage::Tx& tx) {
        require(storage::OAuthConsentTable(tx).remove(actor.user_id, app), Fault::not_found,
                "app.oauth.get_app.find.app_error", "You have not allowed that application anything.");
        for (const auto& token : storage::OAuthTokenTable(tx).take_of_consent(actor.user_id, app))
            sessions_.end(tx, token.session_id, actor.user_id, actor.user_id, "withdrawn");
        Trail trail("oauth", attempt);
        trail.decision.user_id = trail.decision.actor_id = actor.user_id;
        trail.decision.session_id = actor.session_id;
        trail.admitted("oauth.withdrawn", "From the application " + app.text() + ".");
        decisions_.record(tx, trail);
    });
}

std::int64_t OAuthGrants::sweep() {
    return db_.transact([&](storage::Tx& tx) {
        return storage::OAuthCodeTable(tx).remove_expired(tx.now(), oauth_sweep_batch) +
               storage::OAuthTokenTable(tx).remove_stale(tx.now() - refresh_lifetime, oauth_sweep_batch);
    });
}

}  // namespace concordat::identity
