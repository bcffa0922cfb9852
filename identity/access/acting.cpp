#include "identity/access/acting.hpp"

#include <algorithm>

#include "core/base/text.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/users.hpp"

namespace concordat::identity {

std::optional<Actor> acting_for(storage::Database& db, Gate& gate, const UserId& id) {
    const auto user = db.read([&](storage::Tx& tx) { return storage::UserTable(tx).find(id); });
    if (!user || user->delete_at > 0) return std::nullopt;
    Actor actor;
    actor.user_id = user->id;
    actor.username = user->username;
    actor.roles = split_words(user->roles);
    actor.is_guest = std::ranges::find(actor.roles, "system_guest") != actor.roles.end();
    actor.is_bot = user->is_bot.value_or(false);
    actor.is_admin = holds(gate.roles().allowed_by(actor.roles), Permission::manage_system);
    actor.locale = user->locale;
    return actor;
}

}  // namespace concordat::identity
