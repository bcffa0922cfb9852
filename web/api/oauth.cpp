#include "web/api/oauth.hpp"

#include "core/base/markup.hpp"
#include "core/base/text.hpp"
#include "core/base/url_escape.hpp"
#include "core/config/live.hpp"
#include "identity/oauth/oauth_grants.hpp"
#include "storage/crypto/digest.hpp"
#include "web/api/cookies.hpp"
#include "web/api/doorkeeper.hpp"
#include "web/api/page.hpp"
#include "web/api/paging.hpp"
#include "web/api/replies.hpp"
#include "web/api/single_sign_on.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

using identity::OAuthRequest;

constexpr const char* request_fields[] = {
    "response_type", "client_id",      "redirect_uri",          "scope",
    "state",         "code_challenge", "code_challenge_method", "resource"};

struct AppNamed {
    std::string client_id;
};
BOOST_DESCRIBE_STRUCT(AppNamed, (), (client_id))

struct ServerMetadata {
    std::string issuer, authorization_endpoint, token_endpoint;
    std::vector<std::string> response_types_supported = {"code"};
    std::optional<std::string> registration_endpoint;
    std::vector<std::string> scopes_supported = {"user"};
    std::vector<std::string> grant_types_supported = {"authorization_code", "refresh_token"};
    std::vector<std::string> token_endpoint_auth_methods_supported = {"client_secret_post",
                                                                      "client_secret_basic", "none"};
    std::vector<std::string> code_challenge_methods_supported = {"S256"};
};
BOOST_DESCRIBE_STRUCT(ServerMetadata, (),
                      (issuer, authorization_endpoint, token_endpoint, response_types_supported,
                       registration_endpoint, scopes_supported, grant_types_supported,
                       token_endpoint_auth_methods_supported, code_challenge_methods_supported))

struct Registered {
    std::string client_id;
    std::optional<std::string> client_secret;
    std::vector<std::string> redirect_uris;
    std::string token_endpoint_auth_method;
    std::vector<std::string> grant_types, response_types = {"code"};
    std::string scope = "user";
    std::string client_name;
    std::optional<std::string> client_uri;
};
BOOST_DESCRIBE_STRUCT(Registered, (),
                      (client_id, client_secret, redirect_uris, token_endpoint_auth_method, grant_types,
                       response_types, scope, client_name, client_uri))

// What the page says, in the person's language.
struct Words {
    const char *language, *asks, *may, *goes_to, *allow, *deny, *made_by, *done, *go_on, *refused;
};
constexpr Words all_words[] = {
    {"en", "would like to act for you",
     "It may then do everything here that you may: read and write in all your channels. It cannot change "
     "your password, your second factor or this server.",
     "You will be sent to", "Allow", "Do not allow", "About this application",
     "The browser goes back to the application.", "Go on", "The application cannot be allowed"},
    {"fr", "souhaite agir en votre nom",
     "Elle pourra faire ici tout ce que vous pouvez faire : lire et écrire dans tous vos canaux. Elle ne "
     "peut changer ni votre mot de passe, ni votre second facteur, ni ce serveur.",
     "Vous serez renvoyé vers", "Autoriser", "Ne pas autoriser", "À propos de cette application",
     "Le navigateur retourne à l’application.", "Continuer", "L’application ne peut pas être autorisée"},
    {"de", "möchte in Ihrem Namen handeln",
     "Sie darf dann hier alles, was Sie dürfen: in allen Ihren Kanälen lesen und schreiben. Ihr Passwort, "
     "Ihren zweiten Faktor und diesen Server kann sie nicht ändern.",
     "Sie gelangen danach zu", "Erlauben", "Nicht erlauben", "Über diese Anwendung",
     "Der Browser kehrt zur Anwendung zurück.", "Weiter", "Die Anwendung kann nicht zugelassen werden"},
};

const Words& words_for(const Actor& actor) {
    for (const auto& words : all_words)
        if (actor.locale.substr(0, 2) == words.language) return words;
    return all_words[0];
}

Head form_of(const Call& call) {
    Head form;
    form.query = call.body;
    return form;
}

OAuthRequest request_in(const Head& fields) {
    OAuthRequest request;
    request.response_type = fields.query_value("response_type");
    request.client_id = fields.query_value("client_id");
    request.redirect_uri = fields.query_value("redirect_uri");
    request.scope = fields.query_value("scope");
    request.state = fields.query_value("state");
    request.code_challenge = fields.query_value("code_challenge");
    request.code_challenge_method = fields.query_value("code_challenge_method");
    request.resource = fields.query_value("resource");
    return request;
}

