// The tables channels, channel_members and channel_member_history.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>
#include "core/model/channel.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {

class ChannelTable {
public:
    explicit ChannelTable(Tx& tx) : tx_(tx) {}

    // False when the team has a channel of that name already, archived ones included.
    bool insert(const Channel& channel);
    std::optional<Channel> find(const ChannelId& id);
    std::vector<Channel> find(const std::vector<ChannelId>& ids);
    // Without header, purpose and props, which are sealed.
    std::optional<Channel> plain(const ChannelId& id);
    std::optional<Channel> by_name(const TeamId& team, const std::string& name, bool with_deleted);
    // display_name, name, type, header, purpose, props, update_at, delete_at. False when the name is taken.
    bool update(const Channel& channel);

    // Of this person: one team's channels and, when asked, direct and group ones. `team` empty: all teams'.
    std::vector<Channel> of_user(const UserId& user, const std::optional<TeamId>& team, bool with_direct, bool with_deleted, Millis deleted_since);
    std::vector<Channel> of_team(const TeamId& team, const std::string& type, bool deleted, std::int64_t offset, std::int64_t limit);
    // Whose name or display name contains `term`; public channels of the team and those `member` belongs to.
    std::vector<Channel> search(const TeamId& team, const UserId& member, const std::string& term, bool with_private, bool with_deleted, std::int64_t limit);
    std::vector<Channel> search_groups(const UserId& member, const std::string& term, std::int64_t limit);
    std::int64_t count_in_team(const TeamId& team);

private:
    std::vector<Channel> rows(const pqxx::result& result);
    Channel row(const pqxx::row& row, bool with_details);
    std::string sealed_details(const Channel& channel);
    Tx& tx_;
};

class ChannelMemberTable {
public:
    explicit ChannelMemberTable(Tx& tx) : tx_(tx) {}

    // Also opens an interval of the history. False when the person is a member already.
    bool insert(const ChannelMember& member, Millis now);
    // Also closes the interval. False when the person was no member.
    bool remove(const ChannelId& channel, const UserId& user, Millis now);
    std::optional<ChannelMember> find(const ChannelId& channel, const UserId& user);
    std::vector<ChannelMember> find(const ChannelId& channel, const std::vector<UserId>& users);
    std::vector<ChannelMember> page(const ChannelId& channel, std::int64_t offset, std::int64_t limit);
    // One team's channels and direct and group ones.
    std::vector<ChannelMember> of_user_in_team(const UserId& user, const TeamId& team);
    std::vector<ChannelMemberWithTeamData> of_user(const UserId& user, std::int64_t offset, std::int64_t limit);
    std::vector<UserId> user_ids(const ChannelId& channel);
    std::int64_t count(const ChannelId& channel);
    std::int64_t count_guests(const ChannelId& channel);

    void set_notify_props(const ChannelId& channel, const UserId& user, const std::map<std::string, std::string>& props, Millis now);
    void set_roles(const ChannelMember& member, Millis now);
    // Marks these channels read; the new last_viewed_at of those that had something unread.
    std::map<std::string, Millis> view(const UserId& user, const std::vector<ChannelId>& channels, Millis now);
    // +1 for each person; roots count twice, urgent ones three times.
    void add_mentions(const ChannelId& channel, const std::vector<UserId>& users, bool is_root, bool is_urgent, Millis now);
    void set_unread(const ChannelUnreadAt& unread, Millis now);
    // What is unread for the person in each channel of a team (or of all teams, direct ones left out).
    std::vector<std::pair<ChannelUnread, bool>> unreads(const UserId& user, const std::optional<TeamId>& team);  // second: muted
    std::optional<ChannelUnread> unread(const ChannelId& channel, const UserId& user);

private:
    Tx& tx_;
};

}  // namespace concordat::storage
