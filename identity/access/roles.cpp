#include "identity/access/roles.hpp"

#include "core/base/text.hpp"
#include "core/model/facts.hpp"
#include "identity/access/builtin_roles.hpp"
#include "identity/access/moderation.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/roles.hpp"
#include "storage/tables/schemes.hpp"

namespace concordat::identity {
namespace {

Role role_of(const BuiltinRole& built_in, Millis now) {
    Role role;
    role.id = RoleId::fresh(now);
    role.name = built_in.name;
    role.display_name = built_in.display_name;
    role.description = built_in.description;
    role.create_at = role.update_at = now;
    role.permissions = built_in.permissions;
    role.scheme_managed = built_in.scheme_managed;
    role.built_in = built_in.built_in;
    return role;
}

}  // namespace

Error role_is_missing(const std::string& name) {
    return Error(Fault::internal, "app.role.get_by_name.app_error", "Unable to get role.",
                 "a role is missing: " + name);
}

void Roles::prepare() {
    db_.transact([&](storage::Tx& tx) {
        for (const auto& built_in : builtin_roles()) {
            storage::RoleTable(tx).insert_if_absent(role_of(built_in, tx.now()));
        }
    });
    load();
}

void Roles::load() {
    auto table = std::make_shared<Table>();
    std::vector<storage::SchemeTable::RoleAbove> above;
    db_.read([&](storage::Tx& tx) {
        for (auto& role : storage::RoleTable(tx).all()) {
            auto allowed = permissions_from(role.permissions);
            auto name = role.name;
            table->emplace(std::move(name), Known{std::move(role), allowed});
        }
        above = storage::SchemeTable(tx).roles_above();
    });
    std::map<std::string, Permissions> limits;  // of several above, what all of them hold
    for (const auto& pair : above) {
        const auto at = table->find(pair.above);
        const auto held = at == table->end() ? Permissions() : at->second.allowed;
        const auto [limit, is_new] = limits.try_emplace(pair.role, held);
        if (!is_new) limit->second &= held;
    }
    for (const auto& [name, limit] : limits) {
        const auto at = table->find(name);
        if (at == table->end()) continue;
        at->second.allowed = within(at->second.allowed, limit);
        at->second.role.permissions = names_of(at->second.allowed);
    }
    std::lock_guard lock(mutex_);
    table_ = std::move(table);
}

void Roles::on_facts(const std::vector<storage::Fact>& facts) {
    for (const auto& fact : facts)
        if (fact.is<RoleUpdated>() || fact.is<SchemeChanged>() || fact.is<TeamSchemeChanged>() ||
            fact.is<ChannelSchemeChanged>())
            return load();
}

std::shared_ptr<const Roles::Table> Roles::table() const {
    std::lock_guard lock(mutex_);
    return table_;
}

Permissions Roles::allowed_by(std::string_view names) const {
    return allowed_by(split_words(names));
}

Permissions Roles::allowed_by(const std::vector<std::string>& names) const {
    const auto known = table();
    Permissions out;
    for (const auto& name : names)
        if (auto at = known->find(name); at != known->end() && at->second.role.delete_at == 0)
            out |= at->second.allowed;
    return out;
}

std::optional<Role> Roles::named(const std::string& name) const {
    const auto known = table();
    const auto at = known->find(name);
    if (at == known->end()) return std::nullopt;
    return at->second.role;
}

std::vector<Role> Roles::named(const std::vector<std::string>& names) const {
    std::vector<Role> out;
    for (const auto& name : names)
        if (auto role = named(name)) out.push_back(std::move(*role));
    return out;
}

std::optional<Role> Roles::find(const RoleId& id) const {
    const auto known = table();
    for (const auto& [name, entry] : *known)
        if (entry.role.id == id) return entry.role;
    return std::nullopt;
}

std::vector<Role> Roles::all() const {
    std::vector<Role> out;
    for (const auto& [name, entry] : *table()) out.push_back(entry.role);
    return out;
}

}  // namespace concordat::identity
