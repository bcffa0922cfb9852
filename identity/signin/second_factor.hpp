// What a sign-in asks of second factors.
#pragma once
#include <string>
#include "core/model/user.hpp"
#include "identity/decision/decisions.hpp"

namespace concordat::storage {
class Tx;
}

namespace concordat::identity {

class SecondFactor {
public:
    virtual ~SecondFactor() = default;
    // Whether the person has a factor, so that nobody signs in as them without it.
    virtual bool is_needed(storage::Tx& tx, const User& user) = 0;
    // Uses `code` up, in the caller's transaction; false when it does not fit, or was used before. Failures
    // are counted by the caller.
    virtual bool accept(storage::Tx& tx, const User& user, const std::string& code, Trail& trail) = 0;
};

}  // namespace concordat::identity
