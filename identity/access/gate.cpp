#include "identity/access/gate.hpp"

#include "core/model/facts.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/channels.hpp"
#include "storage/tables/memberships.hpp"
#include "storage/tables/posts.hpp"
#include "storage/tables/teams.hpp"

namespace concordat::identity {

void Gate::on_facts(const std::vector<storage::Fact>& facts) {
    for (const auto& fact : facts) {
        if (fact.is<ChannelUpdated>() || fact.is<ChannelDeleted>() || fact.is<ChannelRestored>() ||
            fact.is<ChannelConverted>() || fact.is<ChannelCreated>() || fact.is<DirectCreated>()) {
            places_.forget(ChannelId(fact.scope));
        }
        if (fact.is<ChannelJoined>()) {
            const auto f = fact.as<ChannelJoined>();
            channel_members_.forget({f.user_id.bytes(), f.channel_id.bytes()});
        } else if (fact.is<ChannelLeft>()) {
            const auto f = fact.as<ChannelLeft>();
            channel_members_.forget({f.user_id.bytes(), f.channel_id.bytes()});
        } else if (fact.is<ChannelMemberUpdated>()) {
            const auto f = fact.as<ChannelMemberUpdated>();
            channel_members_.forget({f.member.user_id.bytes(), f.member.channel_id.bytes()});
        } else if (fact.is<DirectCreated>()) {
            const auto f = fact.as<DirectCreated>();
            for (const auto& user : f.members) channel_members_.forget({user.bytes(), f.channel.id.bytes()});
        } else if (fact.is<TeamJoined>()) {
            const auto f = fact.as<TeamJoined>();
            team_members_.forget({f.user_id.bytes(), f.team_id.bytes()});
        } else if (fact.is<TeamLeft>()) {
            const auto f = fact.as<TeamLeft>();
            team_members_.forget({f.user_id.bytes(), f.team_id.bytes()});
        } else if (fact.is<TeamMemberUpdated>()) {
            const auto f = fact.as<TeamMemberUpdated>();
            team_members_.forget({f.member.user_id.bytes(), f.member.team_id.bytes()});
        } else if (fact.is<ChannelSchemeChanged>()) {
            const auto channel = fact.as<ChannelSchemeChanged>().channel_id.bytes();
            channel_members_.forget_if([&](const Pair& p, const Membership&) { return p.place == channel; });
        } else if (fact.is<TeamSchemeChanged>()) {  // and of all its channels
            const auto team = fact.as<TeamSchemeChanged>().team.id.bytes();
            team_members_.forget_if([&](const Pair& p, const Membership&) { return p.place == team; });
            channel_members_.forget_if([](const Pair&, const Membership&) { return true; });
        } else if (fact.is<UserRolesChanged>()) {
            const auto user = fact.as<UserRolesChanged>().user_id.bytes();
            channel_members_.forget_if([&](const Pair& p, const Membership&) { return p.user == user; });
            team_members_.forget_if([&](const Pair& p, const Membership&) { return p.user == user; });
        }
    }
}

Gate::Membership Gate::channel_roles(const UserId& user, const ChannelId& channel) {
    return channel_members_.get({user.bytes(), channel.bytes()}, [&] {
        return db_.read(
            [&](storage::Tx& tx) { return storage::MembershipTable(tx).channel_roles(user, channel); });
    });
}

Gate::Membership Gate::team_roles(const UserId& user, const TeamId& team) {
    return team_members_.get({user.bytes(), team.bytes()}, [&] {
        return db_.read([&](storage::Tx& tx) { return storage::MembershipTable(tx).team_roles(user, team); });
    });
}

std::optional<ChannelPlace> Gate::place(const ChannelId& channel) {
    return places_.get(channel, [&] {
        return db_.read([&](storage::Tx& tx) -> std::optional<ChannelPlace> {
            const auto c = storage::ChannelTable(tx).plain(channel);
            if (!c) return std::nullopt;
            return ChannelPlace{c->id, c->team_id, c->type, c->name, c->display_name, c->delete_at};
        });
    });
}

std::optional<ChannelId> Gate::channel_of(const PostId& post) {
    if (auto known = posts_.find(post)) return known;
    // That there is none is not remembered: one from another organisation may still come.
    auto found = db_.read([&](storage::Tx& tx) { return storage::PostTable(tx).channel_of(post); });
    if (found) posts_.put(post, *found);
    return found;
}

bool Gate::has_team(const TeamId& team) {
    return db_.read([&](storage::Tx& tx) { return storage::TeamTable(tx).find(team).has_value(); });
}

bool Gate::is_member(const UserId& user, const ChannelId& channel) {
    return channel_roles(user, channel).has_value();
}
bool Gate::is_team_member(const UserId& user, const TeamId& team) {
    return team_roles(user, team).has_value();
}

bool Gate::may(const Actor& actor, Permission permission) const {
    if (actor.is_remote) return false;  // nothing outside the channels that are shared
    if (actor.is_admin) return true;    // set by sessions and by the machine's operator, who has no account
    return actor.signed_in() && holds(roles_.allowed_by(actor.roles), permission);
}

bool Gate::may_in_team(const Actor& actor, Permission permission, const TeamId& team) {
    if (may(actor, permission)) return true;
    if (!actor.signed_in() || team.empty()) return false;
    const auto roles = team_roles(actor.user_id, team);
    return roles && holds(roles_.allowed_by(*roles), permission);
}

bool Gate::may_in_channel(const Actor& actor, Permission permission, const ChannelId& channel) {
    if (actor.is_remote) return true;  // federation asks its own rules before it acts for them
    if (!actor.signed_in()) return may(actor, permission);
    if (const auto roles = channel_roles(actor.user_id, channel);
        roles && holds(roles_.allowed_by(*roles), permission))
        return true;
    const auto where = place(channel);
    if (!where) return false;
    return where->is_between_people() ? may(actor, permission)
                                      : may_in_team(actor, permission, where->team_id);
}

bool Gate::may_read(const Actor& actor, const ChannelId& channel) {
    if (may_in_channel(actor, Permission::read_channel_content, channel)) return true;
    const auto where = place(channel);
    return where && where->type == "O" && may_in_team(actor, Permission::read_public_channel, where->team_id);
}

bool Gate::may_see(const Actor& actor, const ChannelId& channel) {
    if (may_in_channel(actor, Permission::read_channel, channel)) return true;
    const auto where = place(channel);
    return where && where->type == "O" && may_in_team(actor, Permission::read_public_channel, where->team_id);
}

bool Gate::may_see_user(const Actor& actor, const UserId& user) {
    if (actor.user_id == user || may(actor, Permission::view_members)) return true;
    return db_.read(
        [&](storage::Tx& tx) { return storage::MembershipTable(tx).share_a_channel(actor.user_id, user); });
}

void Gate::require(const Actor& actor, Permission permission) const {
    if (!may(actor, permission)) throw lacks_permission(std::string(name_of(permission)));
}

void Gate::require_in_team(const Actor& actor, Permission permission, const TeamId& team) {
    if (!may_in_team(actor, permission, team)) throw lacks_permission(std::string(name_of(permission)));
}

void Gate::require_in_channel(const Actor& actor, Permission permission, const ChannelId& channel) {
    if (!may_in_channel(actor, permission, channel)) throw lacks_permission(std::string(name_of(permission)));
}

void Gate::require_read(const Actor& actor, const ChannelId& channel) {
    if (!may_read(actor, channel)) throw lacks_permission("read_channel_content");
}

void Gate::require_self_or(const Actor& actor, const UserId& user, Permission permission) const {
    if (actor.signed_in() && actor.user_id == user) return;
    require(actor, permission);
}

}  // namespace concordat::identity
