#include "messaging/conversation/team_members.hpp"

#include <algorithm>
#include "core/base/text.hpp"

#include "core/model/facts.hpp"
#include "messaging/conversation/joining.hpp"
#include "storage/tables/memberships.hpp"
#include "storage/tables/teams.hpp"
#include "storage/tables/users.hpp"

namespace concordat::messaging {
namespace {

constexpr const char* no_membership = "app.team.get_member.missing.app_error";
constexpr const char* no_such_team_member = "There is no such member of the team.";
constexpr const char* no_team = "app.team.get.find.app_error";
constexpr const char* no_user = "app.user.missing_account.const";

int status_of(Fault fault) {
    switch (fault) {
        case Fault::forbidden:
            return 403;
        case Fault::not_found:
            return 404;
        case Fault::conflict:
            return 409;
        default:
            return 400;
    }
}

}  // namespace

// The permission is decided; both must exist.
TeamMember TeamMembers::join(const Actor& actor, const TeamId& id, const UserId& user_id) {
    const auto settings = settings_.current();
    return db_.transact([&](storage::Tx& tx) {
        const auto team = found(storage::TeamTable(tx).find(id), no_team, "There is no such team.");
        const auto user = found(storage::UserTable(tx).find(user_id), no_user, "There is no such person.");
        join_team(tx, *settings, team, user, party_of(actor), false);
        return found(storage::TeamMemberTable(tx).find(id, user_id), no_membership, no_such_team_member);
    });
}

TeamMember TeamMembers::add(const Actor& actor, const TeamId& id, const UserId& user) {
    if (user == actor.user_id) {
        const auto team = found(db_.read([&](storage::Tx& tx) { return storage::TeamTable(tx).find(id); }),
                                no_team, "There is no such team.");
        if (!gate_.is_team_member(user, id))
            gate_.require(actor, team.allow_open_invite ? Permission::join_public_teams
                                                        : Permission::join_private_teams);
    } else {
        gate_.require_in_team(actor, Permission::add_user_to_team, id);
        const auto person =
            found(db_.read([&](storage::Tx& tx) { return storage::UserTable(tx).find(user); }), no_user,
                  "There is no such person.");
        if (is_guest(person)) gate_.require_in_team(actor, Permission::invite_guest, id);
    }
    return join(actor, id, user);
}

std::vector<TeamMember> TeamMembers::add(const Actor& actor, const TeamId& team,
                                         const std::vector<UserId>& users) {
    if (users.empty() || users.size() > most_members_at_once) throw bad_body("members");
    std::vector<TeamMember> out;
    for (const auto& user : users) out.push_back(add(actor, team, user));
    return out;
}

std::vector<MemberOutcome> TeamMembers::try_add(const Actor& actor, const TeamId& team,
                                                const std::vector<UserId>& users) {
    if (users.empty() || users.size() > most_members_at_once) throw bad_body("members");
    gate_.require_in_team(actor, Permission::add_user_to_team, team);
    std::vector<MemberOutcome> out;
    for (const auto& user : users) {
        auto& outcome = out.emplace_back();
        outcome.user_id = user;
        try {
            outcome.member = add(actor, team, user);
        } catch (const Error& error) {  // the failure of one person is that person's answer
            if (error.fault() == Fault::unavailable || error.fault() == Fault::internal) throw;
            outcome.error = MemberFailure{error.id(), error.text(), {}, {}, status_of(error.fault())};
        }
    }
    return out;
}

TeamMember TeamMembers::join_by_invite_id(const Actor& actor, const std::string& invite_id) {
    require(!actor.is_guest, Fault::forbidden, "api.team.add_user_to_team_from_invite.guest.app_error",
            "Guests cannot join by an invitation link.");
    const auto team =
        found(db_.read([&](storage::Tx& tx) { return storage::TeamTable(tx).by_invite_id(invite_id); }),
              "app.team.get_by_invite_id.finding.app_error", "This invitation is not valid.");
    return join(actor, team.id, actor.user_id);
}

void TeamMembers::remove(const Actor& actor, const TeamId& id, const UserId& user) {
    if (user != actor.user_id) gate_.require_in_team(actor, Permission::remove_user_from_team, id);
    const auto settings = settings_.current();
    db_.transact([&](storage::Tx& tx) {
        const auto team = found(storage::TeamTable(tx).find(id), no_team, "There is no such team.");
        const auto person = found(storage::UserTable(tx).find(user), no_user, "There is no such person.");
        require(user == actor.user_id || person.is_bot.value_or(false) ||
                    team.group_constrained != Nullable<bool>(true),
                Fault::invalid, "api.team.remove_member.group_constrained.app_error",
                "Its groups decide who is in this team.");
        require(leave_team(tx, *settings, team, party_of(person), party_of(actor)), Fault::not_found,
                no_membership, no_such_team_member);
    });
}

void TeamMembers::set_scheme_roles(const Actor& actor, const TeamId& team, const UserId& user,
                                   const SchemeRoles& roles) {
    gate_.require_in_team(actor, Permission::manage_team_roles, team);
    db_.transact([&](storage::Tx& tx) {
        auto member =
            found(storage::TeamMemberTable(tx).find(team, user), no_membership, no_such_team_member);
        require(member.delete_at == 0, Fault::not_found, no_membership, no_such_team_member);
        require(!member.scheme_guest && !roles.scheme_guest, Fault::invalid,
                "api.team.update_team_member_roles.guest.app_error",
                "The roles of guests cannot be changed here.");
        require(roles.scheme_user, Fault::invalid, "api.team.update_team_member_roles.user.app_error",
                "A member keeps the role of a member.");
        member.scheme_admin = roles.scheme_admin;
        member.scheme_user = true;
        storage::TeamMemberTable(tx).set_roles(member);
        member = found(storage::TeamMemberTable(tx).find(team, user), no_membership, no_such_team_member);
        tx.emit(TeamMemberUpdated{member, actor.user_id});
    });
}

SchemeRoles scheme_roles_named(const std::string& roles, const std::vector<std::string>& names,
                               const char* id) {
    SchemeRoles out;
    for (const auto& role : split_words(roles)) {
        const auto at = std::find(names.begin(), names.end(), role) - names.begin();
        if (at == static_cast<std::ptrdiff_t>(names.size()))
            throw Error(
                Fault::invalid, id,
                "Members have the roles " + names[0] + ", " + names[1] + " and " + names[2] + " here.");
        (at == 0 ? out.scheme_guest : at == 1 ? out.scheme_user : out.scheme_admin) = true;
    }
    return out;
}

void TeamMembers::set_roles(const Actor& actor, const TeamId& team, const UserId& user,
                            const std::string& roles) {
    const auto names =
        db_.read([&](storage::Tx& tx) { return storage::MembershipTable(tx).role_names(team); });
    set_scheme_roles(
        actor, team, user,
        scheme_roles_named(roles, names, "api.team.update_team_member_roles.scheme_role.app_error"));
}

TeamMember TeamMembers::get(const Actor& actor, const TeamId& team, const UserId& user) {
    gate_.require_in_team(actor, Permission::view_team, team);
    if (!gate_.may_see_user(actor, user)) throw lacks_permission("view_members");
    return found(db_.read([&](storage::Tx& tx) { return storage::TeamMemberTable(tx).find(team, user); }),
                 no_membership, no_such_team_member);
}

// Guests see only people of their channels.
std::vector<TeamMember> TeamMembers::seen_by(const Actor& actor, std::vector<TeamMember> members) {
    if (gate_.may(actor, Permission::view_members)) return members;
    std::erase_if(members,
                  [&](const TeamMember& member) { return !gate_.may_see_user(actor, member.user_id); });
    return members;
}

std::vector<TeamMember> TeamMembers::page(const Actor& actor, const TeamId& team, bool by_username,
                                          bool without_deactivated, std::int64_t offset, std::int64_t limit) {
    gate_.require_in_team(actor, Permission::view_team, team);
    return seen_by(actor, db_.read([&](storage::Tx& tx) {
        return storage::TeamMemberTable(tx).page(team, by_username, without_deactivated, offset, limit);
    }));
}

std::vector<TeamMember> TeamMembers::among(const Actor& actor, const TeamId& team,
                                           const std::vector<UserId>& users) {
    gate_.require_in_team(actor, Permission::view_team, team);
    if (users.empty()) throw bad_body("user_ids");
    return seen_by(actor,
                   db_.read([&](storage::Tx& tx) { return storage::TeamMemberTable(tx).find(team, users); }));
}

std::vector<TeamMember> TeamMembers::of_user(const Actor& actor, const UserId& user) {
    gate_.require_self_or(actor, user, Permission::read_other_users_teams);
    return db_.read([&](storage::Tx& tx) { return storage::TeamMemberTable(tx).of_user(user); });
}

TeamStats TeamMembers::stats(const Actor& actor, const TeamId& team) {
    gate_.require_in_team(actor, Permission::view_team, team);
    const auto counts = db_.read([&](storage::Tx& tx) { return storage::TeamMemberTable(tx).counts(team); });
    return {team, counts.members, counts.active};
}

}  // namespace concordat::messaging
