// What follows when people are in groups of their directory. The seam between the sync, which sees the
// directory, and the rooms above it, which know teams and channels.
#pragma once
#include <boost/describe.hpp>
#include <functional>
#include <string>
#include <vector>
#include "core/model/ids.hpp"
#include "identity/decision/decisions.hpp"

namespace concordat::identity {

// What a sync saw: of a whole directory, or nothing.
struct GroupSight {
    struct Group {
        std::string remote_id, name;
    };
    struct Person {
        UserId user_id;
        std::string username;
        std::vector<std::string> groups;  // remote ids, nesting resolved
    };
    std::string provider;
    std::vector<Group> groups;
    std::vector<Person> people;  // who have an account that the directory lets in
};

// What changes with a linked group.
struct GroupChange {
    std::string action;  // rename, vanish (its members stay until the next sync), empty (they do not), return
    std::string group, detail;
};
BOOST_DESCRIBE_STRUCT(GroupChange, (), (action, group, detail))

// What a person gets or loses because of groups.
struct PlaceChange {
    std::string action;                 // join, leave, promote, demote
    std::string username, group, kind;  // kind: team, channel
    std::string place, place_id;        // its display name
};
BOOST_DESCRIBE_STRUCT(PlaceChange, (), (action, username, group, kind, place, place_id))

struct GroupPlan {
    std::vector<GroupChange> groups;
    std::vector<PlaceChange> places;
    std::size_t losers = 0;  // people who lose something
};

// Thread-safe; calls block.
class GroupFollower {
public:
    virtual ~GroupFollower() = default;
    // What carry_out() would do; changes nothing.
    virtual GroupPlan plan(const GroupSight& sight) = 0;
    // Records a decision for each person with changes. `renew` is called between transactions and may throw.
    virtual void carry_out(const GroupSight& sight, const std::string& attempt,
                           const std::function<void()>& renew) = 0;
};

}  // namespace concordat::identity
