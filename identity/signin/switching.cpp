// SignIn, as far as it changes how an account signs in.
#include <algorithm>

#include "core/base/text.hpp"
#include "core/model/access_token.hpp"
#include "identity/account/passwords.hpp"
#include "identity/signin/meant.hpp"
#include "identity/signin/sign_in.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/users.hpp"

namespace concordat::identity {
namespace {

constexpr std::size_t longest_typed = 1024, longest_typed_code = 64;  // bytes

bool is_typed(const std::string& text) {
    return !trimmed(text).empty() && text.size() <= longest_typed && text.find('\0') == std::string::npos;
}

Actor themself(const User& user) {
    Actor actor;
    actor.user_id = user.id;
    actor.username = user.username;
    actor.service = user.auth_service;
    return actor;
}

Error code_is_missing() {
    return {Fault::unauthenticated, "mfa.validate_token.authenticate.app_error",
            "A code of the second factor is needed."};
}

}  // namespace

void SignIn::require_switching(bool to_password) const {
    const auto settings = settings_.current();
    require(settings->ServiceSettings.ExperimentalEnableAuthenticationTransfer, Fault::forbidden,
            "identity.switch.off", "On this server people do not change how they sign in.");
    require(!to_password || settings->EmailSettings.EnableSignUpWithEmail, Fault::forbidden,
            "identity.switch.no_passwords", "On this server nobody gets a password of their own.");
}

void SignIn::check_switch_code(const User& user, const SwitchRequest& request, Trail& trail) {
    const auto fits = db_.transact([&](storage::Tx& tx) -> std::optional<bool> {
        if (!factor_ || !factor_->is_needed(tx, user)) return true;
        if (request.code.empty()) return std::nullopt;
        return request.code.size() <= longest_typed_code && factor_->accept(tx, user, request.code, trail);
    });
    if (!fits) {
        forget_attempt(user.id);  // a right password without a code is not a failure
        trail.refused("factor.code", "The person has a second factor, and no code was given.");
        refuse(trail, code_is_missing());
    }
    if (*fits) return;
    trail.refused("factor.code", "The code does not fit, or was used before.");
    refuse(trail,
           {Fault::unauthenticated, "api.user.check_user_mfa.bad_code.app_error", "Invalid MFA token."});
}

// The person of an account with a password of its own. The attempt counts as a failure until all is proven.
User SignIn::proven(const SwitchRequest& request, Trail& trail) {
    Meant meant;
    if (is_typed(request.email) && is_typed(request.password)) meant.user = accounts_.by_email(request.email);
    SignInAttempt attempt;
    attempt.id = request.id;
    attempt.password = is_typed(request.password) ? request.password : std::string();
    if (meant.user) trail.decision.user_id = meant.user->id;
    if (!check_own(meant, attempt, trail)) refuse(trail, masked());
    const auto& user = *meant.user;
    if (user.delete_at > 0) trail.refused("account.active", "The account is deactivated.");
    if (user.is_bot.value_or(false) || user.remote_id)
        trail.refused("account.person", "A bot, or somebody of another organisation, signs in nowhere.");
    if (trail.is_refused()) refuse(trail, masked());
    check_switch_code(user, request, trail);
    return user;
}

void SignIn::switch_to_directory(const SwitchRequest& request) {
    require_switching(false);
    require(has_source(), Fault::unsupported, "api.user.login_ldap.not_available.app_error",
            "AD/LDAP is not available on this server.");
    Trail trail("account", request.id, request.address);
    const auto user = proven(request, trail);
    PasswordAnswer answer;
    if (is_typed(request.directory_id) && is_typed(request.new_password)) {
        SignInAttempt attempt;
        attempt.id = request.id;
        attempt.login_id = request.directory_id;
        attempt.password = request.new_password;
        answer = check_sources({}, attempt, trail);
    }
    if (answer.kind == PasswordAnswer::Kind::unavailable) {
        forget_attempt(user.id);
        trail.refused("directory.available", "No server of the directory answered in time.");
        refuse(trail, {Fault::unavailable, "identity.directory_unavailable",
                       "The directory does not answer. Try again in a while."});
    }
    const auto owner = db_.read([&](storage::Tx& tx) {
        return admissions_.linked(tx, answer.identity.service, answer.identity.provider,
                                  answer.identity.subject);
    });
    // Whose password it is does not show: the answer is the same, and it counts as a try on their account.
    if (answer.kind != PasswordAnswer::Kind::proven || owner) {
        if (owner) begin(*owner, trail);
        if (!trail.is_refused())
            trail.refused("password.matches",
                          owner ? "The person of the directory is linked to another account."
                                : "The directory refused the name or password.");
        refuse(trail, {Fault::unauthenticated, "identity.switch.directory",
                       "The directory does not accept this name and password."});
    }
    trail.passed("password.matches", "As the directory says.");
    admissions_.link(themself(user), user.id, answer.identity.service, answer.identity.provider,
                     answer.identity.subject, request.id);
    trail.admitted("account.switched", "To a directory.");
    db_.transact([&](storage::Tx& tx) {
        storage::UserTable(tx).clear_failures(user.id);
        decisions_.record(tx, trail);
    });
}

void SignIn::take_password(const Actor& actor, const User& user, const SwitchRequest& request) {
    admissions_.unlink(actor, user.id, request.id, hash_password(request.new_password, *settings_.current()));
}

void SignIn::switch_from_directory(const SwitchRequest& request) {
    require_switching(true);
    check_new_password(request.new_password, *settings_.current());
    Trail trail("account", request.id, request.address);
    SignInAttempt attempt;
    attempt.id = request.id;
    if (is_typed(request.email) && is_typed(request.password))
        if (const auto user = accounts_.by_email(request.email)) attempt.user_id = user->id;
    attempt.password = request.password;
    const auto meant = attempt.user_id.empty() ? Meant() : find(attempt);
    if (meant.user) trail.decision.user_id = meant.user->id;
    if (!meant.user || !meant.link || meant.user->delete_at > 0 || !has_source(*meant.link)) {
        verify_password(request.password.substr(0, longest_typed), "", *settings_.current());
        trail.refused("account.service", "No account of a directory has this address.");
        refuse(trail, masked());
    }
    if (!begin(meant.user->id, trail)) {
        verify_password(attempt.password, "", *settings_.current());
        refuse(trail, masked());
    }
    const auto answer = check_sources(meant, attempt, trail);
    if (answer.kind == PasswordAnswer::Kind::unavailable) {
        forget_attempt(meant.user->id);
        trail.refused("directory.available", "No server of the directory answered in time.");
        refuse(trail, {Fault::unavailable, "identity.directory_unavailable",
                       "The directory does not answer. Try again in a while."});
    }
    if (answer.kind != PasswordAnswer::Kind::proven || answer.identity.subject != meant.link->subject) {
        trail.refused("password.matches", "The directory refused the password.");
        refuse(trail, masked());
    }
    trail.passed("password.matches", "As the directory says.");
    check_switch_code(*meant.user, request, trail);
    take_password(themself(*meant.user), *meant.user, request);
    trail.admitted("account.switched", "To a password.");
    db_.transact([&](storage::Tx& tx) {
        storage::UserTable(tx).clear_failures(meant.user->id);
        decisions_.record(tx, trail);
    });
}

SignInIntent SignIn::prove_for_switch(const SwitchRequest& request) {
    require_switching(false);
    Trail trail("account", request.id, request.address);
    const auto user = proven(request, trail);
    trail.admitted("password.proven", "A sign-in at the provider has to follow within ten minutes.");
    db_.transact([&](storage::Tx& tx) {
        storage::UserTable(tx).clear_failures(user.id);
        decisions_.record(tx, trail);
    });
    SignInIntent intent;
    intent.switches = user.id;
    intent.password_set_at = user.last_password_update.value_or(0);
    return intent;
}

void SignIn::switch_from_provider(const Actor& actor, const std::string& service,
                                  const SwitchRequest& request) {
    require_switching(true);
    check_new_password(request.new_password, *settings_.current());
    const auto user = accounts_.get(actor.user_id);
    Trail trail("account", request.id, request.address);
    trail.decision.user_id = trail.decision.actor_id = user.id;
    trail.decision.session_id = actor.session_id;
    trail.decision.service = service;
    const auto oldest = db_.now() - fresh_session;
    const auto sessions = sessions_.of_user(user.id);
    const auto session = std::ranges::find(sessions, actor.session_id, &Session::id);
    const bool is_fresh = session != sessions.end() && session->create_at >= oldest &&
                          !session->props.contains(access_token_id_prop);
    if (user.auth_service != service || lower_ascii(user.email) != lower_ascii(request.email))
        trail.refused("account.service", "The account signs in another way, or has another address.");
    else if (!is_fresh)
        trail.refused("session.fresh",
                      "The sign-in is older than ten minutes, or the session is a program's.");
    if (trail.is_refused())
        refuse(trail, {Fault::unauthenticated, "identity.switch.sign_in_again",
                       "Sign in again, and then change how you sign in within ten minutes."});
    trail.passed("session.fresh");
    if (actor.factor_at < oldest) check_switch_code(user, request, trail);
    take_password(actor, user, request);
    trail.admitted("account.switched", "To a password.");
    decisions_.record(trail);
}

// The account signs in as this person from now on; what is wrong with that refuses in the trail.
void SignIn::link_for_switch(const ExternalIdentity& identity, const SignInAttempt& attempt, Trail& trail) {
    const auto user = accounts_.find(attempt.switches);
    trail.decision.user_id = attempt.switches;
    if (!user) return trail.refused("account.known", "The account is gone.");
    const auto link = db_.read([&](storage::Tx& tx) { return admissions_.link_of(tx, user->id); });
    // The same person comes again with a code of the second factor.
    if (link && link->service == identity.service && link->provider == identity.provider &&
        link->subject == identity.subject)
        return;
    if (!settings_.current()->ServiceSettings.ExperimentalEnableAuthenticationTransfer)
        return trail.refused("account.switched", "People may no longer change how they sign in.");
    if (link || !user->auth_service.empty() || user->delete_at > 0 ||
        user->last_password_update.value_or(0) != attempt.password_set_at)
        return trail.refused("account.switched",
                             "The account changed after its password was proven; it begins anew.");
    try {
        admissions_.link(themself(*user), user->id, identity.service, identity.provider, identity.subject,
                         attempt.id);
    } catch (const Error& e) {  // somebody else's already: that is the decision, and recorded
        if (e.id() != "identity.link.taken") throw;
        return trail.refused("account.linked", "This person of the provider is linked to another account.");
    }
    trail.passed("account.switched", "Its password was proven before; from now on by this provider.");
}

}  // namespace concordat::identity
