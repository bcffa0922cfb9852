// Who belongs where: the few columns that permission checks read.
#pragma once
#include <optional>
#include <string>
#include <vector>
#include "core/model/channel.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {

// Columns for a row `m` of channel_members or team_members: the names of the roles that its scheme has for
// guests, members and administrators, separated by blanks; null when no scheme is in force there. The first
// condition is asked once in a statement: where there are no schemes a row costs nothing more.
inline constexpr const char* channel_scheme_roles = R"(
    case when exists (select 1 from schemes) then (
        select concat_ws(' ', s.channel_guest, s.channel_user, s.channel_admin)
        from channels sc left join teams st on st.id = sc.team_id
        join schemes s on s.id = coalesce(sc.scheme_id, st.scheme_id) where sc.id = m.channel_id) end)";
inline constexpr const char* team_scheme_roles = R"(
    case when exists (select 1 from schemes) then (
        select concat_ws(' ', s.team_guest, s.team_user, s.team_admin)
        from teams st join schemes s on s.id = st.scheme_id where st.id = m.team_id) end)";

// "channel_user channel_admin ...": what the scheme flags and the explicit roles give together. `of_scheme`
// is one of these columns, and `prefix`, "team" or "channel", counts where it is null.
std::string effective_roles(const std::string& prefix, const pqxx::field& of_scheme, bool is_guest,
                            bool is_user, bool is_admin, const std::string& explicit_roles);

class MembershipTable {
public:
    explicit MembershipTable(Tx& tx) : tx_(tx) {}
    // Effective roles; nothing when the person is not a member (now).
    std::optional<std::string> channel_roles(const UserId& user, const ChannelId& channel);
    std::optional<std::string> team_roles(const UserId& user, const TeamId& team);
    // What the roles of guests, members and administrators are called there.
    std::vector<std::string> role_names(const ChannelId& channel);
    std::vector<std::string> role_names(const TeamId& team);
    bool share_a_channel(const UserId& a, const UserId& b);
    // A live team to which all of them belong.
    bool share_a_team(const std::vector<UserId>& users);
    // A live public or private channel in which all of them are.
    bool share_a_channel_of_a_team(const std::vector<UserId>& users);
    std::vector<ChannelId> channels_of(const UserId& user);
    std::vector<TeamId> teams_of(const UserId& user);
    // A guest wherever the person is a member: no rights of members or administrators of places remain.
    void make_guest(const UserId& user);
    // The reverse: a member wherever a guest was.
    void make_member(const UserId& user);

private:
    Tx& tx_;
};

}  // namespace concordat::storage
