// What groups change for one person: which teams and channels they join and leave, and where they become or
// cease to be administrators. Pure, any thread.
//
// Who is in a group joins its places with auto_add, the team of a channel included, and is an administrator
// where it is linked so; guests never are. Who has left a place on their own is not brought back unless
// re_adds. What only groups gave goes with the last of them: rights always, memberships where the place is
// for members of its groups only, or once it becomes so. Who had joined on their own stays. Archived places
// are left as they are.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <vector>
#include "core/model/user_group.hpp"
#include "storage/tables/user_groups.hpp"

namespace concordat::messaging {

struct GroupedPerson {
    UserId user_id;
    bool is_guest = false;
    std::set<GroupId> groups;
    std::map<AnyId, bool> member_of;  // whether as an administrator
    std::map<AnyId, GroupGrant> grants;
};

// Links in force, and all places that these and grants name.
struct GroupLinks {
    std::vector<GroupPlace> links;
    std::map<AnyId, storage::GroupedPlace> places;
};

// Of one place. Those that come first have to be done first.
struct PlaceMove {
    storage::GroupedPlace place;
    GroupId group;  // because of which
    bool joins = false, leaves = false, promotes = false, demotes = false;
    std::optional<GroupGrant> grant;  // what is remembered from now on
    bool is_loss() const { return leaves || demotes; }
};

std::vector<PlaceMove> moves_of(const GroupedPerson& person, const GroupLinks& links, bool re_adds);

}  // namespace concordat::messaging
