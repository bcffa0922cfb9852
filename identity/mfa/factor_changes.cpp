#include "identity/mfa/factor_changes.hpp"

#include <algorithm>

#include "core/model/facts.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/users.hpp"

namespace concordat::identity {
namespace {

User changed_user(storage::Tx& tx, const UserId& id) {
    return found(storage::UserTable(tx).find(id), "app.user.missing_account.const",
                 "Unable to find the user.");
}

}  // namespace

FactorChange::FactorChange(storage::Tx& tx, Decisions& decisions, const Actor& actor, const UserId& user)
    : tx_(tx),
      decisions_(decisions),
      actor_(actor),
      user_id_(user),
      had_factor_(changed_user(tx, user).mfa_active.value_or(false)) {}

void FactorChange::tell(const std::string& what, const std::string& attempt) {
    auto user = changed_user(tx_, user_id_);
    const bool has_factor = user.mfa_active.value_or(false);
    auto before = user;
    before.mfa_active = had_factor_ ? std::optional(true) : std::nullopt;
    user.update_at = std::max(tx_.now(), user.update_at + 1);
    storage::UserTable(tx_).update(user);
    tx_.emit(UserUpdated{user, before, actor_.user_id});
    tx_.emit(FactorsChanged{user_id_, actor_.user_id, has_factor, what});
    Trail trail("factor", attempt);
    trail.decision.user_id = user_id_;
    trail.decision.actor_id = actor_.user_id;
    trail.admitted("factor." + what);
    decisions_.record(tx_, trail);
}

}  // namespace concordat::identity
