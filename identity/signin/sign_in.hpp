// The one place that lets people in, and records why: by password (the node's own, or a directory's), by
// passkey, or on the word of an identity provider.
//
// Order: who is meant, whether the account is held back after failures, the password, the account's state,
// the second factor, the session. Whatever is wrong, one masked answer is given and it takes as long; the
// true reason is in the decision, which is found by the request's id. Failures count on the account, whatever
// name was typed, in the database, before the password is looked at: so parallel tries on several nodes share
// one bound. After MaximumLoginAttempts failures the account waits FirstDelaySeconds, doubled with each
// further failure up to LongestDelaySeconds.
//
// Thread-safe; calls block and are slow by design: password lane.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>
#include "core/config/live.hpp"
#include "core/model/actor.hpp"
#include "core/model/identity.hpp"
#include "identity/account/accounts.hpp"
#include "identity/account/admissions.hpp"
#include "identity/decision/decisions.hpp"
#include "identity/session/sessions.hpp"
#include "identity/signin/intent.hpp"
#include "identity/signin/password_source.hpp"
#include "identity/signin/second_factor.hpp"

namespace concordat::identity {

// A try to sign in.
struct SignInAttempt {
    std::string id;        // of the request; the person is shown it
    std::string login_id;  // user name, e-mail address, or what a directory knows them by
    UserId user_id;        // instead of login_id
    std::string password;
    std::string code;                        // of the second factor; "" when none was typed
    std::optional<AssertionAnswer> passkey;  // instead of a code, to a challenge for a second factor
    bool only_directories = false;           // the node's own passwords are not asked
    Device device;                           // its address is where the person is
    // Of with_identity: the account that is to sign in as this person from now on. See SignInIntent.
    UserId switches;
    Millis password_set_at = 0;
    // Called in the transaction that starts the session; may be called again when that is tried again.
    std::function<void(storage::Tx&, const Session&)> on_session = {};
};

// What a person shows who wants to sign in another way from now on.
struct SwitchRequest {
    std::string id;            // of the request; the person is shown it
    std::string address;       // where the person is
    std::string email;         // of the account
    std::string password;      // of the way that is left
    std::string code;          // of the second factor; "" when none was typed
    std::string directory_id;  // what a directory knows the person by
    std::string new_password;  // of the way that is taken
};

struct Admitted {
    User user;
    NewSession session;
};

// mfa.validate_token.authenticate.app_error: the rest is right, and this person is to show a second factor.
struct FactorWanted : Error {
    explicit FactorWanted(const UserId& user);
    UserId user_id;
};

class SignIn {
public:
    using Arrival =
        std::function<void(const User& user, const ExternalIdentity& identity, bool is_new, Trail& trail)>;

    // All must outlive this object.
    SignIn(storage::Database& db, Accounts& accounts, Admissions& admissions, Sessions& sessions,
           Decisions& decisions, const LiveSettings& settings);

    // Before the first sign-in; asked in this order. Must outlive this object.
    void add_source(PasswordSource& source) { sources_.push_back(&source); }
    void use_factor(SecondFactor& factor) { factor_ = &factor; }
    // Called after the account was made or brought up to date, before the person has a session: groups become
    // memberships. What it throws refuses the sign-in.
    void on_arrival(Arrival act) { arrivals_.push_back(std::move(act)); }

