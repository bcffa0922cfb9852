#include "identity/ldap/nesting.hpp"

#include <set>

#include "identity/ldap/directory.hpp"
#include "identity/ldap/filter.hpp"

namespace concordat::identity {
namespace {

// So that the uid "x" and the name "x" are two members.
std::string uid_key(const std::string& uid) {
    return "uid:" + uid;
}

}  // namespace

void Nesting::add(const DirectoryGroup& group, bool is_told) {
    const auto place = groups_.size();
    groups_.push_back({ldap::normal_dn(group.dn), group.remote_id, is_told});
    for (const auto& member : group.members) {
        const auto name = ldap::normal_dn(member);
        holders_[name.empty() ? uid_key(member) : name].push_back(place);
    }
}

std::vector<std::string> Nesting::groups_of(const std::string& name, const std::string& uid) const {
    std::set<std::size_t> seen;
    std::vector<std::string> open{name};
    if (!uid.empty()) open.push_back(uid_key(uid));
    std::set<std::string> ids;
    while (!open.empty()) {
        const auto member = std::move(open.back());
        open.pop_back();
        const auto at = holders_.find(member);
        if (at == holders_.end()) continue;
        for (const auto place : at->second) {
            if (!seen.insert(place).second) continue;
            const auto& group = groups_[place];
            if (group.is_told && !group.remote_id.empty()) ids.insert(group.remote_id);
            open.push_back(group.name);
        }
    }
    return {ids.begin(), ids.end()};
}

}  // namespace concordat::identity
