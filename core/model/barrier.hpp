// Information barriers: segments of people, and which of them may not talk to each other.
#pragma once
#include <boost/describe.hpp>
#include <string>
#include <vector>
#include "core/base/json.hpp"
#include "core/model/ids.hpp"

namespace concordat {

using SegmentId = Id<struct SegmentTag>;
using BarrierId = Id<struct BarrierTag>;

// One way to belong to a segment:
//   user       values are ids of people
//   group      ids of groups of a directory or of provisioning
//   team       ids of teams
//   role       names of roles of the system
//   attribute  texts, names or ids of options of the profile attribute `field_id`, which administrators fill
//   in partner    ids of organisations: everybody of theirs
struct SegmentTerm {
    std::string kind;
    std::string field_id;
    std::vector<std::string> values;
};
BOOST_DESCRIBE_STRUCT(SegmentTerm, (), (kind, field_id, values))

// Who is meant by any of the terms. A bot is where its owner is, too.
struct Segment {
    SegmentId id;
    Millis create_at = 0, update_at = 0;
    UserId creator_id;  // empty: the operator
    std::string name;
    std::vector<SegmentTerm> terms;
};
BOOST_DESCRIBE_STRUCT(Segment, (), (id, create_at, update_at, creator_id, name, terms))

struct Barrier {
    BarrierId id;
    Millis create_at = 0, update_at = 0;
    UserId creator_id;
    std::string name;
    SegmentId first_id, second_id;
    std::vector<ChannelId> excepted_channel_ids;  // where it does not count
    bool hides_people = false;                    // neither side finds the other by searching
    bool is_on = false;
};
BOOST_DESCRIBE_STRUCT(Barrier, (),
                      (id, create_at, update_at, creator_id, name, first_id, second_id, excepted_channel_ids,
                       hides_people, is_on))

}  // namespace concordat
