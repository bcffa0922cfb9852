#include "web/api/doorkeeper.hpp"

#include "core/base/addresses.hpp"
#include "core/base/text.hpp"
#include "identity/mfa/policy.hpp"
#include "storage/crypto/digest.hpp"
#include "web/api/cookies.hpp"

namespace concordat::web {
namespace {

constexpr const char* session_expired = "api.context.session_expired.app_error";

Error no_session() {
    return {Fault::unauthenticated, session_expired, "Invalid or expired session, please login again."};
}

// "Bearer x" and "token x", the scheme in any case.
std::string header_token(std::string_view value) {
    value = trimmed(value);
    const auto space = value.find(' ');
    if (space == value.npos) return {};
    const auto scheme = lower_ascii(value.substr(0, space));
    if (scheme != "bearer" && scheme != "token") return {};
    return std::string(trimmed(value.substr(space + 1)));
}

// A Host without its port.
std::string_view name_of_host(std::string_view host) {
    if (host.starts_with('[')) return host.substr(1, host.find(']') - 1);
    return host.substr(0, host.find(':'));
}

// What the route may do without a second factor is done for oneself only.
bool is_about_oneself(const Call& call) {
    for (const auto& [name, value] : call.path)
        if (name == "user_id" && value != "me" && value != call.actor.user_id.text()) return false;
    return true;
}

}  // namespace

std::optional<PresentedToken> token_in(const Head& head) {
    using Place = PresentedToken::Place;
    if (auto token = head.cookie(token_cookie); !token.empty())
        return PresentedToken{std::move(token), Place::cookie};
    if (auto token = header_token(head.headers.get("Authorization")); !token.empty())
        return PresentedToken{std::move(token), Place::header};
    if (auto token = head.query_value("access_token"); !token.empty())
        return PresentedToken{std::move(token), Place::query};
    return std::nullopt;
}

bool is_from_this_machine(const Head& head) {
    if (!is_loopback(head.remote_address)) return false;
    for (const char* sign :
         {"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via"})
        if (head.headers.has(sign)) return false;
    const auto host = lower_ascii(name_of_host(trimmed(head.headers.get("Host"))));
    return host.empty() || host == "localhost" || is_loopback(host);
}

bool is_asked_for_factor(const Call& call, const Settings& settings) {
    const auto& actor = call.actor;
    const identity::FactorSubject who{actor.roles, actor.service, actor.is_guest, actor.is_bot};
    return identity::demands_factor(settings, who, call.head.remote_address);
}

bool lacks_factor(const Call& call, const Settings& settings) {
    return !call.actor.has_factor && identity::are_factors_enforced(settings, wall_clock()) &&
           is_asked_for_factor(call, settings);
}

void SessionDoorkeeper::identify(Call& call, bool csrf_applies) {
    using Place = PresentedToken::Place;
    call.actor = {};
    const bool is_local = is_from_this_machine(call.head);
    if (!is_local && !bounds_.admit(call.head.remote_address))
        throw Error(Fault::forbidden, "api.context.ip_filtering.refused.app_error",
                    "This server is not used from your network.");
    if (const auto presented = token_in(call.head)) {
        if (const auto signed_in = sessions_.by_token(presented->token)) {
            if (presented->place == Place::query && !signed_in->session.is_oauth)
                throw Error(Fault::unauthenticated, "api.context.token_provided.app_error",
                            "Session is not OAuth but token was provided in the query string.");
            call.actor = signed_in->actor();
            call.actor.by_cookie = presented->place == Place::cookie;
        }
    }
    call.actor.is_loopback = is_local;
    if (csrf_applies && call.actor.by_cookie) check_csrf(call);
}

// A page elsewhere can make a browser send the cookie, but cannot read MMCSRF nor set headers.
void SessionDoorkeeper::check_csrf(const Call& call) const {
    const auto given = call.head.headers.get("X-CSRF-Token");
    if (!call.actor.csrf.empty() && storage::constant_time_equal(given, call.actor.csrf)) return;
    const bool is_strict = settings_.current()->ServiceSettings.ExperimentalStrictCSRFEnforcement;
    if (!is_strict && call.head.headers.get("X-Requested-With") == "XMLHttpRequest") return;
    throw no_session();
}

void SessionDoorkeeper::admit(const Call& call, Scope scope, Permission permission, const std::string& id) {
    if (scope == Scope::anyone) return;
    const auto& actor = call.actor;
    if (!actor.signed_in()) throw no_session();
    if (!call.needs_no_factor || !is_about_oneself(call)) require_factor(call);
    const bool changes_the_node = (scope == Scope::system || call.is_administrative) &&
                                  call.head.verb != Verb::get && call.head.verb != Verb::head;
    if (actor.by_application && (call.is_for_people || changes_the_node))
        throw Error(Fault::forbidden, "identity.oauth.not_for_applications",
                    "This is for people: an application that acts for one may not do it.");
    if (changes_the_node) require_fresh_factor(actor);
    switch (scope) {
        case Scope::anyone:
        case Scope::signed_in:
        case Scope::checked_inside:
            return;
        case Scope::system:
            return gate_.require(actor, permission);
        case Scope::self_or:
            return gate_.require_self_or(actor, UserId::from_text(id), permission);
        case Scope::team:
            return admit_to_team(actor, permission, TeamId::from_text(id));
        case Scope::channel:
            return admit_to_channel(actor, permission, ChannelId::from_text(id));
        case Scope::post: {
            const auto channel = gate_.channel_of(PostId::from_text(id));
            if (!channel) throw Error(Fault::not_found, "app.post.get.app_error", "Unable to get the post.");
            return admit_to_channel(actor, permission, *channel);
        }
    }
    throw lacks_permission("a scope that the doorkeeper does not know");
}

void SessionDoorkeeper::require_factor(const Call& call) const {
    if (lacks_factor(call, *settings_.current()))
        throw Error(Fault::forbidden, "api.context.mfa_required.app_error",
                    "Multi-factor authentication is required on this server.");
}

// What changes the node itself needs a second factor that was shown lately, where the settings say so.
void SessionDoorkeeper::require_fresh_factor(const Actor& actor) const {
    const auto minutes = settings_.current()->ConcordatSettings.StepUpMinutes;
    if (minutes == 0 || actor.is_bot) return;
    if (actor.factor_at > 0 && wall_clock() - actor.factor_at <= minutes * 60000) return;
    throw Error(Fault::forbidden, "identity.step_up.needed",
                actor.has_factor
                    ? "Show your second factor again: its last use in this session is too long ago."
                    : "Administrative changes need a second factor. Set one up first.");
}

void SessionDoorkeeper::admit_to_team(const Actor& actor, Permission permission, const TeamId& team) {
    if (gate_.may_in_team(actor, permission, team)) return;
    if (!gate_.has_team(team))
        throw Error(Fault::not_found, "app.team.get.find.app_error", "Unable to find the existing team.");
    throw lacks_permission(std::string(name_of(permission)));
}

// Archived channels are read like others; who may still write is the services' rule.
void SessionDoorkeeper::admit_to_channel(const Actor& actor, Permission permission,
                                         const ChannelId& channel) {
    if (!gate_.place(channel))
        throw Error(Fault::not_found, "app.channel.get.existing.app_error",
                    "Unable to find the existing channel.");
    const bool is_allowed = permission == Permission::read_channel_content ? gate_.may_read(actor, channel)
                            : permission == Permission::read_channel
                                ? gate_.may_see(actor, channel)
                                : gate_.may_in_channel(actor, permission, channel);
    if (!is_allowed) throw lacks_permission(std::string(name_of(permission)));
}

void SessionDoorkeeper::refused(const Call& call, const Error& error, Reply& reply) {
    if (error.id() != session_expired || call.head.cookie(token_cookie).empty()) return;
    for (auto& cookie : expired_cookies(*settings_.current(), call.head))
        reply.set("Set-Cookie", std::move(cookie));
}

}  // namespace concordat::web