std::string origin_of(const std::string& address) {
    const auto host = address.find("://");
    return host == std::string::npos ? address : address.substr(0, address.find_first_of("/?", host + 3));
}

Reply refused_page(const Settings& settings, const Call& call, const Error& error) {
    if (error.fault() == Fault::internal) throw Error(error);
    const auto& words = words_for(call.actor);
    Page page;
    page.language = words.language;
    page.body = "<h2>" + std::string(words.refused) + "</h2>\n<p>" + escaped_markup(error.text()) + "</p>\n";
    page.footer = "<code>" + escaped_markup(call.head.request_id) + "</code>";
    auto reply = page_reply(settings, page);
    reply.status = error.fault() == Fault::not_found     ? 404
                   : error.fault() == Fault::forbidden   ? 403
                   : error.fault() == Fault::unsupported ? 501
                                                         : 400;
    return reply;
}

Reply consent_page(const Settings& settings, const Call& call, const identity::OAuthAsked& asked,
                   const OAuthRequest& request) {
    const auto& words = words_for(call.actor);
    const auto& app = asked.app;
    Page page;
    page.language = words.language;
    page.has_form = true;
    page.body = "<h2>" + escaped_markup(app.name) + " " + words.asks + "</h2>\n";
    if (!app.description.empty()) page.body += "<p>" + escaped_markup(app.description) + "</p>\n";
    if (!app.homepage.empty())
        page.body += "<p><a rel=\"noreferrer noopener\" href=\"" + escaped_markup(app.homepage) + "\">" +
                     words.made_by + "</a></p>\n";
    page.body += "<p>" + std::string(words.may) + "</p>\n<p>" + words.goes_to + " <code>" +
                 escaped_markup(origin_of(request.redirect_uri)) + "</code></p>\n";
    page.body +=
        "<form method=\"post\" action=\"" + escaped_markup(site_path(settings)) + "/oauth/authorize\">\n";
    const std::string values[] = {
        request.response_type, request.client_id,      request.redirect_uri,          request.scope,
        request.state,         request.code_challenge, request.code_challenge_method, request.resource};
    for (std::size_t i = 0; i < std::size(values); ++i)
        page.body += "<input type=\"hidden\" name=\"" + std::string(request_fields[i]) + "\" value=\"" +
                     escaped_markup(values[i]) + "\">\n";
    page.body += "<input type=\"hidden\" name=\"csrf\" value=\"" + escaped_markup(call.actor.csrf) +
                 "\">\n<p><button name=\"answer\" value=\"allow\">" + words.allow +
                 "</button> <button name=\"answer\" value=\"deny\">" + words.deny +
                 "</button></p>\n</form>\n";
    page.footer = escaped_markup(call.actor.username);
    return page_reply(settings, page);
}

// A form may not lead to another site by itself (form-action of the page's policy), a page may.
Reply back_page(const Settings& settings, const Call& call, const std::string& address) {
    const auto& words = words_for(call.actor);
    Page page;
    page.language = words.language;
    page.next = address;
    page.body = "<h2>" + std::string(words.done) + "</h2>\n<p><a href=\"" + escaped_markup(address) + "\">" +
                words.go_on + "</a></p>\n";
    return page_reply(settings, page);
}

Reply ask(const Call& call, identity::OAuthGrants& grants, const Settings& settings) {
    const auto& head = call.head;
    if (!call.actor.signed_in())
        return redirect_reply(site_path(settings) +
                              "/login?redirect_to=" + url_escaped(head.path + "?" + head.query));
    // The client shows there how to set a factor up.
    if (lacks_factor(call, settings)) return redirect_reply(site_path(settings) + "/");
    const auto request = request_in(head);
    try {
        const auto asked = grants.look(call.actor, request);
        if (!asked.refusal.empty()) return redirect_reply(asked.refusal);
        if (asked.must_ask) return consent_page(settings, call, asked, request);
        return redirect_reply(grants.allow(call.actor, request, head.request_id));
    } catch (const Error& e) {
        return refused_page(settings, call, e);
    }
}

bool is_form(const Call& call) {
    return lower_ascii(call.head.headers.get("Content-Type"))
        .starts_with("application/x-www-form-urlencoded");
}

