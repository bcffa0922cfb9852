// For whom programs act: the account that made a hook or a command, or a bot.
//
// Thread-safe; calls block.
#pragma once
#include <optional>
#include <string>
#include "core/model/actor.hpp"
#include "core/model/user.hpp"
#include "identity/access/gate.hpp"

namespace concordat::storage {
class Database;
}

namespace concordat::messaging {

// As a session of this account would act. Nothing when the account does not exist or is deactivated.
std::optional<Actor> acting_for(storage::Database& db, identity::Gate& gate, const UserId& user);

// A user name that a program may show: 1 to 64 of a-z, 0-9, '.', '-', '_'.
bool is_shown_name(const std::string& name);

}  // namespace concordat::messaging
