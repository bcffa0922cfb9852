// The tables sidebar_categories and sidebar_channels.
//
// A channel that nobody put anywhere has no row: it belongs to the category "channels" or
// "direct_messages" by its type. A direct or group channel may stand elsewhere in each team.
#pragma once
#include <string>
#include <vector>
#include "core/model/channel.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {

// "favorites_<user>_<team>" and the like, for the three categories everybody has.
std::string built_in_category_id(const std::string& type, const UserId& user, const TeamId& team);

// One channel that the person belongs to, and where it was put; category_id is "" when nowhere.
struct SidebarPlace {
    ChannelId channel_id;
    std::string channel_type;
    std::string category_id;
};

class SidebarTable {
public:
    explicit SidebarTable(Tx& tx) : tx_(tx) {}

    // Makes the three built-in categories where they are missing.
    void make_built_in(const UserId& user, const TeamId& team);
    // By position; channel_ids stay empty. `lock`: for update.
    std::vector<SidebarCategory> categories(const UserId& user, const TeamId& team, bool lock = false);
    // The person's channels of the team and all direct and group ones, in the order they are to be listed:
    // those put somewhere as they were put, then the others by name. Archived ones only where they were put.
    std::vector<SidebarPlace> places(const UserId& user, const TeamId& team);

    void insert(const SidebarCategory& category);
    // Name, sorting, muted, collapsed.
    void update(const SidebarCategory& category);
    // Its channels are nowhere then.
    void remove(const UserId& user, const TeamId& team, const std::string& id);
    // Positions in steps of ten.
    void set_order(const UserId& user, const TeamId& team, const std::vector<std::string>& ids);
    // These channels, in this order, are the category's; they leave any other.
    void put(const SidebarCategory& category);
    // They leave the category they were put in.
    void put_nowhere(const UserId& user, const TeamId& team, const std::vector<ChannelId>& channels);

    // On top of the favorites: in the channel's team, or in all teams of the person for a direct or group
    // channel. True when something changed.
    bool make_favorite(const UserId& user, const ChannelId& channel);
    bool make_ordinary(const UserId& user, const ChannelId& channel);

    // A group channel is the team's now: it leaves the sidebars of other teams, and the messages between
    // people.
    void came_into_team(const ChannelId& channel, const TeamId& team);
    // When the person has left the team.
    void clear(const UserId& user, const TeamId& team);

private:
    std::string sealed_name(const SidebarCategory& category);
    Tx& tx_;
};

}  // namespace concordat::storage
