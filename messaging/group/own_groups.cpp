// Groups that people make: UserGroups::make() and the calls after it.
#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/model/facts.hpp"
#include "messaging/group/user_groups.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/users.hpp"

namespace concordat::messaging {
namespace {

constexpr const char *made_by_people = "custom", *unknown_group = "app.group.no_rows";

std::vector<UserId> each_once(std::vector<UserId> users) {
    std::sort(users.begin(), users.end());
    users.erase(std::unique(users.begin(), users.end()), users.end());
    return users;
}

std::string head_count(std::size_t count) {
    return std::to_string(count) + (count == 1 ? " person." : " people.");
}

}  // namespace

void UserGroups::require_own(const Actor& actor, Permission permission) const {
    require(has_own(), Fault::unsupported, "api.custom_groups.feature_disabled",
            "People make no groups here (ServiceSettings.EnableCustomGroups).");
    gate_.require(actor, permission);
}

UserGroup UserGroups::own(storage::Tx& tx, const GroupId& id) {
    auto group = found(storage::UserGroupTable(tx).lock(id), unknown_group, "There is no such group.");
    require(group.source == made_by_people, Fault::unsupported, "app.group.crud_permission",
            "This group comes from a directory or from provisioning, and is changed there.");
    return group;
}

void UserGroups::check_people(storage::Tx& tx, const std::vector<UserId>& users) {
    if (users.size() > most_members_at_once) throw bad_body("user_ids");
    const auto known = storage::UserTable(tx).find(users);
    const auto active =
        std::count_if(known.begin(), known.end(), [](const User& u) { return u.delete_at == 0; });
    if (static_cast<std::size_t>(active) != users.size()) throw bad_body("user_ids");
}

UserGroup UserGroups::make(const Actor& actor, const NewGroup& wanted, const std::string& attempt) {
    require_own(actor, Permission::create_custom_group);
    require(wanted.source == made_by_people, Fault::unsupported, "app.group.crud_permission",
            "People make groups of the source custom.");
    require(wanted.allow_reference, Fault::unsupported, "api.custom_groups.must_be_referenceable",
            "Groups that people make may be mentioned.");
    require(wanted.remote_id.value_or("").empty(), Fault::unsupported, "api.custom_groups.no_remote_id",
            "Groups that people make have no remote id.");
    UserGroupPatch shape;
    shape.name = wanted.name;
    shape.display_name = wanted.display_name;
    shape.description = wanted.description;
    check_group_shape(shape);
    const auto name = lower_ascii(trimmed(wanted.name));
    if (name.empty()) throw bad_body("name");
    const auto users = each_once(wanted.user_ids);
    try {
        return db_.transact([&](storage::Tx& tx) {
            storage::UserGroupTable table(tx);
            require(!storage::UserTable(tx).by_username(name), Fault::conflict, "app.group.username_conflict",
                    "A person has this name.");
            storage::GroupQuery all;
            all.source = made_by_people;
            all.with_unlinked = true;
            require(table.count(all) < most_groups, Fault::invalid, "app.custom_group.most_groups",
                    "There are as many groups as there may be, deleted ones included.");
            check_people(tx, users);
            UserGroup group;
            group.id = GroupId::fresh(tx.now());
            group.source = made_by_people;
            group.name = name;
            group.display_name = std::string(trimmed(wanted.display_name));
            group.description = wanted.description;
            group.allow_reference = true;
            group.create_at = group.update_at = tx.now();
            table.insert(group);
            const auto added = table.add_members(group.id, users);
            record(tx, actor, group, attempt, "group.made", head_count(added.size()));
            auto made = table.find(group.id).value();
            tx.emit(GroupSaved{made, actor.user_id});
            if (!added.empty()) tx.emit(GroupMembersChanged{group.id, added, {}, actor.user_id});
            return made;
        });
    } catch (const Error& e) {
        if (e.id() != "storage.unique") throw;
        throw Error(Fault::conflict, "app.custom_group.unique_name", "Another group has this name.");
    }
}

UserGroup UserGroups::remove(const Actor& actor, const GroupId& id, const std::string& attempt) {
    require_own(actor, Permission::delete_custom_group);
    return db_.transact([&](storage::Tx& tx) {
        auto group = own(tx, id);
        require(group.delete_at == 0, Fault::not_found, unknown_group, "The group is deleted already.");
        group.update_at = std::max(tx.now(), group.update_at + 1);
        group.delete_at = group.update_at;
        storage::UserGroupTable(tx).update(group);
        record(tx, actor, group, attempt, "group.deleted");
        tx.emit(GroupSaved{group, actor.user_id});
        return group;
    });
}

UserGroup UserGroups::restore(const Actor& actor, const GroupId& id, const std::string& attempt) {
    require_own(actor, Permission::restore_custom_group);
    return db_.transact([&](storage::Tx& tx) {
        auto group = own(tx, id);
        require(group.delete_at > 0, Fault::not_found, unknown_group, "The group is not deleted.");
        require(!storage::UserTable(tx).by_username(group.name.value_or("")), Fault::conflict,
                "app.group.username_conflict", "A person has this name now.");
        group.update_at = std::max(tx.now(), group.update_at + 1);
        group.delete_at = 0;
        storage::UserGroupTable(tx).update(group);
        record(tx, actor, group, attempt, "group.restored");
        tx.emit(GroupSaved{group, actor.user_id});
        return group;
    });
}

std::vector<GroupMember> UserGroups::add_members(const Actor& actor, const GroupId& id,
                                                 const std::vector<UserId>& wanted,
                                                 const std::string& attempt) {
    require_own(actor, Permission::manage_custom_group_members);
    const auto users = each_once(wanted);
    return db_.transact([&](storage::Tx& tx) {
        storage::UserGroupTable table(tx);
        const auto group = own(tx, id);
        require(group.delete_at == 0, Fault::not_found, unknown_group, "The group is deleted.");
        check_people(tx, users);
        const auto added = table.add_members(id, users);
        require(table.count_members(id) <= most_members, Fault::invalid, "app.group.most_members",
                "A group has at most 10,000 members.");
        std::vector<GroupMember> out;
        for (const auto& user : users) out.push_back({id, user, tx.now(), 0});
        if (added.empty()) return out;
        record(tx, actor, group, attempt, "group.members_added", head_count(added.size()));
        tx.emit(GroupMembersChanged{id, added, {}, actor.user_id});
        return out;
    });
}

std::vector<GroupMember> UserGroups::remove_members(const Actor& actor, const GroupId& id,
                                                    const std::vector<UserId>& wanted,
                                                    const std::string& attempt) {
    require_own(actor, Permission::manage_custom_group_members);
    const auto users = each_once(wanted);
    if (users.size() > most_members_at_once) throw bad_body("user_ids");
    return db_.transact([&](storage::Tx& tx) {
        const auto group = own(tx, id);
        require(group.delete_at == 0, Fault::not_found, unknown_group, "The group is deleted.");
        const auto removed = storage::UserGroupTable(tx).remove_members(id, users);
        std::vector<GroupMember> out;
        for (const auto& user : removed) out.push_back({id, user, tx.now(), tx.now()});
        if (removed.empty()) return out;
        record(tx, actor, group, attempt, "group.members_removed", head_count(removed.size()));
        tx.emit(GroupMembersChanged{id, {}, removed, actor.user_id});
        return out;
    });
}

}  // namespace concordat::messaging