// The route has no check of its own against pages elsewhere, because a form cannot set a header.
void require_own_page(const Call& call, std::string_view brought) {
    if (!call.actor.by_cookie) return;
    if (call.actor.csrf.empty() || !storage::constant_time_equal(brought, call.actor.csrf))
        throw Error(Fault::forbidden, "api.oauth.allow_oauth.csrf.app_error",
                    "The answer does not come from a page of this server. Begin again at the application.");
}

Reply answer_form(const Call& call, identity::OAuthGrants& grants, const Settings& settings) {
    const auto form = form_of(call);
    try {
        require_own_page(call, form.query_value("csrf"));
        const auto request = request_in(form);
        const bool is_allowed = form.query_value("answer") == "allow";
        return back_page(settings, call,
                         is_allowed ? grants.allow(call.actor, request, call.head.request_id)
                                    : grants.deny(call.actor, request, call.head.request_id));
    } catch (const Error& e) {
        return refused_page(settings, call, e);
    }
}

Reply answer(const Call& call, identity::OAuthGrants& grants, const Settings& settings) {
    if (is_form(call)) return answer_form(call, grants, settings);
    require_own_page(call, call.head.headers.get("X-CSRF-Token"));
    OAuthRequest request;
    from_json(parse_json_value(call.body), request);
    Reply reply;
    reply.body =
        json_text(json::object{{"redirect", grants.allow(call.actor, request, call.head.request_id)}});
    return reply;
}

const char* rfc_word(const Error& error) {
    const auto& id = error.id();
    if (id.ends_with("get_access_token.credentials.app_error") || id == "app.oauth.get_app.find.app_error")
        return "invalid_client";
    if (id.ends_with("bad_grant.app_error")) return "unsupported_grant_type";
    if (id.ends_with("missing_code.app_error") || id.ends_with("bad_client_id.app_error") ||
        id.ends_with("bad_client_secret.app_error") || id.ends_with("missing_refresh_token.app_error"))
        return "invalid_request";
    return error.fault() == Fault::unavailable ? "temporarily_unavailable" : "invalid_grant";
}

int status_of_redemption(const Error& error) {
    switch (error.fault()) {
        case Fault::unauthenticated:
            return 401;
        case Fault::forbidden:
            return 403;
        case Fault::not_found:
            return 404;
        default:
            return 400;
    }
}

// name:password of HTTP Basic, both escaped as in forms (RFC 6749, section 2.3.1).
void read_basic(const Call& call, identity::OAuthRedemption& brought) {
    const std::string_view header = trimmed(call.head.headers.get("Authorization"));
    if (!lower_ascii(header.substr(0, 6)).starts_with("basic ")) return;
    const auto plain = storage::from_base64(trimmed(header.substr(6)));
    const auto colon = plain ? plain->find(':') : std::string::npos;
    if (colon == std::string::npos) return;
    Head pair;
    pair.query = "id=" + plain->substr(0, colon) + "&secret=" + plain->substr(colon + 1);
    brought.client_id = pair.query_value("id");
    brought.client_secret = pair.query_value("secret");
}

Reply redeem(const Call& call, identity::OAuthGrants& grants) {
    const auto form = form_of(call);
    identity::OAuthRedemption brought;
    brought.grant_type = form.query_value("grant_type");
    brought.client_id = form.query_value("client_id");
    brought.client_secret = form.query_value("client_secret");
    brought.redirect_uri = form.query_value("redirect_uri");
    brought.code = form.query_value("code");
    brought.code_verifier = form.query_value("code_verifier");
    brought.refresh_token = form.query_value("refresh_token");
    brought.resource = form.query_value("resource");
    read_basic(call, brought);
    Reply reply;
    try {
        reply.body = json_text(grants.redeem(brought, call.head.remote_address, call.head.request_id));
    } catch (const Error& e) {
        if (e.fault() == Fault::internal || e.fault() == Fault::unavailable ||
            e.fault() == Fault::unsupported)
            throw;
        reply.status = status_of_redemption(e);
        if (reply.status == 401) reply.set("WWW-Authenticate", "Basic realm=\"oauth\"");
        reply.body = json_text(json::object{{"id", e.id()},
                                            {"message", e.text()},
                                            {"detailed_error", ""},
                                            {"request_id", call.head.request_id},
                                            {"status_code", reply.status},
                                            {"error", rfc_word(e)},
                                            {"error_description", e.text()}});
    }
    reply.set("Cache-Control", "no-store");
    reply.set("Pragma", "no-cache");
    return reply;
}