    // Errors, all unauthenticated: api.user.login.invalid_credentials_email_username (or _email, _username)
    // for whatever is wrong; after the right password api.user.login.not_verified.app_error;
    // mfa.validate_token.authenticate.app_error when the password was right and a code is asked for;
    // api.user.check_user_mfa.bad_code.app_error, for passkeys too. The first of the two is a FactorWanted.
    // Unavailable: identity.directory_unavailable. Unsupported:
    // api.user.login_ldap.not_available.app_error.
    Admitted with_password(const SignInAttempt& attempt);
    // On the word of an identity provider, which the caller has verified and written to the trail. Errors:
    // identity.sign_in.refused (unauthenticated) whatever is wrong, and those of the second factor.
    Admitted with_identity(const ExternalIdentity& identity, const SignInAttempt& attempt, Trail trail);
    // With a passkey alone, whose authenticator verified the person: both factors. For accounts of the
    // services that PasskeySignInForServices names. Errors: identity.passkey.sign_in_refused
    // (unauthenticated) whatever is wrong, and as slow for a passkey that nobody has; unsupported,
    // identity.passkey.off.
    Admitted with_passkey(const AssertionAnswer& answer, const SignInAttempt& attempt);
    // Proof of who one is, for a change that needs it: the password of an account that is signed in. Counts
    // failures as a sign-in does. False when wrong or held back.
    bool is_password_of(const UserId& user, const std::string& password, const std::string& attempt,
                        const std::string& address);
    // The same with a code of the second factor; the person's session is then marked as one that showed it.
    bool is_code_of(const Actor& actor, const std::string& code, const std::string& attempt,
                    const std::string& address);
    // The same with a passkey, in answer to a challenge for step_up.
    bool is_passkey_of(const Actor& actor, const AssertionAnswer& answer, const std::string& attempt,
                       const std::string& address);
    // From one way to sign in to another, by the person. Both ends are proven in the same call, or in one
    // sign-in that begins with the first: nobody takes over an account, and nobody gives theirs to somebody
    // who did not sign in at the other end. Sessions end. All need
    // ServiceSettings.ExperimentalEnableAuthenticationTransfer (forbidden identity.switch.off); the way to a
    // password also EmailSettings.EnableSignUpWithEmail. Errors besides: those of with_password; invalid
    // api.user.login.invalid_service, model.user.is_valid.pwd*; unauthenticated identity.switch.directory;
    // conflict identity.link.taken.
    void switch_to_directory(const SwitchRequest& request);
    void switch_from_directory(const SwitchRequest& request);
    // For the way to a provider: what with_identity() needs of the intent. The account stays as it is.
    SignInIntent prove_for_switch(const SwitchRequest& request);
    // By a session that is not older than fresh_session, and in which the second factor was shown, if any.
    void switch_from_provider(const Actor& actor, const std::string& service, const SwitchRequest& request);
    static constexpr Millis fresh_session = 600'000;
    // Forgets an account's failures.
    void unlock(const Actor& actor, const UserId& user, const std::string& attempt);
    // Everybody has to come in anew, the actor too. For the day on which a secret got out.
    void put_everybody_out(const Actor& actor, const std::string& attempt);

private:
    struct Meant;  // who is meant by an attempt
    Meant find(const SignInAttempt& attempt);
    bool begin(const UserId& user, Trail& trail);
    void forget_attempt(const UserId& user);
    void count_by_subject(const ExternalIdentity& identity, Trail& trail);
    bool check_code(const User& user, const std::string& code, Trail& trail);
    bool check_own(const Meant& meant, const SignInAttempt& attempt, Trail& trail);
    PasswordAnswer check_sources(const Meant& meant, const SignInAttempt& attempt, Trail& trail);
    bool has_source() const;
    bool has_source(const IdentityLink& link) const;
    void require_switching(bool to_password) const;
    User proven(const SwitchRequest& request, Trail& trail);
    void check_switch_code(const User& user, const SwitchRequest& request, Trail& trail);
    void take_password(const Actor& actor, const User& user, const SwitchRequest& request);
    void link_for_switch(const ExternalIdentity& identity, const SignInAttempt& attempt, Trail& trail);
    Admitted arrive(const ExternalIdentity& identity, const SignInAttempt& attempt, Trail& trail,
                    const Error& refusal, bool has_begun);
    Admitted finish(const User& user, const SignInAttempt& attempt, Trail& trail, const Error& refusal,
                    Millis ends_at, bool has_shown_factor = false);
    bool show_factor(storage::Tx& tx, const User& user, const SignInAttempt& attempt, Trail& trail);
    void record_proof(const Actor& actor, bool fits, Trail& trail);
    [[noreturn]] void refuse(Trail& trail, const Error& error);
    Error masked() const;

    storage::Database& db_;
    Accounts& accounts_;
    Admissions& admissions_;
    Sessions& sessions_;
    Decisions& decisions_;
    const LiveSettings& settings_;
    std::vector<PasswordSource*> sources_;
    std::vector<Arrival> arrivals_;
    SecondFactor* factor_ = nullptr;
};

}  // namespace concordat::identity
