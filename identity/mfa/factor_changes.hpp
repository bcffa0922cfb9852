// How a change of somebody's second factors is told: the person, a fact, a decision. For the files of
// this room.
#pragma once
#include <string>
#include "core/model/actor.hpp"
#include "identity/decision/decisions.hpp"

namespace concordat::identity {

// Made before the change, told after it, in one transaction.
class FactorChange {
public:
    FactorChange(storage::Tx& tx, Decisions& decisions, const Actor& actor, const UserId& user);
    // `what` as in FactorsChanged.
    void tell(const std::string& what, const std::string& attempt);

private:
    storage::Tx& tx_;
    Decisions& decisions_;
    const Actor& actor_;
    UserId user_id_;
    bool had_factor_;
};

}  // namespace concordat::identity
