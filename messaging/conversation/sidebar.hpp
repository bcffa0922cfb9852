// The sidebar: the categories in which people sort the channels of a team, for themselves.
//
// Thread-safe; calls block, one transaction each. Every channel of a person stands in exactly one category:
// where the person put it, otherwise in "channels" or "direct_messages" by its type. Whose sidebar may be
// touched is the route's rule; the person must be a member of the team.
//
// Errors: app.channel.sidebar_categories.app_error (not_found: no such category, or no member of the team;
// invalid: a built-in category cannot be removed, an order that does not name each category once).
#pragma once
#include <string>
#include <vector>
#include "core/model/actor.hpp"
#include "core/model/channel.hpp"

namespace concordat::storage {
class Database;
class Tx;
}  // namespace concordat::storage

namespace concordat::messaging {

class Sidebar {
public:
    // `db` must outlive this object.
    explicit Sidebar(storage::Database& db) : db_(db) {}

    SidebarCategories of_user(const UserId& user, const TeamId& team);
    SidebarCategory named(const UserId& user, const TeamId& team, const std::string& id);
    // Behind the favourites. Ids of channels in which the person is not are dropped.
    SidebarCategory create(const UserId& user, const TeamId& team, SidebarCategory category);
    // Changes name, sorting, muted, collapsed and channels; built-in ones keep their name. Channels of a
    // category that becomes muted are muted, and the other way round. What is favourite is told to the
    // preferences.
    std::vector<SidebarCategory> update(const Actor& actor, const UserId& user, const TeamId& team,
                                        const std::vector<SidebarCategory>& categories);
    void remove(const UserId& user, const TeamId& team, const std::string& id);
    // All ids, each once.
    std::vector<std::string> reorder(const UserId& user, const TeamId& team,
                                     const std::vector<std::string>& ids);

private:
    storage::Database& db_;
};

}  // namespace concordat::messaging
