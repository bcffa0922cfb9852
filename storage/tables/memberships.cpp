#include "storage/tables/memberships.hpp"

#include "core/base/text.hpp"

namespace concordat::storage {

std::string effective_roles(const std::string& prefix, const pqxx::field& of_scheme, bool is_guest,
                            bool is_user, bool is_admin, const std::string& explicit_roles) {
    std::vector<std::string> names{prefix + "_guest", prefix + "_user", prefix + "_admin"};
    if (!of_scheme.is_null())
        if (auto others = split_words(text_in(of_scheme)); others.size() == names.size())
            names = std::move(others);
    std::string out = explicit_roles;
    const auto add = [&](bool given, const std::string& name) {
        if (given) out += (out.empty() ? "" : " ") + name;
    };
    add(is_guest, names[0]);
    add(is_user, names[1]);
    add(is_admin, names[2]);
    return out;
}

std::optional<std::string> MembershipTable::channel_roles(const UserId& user, const ChannelId& channel) {
    const auto rows = tx_.exec("select scheme_guest, scheme_user, scheme_admin, roles, " +
                                   std::string(channel_scheme_roles) +
                                   " from channel_members m where channel_id = $1 and user_id = $2",
                               channel, user);
    if (rows.empty()) return std::nullopt;
    return effective_roles("channel", rows[0][4], bool_in(rows[0][0]), bool_in(rows[0][1]),
                           bool_in(rows[0][2]), text_in(rows[0][3]));
}

std::optional<std::string> MembershipTable::team_roles(const UserId& user, const TeamId& team) {
    const auto rows =
        tx_.exec("select scheme_guest, scheme_user, scheme_admin, roles, " + std::string(team_scheme_roles) +
                     " from team_members m where team_id = $1 and user_id = $2 and delete_at = 0",
                 team, user);
    if (rows.empty()) return std::nullopt;
    return effective_roles("team", rows[0][4], bool_in(rows[0][0]), bool_in(rows[0][1]), bool_in(rows[0][2]),
                           text_in(rows[0][3]));
}

std::vector<std::string> MembershipTable::role_names(const ChannelId& channel) {
    return split_words(text_in(tx_.exec("select coalesce(" + std::string(channel_scheme_roles) +
                                            ", 'channel_guest channel_user channel_admin') from (select "
                                            "$1::uuid as channel_id) m",
                                        channel)[0][0]));
}

std::vector<std::string> MembershipTable::role_names(const TeamId& team) {
    return split_words(
        text_in(tx_.exec("select coalesce(" + std::string(team_scheme_roles) +
                             ", 'team_guest team_user team_admin') from (select $1::uuid as team_id) m",
                         team)[0][0]));
}

bool MembershipTable::share_a_channel(const UserId& a, const UserId& b) {
    return !tx_.exec(
                   "select 1 from channel_members x join channel_members y using (channel_id) where "
                   "x.user_id = $1 and y.user_id = $2 limit 1",
                   a, b)
                .empty();
}

bool MembershipTable::share_a_team(const std::vector<UserId>& users) {
    return !tx_.exec(R"(
        select 1 from team_members m join teams t on t.id = m.team_id
        where m.user_id = any($1::uuid[]) and m.delete_at = 0 and t.delete_at = 0
        group by m.team_id having count(*) = $2 limit 1)",
                     array_of(users), users.size())
                .empty();
}

bool MembershipTable::share_a_channel_of_a_team(const std::vector<UserId>& users) {
    return !tx_.exec(R"(
        select 1 from channel_members m join channels c on c.id = m.channel_id
        where m.user_id = any($1::uuid[]) and c.type in ('O', 'P') and c.delete_at = 0
        group by m.channel_id having count(*) = $2 limit 1)",
                     array_of(users), users.size())
                .empty();
}

std::vector<ChannelId> MembershipTable::channels_of(const UserId& user) {
    std::vector<ChannelId> out;
    for (const auto& row : tx_.exec("select channel_id from channel_members where user_id = $1", user))
        out.push_back(id_in<ChannelId>(row[0]));
    return out;
}

std::vector<TeamId> MembershipTable::teams_of(const UserId& user) {
    std::vector<TeamId> out;
    for (const auto& row :
         tx_.exec("select team_id from team_members where user_id = $1 and delete_at = 0", user))
        out.push_back(id_in<TeamId>(row[0]));
    return out;
}

void MembershipTable::make_guest(const UserId& user) {
    tx_.exec(
        "update team_members set scheme_guest = true, scheme_user = false, scheme_admin = false, roles = '' "
        "where user_id = $1",
        user);
    tx_.exec(
        "update channel_members set scheme_guest = true, scheme_user = false, scheme_admin = false, roles = "
        "'' "
        "where user_id = $1",
        user);
}

void MembershipTable::make_member(const UserId& user) {
    tx_.exec("update team_members set scheme_guest = false, scheme_user = true where user_id = $1", user);
    tx_.exec("update channel_members set scheme_guest = false, scheme_user = true where user_id = $1", user);
}

}  // namespace concordat::storage
