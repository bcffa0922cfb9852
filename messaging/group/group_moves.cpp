#include "messaging/group/group_moves.hpp"

#include <algorithm>

namespace concordat::messaging {
namespace {

// What the person's groups want of one place.
struct Wish {
    GroupId membership, admin;  // the group that wants it; empty: none
};

std::map<AnyId, Wish> wishes_of(const GroupedPerson& person, const GroupLinks& links) {
    std::map<AnyId, Wish> out;
    for (const auto& link : links.links) {
        if (!person.groups.contains(link.group_id) || link.is_place_archived) continue;
        auto& wish = out[link.place_id];
        if (link.auto_add && wish.membership.empty()) wish.membership = link.group_id;
        if (link.scheme_admin && wish.admin.empty()) wish.admin = link.group_id;
        if (!link.auto_add || !link.is_channel) continue;
        auto& of_team = out[id_as<AnyId>(link.team_id)];
        if (of_team.membership.empty()) of_team.membership = link.group_id;
    }
    return out;
}

// Whether a membership that groups do not want (any more) ends.
bool is_taken(const GroupGrant& grant, const storage::GroupedPlace& place) {
    return grant.gave_membership && place.is_constrained;
}

std::optional<PlaceMove> move_in(const GroupedPerson& person, const storage::GroupedPlace& place,
                                 const Wish& wish, bool re_adds) {
    const auto member = person.member_of.find(place.id);
    const auto known = person.grants.find(place.id);
    const bool had_grant = known != person.grants.end();
    bool is_member = member != person.member_of.end();
    const bool is_admin = is_member && member->second;
    GroupGrant grant{person.user_id, place.id, place.is_channel, {}, false, false};
    if (had_grant) grant = known->second;
    PlaceMove move;
    move.place = place;
    move.group = !wish.membership.empty() ? wish.membership
                 : !wish.admin.empty()    ? wish.admin
                                          : grant.group_id;
    if (!wish.membership.empty() && !is_member && (!had_grant || re_adds)) {
        move.joins = is_member = grant.gave_membership = true;
    } else if (wish.membership.empty() && is_member && is_taken(grant, place)) {
        move.leaves = true;
        is_member = false;
    }
    if (!wish.admin.empty() && is_member && !person.is_guest) {
        if (!is_admin) move.promotes = grant.gave_admin = true;
    } else if (grant.gave_admin) {
        move.demotes = is_member && is_admin;
        grant.gave_admin = false;
    }
    const bool is_wanted = !wish.membership.empty() || !wish.admin.empty();
    if (is_wanted) grant.group_id = move.group;
    if (is_wanted ? is_member || had_grant : is_member && grant.gave_membership) move.grant = grant;
    const bool is_same = had_grant ? move.grant == std::optional(known->second) : !move.grant;
    if (is_same && !move.joins && !move.is_loss() && !move.promotes) return std::nullopt;
    return move;
}

int turn_of(const PlaceMove& move) {
    return move.place.is_channel ? 1 : move.leaves ? 2 : 0;
}

}  // namespace

std::vector<PlaceMove> moves_of(const GroupedPerson& person, const GroupLinks& links, bool re_adds) {
    auto wishes = wishes_of(person, links);
    for (const auto& [place, grant] : person.grants) wishes.try_emplace(place);
    std::vector<PlaceMove> out;
    for (const auto& [id, wish] : wishes) {
        const auto place = links.places.find(id);
        if (place == links.places.end() || place->second.is_archived) continue;
        if (auto move = move_in(person, place->second, wish, re_adds)) out.push_back(*std::move(move));
    }
    std::stable_sort(out.begin(), out.end(),
                     [](const auto& a, const auto& b) { return turn_of(a) < turn_of(b); });
    return out;
}

}  // namespace concordat::messaging