ServerMetadata metadata_of(const Settings& settings) {
    const auto& service = settings.ServiceSettings;
    require(service.EnableOAuthServiceProvider && !service.SiteURL.empty(), Fault::unsupported,
            "api.oauth.authorization_server_metadata.disabled.app_error",
            "Applications cannot ask for access on this server, or it has no ServiceSettings.SiteURL.");
    ServerMetadata metadata;
    metadata.issuer = service.SiteURL;
    metadata.authorization_endpoint = service.SiteURL + "/oauth/authorize";
    metadata.token_endpoint = service.SiteURL + "/oauth/access_token";
    if (service.EnableDynamicClientRegistration)
        metadata.registration_endpoint = service.SiteURL + "/api/v4/oauth/apps/register";
    return metadata;
}

Registered registered(const OAuthApp& app) {
    Registered out;
    out.client_id = app.id.text();
    out.redirect_uris = app.callback_urls;
    out.token_endpoint_auth_method = app.is_public ? "none" : "client_secret_post";
    out.grant_types = {"authorization_code"};
    if (!app.is_public) {
        out.client_secret = app.client_secret;
        out.grant_types.push_back("refresh_token");
    }
    out.client_name = app.name;
    if (!app.homepage.empty()) out.client_uri = app.homepage;
    return out;
}

void add_app_routes(Router& routes, identity::OAuthApps& apps) {
    const char* const why = "those one made with manage_oauth, others with manage_system_wide_oauth";
    const auto app_in = [](const Call& call) { return call.id<OAuthAppId>("app_id"); };
    routes.get("/oauth/apps", checked_inside(why), [&](Call& call) {
        const auto paging = paging_of(call);
        return apps.list(call.actor, paging.offset(), paging.per_page);
    });
    routes.post("/oauth/apps", on_system(Permission::manage_oauth), [&](Call& call, OAuthApp body) {
        return Created{apps.create(call.actor, std::move(body), call.head.request_id)};
    });
    routes
        .get("/oauth/apps/{app_id}", checked_inside(why),
             [&apps, app_in](Call& call) { return apps.get(call.actor, app_in(call)); })
        .for_people();
    routes.get("/oauth/apps/{app_id}/info", signed_in(),
               [&apps, app_in](Call& call) { return apps.info(app_in(call)); });
    routes
        .put("/oauth/apps/{app_id}", checked_inside(why),
             [&apps, app_in](Call& call, OAuthApp body) {
                 return apps.update(call.actor, app_in(call), std::move(body), call.head.request_id);
             })
        .administrative();
    routes
        .del("/oauth/apps/{app_id}", checked_inside(why),
             [&apps, app_in](Call& call) { apps.remove(call.actor, app_in(call), call.head.request_id); })
        .administrative();
    routes
        .post("/oauth/apps/{app_id}/regen_secret", checked_inside(why),
              [&apps, app_in](Call& call) {
                  return apps.renew_secret(call.actor, app_in(call), call.head.request_id);
              })
        .administrative();
    routes
        .post("/oauth/apps/register", anyone(),
              [&](Call& call, identity::OAuthRegistration body) {
                  return Created{registered(apps.register_itself(body, call.head.request_id))};
              })
        .trusting();
}

}  // namespace

void add_oauth_routes(Router& routes, identity::OAuthApps& apps, identity::OAuthGrants& grants,
                      const LiveSettings& settings) {
    add_app_routes(routes, apps);
    routes.get("//oauth/authorize", anyone(),
               [&](Call& call) { return ask(call, grants, *settings.current()); });
    routes
        .post("//oauth/authorize", signed_in(),
              [&](Call& call) { return answer(call, grants, *settings.current()); })
        .trusting()
        .for_people();
    routes
        .post("//oauth/deauthorize", signed_in(),
              [&](Call& call, AppNamed body) {
                  if (!looks_like_id(body.client_id)) throw bad_body("client_id");
                  grants.withdraw(call.actor, OAuthAppId::from_text(body.client_id), call.head.request_id);
              })
        .for_people();
    routes.post("//oauth/access_token", anyone(), [&](Call& call) { return redeem(call, grants); })
        .trusting();
    routes.get("//.well-known/oauth-authorization-server", anyone(),
               [&](Call&) { return metadata_of(*settings.current()); });
    routes.get("/users/{user_id}/oauth/apps/authorized", self_or(Permission::edit_other_users, "user_id"),
               [&](Call& call) {
                   const auto paging = paging_of(call);
                   return grants.allowed_by(call.id<UserId>("user_id"), paging.offset(), paging.per_page);
               });
}

}  // namespace concordat::web
