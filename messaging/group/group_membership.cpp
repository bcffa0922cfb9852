#include "messaging/group/group_membership.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/model/facts.hpp"
#include "messaging/conversation/joining.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/channels.hpp"
#include "storage/tables/teams.hpp"
#include "storage/tables/users.hpp"

namespace concordat::messaging {
namespace {

std::map<GroupId, std::string> names_of(const std::vector<UserGroup>& groups) {
    std::map<GroupId, std::string> out;
    for (const auto& group : groups) out[group.id] = group.display_name;
    return out;
}

std::string name_of_group(storage::Tx& tx, const std::map<GroupId, std::string>& names, const GroupId& id) {
    if (const auto at = names.find(id); at != names.end()) return at->second;
    const auto group = storage::UserGroupTable(tx).find(id);  // unlinked since, or of another directory
    return group ? group->display_name : std::string("?");
}

// Links in force, and the places that these and the people's grants name.
GroupLinks links_for(storage::Tx& tx, const std::vector<GroupedPerson>& people) {
    storage::UserGroupTable table(tx);
    GroupLinks out;
    out.links = table.places();
    std::set<AnyId> ids;
    for (const auto& link : out.links) {
        ids.insert(link.place_id);
        ids.insert(id_as<AnyId>(link.team_id));
    }
    for (const auto& person : people)
        for (const auto& [place, grant] : person.grants) ids.insert(place);
    for (auto& place : table.find_places({ids.begin(), ids.end()})) out.places[place.id] = place;
    return out;
}

void set_team_admin(storage::Tx& tx, const TeamId& team, const UserId& user, bool is_admin) {
    storage::TeamMemberTable table(tx);
    auto member = table.find(team, user);
    if (!member || member->delete_at > 0 || member->scheme_guest || member->scheme_admin == is_admin) return;
    member->scheme_admin = is_admin;
    table.set_roles(*member);
    tx.emit(
        TeamMemberUpdated{found(table.find(team, user), "app.team.get_member.missing.app_error"), UserId()});
}

void set_channel_admin(storage::Tx& tx, const ChannelId& channel, const UserId& user, bool is_admin) {
    storage::ChannelMemberTable table(tx);
    auto member = table.find(channel, user);
    if (!member || member->scheme_guest || member->scheme_admin == is_admin) return;
    member->scheme_admin = is_admin;
    table.set_roles(*member, tx.now());
    tx.emit(ChannelMemberUpdated{found(table.find(channel, user), "app.channel.get_member.missing.app_error"),
                                 UserId()});
}

void join_place(storage::Tx& tx, const Settings& settings, const storage::GroupedPlace& place,
                const User& user) {
    if (!place.is_channel) {
        const auto team = found(storage::TeamTable(tx).find(place.team_id), "app.team.get.find.app_error");
        join_team(tx, settings, team, user, party_of(user), false);
        return;
    }
    const auto channel = found(storage::ChannelTable(tx).find(id_as<ChannelId>(place.id)),
                               "app.channel.get.existing.app_error");
    const auto of_team = storage::TeamMemberTable(tx).find(place.team_id, user.id);
    require(of_team && of_team->delete_at == 0, Fault::invalid, "app.team.get_member.missing.app_error",
            "The person is not in the team of this channel.");
    require(groups_admit(tx, channel, user), Fault::invalid, "api.channel.add_members.user_denied",
            "This channel is for members of its groups only.");
    const auto who = party_of(user);
    if (enter_channel(tx, channel, who, who, false)) tell_entered(tx, channel, who, who);
}

void leave_place(storage::Tx& tx, const Settings& settings, const storage::GroupedPlace& place,
                 const User& user) {
    const auto who = party_of(user);
    if (!place.is_channel) {
        const auto team = found(storage::TeamTable(tx).find(place.team_id), "app.team.get.find.app_error");
        leave_team(tx, settings, team, who, who);
        return;
    }
    const auto channel = found(storage::ChannelTable(tx).find(id_as<ChannelId>(place.id)),
                               "app.channel.get.existing.app_error");
    if (leave_channel(tx, channel, who, who)) tell_left(tx, channel, who, who);
}

void set_admin(storage::Tx& tx, const storage::GroupedPlace& place, const UserId& user, bool is_admin) {
    if (place.is_channel)
        set_channel_admin(tx, id_as<ChannelId>(place.id), user, is_admin);
    else
        set_team_admin(tx, place.team_id, user, is_admin);
}

std::string sentence(const PlaceMove& move, const std::string& group, const char* what) {
    return "The group \"" + group + "\" " + what +
           (move.place.is_channel ? " the channel \"" : " the team \"") + move.place.display_name + "\".";
}

// Writes what became of it to the trail.
void do_move(storage::Tx& tx, const Settings& settings, const User& user, const PlaceMove& move,
             const std::string& group, identity::Trail& trail) {
    storage::UserGroupTable table(tx);
    if (move.joins) {
        try {  // a place that does not take the person is that place's affair
            join_place(tx, settings, move.place, user);
        } catch (const Error& e) {
            if (e.fault() == Fault::unavailable || e.fault() == Fault::internal) throw;
            trail.noted("group.not_joined",
                        sentence(move, group, "does not bring them into") + " " + e.text());
            return;
        }
        trail.passed("group.joined", sentence(move, group, "brings them into"));
    }
    if (move.demotes) {
        set_admin(tx, move.place, user.id, false);
        trail.passed("group.demoted", sentence(move, group, "no longer makes them administrator of"));
    }
    if (move.leaves) {
        leave_place(tx, settings, move.place, user);
        trail.passed("group.left", sentence(move, group, "no longer keeps them in"));
    }
    if (move.promotes) {
        set_admin(tx, move.place, user.id, true);
        trail.passed("group.promoted", sentence(move, group, "makes them administrator of"));
    }
    if (move.grant)
        table.put(*move.grant);
    else
        table.remove(GroupGrant{user.id, move.place.id, move.place.is_channel, {}, false, false});
}

void do_moves(storage::Tx& tx, const Settings& settings, const User& user,
              const std::vector<PlaceMove>& moves, const std::map<GroupId, std::string>& names,
              identity::Trail& trail) {
    for (const auto& move : moves)
        do_move(tx, settings, user, move, name_of_group(tx, names, move.group), trail);
}

// The rows of who is in which group.
void write_groups(storage::Tx& tx, const UserId& user, const std::set<GroupId>& groups) {
    storage::UserGroupTable table(tx);
    std::set<GroupId> had;
    for (const auto& in : table.memberships({user})) had.insert(in.group_id);
    for (const auto& group : groups)
        if (!had.contains(group) && table.add_member(group, user))
            tx.emit(GroupMembersChanged{group, {user}, {}, UserId()});
    for (const auto& group : had)
        if (!groups.contains(group) && table.remove_member(group, user))
            tx.emit(GroupMembersChanged{group, {}, {user}, UserId()});
}

}  // namespace

// Linked groups of a directory, as a sync or a sign-in sees them.
struct GroupMembership::Standing {
    std::vector<UserGroup> groups;
    std::map<std::string, GroupId> by_remote_id;
    bool is_of_directory = true;  // which says who is in its groups
    std::set<GroupId> vanishing;  // not seen, and were seen by the last sync: nobody leaves them yet
    std::vector<UserGroup> changed;
    std::vector<identity::GroupChange> changes;
};

GroupMembership::Standing GroupMembership::standing(storage::Tx& tx, const identity::GroupSight& sight) {
    std::map<std::string, std::string> seen;
    for (const auto& group : sight.groups) seen[group.remote_id] = group.name;
    Standing out;
    out.groups = storage::UserGroupTable(tx).of_provider(sight.provider);
    for (const auto& group : out.groups) {
        out.by_remote_id[*group.remote_id] = group.id;
        const auto at = seen.find(*group.remote_id);
        auto next = group;
        if (at == seen.end()) {
            if (group.missing_at) {
                if (group.member_count.value_or(0) > 0)
                    out.changes.push_back(
                        {"empty", group.display_name, "It is still missing in the directory."});
                continue;
            }
            out.vanishing.insert(group.id);
            next.missing_at = tx.now();
            out.changes.push_back({"vanish", group.display_name,
                                   "The directory no longer has it; its members stay until the next sync."});
        } else {
            next.missing_at.reset();
            if (!at->second.empty()) next.display_name = at->second;
            if (group.missing_at)
                out.changes.push_back({"return", group.display_name, "The directory has it again."});
            if (next.display_name != group.display_name)
                out.changes.push_back({"rename", group.display_name, next.display_name});
        }
        if (next.missing_at == group.missing_at && next.display_name == group.display_name) continue;
        next.update_at = std::max(tx.now(), group.update_at + 1);
        out.changed.push_back(next);
    }
    return out;
}

// As they stand now, in the groups they shall be in.
std::vector<GroupedPerson> GroupMembership::people(storage::Tx& tx, const Wanted& wanted,
                                                   const Standing& standing) {
    storage::UserGroupTable table(tx);
    std::vector<UserId> ids;
    for (const auto& [id, groups] : wanted) ids.push_back(id);
    std::map<UserId, GroupedPerson> by_id;
    for (const auto& user : storage::UserTable(tx).find(ids)) {
        if (user.is_bot.value_or(false)) continue;
        auto& person = by_id[user.id];
        person.user_id = user.id;
        person.is_guest = is_guest(user);
    }
    const auto with = [&](const UserId& id, auto act) {
        if (const auto at = by_id.find(id); at != by_id.end()) act(at->second);
    };
    for (const auto& [id, remote_ids] : wanted)
        with(id, [&](GroupedPerson& person) {
            for (const auto& remote_id : remote_ids)
                if (const auto at = standing.by_remote_id.find(remote_id); at != standing.by_remote_id.end())
                    person.groups.insert(at->second);
        });
    // What a directory does not say anything of stays.
    for (const auto& in : table.memberships(ids))
        if (!standing.is_of_directory || !in.is_of_directory || standing.vanishing.contains(in.group_id))
            with(in.user_id, [&](auto& person) { person.groups.insert(in.group_id); });
    for (const auto& grant : table.grants(ids))
        with(grant.user_id, [&](auto& person) { person.grants[grant.place_id] = grant; });
    for (const auto& member : table.place_members(ids))
        with(member.user_id, [&](auto& person) { person.member_of[member.place_id] = member.is_admin; });
    std::vector<GroupedPerson> out;
    for (auto& [id, person] : by_id) out.push_back(std::move(person));
    return out;
}

bool GroupMembership::re_adds(const std::string& provider) const {
    return directories_.named(provider).settings()->ReAddRemovedMembers;
}

namespace {

// Calls `act` with parts of `all`, none longer than `most`.
template <class T>
void in_parts(const std::vector<T>& all, std::size_t most, const auto& act) {
    for (std::size_t from = 0; from < all.size(); from += most) {
        const auto to = std::min(all.size(), from + most);
        act(std::vector<T>(all.begin() + static_cast<std::ptrdiff_t>(from),
                           all.begin() + static_cast<std::ptrdiff_t>(to)));
    }
}

void add_changes(identity::GroupPlan& plan, const std::string& username, const PlaceMove& move,
                 const std::string& group, std::size_t most) {
    const auto add = [&](bool is_so, const char* action) {
        if (is_so && plan.places.size() < most)
            plan.places.push_back({action, username, group, move.place.is_channel ? "channel" : "team",
                                   move.place.display_name, move.place.id.text()});
    };
    add(move.joins, "join");
    add(move.demotes, "demote");
    add(move.leaves, "leave");
    add(move.promotes, "promote");
}

// And those whose account is no longer linked to the directory.
identity::GroupSight with_strays(storage::Database& db, identity::GroupSight sight) {
    db.read([&](storage::Tx& tx) {
        for (auto& [id, username] : storage::UserGroupTable(tx).strays(sight.provider))
            sight.people.push_back({id, std::move(username), {}});
    });
    return sight;
}

std::vector<std::pair<UserId, std::vector<std::string>>> wanted_of(
    const std::vector<identity::GroupSight::Person>& people) {
    std::vector<std::pair<UserId, std::vector<std::string>>> out;
    for (const auto& person : people) out.emplace_back(person.user_id, person.groups);
    return out;
}

}  // namespace

identity::GroupPlan GroupMembership::plan(const identity::GroupSight& seen) {
    const auto sight = with_strays(db_, seen);
    const auto now = db_.read([&](storage::Tx& tx) { return standing(tx, sight); });
    const auto names = names_of(now.groups);
    const bool again = re_adds(sight.provider);
    identity::GroupPlan out;
    out.groups = now.changes;
    in_parts(sight.people, people_of_one_read, [&](const std::vector<identity::GroupSight::Person>& some) {
        std::map<UserId, std::string> usernames;
        for (const auto& person : some) usernames[person.user_id] = person.username;
        db_.read([&](storage::Tx& tx) {
            const auto here = people(tx, wanted_of(some), now);
            const auto links = links_for(tx, here);
            for (const auto& person : here) {
                bool loses = false;
                for (const auto& move : moves_of(person, links, again)) {
                    loses = loses || move.is_loss();
                    add_changes(out, usernames[person.user_id], move, name_of_group(tx, names, move.group),
                                most_named);
                }
                out.losers += loses ? 1 : 0;
            }
        });
    });
    return out;
}

void GroupMembership::carry_out(const identity::GroupSight& seen, const std::string& attempt,
                                const std::function<void()>& renew) {
    const auto sight = with_strays(db_, seen);
    const auto now = db_.transact([&](storage::Tx& tx) {
        const auto all = standing(tx, sight);
        for (const auto& group : all.changed) {
            storage::UserGroupTable(tx).update(group);
            tx.emit(GroupSaved{group, UserId()});
        }
        return all;
    });
    const auto names = names_of(now.groups);
    const bool again = re_adds(sight.provider);
    const auto settings = settings_.current();
    in_parts(sight.people, people_of_one_transaction,
             [&](const std::vector<identity::GroupSight::Person>& some) {
                 renew();
                 db_.transact([&](storage::Tx& tx) {
                     const auto here = people(tx, wanted_of(some), now);
                     const auto links = links_for(tx, here);
                     for (const auto& person : here) {
                         const auto user = storage::UserTable(tx).find(person.user_id);
                         if (!user || user->delete_at > 0) continue;
                         write_groups(tx, person.user_id, person.groups);
                         const auto moves = moves_of(person, links, again);
                         identity::Trail trail("directory_sync", attempt);
                         trail.decision.user_id = user->id;
                         trail.decision.service = "ldap";
                         trail.decision.provider = sight.provider;
                         do_moves(tx, *settings, *user, moves, names, trail);
                         if (trail.decision.steps.empty()) continue;
                         trail.admitted("group.followed");
                         decisions_.record(tx, trail);
                     }
                 });
             });
}

namespace {

std::vector<std::pair<UserId, std::vector<std::string>>> as_they_are(const std::vector<UserId>& users) {
    std::vector<std::pair<UserId, std::vector<std::string>>> out;
    for (const auto& user : users) out.emplace_back(user, std::vector<std::string>());
    return out;
}

}  // namespace

void GroupMembership::follow(const std::vector<UserId>& users, const std::string& service,
                             const std::string& attempt, bool re_adds) {
    Standing now;
    now.is_of_directory = false;
    const auto settings = settings_.current();
    std::vector<UserId> moving;
    in_parts(users, people_of_one_read, [&](const std::vector<UserId>& part) {
        db_.read([&](storage::Tx& tx) {
            const auto here = people(tx, as_they_are(part), now);
            const auto links = links_for(tx, here);
            for (const auto& person : here)
                if (!moves_of(person, links, re_adds).empty()) moving.push_back(person.user_id);
        });
    });
    in_parts(moving, people_of_one_transaction, [&](const std::vector<UserId>& part) {
        db_.transact([&](storage::Tx& tx) {
            const auto here = people(tx, as_they_are(part), now);
            const auto links = links_for(tx, here);
            for (const auto& person : here) {
                const auto user = storage::UserTable(tx).find(person.user_id);
                if (!user || user->delete_at > 0) continue;
                identity::Trail trail("provisioning", attempt.empty() ? new_token() : attempt);
                trail.decision.user_id = user->id;
                trail.decision.service = service;
                do_moves(tx, *settings, *user, moves_of(person, links, re_adds), {}, trail);
                const auto& steps = trail.decision.steps;
                const bool is_new = std::any_of(steps.begin(), steps.end(), [](const auto& step) {
                    return step.rule != std::string_view("group.not_joined");
                });
                if (steps.empty() || (attempt.empty() && !is_new)) continue;
                trail.admitted("group.followed");
                decisions_.record(tx, trail);
            }
        });
    });
}

// At a sign-in that is not of a directory.
void GroupMembership::settle(const User& user, identity::Trail& trail) {
    Standing now;
    now.is_of_directory = false;
    const auto moves = [&](storage::Tx& tx) {
        const auto here = people(tx, as_they_are({user.id}), now);
        if (here.empty() || (here[0].groups.empty() && here[0].grants.empty()))
            return std::vector<PlaceMove>();
        return moves_of(here[0], links_for(tx, here), false);
    };
    if (db_.read(moves).empty()) return;
    const auto settings = settings_.current();
    auto entry = trail;  // written anew when the transaction is tried again
    db_.transact([&](storage::Tx& tx) {
        entry = trail;
        do_moves(tx, *settings, user, moves(tx), {}, entry);
    });
    trail = entry;
}

// Which of these groups the directory no longer has, or may not have.
std::vector<std::string> GroupMembership::gone(const ExternalIdentity& identity,
                                               const std::vector<std::string>& remote_ids,
                                               identity::Trail& trail) {
    if (remote_ids.empty()) return {};
    try {  // a directory that does not answer changes nothing
        auto out = remote_ids;
        for (const auto& group : directories_.named(identity.provider).groups_among(remote_ids))
            std::erase(out, group.remote_id);
        return out;
    } catch (const Error& e) {
        trail.noted("group.unknown", "Whether groups are gone cannot be told: " + e.text());
        return remote_ids;
    }
}

void GroupMembership::arrive(const User& user, const ExternalIdentity& identity, identity::Trail& trail) {
    if (identity.service != "ldap") return settle(user, trail);
    if (!directories_.named(identity.provider).has_groups()) return;
    Standing now;
    std::vector<std::string> left;
    db_.read([&](storage::Tx& tx) {
        storage::UserGroupTable table(tx);
        now.groups = table.of_provider(identity.provider);
        std::set<GroupId> mine;
        for (const auto& in : table.memberships({user.id})) mine.insert(in.group_id);
        for (const auto& group : now.groups) {
            now.by_remote_id[*group.remote_id] = group.id;
            const bool is_in = std::find(identity.groups.begin(), identity.groups.end(), *group.remote_id) !=
                               identity.groups.end();
            if (mine.contains(group.id) && !is_in) left.push_back(*group.remote_id);
        }
    });
    if (now.groups.empty()) return;
    for (const auto& remote_id : gone(identity, left, trail))
        now.vanishing.insert(now.by_remote_id[remote_id]);
    const auto names = names_of(now.groups);
    const bool again = re_adds(identity.provider);
    const auto settings = settings_.current();
    auto entry = trail;  // written anew when the transaction is tried again
    db_.transact([&](storage::Tx& tx) {
        entry = trail;
        Wanted wanted;
        wanted.emplace_back(user.id, identity.groups);
        const auto here = people(tx, wanted, now);
        const auto links = links_for(tx, here);
        for (const auto& person : here) {
            write_groups(tx, person.user_id, person.groups);
            do_moves(tx, *settings, user, moves_of(person, links, again), names, entry);
        }
    });
    trail = entry;
}

}  // namespace concordat::messaging
