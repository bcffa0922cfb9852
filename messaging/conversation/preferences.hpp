// Preferences: what people set up for themselves, as named texts.
//
// Thread-safe; calls block, one transaction each. Favourites are kept here and in the sidebar; a change in
// either place changes the other. Who may touch whose preferences is the route's rule.
//
// Errors: model.preference.is_valid.* (invalid); api.preference.update_preferences.set.app_error (forbidden)
// for somebody else's; app.preference.get_category.app_error (not_found).
#pragma once
#include <string>
#include <vector>
#include "core/config/live.hpp"
#include "core/model/actor.hpp"
#include "core/model/user.hpp"
#include "identity/access/gate.hpp"

namespace concordat::storage {
class Database;
class Tx;
}  // namespace concordat::storage

namespace concordat::messaging {

inline constexpr std::size_t most_preferences = 100;  // in one call

// Whether replies are collapsed under their root for this person: by the settings, or as the person chose.
bool collapses_threads(storage::Tx& tx, const Settings& settings, const UserId& user);

class Preferences {
public:
    // All must outlive this object.
    Preferences(storage::Database& db, identity::Gate& gate) : db_(db), gate_(gate) {}

    std::vector<Preference> of_user(const UserId& user);
    std::vector<Preference> in_category(const UserId& user, const std::string& category);
    Preference named(const UserId& user, const std::string& category, const std::string& name);
    // One to most_preferences of them, all `user`'s. A saved post must be one that `actor` may read.
    void set(const Actor& actor, const UserId& user, const std::vector<Preference>& preferences);
    void remove(const UserId& user, const std::vector<Preference>& preferences);

private:
    void check_saved_post(const Actor& actor, const Preference& preference);

    storage::Database& db_;
    identity::Gate& gate_;
};

}  // namespace concordat::messaging
