#include "messaging/conversation/channel_members.hpp"

#include <algorithm>
#include <set>

#include "core/model/facts.hpp"
#include "identity/barrier/barriers.hpp"
#include "messaging/conversation/joining.hpp"
#include "messaging/conversation/names.hpp"
#include "storage/tables/channels.hpp"
#include "storage/tables/memberships.hpp"
#include "storage/tables/teams.hpp"
#include "storage/tables/users.hpp"

namespace concordat::messaging {
namespace {

constexpr const char* missing = "app.channel.get_member.missing.app_error";
constexpr const char* no_such_member = "There is no such member of the channel.";
constexpr const char* no_channel = "app.channel.get.existing.app_error";

// Which values a notify setting may have; an empty list: any short text.
const std::map<std::string, std::vector<std::string>> notify_values = {
    {"desktop", {"default", "all", "mention", "none"}},
    {"desktop_threads", {"default", "all", "mention", "none"}},
    {"desktop_sound", {"default", "on", "off"}},
    {"desktop_notification_sound", {}},
    {"push", {"default", "all", "mention", "none"}},
    {"push_threads", {"default", "all", "mention", "none"}},
    {"email", {"default", "true", "false"}},
    {"mark_unread", {"all", "mention"}},
    {"ignore_channel_mentions", {"default", "on", "off"}},
    {"channel_auto_follow_threads", {"on", "off"}}};

void hide_reading(const Actor& actor, ChannelMember& member) {
    if (member.user_id != actor.user_id) member.last_viewed_at = member.last_update_at = -1;
}

template <class Members>
Members seen_by(const Actor& actor, Members members) {
    for (auto& member : members) hide_reading(actor, member);
    return members;
}

// A person's zone as clients show it: the automatic one, or the chosen one.
std::string zone_of(const User& user) {
    const auto value = [&](const char* key) {
        const auto at = user.timezone.find(key);
        return at == user.timezone.end() ? std::string() : at->second;
    };
    return value("useAutomaticTimezone") == "false" ? value("manualTimezone") : value("automaticTimezone");
}

}  // namespace

identity::ChannelPlace ChannelMembers::place(const ChannelId& channel) {
    return found(gate_.place(channel), no_channel, "There is no such channel.");
}

identity::ChannelPlace ChannelMembers::seen_place(const Actor& actor, const ChannelId& channel) {
    auto where = place(channel);
    if (!gate_.may_see(actor, channel)) throw lacks_permission("read_channel");
    return where;
}

std::vector<ChannelMember> ChannelMembers::add(const Actor& actor, const ChannelId& channel,
                                               const std::vector<UserId>& users) {
    if (users.empty() || users.size() > most_added_at_once) throw bad_body("user_ids");
    const auto where = place(channel);
    require(!where.is_between_people(), Fault::invalid, "api.channel.add_user_to_channel.type.app_error",
            "Nobody can be added to messages between people.");
    require(where.delete_at == 0, Fault::invalid, "api.channel.add_user_to_channel.deleted.app_error",
            "This channel is archived.");
    const bool is_open = where.type == "O";
    for (const auto& user : users) {
        if (user == actor.user_id && gate_.is_member(user, channel)) continue;
        if (user == actor.user_id && is_open)
            gate_.require_in_team(actor, Permission::join_public_channels, where.team_id);
        else
            gate_.require_in_channel(actor,
                                     is_open ? Permission::manage_public_channel_members
                                             : Permission::manage_private_channel_members,
                                     channel);
    }
    std::vector<ChannelMember> members;
    for (const auto& user : users)
        members.push_back(identity::walled(db_, actor, [&] { return add_one(actor, where, user); }));
    return seen_by(actor, std::move(members));
}

ChannelMember ChannelMembers::add_one(const Actor& actor, const identity::ChannelPlace& where,
                                      const UserId& user_id) {
    return db_.transact([&](storage::Tx& tx) {
        storage::ChannelMemberTable table(tx);
        if (auto member = table.find(where.id, user_id)) return *member;
        const auto user = found(storage::UserTable(tx).find(user_id), "app.user.missing_account.const",
                                "There is no such person.");
        const auto of_team = storage::TeamMemberTable(tx).find(where.team_id, user_id);
        require(of_team.has_value(), Fault::not_found, "app.team.get_member.missing.app_error",
                "This person is not a member of the team.");
        require(of_team->delete_at == 0 && user.delete_at == 0, Fault::invalid,
                "api.channel.add_user.to.channel.failed.deleted.app_error", "This person has left the team.");
        const auto channel = found(storage::ChannelTable(tx).find(where.id), no_channel);
        require(groups_admit(tx, channel, user), Fault::invalid, "api.channel.add_members.user_denied",
                "This channel is for members of its groups only.");
        const auto who = party_of(user), by = party_of(actor);
        if (enter_channel(tx, channel, who, by, false)) tell_entered(tx, channel, who, by);
        return found(table.find(where.id, user_id), missing, no_such_member);
    });
}

void ChannelMembers::remove(const Actor& actor, const ChannelId& id, const UserId& user_id) {
    const auto where = place(id);
    require(!where.is_between_people(), Fault::invalid, "api.channel.remove_channel_member.type.app_error",
            "Messages between people cannot be left.");
    const bool leaves = user_id == actor.user_id;
    if (!leaves)
        gate_.require_in_channel(actor,
                                 where.type == "O" ? Permission::manage_public_channel_members
                                                   : Permission::manage_private_channel_members,
                                 id);
    db_.transact([&](storage::Tx& tx) {
        const auto user = found(storage::UserTable(tx).find(user_id), "app.user.missing_account.const",
                                "There is no such person.");
        const auto who = party_of(user), by = party_of(actor);
        require(where.name != town_square || who.is_guest, Fault::invalid,
                leaves ? "api.channel.leave.default.app_error" : "api.channel.remove.default.app_error",
                "Everybody stays in the default channel.");
        const auto channel = found(storage::ChannelTable(tx).find(id), no_channel);
        require(leaves || user.is_bot.value_or(false) || channel.group_constrained != Nullable<bool>(true),
                Fault::invalid, "api.channel.remove_member.group_constrained.app_error",
                "Its groups decide who is in this channel.");
        require(leave_channel(tx, channel, who, by), Fault::not_found, missing, no_such_member);
        tell_left(tx, channel, who, by);
    });
}

void ChannelMembers::set_notify_props(const Actor& actor, const ChannelId& channel, const UserId& user,
                                      const std::map<std::string, std::string>& props) {
    gate_.require_self_or(actor, user, Permission::edit_other_users);
    for (const auto& [key, value] : props) {
        const auto known = notify_values.find(key);
        if (known == notify_values.end()) continue;
        const auto& values = known->second;
        if (values.empty() ? value.size() > 64
                           : std::find(values.begin(), values.end(), value) == values.end())
            throw bad_body(key);
    }
    db_.transact([&](storage::Tx& tx) {
        storage::ChannelMemberTable table(tx);
        auto member = found(table.find(channel, user), missing, no_such_member);
        for (const auto& [key, value] : props)
            if (notify_values.contains(key)) member.notify_props[key] = value;
        member.last_update_at = tx.now();
        table.set_notify_props(channel, user, member.notify_props, tx.now());
        tx.emit(ChannelMemberUpdated{member, actor.user_id});
    });
}

void ChannelMembers::set_scheme_roles(const Actor& actor, const ChannelId& channel, const UserId& user,
                                      const SchemeRoles& roles) {
    place(channel);
    gate_.require_in_channel(actor, Permission::manage_channel_roles, channel);
    db_.transact([&](storage::Tx& tx) {
        storage::ChannelMemberTable table(tx);
        auto member = found(table.find(channel, user), missing, no_such_member);
        require(!member.scheme_guest && !roles.scheme_guest, Fault::invalid,
                "api.channel.update_channel_member_roles.guest.app_error",
                "The roles of guests cannot be changed here.");
        require(roles.scheme_user, Fault::invalid, "api.channel.update_channel_member_roles.user.app_error",
                "A member keeps the role of a member.");
        member.scheme_admin = roles.scheme_admin;
        member.scheme_user = true;
        table.set_roles(member, tx.now());
        tx.emit(
            ChannelMemberUpdated{found(table.find(channel, user), missing, no_such_member), actor.user_id});
    });
}

void ChannelMembers::set_roles(const Actor& actor, const ChannelId& channel, const UserId& user,
                               const std::string& roles) {
    const auto names =
        db_.read([&](storage::Tx& tx) { return storage::MembershipTable(tx).role_names(channel); });
    set_scheme_roles(
        actor, channel, user,
        scheme_roles_named(roles, names, "api.channel.update_channel_member_roles.scheme_role.app_error"));
}

ChannelMember ChannelMembers::get(const Actor& actor, const ChannelId& channel, const UserId& user) {
    seen_place(actor, channel);
    auto member =
        found(db_.read([&](storage::Tx& tx) { return storage::ChannelMemberTable(tx).find(channel, user); }),
              missing, no_such_member);
    hide_reading(actor, member);
    return member;
}

std::vector<ChannelMember> ChannelMembers::page(const Actor& actor, const ChannelId& channel,
                                                std::int64_t offset, std::int64_t limit) {
    seen_place(actor, channel);
    return seen_by(actor, db_.read([&](storage::Tx& tx) {
        return storage::ChannelMemberTable(tx).page(channel, offset, limit);
    }));
}

std::vector<ChannelMember> ChannelMembers::among(const Actor& actor, const ChannelId& channel,
                                                 const std::vector<UserId>& users) {
    if (users.empty()) throw bad_body("user_ids");
    seen_place(actor, channel);
    return seen_by(actor, db_.read([&](storage::Tx& tx) {
        return storage::ChannelMemberTable(tx).find(channel, users);
    }));
}

std::vector<ChannelMember> ChannelMembers::of_user_in_team(const Actor& actor, const UserId& user,
                                                           const TeamId& team) {
    gate_.require_in_team(actor, Permission::view_team, team);
    gate_.require_self_or(actor, user, Permission::manage_system);
    return seen_by(actor, db_.read([&](storage::Tx& tx) {
        return storage::ChannelMemberTable(tx).of_user_in_team(user, team);
    }));
}

std::vector<ChannelMemberWithTeamData> ChannelMembers::of_user(const Actor& actor, const UserId& user,
                                                               std::int64_t offset, std::int64_t limit) {
    gate_.require_self_or(actor, user, Permission::edit_other_users);
    return seen_by(actor, db_.read([&](storage::Tx& tx) {
        return storage::ChannelMemberTable(tx).of_user(user, offset, limit);
    }));
}

ChannelStats ChannelMembers::stats(const Actor& actor, const ChannelId& channel, bool with_files) {
    seen_place(actor, channel);
    auto stats = db_.read([&](storage::Tx& tx) { return storage::ChannelTable(tx).stats(channel); });
    if (!with_files) stats.files_count = -1;
    return stats;
}

std::vector<std::string> ChannelMembers::timezones(const Actor& actor, const ChannelId& channel) {
    seen_place(actor, channel);
    storage::UserQuery query;
    query.in_channel = channel;
    query.active = true;
    query.limit = 10000;
    std::set<std::string> zones;
    for (const auto& user : db_.read([&](storage::Tx& tx) { return storage::UserTable(tx).select(query); }))
        if (auto zone = zone_of(user); !zone.empty()) zones.insert(std::move(zone));
    return {zones.begin(), zones.end()};
}

}  // namespace concordat::messaging
