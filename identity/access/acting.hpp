// For whom something acts while nobody is there: a program of theirs, or what they asked for earlier.
//
// Thread-safe; calls block.
#pragma once
#include <optional>
#include "core/model/actor.hpp"
#include "identity/access/gate.hpp"

namespace concordat::storage {
class Database;
}

namespace concordat::identity {

// As a session of this account would act. Nothing when the account does not exist or is deactivated.
std::optional<Actor> acting_for(storage::Database& db, Gate& gate, const UserId& user);

}  // namespace concordat::identity
