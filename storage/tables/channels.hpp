// The tables channels, channel_members and channel_member_history.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>
#include "core/model/channel.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {

// Which channels of several teams to list, by display name.
struct ChannelSearch {
    std::string term;           // part of the name or of the display name, in any case
    std::vector<TeamId> teams;  // empty: all
    bool with_public = true, with_private = true;
    bool live = true, archived = false;
    UserId member;  // not empty: only what this person may find (public in own teams, private joined)
    std::vector<std::string> not_named;
    GroupId not_of_group;         // not linked to it
    bool without_policy = false;  // of retention, of its own
    bool group_constrained = false;
    std::int64_t offset = 0, limit = 60;
};

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
    // The row for update, so that a decision about it stands until the commit.
    std::optional<Channel> lock(const ChannelId& id);
    // Live channels of a team with one of these names.
    std::vector<Channel> named(const TeamId& team, const std::vector<std::string>& names);
    // display_name, name, type, header, purpose, props, update_at, delete_at. False when the name is taken.
    bool update(const Channel& channel);
    // Whether other organisations take part.
    void set_shared(const ChannelId& channel, bool is_shared, Millis now);

    // Of this person: one team's channels and, when asked, direct and group ones. `team` empty: all teams'.
    std::vector<Channel> of_user(const UserId& user, const std::optional<TeamId>& team, bool with_direct,
                                 bool with_deleted, Millis deleted_since);
    std::vector<Channel> of_team(const TeamId& team, const std::string& type, bool deleted,
                                 std::int64_t offset, std::int64_t limit);
    // Whose name or display name contains `term`; public channels of the team and those `member` belongs to.
    std::vector<Channel> search(const TeamId& team, const UserId& member, const std::string& term,
                                bool with_private, bool with_deleted, std::int64_t limit);
    std::vector<Channel> search_teams(const ChannelSearch& search);
    std::int64_t count_teams(const ChannelSearch& search);
    // The person's own channels of the team by name, and direct and group ones by the names of the people in
    // them.
    std::vector<Channel> search_own(const TeamId& team, const UserId& member, const std::string& term,
                                    std::int64_t limit);
    // Archived channels of a team: public ones and those the person belongs to; `all`: every one.
    std::vector<Channel> archived(const TeamId& team, const UserId& member, bool all, std::int64_t offset,
                                  std::int64_t limit);
    std::vector<Channel> search_groups(const UserId& member, const std::string& term, std::int64_t limit);
    // Live public and private ones.
    std::int64_t count_in_team(const TeamId& team);
    // Members (not deactivated), guests, pinned posts and files, all in one statement.
    ChannelStats stats(const ChannelId& channel);
    // Members (not deactivated) by channel id; channels that do not exist are left out.
    std::map<std::string, std::int64_t> member_counts(const std::vector<ChannelId>& channels);

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
    // Also closes the interval and stops following threads. False when the person was no member.
    bool remove(const ChannelId& channel, const UserId& user, Millis now);
    std::optional<ChannelMember> find(const ChannelId& channel, const UserId& user);
    std::vector<ChannelMember> find(const ChannelId& channel, const std::vector<UserId>& users);
    std::vector<ChannelMember> page(const ChannelId& channel, std::int64_t offset, std::int64_t limit);
    // One team's channels and direct and group ones.
    std::vector<ChannelMember> of_user_in_team(const UserId& user, const TeamId& team);
    std::vector<ChannelMemberWithTeamData> of_user(const UserId& user, std::int64_t offset,
                                                   std::int64_t limit);
    std::vector<UserId> user_ids(const ChannelId& channel);
    std::int64_t count(const ChannelId& channel);
    std::int64_t count_guests(const ChannelId& channel);

    void set_notify_props(const ChannelId& channel, const UserId& user,
                          const std::map<std::string, std::string>& props, Millis now);
    void set_roles(const ChannelMember& member, Millis now);
    // mark_unread: "all", or "mention" for muted. The members that changed come back.
    std::vector<ChannelMember> set_mark_unread(const UserId& user, const std::vector<ChannelId>& channels,
                                               const std::string& value, Millis now);
    // Leaves every channel of the team, and its threads; the channels left.
    std::vector<ChannelId> remove_from_team(const TeamId& team, const UserId& user, Millis now);
    // Marks these channels read; the new last_viewed_at of those that had something unread.
    std::map<std::string, Millis> view(const UserId& user, const std::vector<ChannelId>& channels,
                                       Millis now);
    // +1 for each person; roots count twice, urgent ones three times.
    void add_mentions(const ChannelId& channel, const std::vector<UserId>& users, bool is_root,
                      bool is_urgent, Millis now);
    void set_unread(const ChannelUnreadAt& unread, Millis now);
    // What is unread for the person in each channel of a team (or of all teams, direct ones left out).
    std::vector<std::pair<ChannelUnread, bool>> unreads(const UserId& user,
                                                        const std::optional<TeamId>& team);  // second: muted
    std::optional<ChannelUnread> unread(const ChannelId& channel, const UserId& user);

private:
    Tx& tx_;
};

}  // namespace concordat::storage
