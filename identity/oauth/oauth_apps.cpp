#include "identity/oauth/oauth_apps.hpp"

#include <algorithm>

#include "core/base/text.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/oauth.hpp"

namespace concordat::identity {
namespace {

constexpr const char *no_app = "app.oauth.get_app.find.app_error",
                     *no_app_text = "There is no such application.";

bool is_web_address(const std::string& text) {
    const auto rest = text.starts_with("https://")  ? text.substr(8)
                      : text.starts_with("http://") ? text.substr(7)
                                                    : std::string();
    return !rest.empty() && rest.front() != '/' &&
           std::none_of(text.begin(), text.end(), [](unsigned char c) {
               return c <= ' ' || c >= 0x7f || c == '"' || c == '<' || c == '>' || c == '\\';
           });
}

void check(bool is_good, const char* field, const char* text) {
    if (!is_good)
        throw Error(Fault::invalid, std::string("model.oauth.is_valid.") + field + ".app_error", text);
}

void check_app(const OAuthApp& app) {
    check(!app.name.empty() && rune_count(app.name) <= OAuthApps::longest_name, "name",
          "An application needs a name of at most 64 characters.");
    check(rune_count(app.description) <= OAuthApps::longest_description, "description",
          "A description has at most 512 characters.");
    check(app.icon_url.empty() ||
              (app.icon_url.size() <= OAuthApps::longest_address && is_web_address(app.icon_url)),
          "icon_url", "The icon is a web address of at most 512 bytes.");
    check(app.homepage.size() <= OAuthApps::longest_homepage &&
              (is_web_address(app.homepage) || (app.homepage.empty() && app.is_dynamically_registered)),
          "homepage", "An application needs a home page: a web address of at most 256 bytes.");
    check(app.mattermost_app_id.size() <= 32, "mattermost_app_id", "It has at most 32 bytes.");
    std::size_t bytes = 0;
    for (const auto& address : app.callback_urls) {
        bytes += address.size() + 1;
        check(is_web_address(address) && address.find('#') == std::string::npos, "callback",
              "A callback is a web address without a fragment (RFC 6749, section 3.1.2).");
    }
    check(!app.callback_urls.empty() && bytes <= OAuthApps::longest_callbacks, "callback",
          "An application needs callback addresses, of at most 1024 bytes together.");
}

// "*" in a pattern is any run of characters but "/".
bool fits(std::string_view pattern, std::string_view text) {
    if (pattern.empty()) return text.empty();
    if (pattern.front() != '*')
        return !text.empty() && text.front() == pattern.front() && fits(pattern.substr(1), text.substr(1));
    for (;;) {
        if (fits(pattern.substr(1), text)) return true;
        if (text.empty() || text.front() == '/') return false;
        text.remove_prefix(1);
    }
}

// Two tokens: 52 characters of 260 random bits.
std::string new_secret() {
    return new_token() + new_token();
}

}  // namespace

void OAuthApps::require_enabled() const {
    require(
        settings_.current()->ServiceSettings.EnableOAuthServiceProvider, Fault::unsupported,
        "api.oauth.register_oauth_app.turn_off.app_error",
        "Applications cannot ask for access on this server (ServiceSettings.EnableOAuthServiceProvider).");
}

void OAuthApps::decide(storage::Tx& tx, const Actor& actor, const OAuthApp& app, const char* rule,
                       const std::string& attempt) {
    Trail trail("oauth", attempt);
    trail.decision.actor_id = actor.user_id;
    trail.decision.session_id = actor.session_id;
    trail.admitted(rule, "The application " + app.id.text() + (app.is_trusted ? ", trusted." : "."));
    decisions_.record(tx, trail);
}

OAuthApp OAuthApps::create(const Actor& actor, OAuthApp wanted, const std::string& attempt) {
    require_enabled();
    if (actor.signed_in()) gate_.require(actor, Permission::manage_oauth);
    const bool may_trust = !actor.signed_in() || gate_.may(actor, Permission::manage_system);
    wanted.is_trusted = wanted.is_trusted && may_trust;
    wanted.is_dynamically_registered = false;
    check_app(wanted);
    db_.transact([&](storage::Tx& tx) {
        storage::OAuthAppTable table(tx);
        require(table.count() < most_apps, Fault::invalid, "identity.oauth.too_many",
                "There are 1,000 applications; remove those that are not in use.");
        wanted.id = OAuthAppId::fresh(tx.now());
        wanted.creator_id = actor.user_id;
        wanted.create_at = wanted.update_at = tx.now();
        wanted.client_secret = wanted.is_public ? std::string() : new_secret();
        table.insert(wanted);
        decide(tx, actor, wanted, "oauth.app.created", attempt);
    });
    return wanted;
}

OAuthApp OAuthApps::register_itself(const OAuthRegistration& wanted, const std::string& attempt) {
    require_enabled();
    const auto settings = settings_.current();
    const auto& service = settings->ServiceSettings;
    require(service.EnableDynamicClientRegistration, Fault::unsupported,
            "api.oauth.register_client.disabled.app_error",
            "Applications do not register themselves on this server "
            "(ServiceSettings.EnableDynamicClientRegistration).");
    for (const auto& address : wanted.redirect_uris) {
        const auto& allowed = service.DCRRedirectURIAllowlist;
        const bool is_allowed =
            allowed.empty() || std::any_of(allowed.begin(), allowed.end(),
                                           [&](const auto& pattern) { return fits(pattern, address); });
        check(address.size() <= longest_callbacks && is_allowed, "callback",
              "That redirect address is not one that may be registered here.");
    }
    const auto method = wanted.token_endpoint_auth_method.value_or("client_secret_post");
    check(method == "client_secret_post" || method == "none", "token_endpoint_auth_method",
          "token_endpoint_auth_method is client_secret_post or none.");
    OAuthApp app;
    app.name = wanted.client_name.value_or("");
    if (app.name.empty()) app.name = "Unnamed application";
    app.homepage = wanted.client_uri.value_or("");
    app.callback_urls = wanted.redirect_uris;
    app.is_dynamically_registered = true;
    app.is_public = method == "none";
    check_app(app);
    db_.transact([&](storage::Tx& tx) {
        storage::OAuthAppTable table(tx);
        require(table.count_dynamic() < most_registered, Fault::rate_limited, "identity.oauth.too_many",
                "1,000 applications have registered themselves; an administrator has to remove some.");
        app.id = OAuthAppId::fresh(tx.now());
        app.create_at = app.update_at = tx.now();
        if (!app.is_public) app.client_secret = new_secret();
        table.insert(app);
        decide(tx, {}, app, "oauth.app.registered", attempt);
    });
    return app;
}

// Somebody else's application is like one that is not there for those who may not manage all.
OAuthApp OAuthApps::need(storage::Tx& tx, const Actor& actor, const OAuthAppId& id, bool for_update) {
    storage::OAuthAppTable table(tx);
    auto app = found(for_update ? table.lock(id) : table.find(id), no_app, no_app_text);
    if (actor.signed_in() && app.creator_id != actor.user_id)
        gate_.require(actor, Permission::manage_system_wide_oauth);
    return app;
}

OAuthApp OAuthApps::get(const Actor& actor, const OAuthAppId& id) {
    require_enabled();
    if (actor.signed_in()) gate_.require(actor, Permission::manage_oauth);
    return db_.read([&](storage::Tx& tx) { return need(tx, actor, id, false); });
}

std::vector<OAuthApp> OAuthApps::list(const Actor& actor, std::int64_t offset, std::int64_t limit) {
    require_enabled();
    const bool sees_all = !actor.signed_in() || gate_.may(actor, Permission::manage_system_wide_oauth);
    if (!sees_all) gate_.require(actor, Permission::manage_oauth);
    return db_.read([&](storage::Tx& tx) {
        return storage::OAuthAppTable(tx).list(sees_all ? UserId() : actor.user_id, offset, limit);
    });
}

OAuthApp OAuthApps::info(const OAuthAppId& id) {
    require_enabled();
    auto app = found(db_.read([&](storage::Tx& tx) { return storage::OAuthAppTable(tx).find(id); }), no_app,
                     no_app_text);
    app.client_secret.clear();
    return app;
}

OAuthApp OAuthApps::update(const Actor& actor, const OAuthAppId& id, OAuthApp wanted,
                           const std::string& attempt) {
    require_enabled();
    if (actor.signed_in()) gate_.require(actor, Permission::manage_oauth);
    const bool may_trust = !actor.signed_in() || gate_.may(actor, Permission::manage_system);
    return db_.transact([&](storage::Tx& tx) {
        auto app = need(tx, actor, id, true);
        if (may_trust) app.is_trusted = wanted.is_trusted && !app.is_dynamically_registered;
        app.name = wanted.name;
        app.description = wanted.description;
        app.icon_url = wanted.icon_url;
        app.callback_urls = wanted.callback_urls;
        app.homepage = wanted.homepage;
        app.mattermost_app_id = wanted.mattermost_app_id;
        app.update_at = tx.now();
        check_app(app);
        storage::OAuthAppTable(tx).update(app);
        decide(tx, actor, app, "oauth.app.changed", attempt);
        return app;
    });
}

OAuthApp OAuthApps::renew_secret(const Actor& actor, const OAuthAppId& id, const std::string& attempt) {
    require_enabled();
    if (actor.signed_in()) gate_.require(actor, Permission::manage_oauth);
    return db_.transact([&](storage::Tx& tx) {
        auto app = need(tx, actor, id, true);
        require(!app.is_public, Fault::invalid, "api.oauth.regenerate_secret.public.app_error",
                "A public application has no secret.");
        app.client_secret = new_secret();
        app.update_at = tx.now();
        storage::OAuthAppTable(tx).update(app);
        decide(tx, actor, app, "oauth.app.secret_renewed", attempt);
        return app;
    });
}

void OAuthApps::remove(const Actor& actor, const OAuthAppId& id, const std::string& attempt) {
    require_enabled();
    if (actor.signed_in()) gate_.require(actor, Permission::manage_oauth);
    db_.transact([&](storage::Tx& tx) {
        const auto app = need(tx, actor, id, true);
        for (const auto& token : storage::OAuthTokenTable(tx).take_of_app(id))
            sessions_.end(tx, token.session_id, token.user_id, actor.user_id, "application removed");
        storage::OAuthAppTable(tx).remove(id);
        decide(tx, actor, app, "oauth.app.removed", attempt);
    });
}

}  // namespace concordat::identity
