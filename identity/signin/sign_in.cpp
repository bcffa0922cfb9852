#include "identity/signin/sign_in.hpp"

#include <algorithm>

#include "core/base/text.hpp"
#include "identity/account/passwords.hpp"
#include "identity/signin/meant.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/users.hpp"

namespace concordat::identity {
namespace {

constexpr std::size_t longest_login = 256, longest_password = 1024, longest_code = 64;  // bytes

storage::UserTable::Holding holding_of(const Settings& settings) {
    const auto& c = settings.ConcordatSettings;
    return {settings.ServiceSettings.MaximumLoginAttempts, c.FirstDelaySeconds * 1000,
            c.LongestDelaySeconds * 1000};
}

Error bad_code() {
    return {Fault::unauthenticated, "api.user.check_user_mfa.bad_code.app_error", "Invalid MFA token."};
}

Error refused_identity() {
    return {Fault::unauthenticated, "identity.sign_in.refused",
            "You could not be signed in. Tell your administrator the number of this attempt."};
}

Error refused_passkey() {
    return {
        Fault::unauthenticated, "identity.passkey.sign_in_refused",
        "This passkey signs in nowhere here. Sign in another way, or tell your administrator the number of "
        "this attempt."};
}

bool is_proven(PasswordAnswer::Kind kind) {
    return kind == PasswordAnswer::Kind::proven;
}

}  // namespace

FactorWanted::FactorWanted(const UserId& user)
    : Error(Fault::unauthenticated, "mfa.validate_token.authenticate.app_error",
            "A code of the second factor is needed."),
      user_id(user) {}

SignIn::SignIn(storage::Database& db, Accounts& accounts, Admissions& admissions, Sessions& sessions,
               Decisions& decisions, const LiveSettings& settings)
    : db_(db),
      accounts_(accounts),
      admissions_(admissions),
      sessions_(sessions),
      decisions_(decisions),
      settings_(settings) {}

Error SignIn::masked() const {
    const auto& email = settings_.current()->EmailSettings;
    return {Fault::unauthenticated,
            email.EnableSignInWithEmail && email.EnableSignInWithUsername
                ? "api.user.login.invalid_credentials_email_username"
            : email.EnableSignInWithEmail ? "api.user.login.invalid_credentials_email"
                                          : "api.user.login.invalid_credentials_username",
            "Enter a valid email or username and/or password."};
}

void SignIn::refuse(Trail& trail, const Error& error) {
    decisions_.record(trail);
    throw error;
}

SignIn::Meant SignIn::find(const SignInAttempt& attempt) {
    const auto settings = settings_.current();
    const auto& email = settings->EmailSettings;
    Meant meant;
    db_.read([&](storage::Tx& tx) {
        storage::UserTable table(tx);
        if (!attempt.user_id.empty()) {
            meant.user = table.find(attempt.user_id);
        } else {
            if (email.EnableSignInWithUsername) meant.user = table.by_username(attempt.login_id);
            if (!meant.user && email.EnableSignInWithEmail) meant.user = table.by_email(attempt.login_id);
        }
        if (meant.user) meant.link = admissions_.link_of(tx, meant.user->id);
    });
    return meant;
}

bool SignIn::begin(const UserId& user, Trail& trail) {
    const auto settings = settings_.current();
    const bool may_try = db_.read([&](storage::Tx& tx) {
        return storage::UserTable(tx).begin_attempt(user, tx.now(), holding_of(*settings));
    });
    if (!may_try)
        trail.refused(
            "failures.held_back",
            "Too many failures; the account waits. An administrator can unlock it (concordatctl user "
            "unlock).");
    return may_try;
}

// The password of the node's own account. As slow for nobody, and for an account that is held back.
bool SignIn::check_own(const Meant& meant, const SignInAttempt& attempt, Trail& trail) {
    const auto settings = settings_.current();
    std::string hash;
    if (meant.is_own() && begin(meant.user->id, trail)) {
        const auto credential =
            db_.read([&](storage::Tx& tx) { return storage::UserTable(tx).credential(meant.user->id); });
        if (credential) hash = credential->password_hash;
    }
    const bool fits = verify_password(attempt.password, hash, *settings);
    if (trail.is_refused()) return false;
    if (!meant.user)
        trail.refused("account.known", "No account has this name or address.");
    else if (!meant.is_own())
        trail.refused("account.service", "The account signs in by " + meant.user->auth_service + ".");
    else if (!fits)
        trail.refused("password.matches", "The password is wrong.");
    else
        trail.passed("password.matches");
    return !trail.is_refused();
}

// Asks the directories that may know the person: that of the account, or all when there is no account.
PasswordAnswer SignIn::check_sources(const Meant& meant, const SignInAttempt& attempt, Trail& trail) {
    PasswordAnswer answer;
    for (auto* source : sources_) {
        if (!source->is_enabled()) continue;
        if (meant.link &&
            (meant.link->service != source->service() || meant.link->provider != source->provider()))
            continue;
        const auto& name = attempt.user_id.empty() ? attempt.login_id : meant.user->username;
        answer = source->check(name, attempt.password, trail);
        // The account was found by another name than the directory knows: its user name is the next guess.
        if (answer.kind == PasswordAnswer::Kind::unknown && meant.user && name != meant.user->username)
            answer = source->check(meant.user->username, attempt.password, trail);
        trail.decision.service = source->service();
        trail.decision.provider = source->provider();
        if (answer.kind != PasswordAnswer::Kind::unknown) return answer;
    }
    return answer;
}

Admitted SignIn::with_password(const SignInAttempt& attempt) {
    if (attempt.only_directories && !has_source())
        throw Error(Fault::unsupported, "api.user.login_ldap.not_available.app_error",
                    "AD/LDAP is not available on this server.");
    Trail trail("sign_in", attempt.id, attempt.device.address);
    if (attempt.login_id.size() > longest_login || attempt.password.size() > longest_password ||
        attempt.login_id.find('\0') != std::string::npos ||
        attempt.password.find('\0') != std::string::npos || trimmed(attempt.password).empty()) {
        trail.refused("password.form", "The name or the password is blank, too long, or holds a zero byte.");
        refuse(trail, masked());
    }
    const auto meant = find(attempt);
    if (meant.user) trail.decision.user_id = meant.user->id;
    const bool in_directory = meant.link ? has_source(*meant.link) : !meant.user && has_source();
    if (attempt.only_directories && !in_directory) {
        verify_password(attempt.password, "", *settings_.current());
        trail.refused("account.service", "Only directories were asked for, and none knows this account.");
        refuse(trail, masked());
    }
    if (!in_directory) {
        if (!check_own(meant, attempt, trail)) refuse(trail, masked());
        return finish(*meant.user, attempt, trail, masked(), 0);
    }
    // An account that is held back is not even asked about, and takes as long.
    if (meant.user && !begin(meant.user->id, trail)) {
        verify_password(attempt.password, "", *settings_.current());
        refuse(trail, masked());
    }
    const auto answer = check_sources(meant, attempt, trail);
    if (answer.kind == PasswordAnswer::Kind::unavailable) {
        if (meant.user) forget_attempt(meant.user->id);
        trail.refused("directory.available", "No server of the directory answered in time.");
        refuse(trail, {Fault::unavailable, "identity.directory_unavailable",
                       "The directory does not answer. Try again in a while."});
    }
    if (answer.kind != PasswordAnswer::Kind::proven) {
        // The name they typed may be another than the account's: failures count on the account all the same.
        if (!meant.user && answer.kind == PasswordAnswer::Kind::wrong)
            count_by_subject(answer.identity, trail);
        verify_password(attempt.password, "", *settings_.current());
        trail.refused(answer.kind == PasswordAnswer::Kind::wrong ? "password.matches" : "account.known",
                      answer.kind == PasswordAnswer::Kind::wrong
                          ? "The directory refused the password."
                          : "No directory and no account knows this name.");
        refuse(trail, masked());
    }
    if (meant.link && meant.link->subject != answer.identity.subject) {
        trail.refused("account.subject",
                      "The directory means another person by this name than the account is linked to.");
        refuse(trail, masked());
    }
    trail.passed("password.matches", "As the directory says.");
    return arrive(answer.identity, attempt, trail, masked(), meant.user.has_value());
}

Admitted SignIn::with_identity(const ExternalIdentity& identity, const SignInAttempt& attempt, Trail trail) {
    trail.decision.service = identity.service;
    trail.decision.provider = identity.provider;
    if (trail.is_refused()) refuse(trail, refused_identity());
    if (!attempt.switches.empty()) {
        link_for_switch(identity, attempt, trail);
        if (trail.is_refused()) refuse(trail, refused_identity());
    }
    return arrive(identity, attempt, trail, refused_identity(), false);
}

Admitted SignIn::with_passkey(const AssertionAnswer& answer, const SignInAttempt& attempt) {
    const auto& services = settings_.current()->ConcordatSettings.PasskeySignInForServices;
    if (!factor_ || services.empty())
        throw Error(Fault::unsupported, "identity.passkey.off",
                    "Nobody signs in with a passkey alone on this server.");
    Trail trail("sign_in", attempt.id, attempt.device.address);
    std::optional<User> user;
    db_.read([&](storage::Tx& tx) {
        const auto owner = factor_->owner_of(tx, answer);
        if (owner) user = storage::UserTable(tx).find(*owner);
    });
    if (user) trail.decision.user_id = user->id;
    // An account that is held back, or that nobody has, takes as long.
    Trail of_nobody("sign_in", attempt.id);
    const bool may_try = begin(user ? user->id : UserId::fresh(), user ? trail : of_nobody) && user;
    auto entry = trail;  // written anew when the transaction is tried again
    const bool fits = db_.transact([&](storage::Tx& tx) {
        entry = trail;
        return factor_->accept_passkey(tx, may_try ? user->id : UserId(), answer, PasskeyPurpose::sign_in,
                                       entry);
    });
    trail = entry;
    if (!fits) refuse(trail, refused_passkey());
    const auto service = user->auth_service.empty() ? std::string("email") : user->auth_service;
    if (std::find(services.begin(), services.end(), service) == services.end()) {
        forget_attempt(user->id);
        trail.refused("passkey.service", "Accounts of " + service +
                                             " do not sign in with a passkey alone "
                                             "(ConcordatSettings.PasskeySignInForServices).");
        refuse(trail, refused_passkey());
    }
    return finish(*user, attempt, trail, refused_passkey(), 0, true);
}

Admitted SignIn::arrive(const ExternalIdentity& identity, const SignInAttempt& attempt, Trail& trail,
                        const Error& refusal, bool has_begun) {
    const auto known = db_.read([&](storage::Tx& tx) {
        return admissions_.linked(tx, identity.service, identity.provider, identity.subject);
    });
    if (known) trail.decision.user_id = *known;
    // Found by another name than the account's: it may be held back, too.
    if (known && !has_begun && !begin(*known, trail)) refuse(trail, refusal);
    std::optional<Admission> admission;
    try {
        auto entry = trail;  // written anew when the transaction is tried again
        admission = db_.transact([&](storage::Tx& tx) {
            entry = trail;
            return admissions_.admit(tx, identity, entry);
        });
        trail = entry;
        if (admission)
            for (const auto& act : arrivals_) act(admission->user, identity, admission->is_new, trail);
    } catch (const Error& e) {
        trail.refused("account.admission", "The account could not be brought up to date: " + e.id() + ".");
        refuse(trail, e.fault() == Fault::unavailable ? e : refusal);
    }
    if (!admission) refuse(trail, refusal);
    if (trail.is_refused()) refuse(trail, refusal);
    return finish(admission->user, attempt, trail, refusal, identity.session_ends_at);
}

// By code or passkey. When it is false, the trail is refused.
bool SignIn::show_factor(storage::Tx& tx, const User& user, const SignInAttempt& attempt, Trail& trail) {
    if (attempt.passkey) {
        if (!factor_->accept_passkey(tx, user.id, *attempt.passkey, PasskeyPurpose::second_factor, trail))
            return false;
        trail.passed("factor.passkey");
        return true;
    }
    if (!factor_->accept(tx, user, attempt.code, trail)) {
        trail.refused("factor.code", "The code does not fit, or was used before.");
        return false;
    }
    trail.passed("factor.code");
    return true;
}

// The account's state, the second factor unless it was shown, the session.
Admitted SignIn::finish(const User& user, const SignInAttempt& attempt, Trail& trail, const Error& refusal,
                        Millis ends_at, bool has_shown_factor) {
    const auto settings = settings_.current();
    trail.decision.user_id = user.id;
    trail.decision.service = user.auth_service;
    if (user.delete_at > 0) trail.refused("account.active", "The account is deactivated.");
    if (user.is_bot.value_or(false)) trail.refused("account.person", "A bot signs in nowhere.");
    if (trail.is_refused()) refuse(trail, refusal);
    if (settings->EmailSettings.RequireEmailVerification && !user.email_verified.value_or(false)) {
        trail.refused("account.verified", "The e-mail address has not been verified.");
        refuse(trail, {Fault::unauthenticated, "api.user.login.not_verified.app_error",
                       "Login failed because email address has not been verified."});
    }
    if (attempt.code.size() > longest_code) {
        trail.refused("factor.code", "The code is longer than 64 bytes.");
        refuse(trail, bad_code());
    }
    enum class Outcome { admitted, no_code, bad_code };
    Admitted admitted{user, {}};
    auto device = attempt.device;
    device.has_shown_factor = has_shown_factor;
    auto entry = trail;  // written anew when the transaction is tried again
    const auto outcome = db_.transact([&](storage::Tx& tx) {
        entry = trail;
        storage::UserTable users(tx);
        if (!has_shown_factor && factor_ && factor_->is_needed(tx, user)) {
            if (attempt.code.empty() && !attempt.passkey) {
                users.forget_attempt(user.id);  // a right password without a code is not a failure
                entry.refused("factor.code", "The person has a second factor, and no code was given.");
                decisions_.record(tx, entry);
                return Outcome::no_code;
            }
            if (!show_factor(tx, user, attempt, entry)) {
                decisions_.record(tx, entry);
                return Outcome::bad_code;
            }
            device.has_shown_factor = true;
        }
        users.clear_failures(user.id);
        admitted.session = sessions_.start(tx, user, device, ends_at);
        if (attempt.on_session) attempt.on_session(tx, admitted.session.session);
        entry.decision.session_id = admitted.session.session.id;
        entry.admitted("session.started");
        decisions_.record(tx, entry);
        return Outcome::admitted;
    });
    if (outcome == Outcome::no_code) throw FactorWanted(user.id);
    if (outcome == Outcome::bad_code) throw bad_code();
    return admitted;
}

bool SignIn::is_password_of(const UserId& id, const std::string& password, const std::string& attempt,
                            const std::string& address) {
    Trail trail("factor", attempt, address);
    SignInAttempt asked;
    asked.id = attempt;
    asked.user_id = id;
    asked.password = password;
    asked.device.address = address;
    const auto meant = find(asked);
    trail.decision.user_id = id;
    bool fits = false;
    if (meant.link && has_source(*meant.link)) {
        if (begin(id, trail)) {
            const auto answer = check_sources(meant, asked, trail);
            fits = is_proven(answer.kind) && answer.identity.subject == meant.link->subject;
            if (answer.kind == PasswordAnswer::Kind::unavailable) {
                forget_attempt(id);
                trail.refused("directory.available", "No server of the directory answered in time.");
                refuse(trail, {Fault::unavailable, "identity.directory_unavailable",
                               "The directory does not answer. Try again in a while."});
            }
            if (!fits) trail.refused("password.matches", "The directory refused the password.");
        }
    } else {
        fits = check_own(meant, asked, trail);
    }
    if (fits) {
        db_.read([&](storage::Tx& tx) { storage::UserTable(tx).clear_failures(id); });
        trail.admitted("password.proven");
    }
    decisions_.record(trail);
    return fits;
}

// Counts as an attempt, and takes that back when the code is right.
bool SignIn::check_code(const User& user, const std::string& code, Trail& trail) {
    if (!begin(user.id, trail)) return false;
    if (!factor_ || code.empty() || code.size() > longest_code) {
        trail.refused("factor.code", "There is no second factor, or no code of 1 to 64 bytes.");
        return false;
    }
    return db_.transact([&](storage::Tx& tx) {
        if (!factor_->accept(tx, user, code, trail)) return false;
        storage::UserTable(tx).clear_failures(user.id);
        return true;
    });
}

bool SignIn::is_code_of(const Actor& actor, const std::string& code, const std::string& attempt,
                        const std::string& address) {
    Trail trail("factor", attempt, address);
    trail.decision.user_id = trail.decision.actor_id = actor.user_id;
    trail.decision.session_id = actor.session_id;
    const bool fits = check_code(accounts_.get(actor.user_id), code, trail);
    if (!fits && !trail.is_refused())
        trail.refused("factor.code", "The code does not fit, or was used before.");
    record_proof(actor, fits, trail);
    return fits;
}

bool SignIn::is_passkey_of(const Actor& actor, const AssertionAnswer& answer, const std::string& attempt,
                           const std::string& address) {
    Trail trail("factor", attempt, address);
    trail.decision.user_id = trail.decision.actor_id = actor.user_id;
    trail.decision.session_id = actor.session_id;
    const bool may_try = factor_ && begin(actor.user_id, trail);
    auto entry = trail;  // written anew when the transaction is tried again
    const bool fits = may_try && db_.transact([&](storage::Tx& tx) {
        entry = trail;
        if (!factor_->accept_passkey(tx, actor.user_id, answer, PasskeyPurpose::step_up, entry)) return false;
        storage::UserTable(tx).clear_failures(actor.user_id);
        return true;
    });
    record_proof(actor, fits, entry);
    return fits;
}

void SignIn::record_proof(const Actor& actor, bool fits, Trail& trail) {
    if (fits) trail.admitted("factor.proven");
    db_.transact([&](storage::Tx& tx) {
        if (fits) sessions_.mark_factor(tx, actor.session_id);
        decisions_.record(tx, trail);
    });
}

void SignIn::unlock(const Actor& actor, const UserId& user, const std::string& attempt) {
    accounts_.get(user);  // or 404
    Trail trail("account", attempt);
    trail.decision.user_id = user;
    trail.decision.actor_id = actor.user_id;
    trail.admitted("failures.forgotten");
    db_.transact([&](storage::Tx& tx) {
        storage::UserTable(tx).clear_failures(user);
        decisions_.record(tx, trail);
    });
}

void SignIn::put_everybody_out(const Actor& actor, const std::string& attempt) {
    Trail trail("session", attempt);
    trail.decision.actor_id = actor.user_id;
    trail.admitted("sessions.all_ended", "Every session of everybody is ended.");
    decisions_.record(trail);
    sessions_.end_everybody(actor.user_id, "revoked");
}

bool SignIn::has_source() const {
    return std::any_of(sources_.begin(), sources_.end(), [](const auto* s) { return s->is_enabled(); });
}

bool SignIn::has_source(const IdentityLink& link) const {
    return std::any_of(sources_.begin(), sources_.end(), [&](const auto* s) {
        return s->is_enabled() && s->service() == link.service && s->provider() == link.provider;
    });
}

void SignIn::forget_attempt(const UserId& user) {
    db_.read([&](storage::Tx& tx) { storage::UserTable(tx).forget_attempt(user); });
}

void SignIn::count_by_subject(const ExternalIdentity& identity, Trail& trail) {
    const auto known = db_.read([&](storage::Tx& tx) {
        return admissions_.linked(tx, identity.service, identity.provider, identity.subject);
    });
    if (!known) return;
    trail.decision.user_id = *known;
    begin(*known, trail);
}

}  // namespace concordat::identity
