#include "messaging/conversation/joining.hpp"

#include <algorithm>

#include "core/base/text.hpp"
#include "core/model/facts.hpp"
#include "identity/account/profile.hpp"
#include "identity/barrier/barriers.hpp"
#include "messaging/conversation/names.hpp"
#include "messaging/conversation/system_posts.hpp"
#include "storage/tables/barriers.hpp"
#include "storage/tables/channels.hpp"
#include "storage/tables/sidebar.hpp"
#include "storage/tables/teams.hpp"
#include "storage/tables/user_groups.hpp"

namespace concordat::messaging {
namespace {

void tell_in_town_square(storage::Tx& tx, const Channel& town, const Party& who, const Party& by) {
    if (who.id == by.id) {
        write_system_post(tx, place_of(town), who.id, who.username, "system_join_team",
                          who.username + " joined the team.");
        return;
    }
    write_system_post(tx, place_of(town), by.id, by.username, "system_add_to_team",
                      by.username + " added " + who.username + " to the team.",
                      {{"userId", by.id.text()},
                       {"username", by.username},
                       {"addedUserId", who.id.text()},
                       {"addedUsername", who.username}});
}

void check_room(storage::Tx& tx, const Settings& settings, const Team& team, const User& who) {
    require(team.delete_at == 0, Fault::invalid, "api.team.join_user_to_team.deleted.app_error",
            "This team is archived.");
    require(who.delete_at == 0, Fault::invalid, "app.team.join_user_to_team.deactivated.app_error",
            "This account is deactivated.");
    require(who.is_bot.value_or(false) || identity::domain_is_allowed(who.email, team.allowed_domains),
            Fault::invalid, "api.team.join_user_to_team.allowed_domains.app_error",
            "This team admits people of certain e-mail domains only.");
    require(groups_admit(tx, team, who), Fault::invalid, "api.team.add_members.user_denied",
            "This team is for members of its groups only.");
    if (!storage::TeamMemberTable(tx).has_room(team.id, settings.TeamSettings.MaxUsersPerTeam))
        throw Error(Fault::invalid, "app.team.join_user_to_team.max_accounts.app_error",
                    "This team has reached the largest number of members.");
}

}  // namespace

bool is_guest(const User& user) {
    const auto roles = split_words(user.roles);
    return std::find(roles.begin(), roles.end(), "system_guest") != roles.end();
}

Party party_of(const Actor& actor) {
    return {actor.user_id, actor.username, actor.is_guest};
}
Party party_of(const User& user) {
    return {user.id, user.username, is_guest(user)};
}

identity::ChannelPlace place_of(const Channel& c) {
    return {c.id, c.team_id, c.type, c.name, c.display_name, c.delete_at};
}

std::map<std::string, std::string> default_notify_props() {
    return {{"desktop", "default"},
            {"push", "default"},
            {"email", "default"},
            {"mark_unread", "all"},
            {"ignore_channel_mentions", "default"},
            {"channel_auto_follow_threads", "off"}};
}

std::vector<std::string> default_channels(const Settings& settings) {
    std::vector<std::string> names = {town_square};
    const auto& configured = settings.TeamSettings.ExperimentalDefaultChannels;
    if (configured.empty()) names.push_back(off_topic);
    for (const auto& name : configured)
        if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    return names;
}

bool groups_admit(storage::Tx& tx, const Team& team, const User& who) {
    return team.group_constrained != Nullable<bool>(true) || who.is_bot.value_or(false) ||
           storage::UserGroupTable(tx).admits(id_as<AnyId>(team.id), who.id);
}

bool groups_admit(storage::Tx& tx, const Channel& channel, const User& who) {
    return channel.group_constrained != Nullable<bool>(true) || who.is_bot.value_or(false) ||
           storage::UserGroupTable(tx).admits(id_as<AnyId>(channel.id), who.id);
}

bool barriers_admit(storage::Tx& tx, const Channel& channel, const User& who) {
    return !storage::BarrierTable(tx).in_the_way(channel.id, who.id);
}

bool enter_channel(storage::Tx& tx, const Channel& channel, const Party& who, const Party& by,
                   bool as_admin) {
    if (const auto breach = storage::BarrierTable(tx).in_the_way(channel.id, who.id))
        throw Error(Fault::forbidden, identity::barrier_apart,
                    "There are people in this channel whom this person may not talk to.",
                    "barrier " + breach->barrier_id.text() + ", channel " + channel.id.text() + ", person " +
                        who.id.text());
    ChannelMember member;
    member.channel_id = channel.id;
    member.user_id = who.id;
    member.scheme_guest = who.is_guest;
    member.scheme_user = !who.is_guest;
    member.scheme_admin = as_admin && !who.is_guest;
    member.last_viewed_at = channel.last_post_at;
    member.notify_props = default_notify_props();
    if (!storage::ChannelMemberTable(tx).insert(member, tx.now())) return false;
    tx.emit(ChannelJoined{channel.id, channel.team_id, who.id, by.id});
    return true;
}

void tell_entered(storage::Tx& tx, const Channel& channel, const Party& who, const Party& by,
                  bool is_mention) {
    if (who.id == by.id) {
        write_system_post(tx, place_of(channel), who.id, who.username,
                          who.is_guest ? "system_guest_join_channel" : "system_join_channel",
                          who.username + " joined the channel.");
        return;
    }
    write_system_post(tx, place_of(channel), by.id, by.username,
                      who.is_guest ? "system_add_guest_to_chan" : "system_add_to_channel",
                      by.username + " added " + who.username + " to the channel.",
                      {{"userId", by.id.text()},
                       {"username", by.username},
                       {"addedUserId", who.id.text()},
                       {"addedUsername", who.username}},
                      is_mention ? std::vector{who.id} : std::vector<UserId>());
}

bool leave_channel(storage::Tx& tx, const Channel& channel, const Party& who, const Party& by) {
    if (!storage::ChannelMemberTable(tx).remove(channel.id, who.id, tx.now())) return false;
    tx.emit(ChannelLeft{channel.id, channel.team_id, who.id, by.id});
    return true;
}

void tell_left(storage::Tx& tx, const Channel& channel, const Party& who, const Party& by) {
    if (who.id == by.id) {
        write_system_post(tx, place_of(channel), who.id, who.username, "system_leave_channel",
                          who.username + " left the channel.");
        return;
    }
    write_system_post(
        tx, place_of(channel), by.id, by.username, "system_remove_from_channel",
        who.username + " was removed from the channel.",
        {{"username", by.username}, {"removedUserId", who.id.text()}, {"removedUsername", who.username}});
}

bool join_team(storage::Tx& tx, const Settings& settings, const Team& team, const User& user, const Party& by,
               bool as_admin) {
    const auto who = party_of(user);
    const auto known = storage::TeamMemberTable(tx).find(team.id, who.id);
    if (known && known->delete_at == 0) return false;
    require(!user.remote_id, Fault::forbidden, "federation.people.team",
            "This person belongs to another organisation, and is in the channels shared with it only.");
    check_room(tx, settings, team, user);

    TeamMember member;
    member.team_id = team.id;
    member.user_id = who.id;
    member.scheme_guest = who.is_guest;
    member.scheme_user = !who.is_guest;
    member.scheme_admin = as_admin && !who.is_guest;
    if (!storage::TeamMemberTable(tx).insert(member, tx.now())) return false;
    tx.emit(TeamJoined{team.id, who.id, by.id});
    storage::SidebarTable(tx).make_built_in(who.id, team.id);
    if (who.is_guest) return true;  // guests are in the channels they were invited to only

    const bool tells = settings.ServiceSettings.ExperimentalEnableDefaultChannelLeaveJoinMessages;
    for (const auto& channel : storage::ChannelTable(tx).named(team.id, default_channels(settings))) {
        if (channel.type != "O" || !groups_admit(tx, channel, user)) continue;
        if (!barriers_admit(tx, channel, user)) {  // in the team, and not where the others are
            identity::record_left_out(tx, channel.id, who.id, by.id);
            continue;
        }
        if (!enter_channel(tx, channel, who, by, as_admin) || !tells) continue;
        if (channel.name == town_square)
            tell_in_town_square(tx, channel, who, by);
        else
            tell_entered(tx, channel, who, by, false);
    }
    return true;
}

bool leave_team(storage::Tx& tx, const Settings& settings, const Team& team, const Party& who,
                const Party& by) {
    if (!storage::TeamMemberTable(tx).remove(team.id, who.id, tx.now())) return false;
    tx.emit(TeamLeft{team.id, who.id, by.id});
    for (const auto& channel : storage::ChannelMemberTable(tx).remove_from_team(team.id, who.id, tx.now()))
        tx.emit(ChannelLeft{channel, team.id, who.id, by.id});
    storage::SidebarTable(tx).clear(who.id, team.id);
    if (!settings.ServiceSettings.ExperimentalEnableDefaultChannelLeaveJoinMessages) return true;
    const auto town = storage::ChannelTable(tx).by_name(team.id, town_square, false);
    if (!town) return true;
    if (who.id == by.id)
        write_system_post(tx, place_of(*town), who.id, who.username, "system_leave_team",
                          who.username + " left the team.");
    else
        write_system_post(tx, place_of(*town), by.id, by.username, "system_remove_from_team",
                          who.username + " was removed from the team.",
                          {{"username", who.username}, {"removedUserId", who.id.text()}});
    return true;
}

}  // namespace concordat::messaging
