#include <algorithm>

#include "core/base/text.hpp"
#include "identity/account/people.hpp"
#include "identity/account/profile.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/teams.hpp"

namespace concordat::identity {
namespace {

constexpr std::string_view system_admin = "system_admin";

}  // namespace

bool People::is_invitation(const std::string& invite_id) {
    return db_.read(
        [&](storage::Tx& tx) { return storage::TeamTable(tx).by_invite_id(invite_id).has_value(); });
}

// Who holds edit_other_users without being an administrator does not get at administrators through it.
void People::require_not_above(const Actor& actor, const UserId& id) {
    if (actor.is_admin || actor.user_id == id) return;
    const auto user = accounts_.get(id);
    if (holds(gate_.roles().allowed_by(user.roles), Permission::manage_system))
        throw lacks_permission("manage_system");
}

User People::patch(const Actor& actor, const UserId& id, const UserPatch& patch) {
    require_not_above(actor, id);
    return accounts_.seen_by(actor, accounts_.patch(actor, id, patch));
}

void People::set_active(const Actor& actor, const UserId& id, bool is_active) {
    const bool ends_own = actor.user_id == id && !is_active;
    if (ends_own) {
        require(settings_.current()->TeamSettings.EnableUserDeactivation, Fault::forbidden,
                "api.user.update_active.not_enable.app_error",
                "People cannot deactivate their own account on this server.");
    } else {
        gate_.require(actor, Permission::sysconsole_write_user_management_users);
        require_not_above(actor, id);
    }
    accounts_.set_active(actor, id, is_active);
}

void People::set_roles(const Actor& actor, const UserId& id, const std::string& roles) {
    auto wanted = split_words(roles);
    check_roles(wanted, bad_body("roles"));
    const auto has = [&](std::string_view role) {
        return std::find(wanted.begin(), wanted.end(), role) != wanted.end();
    };
    // Everybody is either a user or a guest; what belongs to teams and channels is given there.
    if (has("system_user") == has("system_guest")) throw bad_body("roles");
    require_not_above(actor, id);
    if (has(system_admin) && !actor.is_admin) throw lacks_permission("manage_system");
    accounts_.set_roles(actor, id, roles);
}

void People::demote(const Actor& actor, const UserId& id) {
    require(settings_.current()->GuestAccountsSettings.Enable, Fault::unsupported,
            "api.team.demote_user_to_guest.disabled.error",
            "Guest accounts are switched off on this server.");
    require_not_above(actor, id);
    const auto user = accounts_.get(id);
    require(!has_role(user, "system_guest") && !user.is_bot.value_or(false), Fault::unsupported,
            "api.user.demote_user_to_guest.already_guest.app_error",
            "This account is a guest already, or a bot.");
    accounts_.set_roles(actor, id, "system_guest");
}

void People::promote(const Actor& actor, const UserId& id) {
    const auto user = accounts_.get(id);
    require(has_role(user, "system_guest"), Fault::unsupported,
            "api.user.promote_guest_to_user.no_guest.app_error", "This account is no guest.");
    accounts_.set_roles(actor, id, "system_user");
}

void People::change_password(const Actor& actor, const UserId& id, const std::string& current,
                             const std::string& next) {
    if (actor.user_id == id) {
        if (current.empty()) throw bad_body("current_password");
    } else {
        gate_.require(actor, Permission::sysconsole_write_user_management_users);
        require_not_above(actor, id);
    }
    accounts_.change_password(actor, id, current, next);
}

}  // namespace concordat::identity
