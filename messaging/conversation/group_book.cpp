#include "messaging/conversation/group_book.hpp"

#include <algorithm>
#include <mutex>

#include "core/model/facts.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/user_groups.hpp"

namespace concordat::messaging {

void GroupBook::load() {
    for (const auto& group :
         db_.read([](storage::Tx& tx) { return storage::UserGroupTable(tx).referable(); }))
        note(group);
}

void GroupBook::note(const UserGroup& group) {
    std::unique_lock lock(mutex_);
    std::erase_if(names_, [&](const auto& entry) { return entry.second.id == group.id; });
    const auto name = group.name.value_or("");
    if (group.allow_reference && group.delete_at == 0 && !name.empty())
        names_[name] = {group.id, group.display_name, group.source == "custom"};
}

void GroupBook::forget(const GroupId& id) {
    std::unique_lock lock(mutex_);
    ++changes_;
    const auto at = members_.find(id);
    if (at == members_.end()) return;
    kept_ -= at->second.all.size();
    members_.erase(at);
}

// Groups of somebody who was deactivated, or came back, are read again.
void GroupBook::note_activity(const UserId& user, bool is_active) {
    std::unique_lock lock(mutex_);
    ++changes_;
    std::erase_if(members_, [&](const auto& entry) {
        const auto& all = entry.second.all;
        const auto at = std::lower_bound(all.begin(), all.end(), std::pair(user, false));
        if (at == all.end() || at->first != user || at->second == is_active) return false;
        kept_ -= all.size();
        return true;
    });
}

void GroupBook::on_facts(const std::vector<storage::Fact>& facts) {
    for (const auto& fact : facts) {
        if (fact.is<GroupSaved>()) {
            const auto group = fact.as<GroupSaved>().group;
            note(group);
            if (group.delete_at > 0) forget(group.id);
        } else if (fact.is<GroupMembersChanged>()) {
            forget(fact.as<GroupMembersChanged>().group_id);
        } else if (fact.is<UserUpdated>()) {
            const auto user = fact.as<UserUpdated>().user;
            note_activity(user.id, user.delete_at == 0);
        }
    }
}

bool GroupBook::is_empty() const {
    std::shared_lock lock(mutex_);
    return names_.empty();
}

std::optional<GroupBook::Named> GroupBook::named(std::string_view name) const {
    std::shared_lock lock(mutex_);
    const auto at = names_.find(name);
    if (at == names_.end()) return std::nullopt;
    return at->second;
}

std::shared_ptr<const std::vector<UserId>> GroupBook::members(const GroupId& id) {
    std::uint64_t before = 0;
    {
        std::shared_lock lock(mutex_);
        if (const auto at = members_.find(id); at != members_.end()) return at->second.active;
        before = changes_;
    }
    Members read;
    read.all = db_.read([&](storage::Tx& tx) { return storage::UserGroupTable(tx).everybody(id); });
    std::vector<UserId> active;
    for (const auto& [user, is_active] : read.all)
        if (is_active) active.push_back(user);
    read.active = std::make_shared<const std::vector<UserId>>(std::move(active));
    auto out = read.active;
    std::unique_lock lock(mutex_);
    if (before != changes_ || read.all.size() > most_kept) return out;
    if (kept_ + read.all.size() > most_kept) {
        members_.clear();
        kept_ = 0;
    }
    const auto size = read.all.size();
    if (members_.emplace(id, std::move(read)).second) kept_ += size;
    return out;
}

}  // namespace concordat::messaging
