// The tables teams and team_members.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>
#include "core/model/team.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {

// Which teams to list, by display name. Unset members do not narrow.
struct TeamQuery {
    std::string term;          // part of the name or of the display name, in any case
    std::optional<bool> open;  // whether everybody may join
    bool with_deleted = false;
    std::int64_t offset = 0, limit = 60;
};

class TeamTable {
public:
    explicit TeamTable(Tx& tx) : tx_(tx) {}

    // False when the name is taken, by an archived team too.
    bool insert(const Team& team);
    std::optional<Team> find(const TeamId& id);
    std::vector<Team> find(const std::vector<TeamId>& ids);
    std::optional<Team> by_name(const std::string& name);
    // Live teams only.
    std::optional<Team> by_invite_id(const std::string& invite_id);
    // The row for update, so that a decision about it stands until the commit.
    std::optional<Team> lock(const TeamId& id);
    // Everything but name, type and create_at.
    void update(const Team& team);

    // Live teams of which the person is a member.
    std::vector<Team> of_user(const UserId& user);
    // Live teams to which every member of the channel belongs.
    std::vector<Team> common_to(const ChannelId& channel);
    std::vector<Team> select(const TeamQuery& query);
    std::int64_t count(const TeamQuery& query);

    // The blob of the team's icon; empty when there is none.
    AnyId icon(const TeamId& id);
    void set_icon(const TeamId& id, const AnyId& blob, Millis now);

private:
    std::vector<Team> rows(const pqxx::result& result);
    Team row(const pqxx::row& row);
    std::string sealed_details(const Team& team);
    Tx& tx_;
};

struct TeamCounts {
    std::int64_t members = 0;
    std::int64_t active = 0;  // without the deactivated
};

class TeamMemberTable {
public:
    explicit TeamMemberTable(Tx& tx) : tx_(tx) {}

    // Makes a member, or makes a former one a member again. False when the person is one already.
    bool insert(const TeamMember& member, Millis now);
    // The row stays, with delete_at. False when the person was no member.
    bool remove(const TeamId& team, const UserId& user, Millis now);
    // Former members, too: look at delete_at.
    std::optional<TeamMember> find(const TeamId& team, const UserId& user);
    // Members now.
    std::vector<TeamMember> find(const TeamId& team, const std::vector<UserId>& users);
    // How many of these people are members now; they stay so until the commit.
    std::size_t hold(const TeamId& team, const std::vector<UserId>& users);
    // Members now; `by_username` sorts by user name, otherwise by id.
    std::vector<TeamMember> page(const TeamId& team, bool by_username, bool without_deactivated,
                                 std::int64_t offset, std::int64_t limit);
    // Former memberships, too.
    std::vector<TeamMember> of_user(const UserId& user);
    TeamCounts counts(const TeamId& team);
    // Whether there are fewer members than `limit`, the deactivated not counted. Cheap when the limit is far.
    bool has_room(const TeamId& team, std::int64_t limit);
    void set_roles(const TeamMember& member);

private:
    Tx& tx_;
};

}  // namespace concordat::storage
