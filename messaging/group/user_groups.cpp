#include "messaging/group/user_groups.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/model/facts.hpp"
#include "messaging/conversation/names.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/users.hpp"

namespace concordat::messaging {
namespace {

constexpr const char* no_group = "app.group.no_rows";
constexpr const char* no_such_group = "There is no such group.";
constexpr const char* own_source = "custom";

Error name_is_anothers() {
    return {Fault::conflict, "app.custom_group.unique_name", "Another group has this name."};
}

Error no_longer_linked() {
    return {Fault::invalid, "app.group.group_syncable_already_deleted", "The group is not linked to it."};
}

// As a name that is mentioned: lower case letters, digits, dots, dashes, underscores.
bool is_group_name(const std::string& name) {
    return std::all_of(name.begin(), name.end(), [](const char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
    });
}

}  // namespace

struct UserGroups::Target {
    AnyId id;
    bool is_channel;
    bool may_make_admins;
};

bool UserGroups::may_read(const Actor& actor) const {
    return gate_.may(actor, Permission::sysconsole_read_user_management_groups);
}

RemoteGroups UserGroups::remote(const Actor& actor, const RemoteGroupQuery& query) {
    gate_.require(actor, Permission::sysconsole_read_user_management_groups);
    auto all = directories_.named(query.provider).group_names();
    std::map<std::string, UserGroup> known;
    for (auto& group :
         db_.read([&](storage::Tx& tx) { return storage::UserGroupTable(tx).of_provider(query.provider); }))
        known.emplace(*group.remote_id, group);
    const auto term = lower_ascii(query.term);
    RemoteGroups out;
    for (auto& group : all) {
        if (group.remote_id.empty()) continue;
        const auto at = known.find(group.remote_id);
        const bool is_linked = at != known.end(), is_configured = is_linked && at->second.has_syncables;
        if (!term.empty() && lower_ascii(group.name).find(term) == std::string::npos) continue;
        if (query.is_linked.value_or(is_linked) != is_linked) continue;
        if (query.is_configured.value_or(is_configured) != is_configured) continue;
        const auto place = static_cast<std::size_t>(out.count++);
        if (place < query.offset || place - query.offset >= query.limit) continue;
        auto& shown = out.groups.emplace_back();
        shown.primary_key = group.remote_id;
        shown.name = group.name;
        if (!is_linked) continue;
        shown.mattermost_group_id = at->second.id;
        shown.has_syncables = is_configured;
        shown.roles = at->second.roles;
    }
    return out;
}

void UserGroups::record(storage::Tx& tx, const Actor& actor, const UserGroup& group,
                        const std::string& attempt, const char* rule, const std::string& more) {
    identity::Trail trail("settings", attempt);
    trail.decision.actor_id = actor.user_id;
    if (group.source == "ldap") {
        trail.decision.service = "ldap";
        trail.decision.provider = group.provider;
    }
    trail.admitted(rule, "The group \"" + group.display_name + "\" (" +
                             group.remote_id.value.value_or(group.id.text()) + "). " + more);
    decisions_.record(tx, trail);
}

std::pair<UserGroup, bool> UserGroups::link(const Actor& actor, const std::string& provider,
                                            const std::string& remote_id, const std::string& attempt) {
    gate_.require(actor, Permission::sysconsole_write_user_management_groups);
    const auto found_there = directories_.named(provider).groups_among({remote_id});
    require(found_there.size() == 1 && found_there[0].remote_id == remote_id, Fault::not_found,
            "ent.ldap_groups.no_rows", "The directory has no such group, or more than one.");
    auto name = found_there[0].name.empty() ? remote_id : found_there[0].name;
    return db_.transact([&](storage::Tx& tx) {
        storage::UserGroupTable table(tx);
        auto group = table.of_remote(provider, remote_id);
        if (group && group->delete_at == 0) return std::pair(*group, false);
        const bool is_new = !group;
        if (is_new) {
            group.emplace();
            group->id = GroupId::fresh(tx.now());
            group->provider = provider;
            group->remote_id = remote_id;
            group->create_at = tx.now();
        }
        group->display_name = name;
        group->delete_at = 0;
        group->missing_at.reset();
        group->update_at = std::max(tx.now(), group->update_at + 1);
        if (is_new)
            table.insert(*group);
        else
            table.update(*group);
        record(tx, actor, *group, attempt, "group.linked");
        auto linked = table.find(group->id).value();
        tx.emit(GroupSaved{linked, actor.user_id});
        return std::pair(std::move(linked), is_new);
    });
}

void UserGroups::unlink(const Actor& actor, const std::string& provider, const std::string& remote_id,
                        const std::string& attempt) {
    gate_.require(actor, Permission::sysconsole_write_user_management_groups);
    db_.transact([&](storage::Tx& tx) {
        storage::UserGroupTable table(tx);
        auto group = found(table.of_remote(provider, remote_id), no_group, no_such_group);
        require(group.delete_at == 0, Fault::not_found, no_group, "The group is not linked.");
        group.delete_at = tx.now();
        group.update_at = std::max(tx.now(), group.update_at + 1);
        group.name.reset();  // free for another
        table.update(group);
        table.remove_members(group.id);
        tx.emit(GroupSaved{group, actor.user_id});
        record(tx, actor, group, attempt, "group.unlinked");
    });
}

UserGroup UserGroups::set_role(const Actor& actor, const std::string& provider, const std::string& remote_id,
                               const std::string& role, bool gives, const std::string& attempt) {
    gate_.require(actor, Permission::manage_system);
    const auto known = gate_.roles().named(role);
    if (!known || known->is_of_places() || role == "system_user" || role == "system_guest")
        throw bad_body("role");
    return db_.transact([&](storage::Tx& tx) {
        storage::UserGroupTable table(tx);
        auto group = found(table.of_remote(provider, remote_id), no_group, no_such_group);
        require(group.delete_at == 0, Fault::not_found, no_group, "The group is not linked.");
        std::string roles;
        for (const auto& word : split_words(group.roles))
            if (word != role && word != "-" + role) roles += word + " ";
        group.roles = roles + (gives ? "" : "-") + role;
        group.update_at = std::max(tx.now(), group.update_at + 1);
        table.update(group);
        record(tx, actor, group, attempt, gives ? "group.role_given" : "group.role_taken",
               "The role " + role + ".");
        return group;
    });
}

// To what the actor may see.
void UserGroups::narrow(const Actor& actor, storage::GroupQuery& query) const {
    query.only_referable = query.only_referable || !may_read(actor);
    query.without_custom = query.without_custom || !has_own();
}

std::vector<UserGroup> UserGroups::list(const Actor& actor, storage::GroupQuery query) {
    narrow(actor, query);
    return db_.read([&](storage::Tx& tx) { return storage::UserGroupTable(tx).select(query); });
}

std::int64_t UserGroups::count(const Actor& actor, storage::GroupQuery query) {
    narrow(actor, query);
    return db_.read([&](storage::Tx& tx) { return storage::UserGroupTable(tx).count(query); });
}

UserGroup UserGroups::get(const Actor& actor, const GroupId& id) {
    auto group = db_.read([&](storage::Tx& tx) { return storage::UserGroupTable(tx).find(id); });
    const bool is_own = group && group->source == own_source;
    if (is_own && !has_own()) group.reset();
    if (!may_read(actor) && !(group && group->allow_reference && (is_own || group->delete_at == 0)))
        throw lacks_permission("sysconsole_read_user_management_groups");
    return found(std::move(group), no_group, no_such_group);
}

void UserGroups::add_member_ids(std::vector<UserGroup>& groups) {
    std::map<GroupId, UserGroup*> by_id;
    std::vector<GroupId> ids;
    for (auto& group : groups) {
        by_id[group.id] = &group;
        ids.push_back(group.id);
        group.member_ids = std::vector<UserId>();
    }
    const auto all = db_.read([&](storage::Tx& tx) {
        return storage::UserGroupTable(tx).members_of(ids, false, most_member_ids + 1);
    });
    if (all.size() > static_cast<std::size_t>(most_member_ids)) throw bad_url("include_member_ids");
    for (const auto& [group, user] : all) by_id[group]->member_ids.value->push_back(user);
}

UserGroup UserGroups::linked(storage::Tx& tx, const GroupId& id) {
    auto group = found(storage::UserGroupTable(tx).find(id), no_group, no_such_group);
    require(group.delete_at == 0, Fault::not_found, no_group, "The group is not linked.");
    return group;
}

void check_group_shape(const UserGroupPatch& patch) {
    const auto name = patch.name ? lower_ascii(trimmed(*patch.name)) : std::string();
    if (name.size() > UserGroups::longest_name || !is_group_name(name)) throw bad_body("name");
    for (const char* reserved : {"all", "channel", "here", "system"})
        if (name == reserved) throw bad_body("name");
    if (patch.display_name && (trimmed(*patch.display_name).empty() ||
                               patch.display_name->size() > UserGroups::longest_display_name))
        throw bad_body("display_name");
    if (patch.description && patch.description->size() > UserGroups::longest_description)
        throw bad_body("description");
}

UserGroup UserGroups::write_patch(const Actor& actor, const GroupId& id, const UserGroupPatch& patch) {
    const auto name = patch.name ? lower_ascii(trimmed(*patch.name)) : std::string();
    return db_.transact([&](storage::Tx& tx) {
        storage::UserGroupTable table(tx);
        auto group = linked(tx, id);
        const bool is_own = group.source == own_source;
        if (is_own)
            require_own(actor, Permission::edit_custom_group);
        else
            gate_.require(actor, Permission::sysconsole_write_user_management_groups);
        require(name.empty() || !storage::UserTable(tx).by_username(name), Fault::conflict,
                "app.group.username_conflict", "A person has this name.");
        if (patch.name) group.name = name;
        if (patch.display_name) group.display_name = std::string(trimmed(*patch.display_name));
        if (patch.description) group.description = *patch.description;
        if (patch.allow_reference) group.allow_reference = *patch.allow_reference;
        require(!is_own || group.allow_reference, Fault::unsupported,
                "api.custom_groups.must_be_referenceable", "Groups that people make may be mentioned.");
        if (is_own && group.name.value_or("").empty()) throw bad_body("name");
        require(!group.allow_reference || !group.name.value_or("").empty(), Fault::invalid,
                "api.ldap_groups.existing_group_name_error",
                "A group that may be mentioned needs a name for it.");
        group.update_at = std::max(tx.now(), group.update_at + 1);
        table.update(group);
        auto after = table.find(id).value();
        tx.emit(GroupSaved{after, actor.user_id});
        return after;
    });
}

UserGroup UserGroups::patch(const Actor& actor, const GroupId& id, const UserGroupPatch& patch) {
    // Before it is said what exists.
    if (!gate_.may(actor, Permission::edit_custom_group))
        gate_.require(actor, Permission::sysconsole_write_user_management_groups);
    check_group_shape(patch);
    try {
        return write_patch(actor, id, patch);
    } catch (const Error& e) {
        if (e.id() != "storage.unique") throw;
        throw name_is_anothers();
    }
}

GroupMembers UserGroups::members(const Actor& actor, const GroupId& id, std::int64_t offset,
                                 std::int64_t limit) {
    get(actor, id);
    return db_.read([&](storage::Tx& tx) {
        storage::UserGroupTable table(tx);
        return GroupMembers{table.members(id, offset, limit), table.count_members(id)};
    });
}

std::vector<UserId> UserGroups::people(const Actor& actor, const storage::GroupPeopleQuery& query) {
    for (const auto& group : {query.in_group, query.not_in_group})
        if (!group.empty()) get(actor, group);
    if (!query.in_team.empty()) gate_.require_in_team(actor, Permission::view_team, query.in_team);
    for (const auto& channel : {query.in_channel, query.not_in_channel})
        if (!channel.empty() && !gate_.may_see(actor, channel)) throw lacks_permission("read_channel");
    return db_.read([&](storage::Tx& tx) { return storage::UserGroupTable(tx).people(query); });
}

std::vector<UserGroup> UserGroups::of_user(const Actor& actor, const UserId& user) {
    gate_.require_self_or(actor, user, Permission::sysconsole_read_user_management_groups);
    storage::GroupQuery query;
    query.user_id = user;
    query.limit = 1000;
    query.without_custom = !has_own();
    return db_.read([&](storage::Tx& tx) { return storage::UserGroupTable(tx).select(query); });
}

std::pair<std::vector<UserGroup>, std::int64_t> UserGroups::of_team(const Actor& actor, const TeamId& team,
                                                                    storage::GroupQuery query) {
    if (!may_read(actor)) gate_.require_in_team(actor, Permission::list_team_channels, team);
    query.linked_to = id_as<AnyId>(team);
    return db_.read([&](storage::Tx& tx) {
        storage::UserGroupTable table(tx);
        return std::pair(table.select(query), table.count(query));
    });
}

std::pair<std::vector<UserGroup>, std::int64_t> UserGroups::of_channel(const Actor& actor,
                                                                       const ChannelId& channel,
                                                                       storage::GroupQuery query) {
    const auto where =
        found(gate_.place(channel), "app.channel.get.existing.app_error", "There is no such channel.");
    if (!may_read(actor))
        gate_.require_in_channel(actor,
                                 where.type == "P" ? Permission::read_private_channel_groups
                                                   : Permission::read_public_channel_groups,
                                 channel);
    query.linked_to = id_as<AnyId>(channel);
    return db_.read([&](storage::Tx& tx) {
        storage::UserGroupTable table(tx);
        return std::pair(table.select(query), table.count(query));
    });
}

std::map<std::string, std::vector<UserGroup>> UserGroups::of_channels(const Actor& actor,
                                                                      const TeamId& team) {
    gate_.require_in_team(actor, Permission::list_team_channels, team);
    return db_.read([&](storage::Tx& tx) {
        storage::UserGroupTable table(tx);
        std::map<std::string, std::vector<UserGroup>> out;
        for (const auto& [channel, group] : table.channels_of_team(team)) {
            if (!gate_.may_see(actor, id_as<ChannelId>(channel)) && !may_read(actor)) continue;
            auto& groups = out[channel.text()];
            groups.push_back(table.find(group).value());
            groups.back().scheme_admin = table.place(group, channel).value().scheme_admin;
        }
        return out;
    });
}

std::vector<GroupPlace> UserGroups::places(const Actor& actor, const GroupId& id, bool channels) {
    gate_.require(actor, Permission::sysconsole_read_user_management_groups);
    return db_.read([&](storage::Tx& tx) {
        found(storage::UserGroupTable(tx).find(id), no_group, no_such_group);
        return storage::UserGroupTable(tx).places_of(id, channels);
    });
}

GroupPlace UserGroups::place(const Actor& actor, const GroupId& id, const AnyId& place) {
    gate_.require(actor, Permission::sysconsole_read_user_management_groups);
    auto known =
        found(db_.read([&](storage::Tx& tx) { return storage::UserGroupTable(tx).place(id, place); }),
              no_group, "The group is not linked to it.");
    require(known.delete_at == 0, Fault::not_found, no_group, "The group is not linked to it.");
    return known;
}

GroupPlace UserGroups::team(const Actor& actor, const GroupId& id, const TeamId& team) {
    return place(actor, id, id_as<AnyId>(team));
}
GroupPlace UserGroups::channel(const Actor& actor, const GroupId& id, const ChannelId& channel) {
    return place(actor, id, id_as<AnyId>(channel));
}

UserGroups::Target UserGroups::target(const Actor& actor, const TeamId& team) {
    gate_.require_in_team(actor, Permission::manage_team, team);
    require(gate_.has_team(team), Fault::not_found, "app.team.get.find.app_error", "There is no such team.");
    return {id_as<AnyId>(team), false, gate_.may_in_team(actor, Permission::manage_team_roles, team)};
}

UserGroups::Target UserGroups::target(const Actor& actor, const ChannelId& channel) {
    const auto where =
        found(gate_.place(channel), "app.channel.get.existing.app_error", "There is no such channel.");
    require(!where.is_between_people(), Fault::invalid, "api.channel.add_user_to_channel.type.app_error",
            "Groups are not linked to messages between people.");
    gate_.require_in_channel(actor,
                             where.type == "P" ? Permission::manage_private_channel_members
                                               : Permission::manage_public_channel_members,
                             channel);
    return {id_as<AnyId>(channel), true,
            gate_.may_in_channel(actor, Permission::manage_channel_roles, channel)};
}

GroupPlace UserGroups::put(const Actor& actor, const GroupId& id, const Target& target,
                           const GroupPlacePatch& how, bool is_new) {
    get(actor, id);
    return db_.transact([&](storage::Tx& tx) {
        storage::UserGroupTable table(tx);
        require(linked(tx, id).source != own_source, Fault::unsupported, "app.group.crud_permission",
                "Groups that people make are not linked to teams and channels.");
        auto place = table.place(id, target.id);
        const bool is_there = place && place->delete_at == 0;
        if (!is_there && !is_new) throw no_longer_linked();
        if (!is_there) {
            place.emplace();
            place->create_at = tx.now();
        }
        place->group_id = id;
        place->place_id = target.id;
        place->is_channel = target.is_channel;
        if (how.scheme_admin.value_or(place->scheme_admin) != place->scheme_admin && !target.may_make_admins)
            throw lacks_permission(target.is_channel ? "manage_channel_roles" : "manage_team_roles");
        place->auto_add = how.auto_add.value_or(place->auto_add);
        place->scheme_admin = how.scheme_admin.value_or(place->scheme_admin);
        place->update_at = std::max(tx.now(), place->update_at + 1);
        table.put(*place);
        if (!is_there) tx.emit(GroupLinkChanged{id, target.id, target.is_channel, true, actor.user_id});
        return table.place(id, target.id).value();
    });
}

void UserGroups::unlink(const Actor& actor, const GroupId& id, const Target& target) {
    get(actor, id);
    db_.transact([&](storage::Tx& tx) {
        storage::UserGroupTable table(tx);
        auto place = found(table.place(id, target.id), no_group, "The group is not linked to it.");
        if (place.delete_at > 0) throw no_longer_linked();
        if (place.scheme_admin && !target.may_make_admins)
            throw lacks_permission(target.is_channel ? "manage_channel_roles" : "manage_team_roles");
        place.delete_at = tx.now();
        place.update_at = std::max(tx.now(), place.update_at + 1);
        table.put(place);
        tx.emit(GroupLinkChanged{id, target.id, target.is_channel, false, actor.user_id});
    });
}

GroupPlace UserGroups::link_team(const Actor& actor, const GroupId& id, const TeamId& team,
                                 const GroupPlacePatch& how) {
    return put(actor, id, target(actor, team), how, true);
}
GroupPlace UserGroups::link_channel(const Actor& actor, const GroupId& id, const ChannelId& channel,
                                    const GroupPlacePatch& how) {
    return put(actor, id, target(actor, channel), how, true);
}
GroupPlace UserGroups::patch_team(const Actor& actor, const GroupId& id, const TeamId& team,
                                  const GroupPlacePatch& how) {
    return put(actor, id, target(actor, team), how, false);
}
GroupPlace UserGroups::patch_channel(const Actor& actor, const GroupId& id, const ChannelId& channel,
                                     const GroupPlacePatch& how) {
    return put(actor, id, target(actor, channel), how, false);
}
void UserGroups::unlink_team(const Actor& actor, const GroupId& id, const TeamId& team) {
    unlink(actor, id, target(actor, team));
}
void UserGroups::unlink_channel(const Actor& actor, const GroupId& id, const ChannelId& channel) {
    unlink(actor, id, target(actor, channel));
}

std::vector<ChannelGroupCount> UserGroups::channel_counts(const ChannelId& channel) {
    std::vector<ChannelGroupCount> out;
    db_.read([&](storage::Tx& tx) {
        for (const auto& [group, count] : storage::UserGroupTable(tx).channel_counts(channel, !has_own()))
            out.push_back({group, count});
    });
    return out;
}

GroupMembers UserGroups::leavers(const AnyId& place, const std::vector<GroupId>& groups, std::int64_t offset,
                                 std::int64_t limit) {
    auto found = db_.read(
        [&](storage::Tx& tx) { return storage::UserGroupTable(tx).leavers(place, groups, offset, limit); });
    return {std::move(found.first), found.second};
}

void UserGroups::constrain_team(const Actor& actor, const TeamId& team, bool is_constrained) {
    const auto place = target(actor, team);
    db_.transact(
        [&](storage::Tx& tx) { storage::UserGroupTable(tx).constrain(place.id, false, is_constrained); });
}

void UserGroups::constrain_channel(const Actor& actor, const ChannelId& channel, bool is_constrained) {
    const auto place = target(actor, channel);
    require(!is_constrained || gate_.place(channel)->name != town_square, Fault::invalid,
            "api.channel.update_channel.group_constrained", "The default channel is for everybody.");
    db_.transact(
        [&](storage::Tx& tx) { storage::UserGroupTable(tx).constrain(place.id, true, is_constrained); });
}

}  // namespace concordat::messaging
