#include "messaging/group/provisioned_groups.hpp"

#include <algorithm>

#include "core/base/text.hpp"
#include "core/model/facts.hpp"
#include "storage/database/database.hpp"

namespace concordat::messaging {
namespace {

using identity::ScimError;

ScimError no_such_provisioned() {
    return {404, "", "There is no such group among those that this client provisions."};
}

identity::Trail provisioning_trail(const storage::ScimClient& client, const std::string& attempt) {
    identity::Trail trail("provisioning", attempt);
    trail.decision.service = client.service;
    trail.decision.provider = client.provider;
    trail.noted("scim.client", client.name);
    return trail;
}

std::string in_words(std::size_t added, std::size_t removed) {
    return std::to_string(added) + " came, " + std::to_string(removed) + " went.";
}

std::string quoted(const std::string& name) {
    return "The group \"" + name + "\".";
}

bool is_same(const std::string& a, const std::string& b) {
    return lower_ascii(a) == lower_ascii(b);
}

}  // namespace

UserGroup ProvisionedGroups::owned(storage::Tx& tx, const storage::ScimClient& client, const GroupId& id) {
    const auto group = storage::UserGroupTable(tx).lock(id);
    if (!group || group->source != source || group->provider != client.id.text() || group->delete_at > 0)
        throw no_such_provisioned();
    return *group;
}

// Those whom the client made; all of these ids must be such.
std::vector<UserId> ProvisionedGroups::people(storage::Tx& tx, const storage::ScimClient& client,
                                              const std::vector<std::string>& ids) {
    std::vector<UserId> out;
    for (const auto& id : ids)
        if (looks_like_id(id)) out.push_back(UserId::from_text(id));
    if (out.size() != ids.size() ||
        storage::ScimTable(tx).count_people(client.id, out) != static_cast<std::int64_t>(ids.size()))
        throw ScimError(400, "invalidValue",
                        "One of the members is not among the people that this client provisions.");
    return out;
}

// A name or an externalId means one group of the client.
void ProvisionedGroups::refuse_twins(storage::Tx& tx, const storage::ScimClient& client,
                                     const UserGroup& group) {
    for (const auto& other : storage::UserGroupTable(tx).of_provider(client.id.text(), source)) {
        if (other.id == group.id) continue;
        if (is_same(other.display_name, group.display_name) ||
            (group.remote_id && other.remote_id == group.remote_id))
            throw ScimError(409, "uniqueness",
                            "This client has a group with that displayName or externalId.");
    }
}

// Whom to look at afterwards: all that were named, also those for whom nothing changed.
std::vector<UserId> ProvisionedGroups::set_members(storage::Tx& tx, const storage::ScimClient& client,
                                                   const UserGroup& group,
                                                   const identity::ScimGroupChange& change,
                                                   identity::Trail& trail) {
    storage::UserGroupTable table(tx);
    std::vector<std::string> entering;
    std::vector<UserId> leaving;
    for (const auto& [id, is_in] : change.members) {
        if (is_in)
            entering.push_back(id);
        else if (looks_like_id(id))
            leaving.push_back(UserId::from_text(id));
    }
    const auto wanted = people(tx, client, entering);
    if (change.empties)
        for (const auto& [user, is_active] : table.everybody(group.id))
            if (std::find(wanted.begin(), wanted.end(), user) == wanted.end()) leaving.push_back(user);
    const auto removed = table.remove_members(group.id, leaving);
    const auto added = table.add_members(group.id, wanted);
    if (table.everybody(group.id).size() > most_members)
        throw ScimError(400, "invalidValue", "A group has at most 10000 members.");
    if (!added.empty() || !removed.empty()) {
        tx.emit(GroupMembersChanged{group.id, added, removed, UserId()});
        trail.passed("scim.group_members", in_words(added.size(), removed.size()));
    }
    auto touched = wanted;
    touched.insert(touched.end(), leaving.begin(), leaving.end());
    return touched;
}

ProvisionedGroup ProvisionedGroups::write(const storage::ScimClient& client, const std::optional<GroupId>& id,
                                          const identity::ScimGroupChange& change,
                                          const std::string& attempt) {
    const auto trail = provisioning_trail(client, attempt);
    GroupId written;
    std::vector<UserId> touched;
    try {
        db_.transact([&](storage::Tx& tx) {
            auto entry = trail;
            storage::UserGroupTable table(tx);
            UserGroup group;
            if (id) {
                group = owned(tx, client, *id);
            } else {
                require(table.of_provider(client.id.text(), source).size() < most_groups, Fault::invalid,
                        "identity.scim.most_groups", "A client has at most 10000 groups.");
                group.id = GroupId::fresh(tx.now());
                group.source = source;
                group.provider = client.id.text();
                group.create_at = tx.now();
            }
            const auto before = group;
            if (change.display_name) group.display_name = *change.display_name;
            if (change.external_id && change.external_id->empty()) group.remote_id = {};
            if (change.external_id && !change.external_id->empty()) group.remote_id = *change.external_id;
            const bool is_renamed =
                group.display_name != before.display_name || group.remote_id != before.remote_id;
            if (is_renamed) refuse_twins(tx, client, group);
            group.update_at = std::max(tx.now(), group.update_at + 1);
            if (id)
                table.update(group);
            else
                table.insert(group);
            written = group.id;
            touched = set_members(tx, client, group, change, entry);
            if (!id || is_renamed) tx.emit(GroupSaved{table.find(group.id).value(), UserId()});
            entry.admitted(id ? "scim.group_changed" : "scim.group_made", quoted(group.display_name));
            decisions_.record(tx, entry);
        });
    } catch (const ScimError& e) {
        auto entry = trail;
        entry.refused("scim.refused", e.text());
        decisions_.record(entry);
        throw;
    } catch (const Error& e) {
        if (e.id() != "storage.unique" && e.id() != "identity.scim.most_groups") throw;
        auto entry = trail;
        entry.refused("scim.refused", e.text());
        decisions_.record(entry);
        if (e.id() != "storage.unique") throw ScimError(400, "tooMany", e.text());
        throw ScimError(409, "uniqueness", "This client has a group with that externalId.");
    }
    membership_.follow(touched, client.service, attempt);
    return get(client, written);
}

ProvisionedGroup ProvisionedGroups::create(const storage::ScimClient& client,
                                           const identity::ScimGroup& wanted, const std::string& attempt) {
    identity::ScimGroupChange change;
    change.display_name = wanted.display_name;
    change.external_id = wanted.external_id;
    for (const auto& member : wanted.members) change.members[member] = true;
    return write(client, std::nullopt, change, attempt);
}

ProvisionedGroup ProvisionedGroups::replace(const storage::ScimClient& client, const GroupId& id,
                                            const identity::ScimGroup& wanted, const std::string& attempt) {
    identity::ScimGroupChange change;
    change.display_name = wanted.display_name;
    change.external_id = wanted.external_id;
    change.empties = true;
    for (const auto& member : wanted.members) change.members[member] = true;
    return write(client, id, change, attempt);
}

ProvisionedGroup ProvisionedGroups::change(const storage::ScimClient& client, const GroupId& id,
                                           const identity::ScimGroupChange& change,
                                           const std::string& attempt) {
    return write(client, id, change, attempt);
}

void ProvisionedGroups::remove(const storage::ScimClient& client, const GroupId& id,
                               const std::string& attempt) {
    const auto left = db_.transact([&](storage::Tx& tx) {
        storage::UserGroupTable table(tx);
        auto group = owned(tx, client, id);
        auto everybody = table.followers(id);
        table.remove_members(id);
        group.update_at = std::max(tx.now(), group.update_at + 1);
        group.delete_at = group.update_at;
        group.remote_id = {};  // both are free for another
        group.name.reset();
        table.update(group);
        tx.emit(GroupSaved{group, UserId()});
        auto trail = provisioning_trail(client, attempt);
        trail.admitted("scim.group_removed", quoted(group.display_name));
        decisions_.record(tx, trail);
        return everybody;
    });
    membership_.follow(left, client.service, attempt);
}

void ProvisionedGroups::remove_all(const storage::ScimClient& client, const std::string& attempt) {
    const auto all = db_.read(
        [&](storage::Tx& tx) { return storage::UserGroupTable(tx).of_provider(client.id.text(), source); });
    for (const auto& group : all) remove(client, group.id, attempt);
}

ProvisionedGroup ProvisionedGroups::get(const storage::ScimClient& client, const GroupId& id) {
    return db_.read([&](storage::Tx& tx) {
        storage::UserGroupTable table(tx);
        const auto group = table.find(id);
        if (!group || group->source != source || group->provider != client.id.text() || group->delete_at > 0)
            throw no_such_provisioned();
        ProvisionedGroup out{*group, {}};
        for (const auto& [user, is_active] : table.everybody(id)) out.members.push_back(user);
        return out;
    });
}

bool ProvisionedGroups::holds(storage::Tx& tx, const UserGroup& group, const identity::ScimFilter& filter) {
    if (filter.attribute == "displayname") return is_same(group.display_name, filter.value);
    if (filter.attribute == "externalid") return group.remote_id.value.value_or("") == filter.value;
    if (filter.attribute == "id") return group.id.text() == filter.value;
    if (!looks_like_id(filter.value)) return false;
    const auto user = UserId::from_text(filter.value);
    const auto in = storage::UserGroupTable(tx).memberships({user});
    return std::any_of(in.begin(), in.end(), [&](const auto& m) { return m.group_id == group.id; });
}

ProvisionedGroupPage ProvisionedGroups::list(const storage::ScimClient& client,
                                             const std::vector<identity::ScimFilter>& filters,
                                             std::int64_t start_index, std::int64_t count,
                                             bool with_members) {
    ProvisionedGroupPage page;
    page.start_index = std::max<std::int64_t>(start_index, 1);
    count = std::clamp<std::int64_t>(count, 0, most_listed);
    db_.read([&](storage::Tx& tx) {
        storage::UserGroupTable table(tx);
        auto all = table.of_provider(client.id.text(), source);
        for (const auto& filter : filters)
            std::erase_if(all, [&](const UserGroup& group) { return !holds(tx, group, filter); });
        page.total = static_cast<std::int64_t>(all.size());
        std::map<GroupId, std::size_t> places;
        std::vector<GroupId> ids;
        for (auto at = page.start_index - 1; at < page.total && std::ssize(page.groups) < count; ++at) {
            auto& group = all[static_cast<std::size_t>(at)];
            places[group.id] = page.groups.size();
            ids.push_back(group.id);
            page.groups.push_back({std::move(group), {}});
        }
        if (!with_members) return;
        const auto members = table.members_of(ids, true, most_members_listed + 1);
        if (std::ssize(members) > most_members_listed)
            throw ScimError(400, "tooMany", "These groups have too many members: ask for fewer groups.");
        for (const auto& [group, user] : members) page.groups[places[group]].members.push_back(user);
    });
    return page;
}

void ProvisionedGroups::follow(const GroupId& id, const std::string& attempt) {
    const auto everybody = db_.read([&](storage::Tx& tx) {
        storage::UserGroupTable table(tx);
        const auto group = table.find(id);
        return group && group->source == source ? table.followers(id) : std::vector<UserId>();
    });
    membership_.follow(everybody, "", attempt);
}

void ProvisionedGroups::settle() {
    const auto everybody =
        db_.read([&](storage::Tx& tx) { return storage::UserGroupTable(tx).followers_of_source(source); });
    membership_.follow(everybody, "", "");
}

}  // namespace concordat::messaging
