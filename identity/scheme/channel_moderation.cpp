// Schemes: what members and guests of one channel may do.
#include <algorithm>

#include "core/base/error.hpp"
#include "core/model/facts.hpp"
#include "identity/access/gate.hpp"
#include "identity/access/moderation.hpp"
#include "identity/scheme/schemes.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/channels.hpp"
#include "storage/tables/roles.hpp"
#include "storage/tables/schemes.hpp"
#include "storage/tables/teams.hpp"

namespace concordat::identity {
namespace {

Permissions all_of(const std::vector<Permission>& permissions) {
    Permissions out;
    for (const auto permission : permissions) grant(out, permission);
    return out;
}

// A role of a scheme that takes nothing away yet. What is moderated and not held above is held here, so that
// it follows when it is allowed above.
Role unlimited(const Role& above, const Scheme& scheme, const char* whose, Millis now) {
    Role role;
    role.id = RoleId::fresh(now);
    role.name = role.id.text();
    role.display_name = whose + std::string(" of a moderated channel");
    role.create_at = role.update_at = now;
    role.scheme_managed = true;
    role.scheme_id = id_as<AnyId>(scheme.id);
    auto allowed = permissions_from(above.permissions);
    for (const auto& thing : moderated())
        for (const bool is_private : {false, true}) allowed |= all_of(thing.in(is_private));
    role.permissions = names_of(allowed);
    std::sort(role.permissions.begin(), role.permissions.end());
    return role;
}

bool takes_nothing(const Role& role, const Role& above) {
    const auto held = permissions_from(above.permissions);
    return within(permissions_from(role.permissions), held) == held;
}

}  // namespace

Schemes::Place Schemes::place(storage::Tx& tx, const ChannelId& id) {
    Place out;
    out.channel = found(storage::ChannelTable(tx).find(id), "app.channel.get.existing.app_error",
                        "Unable to find the existing channel.");
    require(!out.channel.is_between_people(), Fault::invalid, "api.channel.patch_channel_moderations.channel",
            "Channels between people follow no scheme and are not moderated.");
    std::string guest = "channel_guest", user = "channel_user";
    const auto team = storage::TeamTable(tx).find(out.channel.team_id);
    if (team && team->scheme_id.value) {
        if (const auto scheme = storage::SchemeTable(tx).find(SchemeId::from_text(*team->scheme_id.value))) {
            guest = scheme->default_channel_guest_role;
            user = scheme->default_channel_user_role;
        }
    }
    std::vector<std::string> names{guest, user};
    if (out.channel.scheme_id.value)
        out.scheme = storage::SchemeTable(tx).find(SchemeId::from_text(*out.channel.scheme_id.value));
    if (out.scheme) {
        names.push_back(out.scheme->default_channel_guest_role);
        names.push_back(out.scheme->default_channel_user_role);
    }
    const auto roles = storage::RoleTable(tx).named(names);
    const auto one = [&](const std::string& name) {
        const auto at =
            std::find_if(roles.begin(), roles.end(), [&](const Role& role) { return role.name == name; });
        if (at == roles.end()) throw role_is_missing(name);
        return *at;
    };
    out.guest_above = one(guest);
    out.user_above = one(user);
    if (out.scheme) {
        out.guest = one(out.scheme->default_channel_guest_role);
        out.user = one(out.scheme->default_channel_user_role);
    }
    return out;
}

std::vector<ChannelModeration> Schemes::moderations_of(const Place& place) {
    const bool is_private = place.channel.type == "P";
    const auto state = [&](const Moderated& thing, const Role& above, const std::optional<Role>& role) {
        const auto wanted = all_of(thing.in(is_private));
        const auto held = permissions_from(above.permissions);
        const auto here = role ? within(permissions_from(role->permissions), held) : held;
        return ModeratedRole{(here & wanted) == wanted, (held & wanted) == wanted};
    };
    std::vector<ChannelModeration> out;
    for (const auto& thing : moderated()) {
        ChannelModeration one{std::string(thing.name), {}};
        one.roles.members = state(thing, place.user_above, place.user);
        if (thing.is_for_guests) one.roles.guests = state(thing, place.guest_above, place.guest);
        out.push_back(std::move(one));
    }
    return out;
}

std::vector<ChannelModeration> Schemes::moderations(const ChannelId& channel) {
    return db_.read([&](storage::Tx& tx) { return moderations_of(place(tx, channel)); });
}

std::vector<ChannelModeration> Schemes::moderate(const Actor& actor, const ChannelId& id,
                                                 const std::vector<ChannelModerationPatch>& patches,
                                                 const std::string& attempt) {
    gate_.require(actor, Permission::sysconsole_write_user_management_channels);
    return db_.transact([&](storage::Tx& tx) {
        storage::ChannelTable(tx).lock(id);
        const auto here = place(tx, id);
        const bool is_private = here.channel.type == "P";
        const auto now = tx.now();
        // A scheme that other channels have, too, is theirs.
        const bool is_own =
            here.scheme && storage::SchemeTable(tx).channels(here.scheme->id, 0, 2).size() == 1;
        Scheme fresh;
        fresh.id = SchemeId::fresh(now);
        auto guest = here.guest ? *here.guest : unlimited(here.guest_above, fresh, "Guest", now),
             user = here.user ? *here.user : unlimited(here.user_above, fresh, "Member", now);
        auto for_guests = permissions_from(guest.permissions), for_users = permissions_from(user.permissions);
        std::string change;
        for (const auto& patch : patches) {
            const auto& all = moderated();
            const auto thing = std::find_if(all.begin(), all.end(),
                                            [&](const Moderated& one) { return one.name == patch.name; });
            if (thing == all.end())
                throw Error(Fault::invalid, "api.channel.patch_channel_moderations.invalid_name",
                            "Nothing that is moderated has the name " + patch.name.substr(0, 64) + '.');
            const auto wanted = all_of(thing->in(is_private));
            const auto set = [&](Permissions& held, std::optional<bool> value, const char* whose) {
                if (!value) return;
                const auto before = held;
                held = *value ? held | wanted : held & ~wanted;
                if (held != before) change += std::string(*value ? " +" : " -") + whose + '.' + patch.name;
            };
            set(for_users, patch.roles.members, "members");
            if (thing->is_for_guests) set(for_guests, patch.roles.guests, "guests");
        }
        if (change.empty()) return moderations_of(here);
        const auto listed = [](const Permissions& held) {
            auto out = names_of(held);
            std::sort(out.begin(), out.end());
            return out;
        };
        guest.permissions = listed(for_guests);
        user.permissions = listed(for_users);
        const bool is_needless =
            takes_nothing(guest, here.guest_above) && takes_nothing(user, here.user_above);
        if (is_own && is_needless && here.scheme->is_of_moderation) {
            erase(tx, actor, *here.scheme);  // the channel follows its team again
            tx.emit(ChannelSchemeChanged{id, {}, actor.user_id});
        } else if (is_own) {
            save(tx, actor, guest, guest.permissions);
            save(tx, actor, user, user.permissions);
            tx.emit(ChannelSchemeChanged{id, here.scheme->id.text(), actor.user_id});
        } else {
            fresh.name = fresh.id.text();
            fresh.display_name = "Moderation of a channel";
            fresh.scope = "channel";
            fresh.is_of_moderation = true;
            fresh.create_at = fresh.update_at = now;
            const auto own = [&](Role role, const char* whose) {
                auto copy = unlimited(role, fresh, whose, now);
                copy.permissions = role.permissions;
                return copy;
            };
            const auto admin = here.scheme ? here.scheme->default_channel_admin_role : "channel_admin";
            auto admins = storage::RoleTable(tx).named({admin});
            if (admins.empty()) throw role_is_missing(admin);
            insert(tx, actor, fresh,
                   {{&Scheme::default_channel_guest_role, own(guest, "Guest")},
                    {&Scheme::default_channel_user_role, own(user, "Member")},
                    {&Scheme::default_channel_admin_role, own(admins.front(), "Administrator")}});
            storage::SchemeTable(tx).give_channel(id, fresh.id, now);
            tx.emit(ChannelSchemeChanged{id, fresh.id.text(), actor.user_id});
        }
        record(tx, actor, attempt, "channel.moderated", "channel " + id.text() + ':' + change);
        return moderations_of(place(tx, id));
    });
}

}  // namespace concordat::identity
