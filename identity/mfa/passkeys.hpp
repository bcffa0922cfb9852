// Passkeys of people: made, named, taken away, and shown: as a second factor, or instead of a password.
//
// A challenge is random, for one purpose and (but for a sign-in without a password) one person, kept in the
// database for five minutes and taken out by the first answer, whatever becomes of it. Keys and names are
// sealed. A passkey whose counter goes back was copied and is refused. Every change is a decision and a fact.
//
// Thread-safe; calls block. Tries are not bounded here but by SignIn, which counts them on the account.
#pragma once
#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <vector>
#include "core/config/live.hpp"
#include "core/model/actor.hpp"
#include "core/model/user.hpp"
#include "identity/decision/decisions.hpp"
#include "identity/passkey/webauthn.hpp"
#include "identity/session/sessions.hpp"
#include "identity/signin/second_factor.hpp"

namespace concordat::identity {

struct Passkey {
    PasskeyId id;
    std::string name;
    Millis create_at = 0, last_used_at = 0;  // 0: never
    bool is_synced = false;                  // its maker keeps copies for other devices of the person
    bool can_sign_in = false;                // the authenticator verifies its user: good without a password
};
BOOST_DESCRIBE_STRUCT(Passkey, (), (id, name, create_at, last_used_at, is_synced, can_sign_in))

// What browsers take: PublicKeyCredentialCreationOptionsJSON and ...RequestOptionsJSON of the standard, whose
// spelling this is. Bytes are base64url.
struct PasskeyParty {
    std::string id, name;
};
BOOST_DESCRIBE_STRUCT(PasskeyParty, (), (id, name))
struct PasskeyUser {
    std::string id, name, displayName;
};
BOOST_DESCRIBE_STRUCT(PasskeyUser, (), (id, name, displayName))
struct PasskeyParameter {
    std::string type = "public-key";
    std::int64_t alg = 0;
};
BOOST_DESCRIBE_STRUCT(PasskeyParameter, (), (type, alg))
struct PasskeyDescriptor {
    std::string type = "public-key", id;
    std::vector<std::string> transports;
};
BOOST_DESCRIBE_STRUCT(PasskeyDescriptor, (), (type, id, transports))
struct PasskeySelection {
    std::string residentKey = "preferred", userVerification = "preferred";
    bool requireResidentKey = false;
};
BOOST_DESCRIBE_STRUCT(PasskeySelection, (), (residentKey, userVerification, requireResidentKey))
struct CreationOptions {
    PasskeyParty rp;
    PasskeyUser user;
    std::string challenge;
    std::vector<PasskeyParameter> pubKeyCredParams;
    Millis timeout = 0;
    std::vector<PasskeyDescriptor> excludeCredentials;
    PasskeySelection authenticatorSelection;
    std::string attestation = "none";
};
BOOST_DESCRIBE_STRUCT(CreationOptions, (),
                      (rp, user, challenge, pubKeyCredParams, timeout, excludeCredentials,
                       authenticatorSelection, attestation))
struct RequestOptions {
    std::string challenge, rpId, userVerification;
    Millis timeout = 0;
    std::vector<PasskeyDescriptor> allowCredentials;  // empty: those that the device finds by itself
};
BOOST_DESCRIBE_STRUCT(RequestOptions, (), (challenge, rpId, userVerification, timeout, allowCredentials))

class Passkeys {
public:
    static constexpr std::size_t most_of_person = 20, longest_name = 64;  // code points
    static constexpr Millis lifetime = 300'000;
    // Challenges that wait: the newest of a person; those for anybody, of all and of one address.
    static constexpr std::int64_t newest_of_person = 8, most_open = 20'000, most_open_of_address = 1000;

    // All must outlive this object.
    Passkeys(storage::Database& db, Sessions& sessions, Decisions& decisions, const LiveSettings& settings)
        : db_(db), sessions_(sessions), decisions_(decisions), settings_(settings) {}

    // All that begin something throw Error: unsupported, identity.passkey.off, while passkeys are switched
    // off or SiteURL is none that browsers use them on.
    CreationOptions begin(const Actor& actor);
    // The person's other sessions end, since nobody showed a factor there. Throws Error: invalid,
    // identity.passkey.name, identity.passkey.refused (and says why); conflict, identity.passkey.taken,
    // identity.passkey.too_many.
    Passkey add(const Actor& actor, const std::string& name, const RegistrationAnswer& answer,
                const std::string& attempt, const std::string& address);
    std::vector<Passkey> of(const UserId& user);
    // Both throw Error not_found, identity.passkey.not_found. The caller has checked that the actor may: for
    // taking away a fresh factor.
    Passkey rename(const Actor& actor, const PasskeyId& id, const std::string& name,
                   const std::string& attempt);
    void remove(const Actor& actor, const PasskeyId& id, const std::string& attempt);

    // For a sign-in without a password, by whoever it is. Throws Error: rate_limited, identity.passkey.busy.
    RequestOptions ask_anybody(const std::string& address);
    // For a person who has passkeys; nothing when they have none, or none can be used here.
    std::optional<RequestOptions> ask(const UserId& user, PasskeyPurpose purpose, const std::string& address);

    // See SecondFactor.
    bool accept(storage::Tx& tx, const UserId& user, const AssertionAnswer& answer, PasskeyPurpose purpose,
                Trail& trail);
    std::optional<UserId> owner_of(storage::Tx& tx, const AssertionAnswer& answer);

    // Forgets challenges that have expired; how many.
    std::size_t sweep();

private:
    std::optional<RelyingParty> party() const;
    RelyingParty need_party() const;
    std::string challenge(storage::Tx& tx, PasskeyPurpose purpose, const UserId& user,
                          const std::string& address);
    void take_challenge(storage::Tx& tx, const std::optional<std::string>& challenge, const UserId& user,
                        PasskeyPurpose purpose, Trail& trail);

    storage::Database& db_;
    Sessions& sessions_;
    Decisions& decisions_;
    const LiveSettings& settings_;
};

}  // namespace concordat::identity
