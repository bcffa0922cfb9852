// What a sign-in asks of second factors.
#pragma once
#include <optional>
#include <string>
#include "core/model/user.hpp"
#include "identity/decision/decisions.hpp"
#include "identity/passkey/webauthn.hpp"

namespace concordat::storage {
class Tx;
}

namespace concordat::identity {

// What a challenge was given out for; an answer counts for nothing else.
enum class PasskeyPurpose { registration, sign_in, second_factor, step_up };

class SecondFactor {
public:
    virtual ~SecondFactor() = default;
    // Whether the person has a factor, so that nobody signs in as them without it.
    virtual bool is_needed(storage::Tx& tx, const User& user) = 0;
    // Uses `code` up, in the caller's transaction; false when it does not fit, or was used before. Failures
    // are counted by the caller.
    virtual bool accept(storage::Tx& tx, const User& user, const std::string& code, Trail& trail) = 0;
    // The same with a passkey; when it is false, the trail is refused and says why. `user` is empty when
    // nobody has the passkey: as much work, never true. For sign_in the authenticator must have verified its
    // user.
    virtual bool accept_passkey(storage::Tx& tx, const UserId& user, const AssertionAnswer& answer,
                                PasskeyPurpose purpose, Trail& trail) = 0;
    // Whose the passkey is that an answer names. Not proven.
    virtual std::optional<UserId> owner_of(storage::Tx& tx, const AssertionAnswer& answer) = 0;
};

}  // namespace concordat::identity
