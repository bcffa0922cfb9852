#include "identity/scheme/schemes.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/model/facts.hpp"
#include "core/model/permission.hpp"
#include "identity/access/builtin_roles.hpp"
#include "identity/access/gate.hpp"
#include "identity/access/moderation.hpp"
#include "identity/access/roles.hpp"
#include "identity/decision/decisions.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/channels.hpp"
#include "storage/tables/roles.hpp"
#include "storage/tables/schemes.hpp"
#include "storage/tables/teams.hpp"

namespace concordat::identity {
namespace {

const std::string team_scope = "team", channel_scope = "channel";
constexpr std::int64_t every = 1'000'000'000;
constexpr const char* wrong_scheme = "app.scheme.save.invalid_scheme.app_error";

// What is not said of a scheme of teams is copied from these.
struct Slot {
    std::string Scheme::*role;
    const char* built_in;
    const char* title;
    bool is_of_team;
};
constexpr Slot slots[] = {
    {&Scheme::default_team_admin_role, "team_admin", "Team administrator", true},
    {&Scheme::default_team_user_role, "team_user", "Team member", true},
    {&Scheme::default_team_guest_role, "team_guest", "Team guest", true},
    {&Scheme::default_channel_admin_role, "channel_admin", "Channel administrator", false},
    {&Scheme::default_channel_user_role, "channel_user", "Channel member", false},
    {&Scheme::default_channel_guest_role, "channel_guest", "Channel guest", false},
};

bool is_name(const std::string& name) {
    return !name.empty() && name.size() <= Schemes::longest_name &&
           name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") == name.npos;
}

void check(const Scheme& scheme) {
    const auto valid = [](bool holds, const char* text) {
        require(holds, Fault::invalid, wrong_scheme, text);
    };
    valid(scheme.scope == team_scope || scheme.scope == channel_scope,
          "The scope of a scheme is \"team\" or \"channel\".");
    valid(is_name(scheme.name),
          "The name of a scheme is 1 to 64 small letters, digits, hyphens and underscores.");
    valid(!scheme.display_name.empty() && scheme.display_name.size() <= Schemes::longest_display_name,
          "The display name of a scheme has 1 to 128 bytes.");
    valid(scheme.description.size() <= Schemes::longest_description,
          "The description of a scheme has at most 1024 bytes.");
}

Role copy_of(const Role& origin, const std::string& title, const Scheme& scheme, Millis now) {
    Role role;
    role.id = RoleId::fresh(now);
    role.name = role.id.text();  // nobody types it
    role.display_name = title + " of " + scheme.display_name;
    role.create_at = role.update_at = now;
    role.permissions = origin.permissions;
    role.scheme_managed = true;
    role.scheme_id = id_as<AnyId>(scheme.id);
    return role;
}

// What roles of teams and channels may hold: permissions of no wider scope, and the few of the system's that
// such roles have from the beginning, as that for public links.
const Permissions& may_be_in_places() {
    static const Permissions all = [] {
        Permissions out;
        for (std::size_t i = 0; i < permission_count; ++i)
            if (scope_of(static_cast<Permission>(i)) != PermissionScope::system) out.set(i);
        for (const auto& role : builtin_roles())
            if (role.scheme_managed && !role.name.starts_with("system_"))
                out |= permissions_from(role.permissions);
        return out;
    }();
    return all;
}

Role one_named(storage::Tx& tx, const std::string& name) {
    auto roles = storage::RoleTable(tx).named({name});
    if (roles.empty()) throw role_is_missing(name);
    return std::move(roles.front());
}

}  // namespace

void Schemes::record(storage::Tx& tx, const Actor& actor, const std::string& attempt, const char* rule,
                     const std::string& detail) {
    Trail trail("settings", attempt);
    trail.decision.actor_id = actor.user_id;
    trail.decision.session_id = actor.session_id;
    trail.admitted(rule, detail);
    decisions_.record(tx, trail);
}

Scheme Schemes::known(storage::Tx& tx, const SchemeId& id) {
    return found(storage::SchemeTable(tx).find(id), "app.scheme.get.app_error", "There is no such scheme.");
}

// -- schemes

Scheme Schemes::insert(storage::Tx& tx, const Actor& actor, Scheme scheme, const SchemeRoles& roles) {
    for (const auto& [member, role] : roles) scheme.*member = role.name;
    check(scheme);
    storage::SchemeTable table(tx);
    require(scheme.is_of_moderation || table.count() < most_schemes, Fault::unsupported,
            "app.scheme.too_many", "There are 1,000 schemes already.");
    require(table.insert(scheme), Fault::conflict, "app.scheme.save.app_error",
            "There is, or was, another scheme of this name.");
    for (const auto& [member, role] : roles) storage::RoleTable(tx).insert_if_absent(role);
    tx.emit(SchemeChanged{scheme, actor.user_id});
    return scheme;
}

Scheme Schemes::create(const Actor& actor, const Scheme& wanted, const std::string& attempt) {
    gate_.require(actor, Permission::sysconsole_write_user_management_permissions);
    return db_.transact([&](storage::Tx& tx) {
        Scheme scheme;
        scheme.id = SchemeId::fresh(tx.now());
        scheme.name = wanted.name.empty() ? scheme.id.text() : wanted.name;
        scheme.display_name = wanted.display_name;
        scheme.description = wanted.description;
        scheme.scope = wanted.scope;
        scheme.create_at = scheme.update_at = tx.now();
        check(scheme);
        SchemeRoles roles;
        for (const auto& slot : slots)
            if (!slot.is_of_team || scheme.scope == team_scope)
                roles.emplace_back(slot.role,
                                   copy_of(one_named(tx, slot.built_in), slot.title, scheme, tx.now()));
        auto made = insert(tx, actor, scheme, roles);
        record(tx, actor, attempt, "scheme.created", made.scope + " scheme \"" + made.name + "\"");
        return made;
    });
}

Scheme Schemes::get(const SchemeId& id) {
    return db_.read([&](storage::Tx& tx) { return known(tx, id); });
}

std::vector<Scheme> Schemes::page(const std::string& scope, std::int64_t offset, std::int64_t limit) {
    require(scope.empty() || scope == team_scope || scope == channel_scope, Fault::invalid,
            "api.context.invalid_param.app_error", "The scope of a scheme is \"team\" or \"channel\".");
    return db_.read([&](storage::Tx& tx) { return storage::SchemeTable(tx).page(scope, offset, limit); });
}

Scheme Schemes::patch(const Actor& actor, const SchemeId& id, const SchemePatch& patch,
                      const std::string& attempt) {
    gate_.require(actor, Permission::sysconsole_write_user_management_permissions);
    return db_.transact([&](storage::Tx& tx) {
        auto scheme = known(tx, id);
        const bool is_renamed = patch.name && *patch.name != scheme.name;
        if (patch.name) scheme.name = *patch.name;
        if (patch.display_name) scheme.display_name = *patch.display_name;
        if (patch.description) scheme.description = *patch.description;
        check(scheme);
        require(!is_renamed || !storage::SchemeTable(tx).is_taken(scheme.name), Fault::conflict,
                "app.scheme.save.app_error", "There is, or was, another scheme of this name.");
        scheme.update_at = tx.now();
        storage::SchemeTable(tx).update(scheme);
        tx.emit(SchemeChanged{scheme, actor.user_id});
        record(tx, actor, attempt, "scheme.changed", "scheme \"" + scheme.name + "\"");
        return scheme;
    });
}

void Schemes::erase(storage::Tx& tx, const Actor& actor, Scheme scheme) {
    storage::SchemeTable table(tx);
    table.take_away(scheme.id, tx.now());
    std::vector<std::string> names;
    for (const auto& slot : slots)
        if (!(scheme.*slot.role).empty()) names.push_back(scheme.*slot.role);
    for (auto& role : storage::RoleTable(tx).named(names)) {
        role.delete_at = role.update_at = tx.now();
        storage::RoleTable(tx).update(role);
    }
    scheme.delete_at = scheme.update_at = tx.now();
    table.update(scheme);
    tx.emit(SchemeChanged{scheme, actor.user_id});
}

void Schemes::remove(const Actor& actor, const SchemeId& id, const std::string& attempt) {
    gate_.require(actor, Permission::sysconsole_write_user_management_permissions);
    db_.transact([&](storage::Tx& tx) {
        const auto scheme = known(tx, id);
        for (const auto& team : storage::TeamTable(tx).find(storage::SchemeTable(tx).teams(id, 0, every))) {
            auto without = team;
            without.scheme_id = {};
            tx.emit(TeamSchemeChanged{without, actor.user_id});
        }
        for (const auto& channel : storage::SchemeTable(tx).channels(id, 0, every))
            tx.emit(ChannelSchemeChanged{channel, {}, actor.user_id});
        erase(tx, actor, scheme);
        record(tx, actor, attempt, "scheme.deleted", "scheme \"" + scheme.name + "\"");
    });
}

std::vector<Team> Schemes::teams(const SchemeId& id, std::int64_t offset, std::int64_t limit) {
    return db_.read([&](storage::Tx& tx) {
        require(known(tx, id).scope == team_scope, Fault::invalid,
                "api.scheme.get_teams_for_scheme.scope.error", "This scheme is for channels.");
        return storage::TeamTable(tx).find(storage::SchemeTable(tx).teams(id, offset, limit));
    });
}

std::vector<Channel> Schemes::channels(const SchemeId& id, std::int64_t offset, std::int64_t limit) {
    return db_.read([&](storage::Tx& tx) {
        require(known(tx, id).scope == channel_scope, Fault::invalid,
                "api.scheme.get_channels_for_scheme.scope.error", "This scheme is for teams.");
        return storage::ChannelTable(tx).find(storage::SchemeTable(tx).channels(id, offset, limit));
    });
}

void Schemes::give_team(const Actor& actor, const TeamId& id, const SchemeId& scheme,
                        const std::string& attempt) {
    gate_.require(actor, Permission::sysconsole_write_user_management_permissions);
    db_.transact([&](storage::Tx& tx) {
        auto team = found(storage::TeamTable(tx).lock(id), "app.team.get.find.app_error",
                          "Unable to find the existing team.");
        std::string name = "none";
        if (!scheme.empty()) {
            const auto given = known(tx, scheme);
            require(given.scope == team_scope, Fault::invalid,
                    "api.team.update_team_scheme.scheme_scope.error", "This scheme is for channels.");
            name = '"' + given.name + '"';
        }
        storage::SchemeTable(tx).give_team(id, scheme, tx.now());
        team = *storage::TeamTable(tx).find(id);
        tx.emit(TeamSchemeChanged{team, actor.user_id});
        record(tx, actor, attempt, "scheme.of_team", "team " + team.name + ": " + name);
    });
}

void Schemes::give_channel(const Actor& actor, const ChannelId& id, const SchemeId& scheme,
                           const std::string& attempt) {
    gate_.require(actor, Permission::sysconsole_write_user_management_permissions);
    db_.transact([&](storage::Tx& tx) {
        storage::ChannelTable(tx).lock(id);
        const auto channel = place(tx, id).channel;
        std::string name = "none";
        if (!scheme.empty()) {
            const auto given = known(tx, scheme);
            require(given.scope == channel_scope, Fault::invalid,
                    "api.channel.update_channel_scheme.scheme_scope.error", "This scheme is for teams.");
            name = '"' + given.name + '"';
        }
        storage::SchemeTable(tx).give_channel(id, scheme, tx.now());
        tx.emit(ChannelSchemeChanged{id, scheme.empty() ? std::string() : scheme.text(), actor.user_id});
        record(tx, actor, attempt, "scheme.of_channel", "channel " + channel.id.text() + ": " + name);
    });
}

// -- what roles allow

// The role as clients see it: with what it allows under those above it.
Role Schemes::save(storage::Tx& tx, const Actor& actor, Role role,
                   const std::vector<std::string>& permissions) {
    role.permissions = permissions;
    role.update_at = tx.now();
    storage::RoleTable(tx).update(role);
    std::vector<std::string> above;
    for (auto& pair : storage::SchemeTable(tx).roles_above(role.name)) above.push_back(std::move(pair.above));
    if (!above.empty()) {
        auto allowed = permissions_from(permissions);
        for (const auto& other : storage::RoleTable(tx).named(above))
            allowed = within(allowed, permissions_from(other.permissions));
        role.permissions = names_of(allowed);
    }
    tx.emit(RoleUpdated{role, actor.user_id});
    return role;
}

Role Schemes::set_permissions(const Actor& actor, const RoleId& id,
                              const std::vector<std::string>& permissions, const std::string& attempt) {
    gate_.require(actor, Permission::sysconsole_write_user_management_permissions);
    constexpr const char* refused = "api.roles.patch_roles.not_allowed_permission.error";
    return db_.transact([&](storage::Tx& tx) {
        const auto role =
            found(storage::RoleTable(tx).lock(id), "app.role.get.app_error", "Unable to get role.");
        const bool is_of_system = !role.is_of_places();
        if (is_of_system && !actor.is_admin) throw lacks_permission("manage_system");
        require(role.name != "system_admin", Fault::forbidden, refused,
                "System administrators hold every permission; nothing can be taken from them.");
        require(role.delete_at == 0, Fault::not_found, "app.role.get.app_error", "Unable to get role.");
        std::vector<std::string> wanted;
        for (const auto& name : permissions) {
            const auto permission = permission_from(name);
            if (!permission)
                throw Error(Fault::invalid, "app.role.save.invalid_role.app_error",
                            "There is no permission " + name.substr(0, 100) + '.');
            const bool may_hold = is_of_system ? *permission != Permission::manage_system
                                               : holds(may_be_in_places(), *permission);
            if (!may_hold)
                throw Error(Fault::forbidden, refused, "This role may not hold the permission " + name + '.');
            if (std::find(wanted.begin(), wanted.end(), name) == wanted.end()) wanted.push_back(name);
        }
        std::sort(wanted.begin(), wanted.end());
        std::string change;
        const auto tell = [&](char sign, const std::vector<std::string>& from,
                              const std::vector<std::string>& other) {
            for (const auto& name : from)
                if (std::find(other.begin(), other.end(), name) == other.end())
                    change += std::string(" ") + sign + name;
        };
        tell('+', wanted, role.permissions);
        tell('-', role.permissions, wanted);
        record(tx, actor, attempt, "role.changed",
               "role " + role.name + ':' + (change.empty() ? " nothing" : change));
        return save(tx, actor, role, wanted);
    });
}

}  // namespace concordat::identity
