// Second factors of people: one-time passwords from an authenticator, passkeys, and recovery codes for the
// day that both are lost.
//
// An authenticator is in force after the first right code. Each code counts once, over all nodes: the row is
// locked while one is looked at, and a step is never used again. Secrets are sealed; of recovery codes only
// digests are kept, and they are shown once. Every change is a decision and a fact.
//
// Thread-safe; calls block. Tries are not bounded here but by SignIn, which counts them on the account.
#pragma once
#include <boost/describe.hpp>
#include <string>
#include <vector>
#include "core/config/live.hpp"
#include "core/model/actor.hpp"
#include "core/model/user.hpp"
#include "identity/decision/decisions.hpp"
#include "identity/mfa/passkeys.hpp"
#include "identity/session/sessions.hpp"
#include "identity/signin/second_factor.hpp"

namespace concordat::identity {

// What a person needs to set up an authenticator. Shown to them alone, and only now.
struct Enrolment {
    std::string secret;   // base32
    std::string qr_code;  // base64 of a PNG
};
BOOST_DESCRIBE_STRUCT(Enrolment, (), (secret, qr_code))

struct FactorStatus {
    bool is_active = false;  // the authenticator
    Millis create_at = 0;    // of the authenticator; 0: none
    std::int64_t recovery_codes_left = 0;
    std::int64_t passkeys = 0;
    bool has_any() const { return is_active || passkeys > 0; }
};
BOOST_DESCRIBE_STRUCT(FactorStatus, (), (is_active, create_at, recovery_codes_left, passkeys))

class Factors : public SecondFactor {
public:
    static constexpr std::size_t recovery_code_count = 10;

    // All must outlive this object.
    Factors(storage::Database& db, Sessions& sessions, Decisions& decisions, const LiveSettings& settings,
            Passkeys& passkeys)
        : db_(db), sessions_(sessions), decisions_(decisions), settings_(settings), passkeys_(passkeys) {}

    bool is_needed(storage::Tx& tx, const User& user) override;
    bool accept(storage::Tx& tx, const User& user, const std::string& code, Trail& trail) override;
    bool accept_passkey(storage::Tx& tx, const UserId& user, const AssertionAnswer& answer,
                        PasskeyPurpose purpose, Trail& trail) override;
    std::optional<UserId> owner_of(storage::Tx& tx, const AssertionAnswer& answer) override;

    // For oneself. A factor that is in force stays so until the new one is. Throws Error: unsupported,
    // mfa.mfa_disabled.app_error; conflict, identity.factor.active, when one is in force.
    Enrolment begin(const Actor& actor, const std::string& attempt);
    // The first code puts the factor in force; the person's other sessions end, since nobody showed a factor
    // there. Throws Error: invalid, mfa.activate.bad_token.app_error; mfa.activate.app_error when nothing was
    // begun.
    void activate(const Actor& actor, const std::string& code, const std::string& attempt);
    // New recovery codes; those before are worth nothing. The caller has checked a factor.
    std::vector<std::string> make_recovery_codes(const Actor& actor, const std::string& attempt);
    // One's own authenticator; passkeys stay, and recovery codes with them. The caller has checked a fresh
    // factor. Throws Error: conflict, identity.factor.passkeys, when there are passkeys only.
    void remove(const Actor& actor, const std::string& attempt);
    // All that somebody has, for whoever lost them: the password alone then signs in.
    void remove_all(const Actor& actor, const UserId& user, const std::string& attempt);
    FactorStatus status(const UserId& user);

private:
    storage::Database& db_;
    Sessions& sessions_;
    Decisions& decisions_;
    const LiveSettings& settings_;
    Passkeys& passkeys_;
};

}  // namespace concordat::identity
