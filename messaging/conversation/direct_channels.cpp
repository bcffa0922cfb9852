#include "messaging/conversation/direct_channels.hpp"

#include <algorithm>
#include <map>

#include "core/base/text.hpp"
#include "core/model/facts.hpp"
#include "identity/barrier/barriers.hpp"
#include "messaging/conversation/joining.hpp"
#include "messaging/conversation/names.hpp"
#include "messaging/conversation/system_posts.hpp"
#include "storage/tables/barriers.hpp"
#include "storage/tables/channels.hpp"
#include "storage/tables/memberships.hpp"
#include "storage/tables/preferences.hpp"
#include "storage/tables/sidebar.hpp"
#include "storage/tables/teams.hpp"
#include "storage/tables/threads.hpp"
#include "storage/tables/users.hpp"

namespace concordat::messaging {
namespace {

// Whose list shows the channel at once: both people of a direct one, and who made a group; of a group that
// was made elsewhere, everybody here.
void show(storage::Tx& tx, const Channel& channel, const std::vector<User>& users) {
    std::map<UserId, Preference> shown;
    if (channel.is_direct()) {
        const auto& one = users.front().id;
        const auto& other = users.back().id;
        shown[one] = {one, "direct_channel_show", other.text(), "true"};
        shown[other] = {other, "direct_channel_show", one.text(), "true"};
    } else {
        const auto maker = std::ranges::find(users, channel.creator_id, &User::id);
        const bool is_made_elsewhere = maker != users.end() && maker->remote_id;
        for (const auto& user : users)
            if (user.id == channel.creator_id || (is_made_elsewhere && !user.remote_id))
                shown[user.id] = {user.id, "group_channel_show", channel.id.text(), "true"};
    }
    std::vector<Preference> all;
    for (const auto& [user, preference] : shown) all.push_back(preference);
    storage::PreferenceTable(tx).set(all);
    for (const auto& preference : all) tx.emit(PreferencesChanged{preference.user_id, {preference}});
}

}  // namespace

bool open_between_people(storage::Tx& tx, Channel& channel, const std::vector<User>& users) {
    storage::ChannelTable table(tx);
    channel.create_at = channel.update_at = tx.now();
    std::vector<UserId> ids;
    for (const auto& user : users) ids.push_back(user.id);
    if (const auto breach = storage::BarrierTable(tx).between(ids))
        throw Error(Fault::forbidden, identity::barrier_apart, "These people may not talk to each other.",
                    "barrier " + breach->barrier_id.text() + ", people " + breach->user_id.text() + " and " +
                        breach->other_id.text());
    if (!table.insert(channel)) return false;
    if (channel.shared.value.value_or(false)) table.set_shared(channel.id, true, channel.update_at);
    std::vector<UserId> members;
    for (const auto& user : users) {
        ChannelMember member;
        member.channel_id = channel.id;
        member.user_id = user.id;
        member.scheme_guest = is_guest(user);
        member.scheme_user = !member.scheme_guest;
        member.notify_props = default_notify_props();
        storage::ChannelMemberTable(tx).insert(member, tx.now());
        members.push_back(user.id);
    }
    tx.emit(DirectCreated{channel, channel.creator_id, members});
    show(tx, channel, users);
    return true;
}

std::vector<User> DirectChannels::people(const Actor& actor, const std::vector<UserId>& ids,
                                         const char* missing) {
    auto users = db_.read([&](storage::Tx& tx) { return storage::UserTable(tx).find(ids); });
    require(users.size() == ids.size(), Fault::invalid, missing, "One of these people does not exist.");
    for (const auto& user : users) {
        if (!gate_.may_see_user(actor, user.id)) throw lacks_permission("view_members");
    }
    return users;
}

void DirectChannels::check_common_team(storage::Tx& tx, const std::vector<User>& users) {
    if (settings_.current()->TeamSettings.RestrictDirectMessage != "team") return;
    std::vector<UserId> ids;
    for (const auto& user : users)
        if (!user.is_bot.value_or(false)) ids.push_back(user.id);
    if (ids.size() < 2 || storage::MembershipTable(tx).share_a_team(ids)) return;
    throw Error(Fault::forbidden, "api.channel.create_channel.direct_channel.team_restricted_error.app_error",
                "Messages are possible between members of the same team only.");
}

Channel DirectChannels::existing_or_new(const Actor& actor, Channel channel, const std::vector<User>& users) {
    if (auto known = db_.read(
            [&](storage::Tx& tx) { return storage::ChannelTable(tx).by_name(TeamId(), channel.name, true); }))
        return *known;
    const bool is_abroad =
        std::ranges::any_of(users, [](const User& user) { return user.remote_id.has_value(); });
    require(!is_abroad || abroad_, Fault::forbidden, "federation.people.direct",
            "This person belongs to another organisation, and direct messages do not go there.");
    return identity::walled(db_, actor, [&] {
        return db_.transact([&](storage::Tx& tx) {
            channel.creator_id = actor.user_id;
            if (is_abroad) {
                abroad_(tx, actor, channel, users);
            } else {
                check_common_team(tx, users);
                channel.id = ChannelId::fresh(tx.now());
            }
            // Somebody else was first: theirs it is.
            if (!open_between_people(tx, channel, users))
                return found(storage::ChannelTable(tx).by_name(TeamId(), channel.name, true),
                             "app.channel.get_by_name.missing.app_error");
            return channel;
        });
    });
}

Channel DirectChannels::direct(const Actor& actor, const std::vector<UserId>& ids) {
    if (ids.empty() || ids.size() > 2 || ids.front().empty() || ids.back().empty())
        throw bad_body("user_ids");
    gate_.require(actor, Permission::create_direct_channel);
    const auto &one = ids.front(), &other = ids.back();
    if (one != actor.user_id && other != actor.user_id) gate_.require(actor, Permission::manage_system);

    auto both = ids;
    if (one == other) both = {one};
    const auto users = people(actor, both, "api.channel.create_direct_channel.invalid_user.app_error");
    Channel channel;
    channel.type = "D";
    channel.name = direct_channel_name(one, other);
    return existing_or_new(actor, std::move(channel), users);
}

Channel DirectChannels::group(const Actor& actor, std::vector<UserId> ids) {
    gate_.require(actor, Permission::create_group_channel);
    ids.push_back(actor.user_id);
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    require(ids.size() >= least_in_group && ids.size() <= most_in_group, Fault::invalid,
            "api.channel.create_group.bad_size.app_error", "A group has three to eight people.");

    const auto users = people(actor, ids, "api.channel.create_group.bad_user.app_error");
    Channel channel;
    channel.type = "G";
    channel.name = group_channel_name(ids);
    channel.display_name = group_channel_display_name(users);
    return existing_or_new(actor, std::move(channel), users);
}

// All its members are in the team, and stay there until the commit.
void DirectChannels::check_team(storage::Tx& tx, const ChannelId& id, const TeamId& team_id) {
    const auto team =
        found(storage::TeamTable(tx).find(team_id), "app.team.get.find.app_error", "There is no such team.");
    require(team.delete_at == 0, Fault::invalid, "api.channel.create_channel.team_deleted.app_error",
            "This team is archived.");
    const auto members = storage::ChannelMemberTable(tx).user_ids(id);
    require(storage::TeamMemberTable(tx).hold(team_id, members) == members.size(), Fault::invalid,
            "api.channel.group_to_channel.team.app_error",
            "Every member of the group must be a member of the team.");
    if (storage::ChannelTable(tx).count_in_team(team_id) >=
        settings_.current()->TeamSettings.MaxChannelsPerTeam)
        throw Error(Fault::invalid, "api.channel.create_channel.max_channel_limit.app_error",
                    "This team has reached the largest number of channels.");
}

Channel DirectChannels::make_private(const Actor& actor, const ChannelId& id, const Channel& wanted) {
    const auto place =
        found(gate_.place(id), "app.channel.get.existing.app_error", "There is no such channel.");
    if (!gate_.is_member(actor.user_id, id)) throw lacks_permission("read_channel");
    require(place.type == "G", Fault::invalid, "api.channel.group_to_channel.type.app_error",
            "Only messages of a group can become a channel.");
    if (wanted.team_id.empty()) throw bad_body("team_id");
    if (actor.is_guest) throw lacks_permission("create_private_channel");
    gate_.require_in_team(actor, Permission::create_private_channel, wanted.team_id);
    return db_.transact([&](storage::Tx& tx) {
        storage::ChannelTable table(tx);
        storage::ChannelMemberTable members(tx);
        const auto before = found(table.lock(id), "app.channel.get.existing.app_error");
        require(before.type == "G" && before.delete_at == 0, Fault::invalid,
                "api.channel.group_to_channel.type.app_error",
                "Only messages of a group can become a channel.");
        auto channel = before;
        channel.type = "P";
        channel.team_id = wanted.team_id;
        channel.name = wanted.name;
        channel.display_name = visible_text(trimmed(wanted.display_name));
        channel.update_at = std::max(tx.now(), before.update_at + 1);
        check_channel(channel);
        check_team(tx, id, channel.team_id);
        require(table.update(channel), Fault::invalid, "store.sql_channel.save_channel.exists.app_error",
                "A channel with that name already exists in this team.");
        storage::ThreadTable(tx).set_team(id, channel.team_id);
        storage::SidebarTable(tx).came_into_team(id, channel.team_id);
        tx.emit(ChannelUpdated{channel, before, actor.user_id});

        auto administrator =
            found(members.find(id, actor.user_id), "app.channel.get_member.missing.app_error");
        administrator.scheme_admin = true;
        members.set_roles(administrator, tx.now());
        tx.emit(ChannelMemberUpdated{
            found(members.find(id, actor.user_id), "app.channel.get_member.missing.app_error"),
            actor.user_id});
        json::array ids;
        for (const auto& member : members.user_ids(id)) ids.emplace_back(member.text());
        write_system_post(
            tx, place_of(channel), actor.user_id, actor.username, "system_gm_to_channel",
            actor.username + " made a private channel of this group message.",
            {{"convertedByUsername", actor.username}, {"gmMembersDuringConversionIDs", std::move(ids)}});
        return found(table.find(id), "app.channel.get.existing.app_error");
    });
}

}  // namespace concordat::messaging
